"""Cases: the record (a hash-chained journal), the folded case, and who is party to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from tongban.store.base import Json, Row, Serial, canonical, digest, metadata
from tongban.store.counters import counters
from tongban.store.prepared import Prepared
from tongban.store.session import Stale

cases = Table(
    "cases", metadata,
    Column("n", Serial, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("number", String(40), nullable=False, unique=True),
    Column("workflow", String(80), nullable=False),
    Column("version", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("status", String(12), nullable=False),
    Column("outcome", String(20)),
    Column("scope", String(60)),
    Column("subject", Text, nullable=False),
    Column("submitted", Integer, nullable=False),   # 1 = no longer only the applicant's own business
    Column("parent", String(40)),
    Column("head", String(64), nullable=False),
    Column("wake", String(30)),                     # the earliest timer; the timers themselves are in the snapshot
    Column("started_at", String(30), nullable=False),
    Column("updated_at", String(30), nullable=False),
    Column("snapshot", Json, nullable=False),
)
Index(None, cases.c.workflow, cases.c.status, cases.c.scope)
Index(None, cases.c.scope, cases.c.updated_at)
Index(None, cases.c.updated_at, cases.c.n)
Index(None, cases.c.id, cases.c.updated_at, cases.c.n).ddl_if(dialect="postgresql")    # a side's latest, without rows
Index(None, cases.c.parent)
Index("ix_cases_wake", cases.c.wake, sqlite_where=cases.c.wake.is_not(None), postgresql_where=cases.c.wake.is_not(None))

journal = Table(
    "journal", metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(30), nullable=False),
    Column("actor", String(40)),
    Column("key", String(80)),                      # idempotency key, one namespace a person
    Column("digest", String(64)),                   # of what was asked under that key
    Column("body", Json, nullable=False),           # {"events": […], "by": {…}}
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
Index("uq_journal_actor_key", journal.c.actor, journal.c.key, unique=True,
      sqlite_where=journal.c.key.is_not(None), postgresql_where=journal.c.key.is_not(None))
Index(None, journal.c.actor, journal.c.at)

members = Table(
    "members", metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("who", String(60), primary_key=True),    # "o:<organisation code>" or "p:<person id>"
    Column("party", String(40), primary_key=True),
)
Index(None, members.c.who, members.c.case_id, members.c.party)

@dataclass(frozen=True, slots=True)
class Entry:
    """One commit to the record of a case."""

    at: str
    actor: str | None
    events: Sequence[Mapping[str, Any]]
    by: Mapping[str, Any] = field(default_factory=dict)     # role used, deputy of, clause …
    key: str | None = None
    asked: str | None = None                                # digest of what was asked under the key


@dataclass(frozen=True, slots=True)
class Loaded:
    """A case as it stands, and what was answered under the key before."""

    row: Mapping[str, Any]
    epoch: int
    seen: Mapping[str, Any] | None


def seal(prev: str, case_id: str, seq: int, entry: Entry) -> str:
    """Hash of one entry, chained to the one before."""
    return digest(prev, case_id, str(seq), entry.at, entry.actor or "", entry.key or "",
                  canonical({"events": list(entry.events), "by": dict(entry.by)}))


def genesis(case_id: str, version: str) -> str:
    """What the first entry of a case is chained to."""
    return digest("case", case_id, version)


_SEEN = journal.alias("seen")
_LOAD = Prepared(lambda _sqlite: select(
    cases, _SEEN.c.case_id.label("seen_case"), _SEEN.c.seq.label("seen_seq"), _SEEN.c.at.label("seen_at"),
    _SEEN.c.digest.label("seen_digest"),
    select(counters.c.value).where(counters.c.name == "epoch").scalar_subquery().label("epoch"),
).select_from(
    cases.outerjoin(_SEEN, and_(_SEEN.c.actor == bindparam("by_actor"), _SEEN.c.key == bindparam("by_key")))
).where(cases.c.id == bindparam("case_id")).with_for_update(of=cases))


def load(conn: Connection, case_id: str, actor: str | None, key: str | None) -> Loaded | None:
    """Lock and read a case together with the answer already given under `key`. One statement."""
    row = _LOAD.first(conn, {"case_id": case_id, "by_actor": actor, "by_key": key})
    if row is None:
        return None
    seen = {k: row[f"seen_{k}"] for k in ("case", "seq", "at", "digest")} if row["seen_case"] else None
    return Loaded(row, row["epoch"] or 0, seen)


def seen_key(conn: Connection, actor: str, key: str) -> Row | None:
    """The journal entry that was written under this key, with its case."""
    found = select(journal.c.case_id, journal.c.seq, journal.c.at, journal.c.digest, cases.c.number, cases.c.status,
                   cases.c.outcome).join(cases, cases.c.id == journal.c.case_id)
    return conn.execute(found.where(journal.c.actor == actor, journal.c.key == key)).mappings().first()


_GET = Prepared(lambda _sqlite: select(cases).where(cases.c.id == bindparam("case_id")))
_RECORD = Prepared(lambda _sqlite: select(journal).where(
    journal.c.case_id == bindparam("case_id")).order_by(journal.c.seq))
_MEMBERS = Prepared(lambda _sqlite: select(members.c.who).where(members.c.case_id == bindparam("case_id")))


def get(conn: Connection, case_id: str) -> Row | None:
    """A case without a lock."""
    return _GET.first(conn, {"case_id": case_id})


def create(conn: Connection, row: Mapping[str, Any], entry: Entry, who: Iterable[tuple[str, str]]) -> int:
    """Write a new case with the first entry of its record; gives its running number `n`."""
    prev = genesis(row["id"], row["version"])
    head = seal(prev, row["id"], row["seq"], entry)
    made = conn.execute(insert(cases).values(**row, head=head))
    _append(conn, row["id"], row["seq"], entry, prev, head)
    set_members(conn, row["id"], (), who)
    return int((made.inserted_primary_key or (0,))[0])


def save(conn: Connection, loaded: Loaded, row: Mapping[str, Any], entry: Entry) -> None:
    """Write the next entry and the folded case; refused where the case moved on meanwhile."""
    old = loaded.row
    head = seal(old["head"], old["id"], row["seq"], entry)
    if _UPDATE.run(conn, {"row_id": old["id"], "row_seq": old["seq"], **row, "head": head}) != 1:
        raise Stale(old["id"])
    _append(conn, old["id"], row["seq"], entry, old["head"], head)


_UPDATE = Prepared(lambda _sqlite: update(cases).where(
    cases.c.id == bindparam("row_id"), cases.c.seq == bindparam("row_seq")
).values({name: bindparam(name) for name in (
    "seq", "status", "outcome", "scope", "subject", "submitted", "head", "wake", "updated_at", "snapshot", "version")}))
_APPEND = Prepared(lambda _sqlite: insert(journal))


def _append(conn: Connection, case_id: str, seq: int, entry: Entry, prev: str, head: str) -> None:
    _APPEND.run(conn, {
        "case_id": case_id, "seq": seq, "at": entry.at, "actor": entry.actor, "key": entry.key, "digest": entry.asked,
        "body": {"events": list(entry.events), "by": dict(entry.by)}, "prev": prev, "hash": head})


def set_members(conn: Connection, case_id: str, before: Iterable[tuple[str, str]],
                now: Iterable[tuple[str, str]]) -> None:
    """Make (who, party) of a case what `now` says; no statement where nothing changed."""
    old, new = set(before), set(now)
    if gone := old - new:
        conn.execute(delete(members).where(members.c.case_id == case_id, members.c.who == bindparam("m_who"),
                                           members.c.party == bindparam("m_party")),
                     [{"m_who": who, "m_party": party} for who, party in sorted(gone)])
    if come := new - old:
        conn.execute(insert(members), [{"case_id": case_id, "who": who, "party": party} for who, party in sorted(come)])


def record(conn: Connection, case_id: str) -> Sequence[Row]:
    """The whole record of a case, oldest first."""
    return _RECORD.all(conn, {"case_id": case_id})


def members_of(conn: Connection, case_id: str) -> set[str]:
    """Everybody who is party to a case or got a copy: "o:<organisation>" and "p:<person>"."""
    return {row["who"] for row in _MEMBERS.all(conn, {"case_id": case_id})}


def latest_of(conn: Connection, who: Iterable[str], but: str, limit: int) -> Sequence[Row]:
    """The newest cases that somebody of `who` is party to and that were handed in."""
    theirs = select(members.c.case_id).where(members.c.who.in_(list(who)))
    chosen = select(cases).where(cases.c.id.in_(theirs), cases.c.id != but, cases.c.submitted == 1)
    return conn.execute(chosen.order_by(cases.c.n.desc()).limit(limit)).mappings().all()


def subjects(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """What cases are called in a list: their subject, or their number where they have none yet."""
    rows = conn.execute(select(cases.c.id, cases.c.subject, cases.c.number).where(cases.c.id.in_(ids)))
    return {row.id: row.subject or row.number for row in rows}


_CHILDREN = Prepared(lambda _sqlite: select(
    cases.c.id, cases.c.number, cases.c.version, cases.c.status, cases.c.outcome,
).where(cases.c.parent == bindparam("case_id")).order_by(cases.c.n))


def children(conn: Connection, case_id: str) -> Sequence[Row]:
    """Cases that this one started, without what they hold."""
    return _CHILDREN.all(conn, {"case_id": case_id})


def next_due(conn: Connection, now: str) -> str | None:
    """The case whose timer is due the longest, locked; one that another worker holds is passed by."""
    due = select(cases.c.id).where(cases.c.wake <= now).order_by(cases.c.wake).limit(1)
    return conn.execute(due.with_for_update(skip_locked=True)).scalar()


@dataclass(frozen=True, slots=True)
class Batch:
    """Some open cases: those with a provisional limit, and where to go on; None = there are no more."""

    ids: tuple[str, ...]
    last: int | None


def provisional(conn: Connection, after: int, limit: int) -> Batch:
    """Among the next open cases, those of which a limit was counted without a calendar."""
    rows = conn.execute(select(cases.c.n, cases.c.id, cases.c.snapshot).where(
        cases.c.status == "open", cases.c.n > after).order_by(cases.c.n).limit(limit)).all()
    ids = tuple(row.id for row in rows if any(item["provisional"] for item in (
        *row.snapshot["tasks"], *row.snapshot["timers"])))
    return Batch(ids, rows[-1].n if len(rows) == limit else None)


def put_off(conn: Connection, case_id: str, wake: str) -> None:
    """Look at the timers of a case later."""
    conn.execute(update(cases).where(cases.c.id == case_id).values(wake=wake))


def verify(conn: Connection, case_id: str) -> str | None:
    """Check the chain of a case; says what is wrong, or None."""
    row = get(conn, case_id)
    if row is None:
        return "no such case"
    prev = genesis(case_id, first_version(conn, case_id, row))
    seq = 0
    for line in record(conn, case_id):
        entry = Entry(line["at"], line["actor"], line["body"]["events"], line["body"]["by"], line["key"])
        if line["prev"] != prev or line["hash"] != seal(prev, case_id, line["seq"], entry) or line["seq"] <= seq:
            return f"entry {line['seq']} does not follow from the one before"
        prev, seq = line["hash"], line["seq"]
    return None if (prev, seq) == (row["head"], row["seq"]) else "the case does not end where its record ends"


def first_version(conn: Connection, case_id: str, row: Row) -> str:
    """The version that the case was started under; a migration may have moved it on since."""
    first = conn.execute(select(journal.c.body).where(journal.c.case_id == case_id).order_by(journal.c.seq).limit(1))
    body = first.scalar() or {}
    return str(body.get("by", {}).get("version") or row["version"])


def running(conn: Connection, workflow: str, limit: int) -> Sequence[Row]:
    """Open cases of a procedure, the newest first."""
    chosen = select(cases.c.id, cases.c.version).where(cases.c.workflow == workflow, cases.c.status == "open")
    return conn.execute(chosen.order_by(cases.c.n.desc()).limit(limit)).mappings().all()


def any_there(conn: Connection) -> bool:
    """Whether there is any case at all."""
    return conn.execute(select(cases.c.id).limit(1)).first() is not None


def count_open(conn: Connection) -> dict[str, int]:
    """Open cases by version."""
    rows = conn.execute(select(cases.c.version, func.count(literal_column("1"))).where(cases.c.status == "open")
                        .group_by(cases.c.version))
    return {version: number for version, number in rows}
