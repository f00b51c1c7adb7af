"""Counters without gaps: a row in the same transaction, because a sequence does not roll back."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, String, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from tongban.store.base import metadata
from tongban.store.prepared import Prepared

counters = Table(
    "counters", metadata,
    Column("name", String(120), primary_key=True),
    Column("value", BigInteger, nullable=False),
)


def take(conn: Connection, name: str, amount: int = 1) -> int:
    """The next number of a series, from 1. The row stays locked until the transaction ends: no gap, no double."""
    engine = sqlite if conn.dialect.name == "sqlite" else postgresql
    put = engine.insert(counters).values(name=name, value=amount)
    put = put.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + amount})
    return int(conn.execute(put.returning(counters.c.value)).scalar_one())


_VALUE = Prepared(lambda _sqlite: select(counters.c.value).where(counters.c.name == bindparam("name")))


def value(conn: Connection, name: str) -> int:
    """The last number given out."""
    found = _VALUE.first(conn, {"name": name})
    return int(found["value"]) if found else 0


def bump(conn: Connection) -> int:
    """Say that people, grants, parameters or calendars changed: what processes remember of them is void."""
    return take(conn, "epoch")
