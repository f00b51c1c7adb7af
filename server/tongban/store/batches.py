"""Documents printed many at once: what was asked for, how far it is, and where its files lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, String, Table, insert, or_, select, update

from tongban.store.base import Json, Row, metadata
from tongban.store.cases import cases
from tongban.store.documents import documents

batches = Table(
    "batches", metadata,
    Column("id", String(40), primary_key=True),
    Column("procedure", String(80), nullable=False),
    Column("document", String(80), nullable=False),     # key in the workflow's documents
    Column("title", Json, nullable=False),
    Column("by", String(40), nullable=False),
    Column("at", String(30), nullable=False),
    Column("status", String(12), nullable=False),       # open | done
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("lease", String(30), nullable=False),        # taken by a worker until then
    Column("facts", Json, nullable=False),              # ids, parts {from, to, pdf, zip}, whole, problems, missing
)
Index(None, batches.c.status)
Index(None, batches.c.by)
IN = 400        # values in one statement


def matching(
    conn: Connection, procedure: str, document: str, listed: Sequence[str], since: str, until: str
) -> Sequence[Row]:
    """Valid prints of a document, in the order of their numbers; `listed`: numbers of cases or documents, or all."""
    fields = (documents.c.id, documents.c.number, cases.c.number.label("case_number"), cases.c.scope, cases.c.version)
    wanted = select(*fields).join(cases, cases.c.id == documents.c.case_id).where(
        cases.c.workflow == procedure, documents.c.name == document,
        documents.c.status.in_(("waiting", "issued", "failed")), documents.c.at >= since, documents.c.at <= until,
    ).order_by(documents.c.number, documents.c.at, documents.c.id)
    if not listed:
        return conn.execute(wanted).mappings().all()
    found: dict[str, Row] = {}
    for start in range(0, len(listed), IN):
        some = listed[start:start + IN]
        asked = wanted.where(or_(cases.c.number.in_(some), documents.c.number.in_(some)))
        found.update((row["id"], row) for row in conn.execute(asked).mappings())
    return list(found.values())


def add(conn: Connection, row: Mapping[str, Any]) -> None:
    """Write a batch."""
    conn.execute(insert(batches), {"status": "open", "done": 0, "failed": 0, "lease": "", **row})


def get(conn: Connection, batch_id: str) -> Row | None:
    """One batch."""
    return conn.execute(select(batches).where(batches.c.id == batch_id)).mappings().first()


def latest(conn: Connection, by: str | None, limit: int = 50) -> Sequence[Row]:
    """The latest batches, of one person or of all."""
    wanted = select(*(column for column in batches.c if column.name != "facts"))
    if by is not None:
        wanted = wanted.where(batches.c.by == by)
    return conn.execute(wanted.order_by(batches.c.at.desc(), batches.c.id).limit(limit)).mappings().all()


def take(conn: Connection, now: str, until: str) -> Row | None:
    """Lease the oldest batch that is open and that nobody else works on."""
    due = select(batches.c.id).where(batches.c.status == "open", batches.c.lease <= now)
    found = conn.execute(due.order_by(batches.c.at, batches.c.id).limit(1).with_for_update(skip_locked=True)).scalar()
    if found is None:
        return None
    conn.execute(update(batches).where(batches.c.id == found).values(lease=until))
    return get(conn, found)


def change(conn: Connection, batch_id: str, **changes: Any) -> None:
    """Write how far a batch is."""
    conn.execute(update(batches).where(batches.c.id == batch_id).values(**changes))
