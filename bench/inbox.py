"""Inbox and search by name at 1,000,000 cases: milliseconds through service.inbox, median and 99th percentile.

    python bench/inbox.py [cases] [--keep DIR]

--keep leaves the database in DIR, and takes it from there the next time: making a million cases takes ten minutes.
Rows are made in bulk in the real schema: 200 regions, skewed; a quarter open; every case indexed by its name. CPU time
of this process: the machine may be shared.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import text
from tests.service.world import Clock, World

from tongban.config import Config
from tongban.engine.model import Grant
from tongban.service import inbox
from tongban.service.access import Person
from tongban.service.regions import children
from tongban.service.runtime import Runtime
from tongban.store import search
from tongban.store.cases import cases
from tongban.store.schema import migrate
from tongban.store.session import Store

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
WORDS = "海风山川明月星河金泰恒达宏远瑞丰嘉和盛世华安东方天成德润永兴博雅启航汇通鼎新"
TRADES = ("家政服务", "建筑工程", "电子科技", "食品", "物流", "机械制造", "人力资源")
ROUNDS = 300


def lines(count: int, version: str, regions: list[str], base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Cases, a quarter of them open; what they hold besides is that of a real one."""
    dice = random.Random(7)
    weights = [1 / (rank + 1) for rank in range(len(regions))]
    places = dice.choices(regions, weights, k=count)
    for n in range(1, count + 1):
        region = places[n - 1]
        firm, owner = "".join(dice.sample(WORDS, 2)), dice.choice(SURNAMES) + dice.choice(WORDS)
        name = f"青岛{firm}{dice.choice(TRADES)}有限公司（{owner}）"
        at = f"2026-{1 + n * 11 // count:02d}-{1 + n % 28:02d}T{n % 24:02d}:{n % 60:02d}:00Z"
        yield {"n": n, "id": f"{n:09x}{n:020x}", "number": f"2026-{region}-{n:07d}", "version": version, "name": name,
               "open": n % 4 == 0, "region": region, "at": at, "base": base, "org": f"9137{n % 5000:014d}"}


SHAPES = {      # table -> columns, and how a case fills them
    "cases": ("n id number workflow version seq status outcome scope subject submitted parent head wake started_at "
              "updated_at snapshot"),
    "members": "case_id who party",
    "todo": ("case_id slot task state workflow version number subject seq round role region scope who claimed opened "
             "due provisional"),
    "case_names": "rowid grams places",
}


def places(case: dict[str, Any]) -> str:
    """Where it is found, as service.unfold says it of a case."""
    return " ".join((search.procedure("grant"), search.side(f"o:{case['org']}"),
                     *search.lies(case["region"], "grant")))


def load(path: str, count: int, version: str, regions: list[str], base: dict[str, Any]) -> None:
    """All tables that an inbox and a search read, past SQLAlchemy and without durability: this is no part of what is
    measured. Indexes are made when the rows are there."""
    snapshot = json.dumps({**base, "version": version}, ensure_ascii=False)
    conn = sqlite3.connect(path, isolation_level=None)
    conn.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000")
    indexes = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
                           "AND tbl_name IN ('cases', 'members', 'todo')").fetchall()
    for name, _ in indexes:
        conn.execute(f"DROP INDEX {name}")
    puts = {table: f"INSERT INTO {table} ({', '.join(names.split())}) VALUES ({', '.join('?' * len(names.split()))})"
            for table, names in SHAPES.items()}
    made = lines(count, version, regions, base)
    conn.execute("BEGIN")
    while batch := list(islice(made, 20_000)):
        conn.executemany(puts["cases"], [(
            c["n"], c["id"], c["number"], "grant", version, 2, "open" if c["open"] else "closed",
            None if c["open"] else "approved", c["region"], c["name"], 1, None, "0" * 64, None, c["at"], c["at"],
            snapshot) for c in batch])
        conn.executemany(puts["members"], [(c["id"], f"o:{c['org']}", "applicant") for c in batch])
        conn.executemany(puts["todo"], [(
            c["id"], 0, "t2", "check", "grant", version, c["number"], c["name"], 2, 1, "district_hr", c["region"],
            c["region"], None, None, c["at"], c["at"], False) for c in batch if c["open"]])
        conn.executemany(puts["case_names"], [
            (c["n"], " ".join(search.grams([c["number"], c["name"], c["org"]])), places(c)) for c in batch])
    for _, sql in indexes:
        conn.execute(sql)
    conn.execute("COMMIT")
    conn.execute("ANALYZE")
    conn.close()


