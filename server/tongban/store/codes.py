"""One-time codes: at most one for each mobile, kept as a hash, gone when used, expired or guessed at too often."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Integer, String, Table, delete, insert, select, update

from tongban.store.base import Row, metadata
from tongban.store.cases import members

codes = Table(
    "codes", metadata,
    Column("phone", String(20), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("ends_at", String(30), nullable=False),
)


def put(conn: Connection, phone: str, hashed: str, ends_at: str) -> None:
    """A new code; the one before it is no longer good."""
    drop(conn, phone)
    conn.execute(insert(codes).values(phone=phone, hash=hashed, tries=0, ends_at=ends_at))


def get(conn: Connection, phone: str, now: str) -> Row | None:
    """The code that is good now."""
    return conn.execute(select(codes).where(codes.c.phone == phone, codes.c.ends_at > now)).mappings().first()


def tried(conn: Connection, phone: str) -> None:
    """Somebody typed a wrong code."""
    conn.execute(update(codes).where(codes.c.phone == phone).values(tries=codes.c.tries + 1))


def drop(conn: Connection, phone: str) -> None:
    """Used up."""
    conn.execute(delete(codes).where(codes.c.phone == phone))


def sweep(conn: Connection, now: str) -> int:
    """Forget what has expired."""
    return conn.execute(delete(codes).where(codes.c.ends_at <= now)).rowcount


def awaited(conn: Connection, who: str) -> bool:
    """Whether any case has this person as a side."""
    return conn.execute(select(members.c.case_id).where(members.c.who == who).limit(1)).first() is not None
