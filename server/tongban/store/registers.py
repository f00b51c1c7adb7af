"""Registers with dated entries, parameters by region and date, working-day calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Column, Connection, Index, Integer, String, Table, Text, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB

from tongban.store.base import Json, Row, Serial, metadata
from tongban.store.counters import bump

entries = Table(
    "entries", metadata,
    Column("n", Serial, primary_key=True, autoincrement=True),
    Column("id", String(60), nullable=False),           # stays the same when a thing leaves and comes back (I-29)
    Column("register", String(80), nullable=False),
    Column("key", String(80), nullable=False),
    Column("fields", JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    Column("entered_at", String(30), nullable=False),
    Column("left_at", String(30)),
    Column("ground", Text),
    Column("cause", String(80), unique=True),           # effect that entered it: applied once
    Column("left_cause", String(80)),
)
Index(None, entries.c.register, entries.c.key, entries.c.entered_at)

parameters = Table(
    "parameters", metadata,
    Column("name", String(80), primary_key=True),
    Column("region", String(12), primary_key=True),     # "*" = everywhere
    Column("starts", String(10), primary_key=True),
    Column("value", Json, nullable=False),
    Column("source", Text, nullable=False),
)

calendars = Table(
    "calendars", metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("days", Json, nullable=False),               # {"holidays": […], "workdays": […]}
    Column("loaded_at", String(30), nullable=False),
)


def lookup(conn: Connection, register: str, key: str, as_of: str) -> Row | None:
    """The entry of a key that stood in a register at an instant (I-13)."""
    wanted = select(entries).where(
        entries.c.register == register, entries.c.key == key, entries.c.entered_at <= as_of,
        or_(entries.c.left_at.is_(None), entries.c.left_at > as_of),
    ).order_by(entries.c.entered_at.desc(), entries.c.n.desc()).limit(1)
    return conn.execute(wanted).mappings().first()


def history(conn: Connection, register: str, key: str) -> Sequence[Row]:
    """Every dated row of a key, oldest first."""
    wanted = select(entries).where(entries.c.register == register, entries.c.key == key)
    return conn.execute(wanted.order_by(entries.c.entered_at, entries.c.n)).mappings().all()


def extract(conn: Connection, register: str, as_of: str, after: int = 0, limit: int = 200) -> Sequence[Row]:
    """What stood in a register at an instant, page by page."""
    wanted = select(entries).where(
        entries.c.register == register, entries.c.n > after, entries.c.entered_at <= as_of,
        or_(entries.c.left_at.is_(None), entries.c.left_at > as_of)).order_by(entries.c.n).limit(limit)
    return conn.execute(wanted).mappings().all()


def names(conn: Connection) -> Sequence[str]:
    """Registers that hold something."""
    return list(conn.execute(select(entries.c.register).distinct().order_by(entries.c.register)).scalars())


def was_caused(conn: Connection, cause: str) -> bool:
    """Whether this effect was applied before."""
    wanted = select(entries.c.n).where(or_(entries.c.cause == cause, entries.c.left_cause == cause)).limit(1)
    return conn.execute(wanted).first() is not None


def caused_by(conn: Connection, register: str, case_id: str) -> Sequence[Row]:
    """Entries in force that a case made."""
    wanted = select(entries).where(entries.c.register == register, entries.c.left_at.is_(None),
                                   entries.c.cause.startswith(f"{case_id}:", autoescape=True))
    return conn.execute(wanted).mappings().all()


def enter(conn: Connection, row: Mapping[str, Any]) -> None:
    """A new dated row."""
    conn.execute(insert(entries), {"left_at": None, "ground": None, "cause": None, "left_cause": None, **row})


def leave(conn: Connection, register: str, key: str, at: str, ground: str | None, cause: str | None) -> int:
    """Close the open row of a key; says how many there were."""
    changed = update(entries).where(entries.c.register == register, entries.c.key == key, entries.c.left_at.is_(None))
    return conn.execute(changed.values(left_at=at, ground=ground, left_cause=cause)).rowcount


def parameter(conn: Connection, name: str, regions: Sequence[str], date: str) -> Any:
    """The value in force on a date. None = unknown."""
    row = parameter_row(conn, name, regions, date)
    return row["value"] if row else None


def parameter_row(conn: Connection, name: str, regions: Sequence[str], date: str) -> Row | None:
    """What is in force on a date; the first of `regions` that has a value wins, nearest first."""
    rows = conn.execute(select(parameters).where(
        parameters.c.name == name, parameters.c.region.in_(list(regions)), parameters.c.starts <= date,
    ).order_by(parameters.c.starts)).mappings().all()
    best = {row["region"]: row for row in rows}        # the latest start wins within a region
    return next((best[region] for region in regions if region in best), None)


def put_parameter(conn: Connection, row: Mapping[str, Any]) -> None:
    """Load a value; the same region and date is corrected in place."""
    engine = sqlite if conn.dialect.name == "sqlite" else postgresql
    put = engine.insert(parameters).values({"source": "", **row})
    conn.execute(put.on_conflict_do_update(index_elements=["name", "region", "starts"], set_={
        "value": put.excluded.value, "source": put.excluded.source}))
    bump(conn)


def list_parameters(conn: Connection) -> Sequence[Row]:
    """Every parameter row."""
    wanted = select(parameters).order_by(parameters.c.name, parameters.c.region, parameters.c.starts)
    return conn.execute(wanted).mappings().all()


def calendar(conn: Connection, year: int) -> Any:
    """The holidays and worked weekends of a year; None where it was not loaded (I-18)."""
    return conn.execute(select(calendars.c.days).where(calendars.c.year == year)).scalar()


def list_calendars(conn: Connection) -> Sequence[Row]:
    """Every loaded year."""
    return conn.execute(select(calendars).order_by(calendars.c.year)).mappings().all()


def put_calendar(conn: Connection, year: int, days: Mapping[str, Any], at: str) -> None:
    """Load a year, new or corrected."""
    engine = sqlite if conn.dialect.name == "sqlite" else postgresql
    put = engine.insert(calendars).values(year=year, days=dict(days), loaded_at=at)
    conn.execute(put.on_conflict_do_update(index_elements=["year"], set_={
        "days": put.excluded.days, "loaded_at": put.excluded.loaded_at}))
    bump(conn)