def timed(name: str, work: Callable[[int], Any]) -> None:
    """Run it many times with another argument each time."""
    cpu, wall = [], []
    for turn in range(ROUNDS):
        began, clock = time.process_time(), time.perf_counter()
        work(turn)
        cpu.append((time.process_time() - began) * 1000)
        wall.append((time.perf_counter() - clock) * 1000)
    cpu.sort()
    wall.sort()
    middle, late = ROUNDS // 2, int(ROUNDS * 0.99)
    print(f"| {name} | {cpu[middle]:.1f} | {cpu[late]:.1f} | {wall[middle]:.1f} | {wall[late]:.1f} |", flush=True)


def make(place: Path, count: int, regions: list[str]) -> None:
    """A database with this many cases."""
    path = place / "t.db"
    for old in place.glob("t.db*"):
        old.unlink()
    store = Store(f"sqlite:///{path}")
    migrate(store)
    world = World(store)
    version = world.publish()
    case_id = world.submitted()
    with store.reading() as conn:
        base = dict(conn.execute(cases.select().where(cases.c.id == case_id)).mappings().one()["snapshot"])
    with store.transaction() as conn:
        for table in ("todo", "members", "journal", "case_keys", "outbox"):
            conn.execute(text(f"DELETE FROM {table}"))
        search.clear(conn)
        conn.execute(cases.delete())
    store.close()
    began = time.perf_counter()
    load(str(path), count, version, regions, base)
    (place / "made").write_text(str(count))
    print(f"made in {time.perf_counter() - began:.0f} s")


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("cases", nargs="?", type=int, default=1_000_000)
    asked.add_argument("--keep", type=Path)
    args = asked.parse_args()
    regions = [code for city, _ in children("370000") for code, _ in children(city)][:200]
    with tempfile.TemporaryDirectory() as scratch:
        place = args.keep or Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        made = place / "made"
        if not made.exists() or made.read_text() != str(args.cases):
            make(place, args.cases, regions)
        store = Store(f"sqlite:///{place}/t.db")
        migrate(store)
        size = (place / "t.db").stat().st_size / 1e6
        print(f"{args.cases:,} cases in {len(regions)} regions, {size:,.0f} MB, load {os.getloadavg()[0]:.1f}")
        print("| what | CPU p50 ms | CPU p99 | wall p50 | wall p99 |\n|---|---|---|---|---|")
        ask(Runtime(store, Clock(), Config(demo=True)), regions)


def ask(rt: Runtime, regions: list[str]) -> None:
    """The lists of people with small and with large areas."""
    gc.collect()
    gc.freeze()         # as `tongban serve` does before its processes are forked
    def person(*scopes: str) -> Person:
        return Person("u-shinan", "x", "x", grants=tuple(Grant("district_hr", scope) for scope in scopes))
    dice = random.Random(11)
    names = [a + b for a in SURNAMES for b in WORDS]
    timed("inbox, one region", lambda _: inbox.page(rt, person(dice.choice(regions))))
    timed("inbox, three regions", lambda _: inbox.page(rt, person(*dice.sample(regions, 3))))
    timed("inbox, a city", lambda _: inbox.page(rt, person(dice.choice(regions)[:4] + "00")))
    timed("inbox, the province", lambda _: inbox.page(rt, person("370000")))
    province, cursors = person("370000"), [None]
    timed("next page, the province", lambda _: cursors.append(
        inbox.page(rt, province, after=cursors[-1]).after))
    timed("own cases of an enterprise", lambda _: inbox.page(rt, Person("u-boss", "x", "x", grants=(
        Grant("enterprise", f"9137{dice.randrange(5000):014d}"),)), "started"))
    timed("name of two characters, one region", lambda _: inbox.page(
        rt, person(dice.choice(regions)), filters={"q": dice.choice(names)}))
    timed("name of two characters, the province", lambda _: inbox.page(
        rt, province, filters={"q": dice.choice(names)}))
    timed("the commonest word, the province", lambda _: inbox.page(rt, province, filters={"q": "青岛"}))


if __name__ == "__main__":
    main()
