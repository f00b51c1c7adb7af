"""Statements that every submission and every page of a case runs: compiled once, then handed straight to the driver.

SQLAlchemy writes them, knows their types and names their errors. Only its way from statement to driver is walked once
a process and not at every run: that took a fifth of an approval (bench/approve.py). Everything else in the store goes
the usual way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    Integer,
    Select,
    Text,
    TextualSelect,
    Update,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from tongban.store.base import Json

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
Reads = Select[Any] | TextualSelect


@dataclass(frozen=True, slots=True)
class _Ready:
    """What one kind of database is sent: the text, how values go there, and what comes back under which names."""

    sql: str
    order: tuple[str, ...] | None               # of values by place; None = the driver takes them by name
    fixed: Values
    write: Mapping[str, Convert]
    names: tuple[str, ...]
    read: tuple[tuple[str, Convert], ...]

    def sent(self, values: Values) -> Any:
        """Values as the driver takes them."""
        given = {**self.fixed, **values}
        for name, convert in self.write.items():
            given[name] = convert(given[name])
        return given if self.order is None else [given[name] for name in self.order]


def among(column: Any, name: str, sqlite: bool) -> ColumnElement[bool]:
    """Whether a column is one of the values listed under `name`; the statement is the same for lists of any length."""
    if sqlite:
        listed = func.json_each(bindparam(name, type_=Json)).table_valued("value")
        return cast(ColumnElement[bool], column.in_(select(listed.c.value)))
    kind = BigInteger if isinstance(column.type, Integer) else Text
    return cast(ColumnElement[bool], column == any_(bindparam(name, type_=ARRAY(kind))))


class Prepared:
    """A statement with values by name; `build` writes it, for SQLite or else for PostgreSQL.

    An INSERT or UPDATE is run with the same names each time. Errors are SQLAlchemy's.
    """

    def __init__(self, build: Callable[[bool], Reads | Insert | Update]) -> None:
        self._build = build
        self._ready: dict[str, _Ready] = {}

    def first(self, conn: Connection, values: Values) -> dict[str, Any] | None:
        """The first row by the names of its columns; None = there is none."""
        return next(iter(self.all(conn, values)), None)

    def all(self, conn: Connection, values: Values) -> list[dict[str, Any]]:
        """Every row by the names of its columns."""
        ready = self._for(conn.dialect, values)
        with closing(conn.connection.cursor()) as cursor:
            _run(conn, cursor.execute, ready.sql, ready.sent(values))
            rows = [dict(zip(ready.names, row, strict=True)) for row in cursor.fetchall()]
        for name, convert in ready.read:
            for row in rows:
                row[name] = convert(row[name])
        return rows

    def each(self, conn: Connection, values: Values) -> Iterator[dict[str, Any]]:
        """The same row by row: those that nobody goes on to stay unread."""
        ready = self._for(conn.dialect, values)
        with closing(conn.connection.cursor()) as cursor:
            _run(conn, cursor.execute, ready.sql, ready.sent(values))
            while (row := cursor.fetchone()) is not None:
                made = dict(zip(ready.names, row, strict=True))
                for name, convert in ready.read:
                    made[name] = convert(made[name])
                yield made

    def run(self, conn: Connection, *rows: Values) -> int:
        """Write, once for each of `rows`; how many rows of the table that touched."""
        ready = self._for(conn.dialect, rows[0])
        with closing(conn.connection.cursor()) as cursor:
            if len(rows) == 1:
                _run(conn, cursor.execute, ready.sql, ready.sent(rows[0]))
            else:
                _run(conn, cursor.executemany, ready.sql, [ready.sent(row) for row in rows])
            return int(cursor.rowcount)

    def _for(self, dialect: Dialect, values: Values) -> _Ready:
        ready = self._ready.get(dialect.name)
        if ready is None:
            ready = self._ready[dialect.name] = _compiled(self._build(dialect.name == "sqlite"), dialect, list(values))
        return ready


def _compiled(statement: Reads | Insert | Update, dialect: Dialect, names: Sequence[str]) -> _Ready:
    made: Any = statement.compile(dialect=dialect, column_keys=None if isinstance(statement, Reads) else list(names))
    columns = statement.selected_columns if isinstance(statement, Reads) else ()
    write = {name: _impl(bound.type, dialect).bind_processor(dialect) for name, bound in made.binds.items()}
    read = {str(one.key): _impl(one.type, dialect).result_processor(dialect, None) for one in columns}
    return _Ready(
        made.string, tuple(made.positiontup) if made.positional else None,
        {name: bound.value for name, bound in made.binds.items() if bound.value is not None},
        {name: convert for name, convert in write.items() if convert}, tuple(read),
        tuple((name, convert) for name, convert in read.items() if convert))


def _impl(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return kind.dialect_impl(dialect)


def _run(conn: Connection, execute: Callable[..., Any], sql: str, values: Any) -> None:
    driver: Any = conn.dialect.loaded_dbapi
    try:
        execute(sql, values)
    except driver.Error as error:       # as whoever retries or reports knows it
        raise DBAPIError.instance(sql, None, error, driver.Error, dialect=conn.dialect) from error
