"""Every table as rows of plain JSON, out of and into a database of either kind: what backups are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Integer, Table, delete, exists, func, insert, select, update
from sqlalchemy import String as Words

from tongban.store import search
from tongban.store.base import Json, metadata
from tongban.store.cases import cases
from tongban.store.counters import counters
from tongban.store.documents import documents, files
from tongban.store.people import sessions, throttle

BATCH = 500
_LARGEST = 2 ** 63
_NUMBER = re.compile(r"(\d{4}-\d{6})-(\d{1,18})")


def tables() -> dict[str, Table]:
    """The tables that a backup holds, each after those it refers to. Failed sign-ins are nobody's to keep."""
    return {table.name: table for table in metadata.sorted_tables if table is not throttle}


def rows(conn: Connection, table: Table) -> Iterator[list[Any]]:
    """Every row in the order of its key. Sign-ins of browsers stay out: a restored database signs nobody in."""
    wanted = select(table).order_by(*table.primary_key.columns)
    if table is sessions:
        wanted = wanted.where(sessions.c.kind == "token")
    for row in conn.execute(wanted, execution_options={"yield_per": BATCH}):
        yield list(row)


def misfit(table: Table, row: Any) -> str | None:
    """The column whose value is not of its kind; "" where the row as a whole is wrong; None where it fits."""
    columns = table.c
    if not isinstance(row, list) or len(row) != len(columns):
        return ""
    return next((column.name for column, value in zip(columns, row, strict=True) if not _fits(column, value)), None)


def _fits(column: Column[Any], value: Any) -> bool:
    if value is None:
        return bool(column.nullable)
    kind = column.type
    if isinstance(kind, Json | JSON):
        return True
    if isinstance(kind, Boolean):
        return isinstance(value, bool)
    if isinstance(kind, Integer):
        return isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST
    if not isinstance(kind, Words) or not isinstance(value, str):
        return False
    return "\0" not in value and (kind.length is None or len(value) <= kind.length)


def fill(conn: Connection, table: Table, given: Iterable[list[Any]]) -> None:
    """Write rows into a table."""
    names = [column.name for column in table.c]
    above = next((c.name for c in table.c if any(key.column.table is table for key in c.foreign_keys)), None)
    lines: Iterator[dict[str, Any]] = (dict(zip(names, row, strict=True)) for row in given)
    if above:
        lines = iter(_parents_first(list(lines), above, next(iter(table.primary_key.columns)).name))
    while batch := list(islice(lines, BATCH)):
        conn.execute(insert(table), batch)


def _parents_first(lines: Sequence[dict[str, Any]], above: str, key: str) -> list[dict[str, Any]]:
    """Rows that name others of their own table come after those; what names nobody known comes last and fails."""
    below: dict[Any, list[dict[str, Any]]] = {}
    for line in lines:
        below.setdefault(line[above], []).append(line)
    found = below.pop(None, [])
    for line in found:      # grows while it is walked
        found.extend(below.pop(line[key], ()))
    return found + [line for rest in below.values() for line in rest]


def empty(conn: Connection) -> bool:
    """Whether nobody has used this database; what the program loads by itself does not count."""
    used = ("cases", "journal", "people", "entries", "documents", "files")
    return not any(conn.execute(select(exists().select_from(metadata.tables[name]))).scalar() for name in used)


def clear(conn: Connection) -> None:
    """Take every row out."""
    search.clear(conn)
    for table in reversed(metadata.sorted_tables):
        conn.execute(delete(table))


def settle(conn: Connection, names: Mapping[str, Table]) -> None:
    """After a fill: half-sent uploads begin again, and numbers that the database gives follow those that are there."""
    conn.execute(update(files).where(files.c.status == "open").values(received=0))
    if conn.dialect.name == "sqlite":
        return
    for table in names.values():
        column = table.autoincrement_column
        if column is not None:
            most = func.max(column)
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            conn.execute(select(func.setval(sequence, func.coalesce(most, 1), most.is_not(None))))


def named(conn: Connection) -> Iterator[tuple[int, str, Any]]:
    """Number, printed number and folded case of every case: what the search index is made from."""
    wanted = select(cases.c.n, cases.c.number, cases.c.snapshot).order_by(cases.c.n)
    for row in conn.execute(wanted, execution_options={"yield_per": BATCH}):
        yield row.n, row.number, row.snapshot


def case_ids(conn: Connection) -> Iterator[str]:
    """Every case, oldest first."""
    return iter(conn.execute(select(cases.c.id).order_by(cases.c.n)).scalars().all())


def given_out(conn: Connection) -> dict[str, int]:
    """The highest number that was given out of each series that can be told from the tables: counter -> number."""
    most: dict[str, int] = {}
    for number in conn.execute(select(cases.c.number), execution_options={"yield_per": BATCH}).scalars():
        if found := _NUMBER.fullmatch(number):
            region_year = found[1].partition("-")
            name = f"case:{region_year[0]}:{region_year[2]}"
            most[name] = max(most.get(name, 0), int(found[2]))
    places = [facts["n"] for facts in conn.execute(select(documents.c.facts)).scalars() if "n" in facts]
    return most | ({"status": max(places) + 1} if places else {})


def prints(conn: Connection) -> list[tuple[str, str, int]]:
    """The highest print serial of each document: workflow, document, serial."""
    wanted = (select(cases.c.workflow, documents.c.name, func.max(documents.c.serial))
              .join(cases, cases.c.id == documents.c.case_id).group_by(cases.c.workflow, documents.c.name))
    return [(workflow, name, serial) for workflow, name, serial in conn.execute(wanted)]


def leap(conn: Connection, by: int) -> None:
    """Let every series of numbers go on `by` later: what was given out after the backup is not given out again."""
    conn.execute(update(counters).where(counters.c.name != "epoch").values(value=counters.c.value + by))
