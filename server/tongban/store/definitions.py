"""Procedures, their immutable published versions, and drafts of definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from tongban.store.base import Json, Row, metadata
from tongban.store.counters import bump
from tongban.store.prepared import Prepared
from tongban.store.session import Stale

procedures = Table(
    "procedures", metadata,
    Column("slug", String(80), primary_key=True),
    Column("status", String(12), nullable=False),       # open | withdrawn
    Column("current", String(64), ForeignKey("versions.hash"), nullable=False),
    Column("facts", Json, nullable=False),              # what lists show: title, summary, audience, region, valid …
    Column("updated_at", String(30), nullable=False),
)

versions = Table(
    "versions", metadata,
    Column("hash", String(64), primary_key=True),
    Column("slug", String(80), nullable=False),
    Column("no", Integer, nullable=False),
    Column("bundle", Json, nullable=False),
    Column("published_at", String(30), nullable=False),
    Column("published_by", String(40)),
    Column("note", Text, nullable=False),
    UniqueConstraint("slug", "no"),
)

definition_drafts = Table(
    "definition_drafts", metadata,
    Column("slug", String(80), primary_key=True),
    Column("files", Json, nullable=False),              # name -> text as typed, valid JSON or not
    Column("rev", Integer, nullable=False),
    Column("saved_at", String(30), nullable=False),
    Column("saved_by", String(40)),
)


def publish(conn: Connection, slug: str, row: Mapping[str, Any], facts: Mapping[str, Any]) -> int:
    """Add a version, or make a known one current again; gives its number."""
    known = conn.execute(select(versions.c.no).where(versions.c.hash == row["hash"])).scalar()
    number = known
    if known is None:
        last = conn.execute(select(func.max(versions.c.no)).where(versions.c.slug == slug)).scalar()
        number = (last or 0) + 1
        conn.execute(insert(versions), {**row, "slug": slug, "no": number})
    engine = sqlite if conn.dialect.name == "sqlite" else postgresql
    put = engine.insert(procedures).values(slug=slug, status="open", current=row["hash"], facts=dict(facts),
                                           updated_at=row["published_at"])
    conn.execute(put.on_conflict_do_update(index_elements=["slug"], set_={
        name: put.excluded[name] for name in ("status", "current", "facts", "updated_at")}))
    bump(conn)
    return int(number or 0)


def set_status(conn: Connection, slug: str, status: str, at: str) -> int:
    """Withdraw a procedure or open it again."""
    bump(conn)
    changed = update(procedures).where(procedures.c.slug == slug).values(status=status, updated_at=at)
    return conn.execute(changed).rowcount


_PROCEDURES = select(procedures, versions.c.no, versions.c.published_at).join(
    versions, versions.c.hash == procedures.c.current)
_LISTED = Prepared(lambda _sqlite: _PROCEDURES.order_by(procedures.c.slug))
_ONE = Prepared(lambda _sqlite: _PROCEDURES.where(procedures.c.slug == bindparam("slug")))


def list_procedures(conn: Connection) -> Sequence[Row]:
    """Every procedure with the number and date of its current version."""
    return _LISTED.all(conn, {})


def procedure(conn: Connection, slug: str) -> Row | None:
    """One procedure."""
    return _ONE.first(conn, {"slug": slug})


def version(conn: Connection, hashed: str) -> Row | None:
    """One version with its bundle. It never changes, so it may be kept for ever."""
    return conn.execute(select(versions).where(versions.c.hash == hashed)).mappings().first()


_NUMBER = Prepared(lambda _sqlite: select(versions.c.no).where(versions.c.hash == bindparam("hashed")))


def number(conn: Connection, hashed: str) -> int:
    """Which version of its procedure this is, counted from 1; 0 = it was never published."""
    row = _NUMBER.first(conn, {"hashed": hashed})
    return int(row["no"]) if row else 0


def list_versions(conn: Connection, slug: str) -> Sequence[Row]:
    """The versions of a procedure, newest first, without their bundles."""
    wanted = select(versions.c.hash, versions.c.no, versions.c.published_at, versions.c.published_by, versions.c.note)
    return conn.execute(wanted.where(versions.c.slug == slug).order_by(versions.c.no.desc())).mappings().all()


def draft(conn: Connection, slug: str) -> Row | None:
    """What an author is writing."""
    return conn.execute(select(definition_drafts).where(definition_drafts.c.slug == slug)).mappings().first()


def list_drafts(conn: Connection) -> Sequence[Row]:
    """Every draft, without its text."""
    wanted = select(definition_drafts.c.slug, definition_drafts.c.rev, definition_drafts.c.saved_at)
    return conn.execute(wanted.order_by(definition_drafts.c.slug)).mappings().all()


def save_draft(conn: Connection, slug: str, files: Mapping[str, str], rev: int, at: str, by: str | None) -> int:
    """Keep what an author wrote; Stale where somebody else saved since revision `rev`."""
    row = {"files": dict(files), "rev": rev + 1, "saved_at": at, "saved_by": by}
    known = conn.execute(select(definition_drafts.c.rev).where(definition_drafts.c.slug == slug)).scalar()
    if (known or 0) != rev:
        raise Stale(slug)
    if known is None:
        conn.execute(insert(definition_drafts), {"slug": slug, **row})
    else:
        changed = update(definition_drafts).where(definition_drafts.c.slug == slug, definition_drafts.c.rev == rev)
        if conn.execute(changed.values(**row)).rowcount != 1:
            raise Stale(slug)
    return rev + 1


def drop_draft(conn: Connection, slug: str) -> None:
    """Forget a draft, after publishing or on request."""
    conn.execute(delete(definition_drafts).where(definition_drafts.c.slug == slug))
