"""Devices that asked to be told by push: an address at the maker's push service and the keys it gave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, String, Table, Text, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from tongban.store.base import Row, metadata

devices = Table(
    "devices", metadata,
    Column("id", String(64), primary_key=True),                     # digest of the address
    Column("person", String(40), nullable=False, index=True),
    Column("endpoint", Text, nullable=False),
    Column("p256dh", String(100), nullable=False),
    Column("auth", String(40), nullable=False),
    Column("made_at", String(30), nullable=False),
)


def put(conn: Connection, row: Mapping[str, Any]) -> None:
    """One row a device: whoever signed in there last is told there."""
    engine = sqlite if conn.dialect.name == "sqlite" else postgresql
    made = engine.insert(devices).values(dict(row))
    conn.execute(made.on_conflict_do_update(index_elements=["id"], set_={
        name: made.excluded[name] for name in ("person", "p256dh", "auth", "made_at")}))


def get(conn: Connection, device: str) -> Row | None:
    """A device that still wants to be told."""
    return conn.execute(select(devices).where(devices.c.id == device)).mappings().first()


def of_people(conn: Connection, people: Sequence[str]) -> dict[str, list[str]]:
    """Person -> ids of their devices."""
    found: dict[str, list[str]] = {}
    for row in conn.execute(select(devices.c.person, devices.c.id).where(devices.c.person.in_(list(people)))):
        found.setdefault(row.person, []).append(row.id)
    return found


def drop(conn: Connection, device: str, person: str | None = None) -> None:
    """Tell nobody there any more."""
    gone = delete(devices).where(devices.c.id == device)
    conn.execute(gone if person is None else gone.where(devices.c.person == person))
