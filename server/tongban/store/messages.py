"""Messages in the app, drafts of answers, and the audit of everything that is not a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from tongban.store.base import Json, Row, Serial, canonical, digest, metadata
from tongban.store.people import people
from tongban.store.prepared import Prepared

CAP = 100       # unread messages that are counted

messages = Table(
    "messages", metadata,
    Column("n", Serial, primary_key=True, autoincrement=True),
    Column("id", String(160), nullable=False, unique=True),     # "<effect>:<person>": the same effect tells once
    Column("person", String(40), nullable=False),
    Column("case_id", String(40)),
    Column("text", Json, nullable=False),
    Column("at", String(30), nullable=False),
    Column("read_at", String(30)),
)
Index(None, messages.c.person, messages.c.n)
Index("ix_messages_unread", messages.c.person, sqlite_where=messages.c.read_at.is_(None),
      postgresql_where=messages.c.read_at.is_(None))
Index(None, messages.c.case_id)

drafts = Table(
    "drafts", metadata,
    Column("case_id", String(40), primary_key=True),
    Column("form", String(80), primary_key=True),
    Column("person", String(40), primary_key=True),
    Column("raw", Json, nullable=False),                # as typed, never validated
    Column("saved_at", String(30), nullable=False),
)

audit = Table(
    "audit", metadata,
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("at", String(30), nullable=False),
    Column("actor", String(40)),
    Column("verb", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("detail", Json, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
Index(None, audit.c.subject)


def tell(conn: Connection, row: Mapping[str, Any]) -> bool:
    """Put a message into somebody's inbox once; False where it is there already."""
    engine = sqlite if conn.dialect.name == "sqlite" else postgresql
    put = engine.insert(messages).values({"read_at": None, **row}).on_conflict_do_nothing(index_elements=["id"])
    return conn.execute(put.returning(messages.c.n)).first() is not None


def list_messages(conn: Connection, person: str, before: int | None = None, limit: int = 30) -> Sequence[Row]:
    """A person's messages, newest first."""
    wanted = select(messages).where(messages.c.person == person).order_by(messages.c.n.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(messages.c.n < before)
    return conn.execute(wanted).mappings().all()


_OF_CASE = Prepared(lambda _sqlite: select(messages).where(
    messages.c.person == bindparam("person"), messages.c.case_id == bindparam("case_id"),
).order_by(messages.c.n.desc()).limit(30))


def of_case(conn: Connection, person: str, case_id: str) -> Sequence[Row]:
    """The newest messages that a person got about a case."""
    return _OF_CASE.all(conn, {"person": person, "case_id": case_id})


_UNREAD = Prepared(lambda _sqlite: select(messages.c.n).where(
    messages.c.person == bindparam("person"), messages.c.read_at.is_(None)).limit(CAP))


def unread(conn: Connection, person: str) -> int:
    """How many messages wait to be read, counted up to a cap."""
    return len(_UNREAD.all(conn, {"person": person}))


def mark_read(conn: Connection, person: str, at: str, ids: Sequence[str] | None = None) -> int:
    """Mark messages read, some or all."""
    changed = update(messages).where(messages.c.person == person, messages.c.read_at.is_(None))
    if ids is not None:
        changed = changed.where(messages.c.id.in_(list(ids)))
    return conn.execute(changed.values(read_at=at)).rowcount


def save_draft(conn: Connection, case_id: str, form: str, person: str, raw: Mapping[str, Any], at: str) -> None:
    """Keep what somebody typed."""
    engine = sqlite if conn.dialect.name == "sqlite" else postgresql
    put = engine.insert(drafts).values(case_id=case_id, form=form, person=person, raw=dict(raw), saved_at=at)
    conn.execute(put.on_conflict_do_update(index_elements=["case_id", "form", "person"], set_={
        "raw": put.excluded.raw, "saved_at": put.excluded.saved_at}))


_DRAFTS = Prepared(lambda _sqlite: select(drafts).where(
    drafts.c.case_id == bindparam("case_id"), drafts.c.person == bindparam("person")))


def list_drafts(conn: Connection, case_id: str, person: str) -> dict[str, Row]:
    """What somebody typed into the forms of a case: form key -> draft."""
    return {row["form"]: row for row in _DRAFTS.all(conn, {"case_id": case_id, "person": person})}


def drop_draft(conn: Connection, case_id: str, form: str, person: str) -> None:
    """Forget a draft, because its answers are in the record now."""
    conn.execute(delete(drafts).where(drafts.c.case_id == case_id, drafts.c.form == form, drafts.c.person == person))


def note(conn: Connection, at: str, actor: str | None, verb: str, subject: str, **detail: Any) -> int:
    """Add to the audit; gives the number. Entries are numbered and chained: none is changed or left out unseen."""
    last = conn.execute(select(audit.c.n, audit.c.hash).order_by(audit.c.n.desc()).limit(1)).first()
    number, prev = (last.n + 1, last.hash) if last else (1, digest("audit"))
    hashed = digest(prev, str(number), at, actor or "", verb, subject, canonical(detail))
    conn.execute(insert(audit), {"n": number, "at": at, "actor": actor, "verb": verb, "subject": subject,
                                 "detail": detail, "prev": prev, "hash": hashed})
    return int(number)


def latest_audit(conn: Connection, limit: int, before: int = 0, *, verb: str = "", q: str = "", subject: str = "",
                 since: str | None = None, until: str | None = None) -> Sequence[Row]:
    """The audit, newest first: of one verb, by whom the words fit, about one subject, between two instants."""
    wanted = select(audit).order_by(audit.c.n.desc()).limit(limit)
    if before:
        wanted = wanted.where(audit.c.n < before)
    if verb:
        wanted = wanted.where(audit.c.verb == verb)
    if q:
        fits = select(people.c.id).where(or_(people.c.login.contains(q, autoescape=True),
                                             people.c.name.contains(q, autoescape=True)))
        wanted = wanted.where(or_(audit.c.actor == q, audit.c.actor.in_(fits)))
    if subject:
        wanted = wanted.where(audit.c.subject == subject)
    if since:
        wanted = wanted.where(audit.c.at >= since)
    if until:
        wanted = wanted.where(audit.c.at <= until)
    return conn.execute(wanted).mappings().all()


def verify_audit(conn: Connection) -> str | None:
    """Check the chain of the audit; says what is wrong, or None."""
    prev = digest("audit")
    for number, row in enumerate(conn.execute(select(audit).order_by(audit.c.n)).mappings(), 1):
        want = digest(prev, str(number), row["at"], row["actor"] or "", row["verb"], row["subject"],
                      canonical(row["detail"]))
        if (row["n"], row["prev"], row["hash"]) != (number, prev, want):
            return f"audit entry {row['n']} does not follow from the one before"
        prev = want
    return None
