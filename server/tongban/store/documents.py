"""Documents issued by cases and the files that people and cases hold. Contents live in the blob store, by hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from tongban.store.base import Json, Row, metadata
from tongban.store.prepared import Prepared

documents = Table(
    "documents", metadata,
    Column("id", String(120), primary_key=True),        # id of the effect that asked for it
    Column("case_id", String(40)),
    Column("name", String(80), nullable=False),         # key in the workflow's documents
    Column("kind", String(40), nullable=False),
    Column("title", Json, nullable=False),
    Column("number", String(60)),
    Column("code", String(40), nullable=False, unique=True),    # what a QR code carries to the verify page
    Column("status", String(12), nullable=False),       # waiting | issued | replaced | revoked | failed
    Column("serial", Integer, nullable=False),          # print serial: a re-issue keeps the number (I-27)
    Column("at", String(30), nullable=False),
    Column("until", String(30)),
    Column("reason", Text, nullable=False),
    Column("blob", String(64)),                         # hash of the PDF
    Column("facts", Json, nullable=False),              # what the verify page may show, and what was rendered
)
Index(None, documents.c.case_id)
Index(None, documents.c.number)
Index(None, documents.c.blob)

files = Table(
    "files", metadata,
    Column("id", String(64), primary_key=True),         # upload id
    Column("blob", String(64)),                         # SHA-256 of the content, once complete
    Column("owner", String(40), nullable=False),
    Column("case_id", String(40)),
    Column("field", String(160)),
    Column("name", String(255), nullable=False),
    Column("type", String(120), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("status", String(12), nullable=False),       # open | ready | refused
    Column("at", String(30), nullable=False),
    Column("facts", Json, nullable=False),
)
Index(None, files.c.case_id)
Index(None, files.c.blob)


def add(conn: Connection, row: Mapping[str, Any]) -> None:
    """Write a document, first of all as one that waits to be rendered."""
    conn.execute(insert(documents), {"number": None, "serial": 1, "until": None, "reason": "", "blob": None,
                                     "status": "waiting", **row})


def get(conn: Connection, document_id: str) -> Row | None:
    """One document."""
    return conn.execute(select(documents).where(documents.c.id == document_id)).mappings().first()


def by_code(conn: Connection, code: str) -> Row | None:
    """One document by its verify code."""
    return conn.execute(select(documents).where(documents.c.code == code)).mappings().first()


def by_blob(conn: Connection, blob: str) -> Row | None:
    """One document by the hash of its PDF."""
    return conn.execute(select(documents).where(documents.c.blob == blob)).mappings().first()


_OF_CASE = Prepared(lambda _sqlite: select(documents).where(
    documents.c.case_id == bindparam("case_id")).order_by(documents.c.at, documents.c.id))


def of_case(conn: Connection, case_id: str) -> Sequence[Row]:
    """The documents of a case, oldest first."""
    return _OF_CASE.all(conn, {"case_id": case_id})


def change(conn: Connection, document_id: str, **changes: Any) -> int:
    """Change a document's state; says how many there were."""
    return conn.execute(update(documents).where(documents.c.id == document_id).values(**changes)).rowcount


def with_status(conn: Connection, status: str, after: str = "", limit: int = 500) -> Sequence[Row]:
    """Documents in one state, in id order, page by page."""
    wanted = select(documents).where(documents.c.status == status, documents.c.id > after)
    return conn.execute(wanted.order_by(documents.c.id).limit(limit)).mappings().all()


def add_file(conn: Connection, row: Mapping[str, Any]) -> None:
    """Write a file that is about to arrive."""
    conn.execute(insert(files), {"blob": None, "case_id": None, "field": None, "received": 0, "status": "open",
                                 "facts": {}, **row})


def get_file(conn: Connection, file_id: str) -> Row | None:
    """One file by its upload id."""
    return conn.execute(select(files).where(files.c.id == file_id)).mappings().first()


def files_with(conn: Connection, blob: str) -> Sequence[Row]:
    """Every upload of the same content: who may read it depends on where it was used."""
    return conn.execute(select(files).where(files.c.blob == blob)).mappings().all()


def advance_file(conn: Connection, file_id: str, offset: int, received: int) -> bool:
    """Note that a piece arrived; False where another request was first."""
    wanted = (files.c.id == file_id, files.c.received == offset, files.c.status == "open")
    return conn.execute(update(files).where(*wanted).values(received=received)).rowcount == 1


def change_file(conn: Connection, file_id: str, **changes: Any) -> int:
    """Change a file's state."""
    return conn.execute(update(files).where(files.c.id == file_id).values(**changes)).rowcount
