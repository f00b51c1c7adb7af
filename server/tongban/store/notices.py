"""Public notices and what the public says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Index, String, Table, Text, func, insert, select, update

from tongban.store.base import Json, Row, metadata

notices = Table(
    "notices", metadata,
    Column("id", String(40), primary_key=True),
    Column("cause", String(80), nullable=False, unique=True),       # the effect that published it: once
    Column("case_id", String(40), ForeignKey("cases.id"), nullable=False, index=True),
    Column("workflow", String(80), nullable=False),
    Column("state", String(80)),                                    # runs while the case is in it; none = while open
    Column("title", Json, nullable=False),
    Column("facts", Json, nullable=False),                          # [{"label", "text"}], masked already
    Column("region", String(60)),
    Column("starts", String(10), nullable=False),
    Column("until", String(10), nullable=False),                    # as published; suspensions move it on
    Column("event", String(80)),                                    # what an objection does to the case
    Column("at", String(30), nullable=False),
)
Index(None, notices.c.at)

objections = Table(
    "objections", metadata,
    Column("id", String(40), primary_key=True),
    Column("notice", String(40), ForeignKey("notices.id"), nullable=False, index=True),
    Column("at", String(30), nullable=False),
    Column("name", String(80), nullable=False),
    Column("contact", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", String(20), nullable=False),                   # raised | waiting | closed
)


def add(conn: Connection, row: Mapping[str, Any]) -> None:
    """A notice, unless the same effect published it before."""
    known = conn.execute(select(notices.c.id).where(notices.c.cause == row["cause"])).first()
    if known is None:
        conn.execute(insert(notices), dict(row))


def get(conn: Connection, notice_id: str) -> Row | None:
    """One notice."""
    return conn.execute(select(notices).where(notices.c.id == notice_id)).mappings().first()


def latest(conn: Connection, before: tuple[str, str] | None, limit: int) -> Sequence[Row]:
    """Notices, newest first."""
    wanted = select(notices).order_by(notices.c.at.desc(), notices.c.id.desc()).limit(limit)
    if before:
        at, notice_id = before
        wanted = wanted.where((notices.c.at < at) | ((notices.c.at == at) & (notices.c.id < notice_id)))
    return conn.execute(wanted).mappings().all()


def object_to(conn: Connection, row: Mapping[str, Any]) -> bool:
    """Write an objection down; False where this one is there already."""
    if conn.execute(select(objections.c.id).where(objections.c.id == row["id"])).first() is not None:
        return False
    conn.execute(insert(objections), dict(row))
    return True


def objection(conn: Connection, objection_id: str) -> Row | None:
    """One objection."""
    return conn.execute(select(objections).where(objections.c.id == objection_id)).mappings().first()


def mark(conn: Connection, objection_id: str, status: str) -> None:
    """What became of an objection."""
    conn.execute(update(objections).where(objections.c.id == objection_id).values(status=status))


def objections_to(conn: Connection, notice_id: str) -> Sequence[Row]:
    """All of them, oldest first."""
    wanted = select(objections).where(objections.c.notice == notice_id)
    return conn.execute(wanted.order_by(objections.c.at, objections.c.id)).mappings().all()


def count_since(conn: Connection, notice_id: str, at: str) -> int:
    """How many came in since an instant."""
    wanted = select(func.count()).select_from(objections).where(objections.c.notice == notice_id, objections.c.at >= at)
    return int(conn.execute(wanted).scalar_one())
