"""Python, the phone, SQLite and PostgreSQL give the same value, or the same unknown, on generated records."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, event, given, reject, settings
from rule_records import CALENDARS, RECORDS, SCOPE, TYPES, envs, query, sources

from tongban.engine.problem import EngineError
from tongban.engine.rules import check, literal, to_sql

RELAXED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much,
           HealthCheck.data_too_large]
FEW = settings(max_examples=50, deadline=None, suppress_health_check=RELAXED)
MANY = settings(max_examples=500, deadline=None, suppress_health_check=RELAXED)
COLUMNS = {f"form.{name}": f'"{name}"' for name in TYPES}


def compiled(source):
    try:
        return check(source, SCOPE)
    except EngineError as refused:
        codes = {problem.code for problem in refused.problems}
    if codes <= {"rules.too_fine", "rules.big_number", "rules.too_deep"}:
        reject()
    pytest.fail(f"well typed, but refused: {source} {codes}")


def python(expr, records):
    facts = {("calendar", int(year)): days for year, days in CALENDARS.items()}
    found = []
    for env in envs(records):
        before = dict(env)
        env["$fact"] = lambda *key: facts.get(key)
        found.append(expr.run(env))
        assert {k: v for k, v in env.items() if k != "$fact" and v is not None and not k.startswith("#")} == {
            k: v for k, v in before.items() if v is not None}
    event(f"{expr.type.kind} {'all unknown' if set(map(str, found)) == {'None'} else 'known'}")
    return found


def normal(value, kind):
    if isinstance(value, dict):
        return int(value["big"])
    return bool(value) if kind == "bool" and value is not None else value


def alike(left, right):
    return left == right and type(left) is type(right)


def agree(expr, source, records, values):
    wanted = python(expr, records)
    found = [normal(value, expr.type.kind) for value in values]
    for record, left, right in zip(records, wanted, found, strict=True):
        assert alike(left, right), f"{source}\n{expr.ast}\n{record}\nPython {left!r}, other {right!r}"


def on_the_phone(node, source, records):
    expr = compiled(source)
    values = node.ask({"tree": expr.ast, "envs": envs(records), "calendars": CALENDARS})
    agree(expr, source, records, values)


def written(expr, dialect, **how):
    """Its SQL, or no example where it is nested deeper than SQLite reads."""
    try:
        return to_sql(expr.ast, dialect, COLUMNS, **how)
    except EngineError as refused:
        if [problem.code for problem in refused.problems] != ["rules.sql_too_deep"]:
            raise
        reject()


def in_sqlite(source, records):
    expr = compiled(source)
    text = query(written(expr, "sqlite"), records, "sqlite", literal)
    with closing(sqlite3.connect(":memory:")) as database:
        rows = database.execute(text).fetchall()
    agree(expr, source, records, [row[0] for row in rows])


def chosen_by(dialect, execute, source, records):
    """The rows that a WHERE clause chooses are those where the rule is true, no more and no fewer."""
    expr = compiled(source)
    condition = written(expr, dialect, where=True)
    text = query("ord", records, dialect, literal).replace(" ORDER BY", f" WHERE {condition} ORDER BY")
    wanted = [place for place, value in enumerate(python(expr, records)) if value is True]
    assert [row[0] for row in execute(text).fetchall()] == wanted, f"{source}\n{condition}"


@FEW
@given(source=sources(), records=RECORDS)
def test_the_phone_agrees_with_python(javascript, source, records):
    on_the_phone(javascript, source, records)


@pytest.mark.slow
@MANY
@given(source=sources(depth=4), records=RECORDS)
def test_the_phone_agrees_with_python_on_many(javascript, source, records):
    on_the_phone(javascript, source, records)


@FEW
@given(source=sources(database=True), records=RECORDS)
def test_sqlite_agrees_with_python(source, records):
    in_sqlite(source, records)


@pytest.mark.slow
@MANY
@given(source=sources(depth=4, database=True), records=RECORDS)
def test_sqlite_agrees_with_python_on_many(source, records):
    in_sqlite(source, records)


@pytest.mark.slow
@MANY
@given(source=sources("bool", database=True), records=RECORDS)
def test_sqlite_chooses_the_rows_where_a_rule_is_true(source, records):
    with closing(sqlite3.connect(":memory:")) as database:
        chosen_by("sqlite", database.execute, source, records)


@pytest.mark.postgres
@pytest.mark.slow
@MANY
@given(source=sources("bool", database=True), records=RECORDS)
def test_postgresql_chooses_the_rows_where_a_rule_is_true(postgres, source, records):
    chosen_by("postgresql", postgres.execute, source, records)


@pytest.mark.postgres
@pytest.mark.slow
@MANY
@given(source=sources(database=True), records=RECORDS)
def test_postgresql_agrees_with_python(postgres, source, records):
    expr = compiled(source)
    rows = postgres.execute(query(written(expr, "postgresql"), records, "postgresql", literal)).fetchall()
    agree(expr, source, records, [row[0] for row in rows])
