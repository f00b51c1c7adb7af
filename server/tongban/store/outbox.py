"""The outbox: what transitions cause outside their case, written in the same commit, delivered afterwards.

A worker takes rows by a lease, so several share the work. A row is marked done in the transaction that applies it:
at least once delivered, applied once by its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, String, Table, Text, func, insert, select, update

from tongban.store.base import Json, Row, metadata
from tongban.store.prepared import Prepared

outbox = Table(
    "outbox", metadata,
    Column("id", String(120), primary_key=True),
    Column("case_id", String(40)),
    Column("kind", String(20), nullable=False),
    Column("body", Json, nullable=False),
    Column("at", String(30), nullable=False),           # not before
    Column("lease", String(30), nullable=False),        # taken by a worker until then
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("done_at", String(30)),
)
Index("ix_outbox_waiting", outbox.c.at, sqlite_where=outbox.c.done_at.is_(None),
      postgresql_where=outbox.c.done_at.is_(None))
Index(None, outbox.c.case_id)

periods = Table(
    "periods", metadata,
    Column("name", String(120), primary_key=True),      # "<procedure>/<recurring id>/<for whom>"
    Column("period", String(30), primary_key=True),     # the due instant: once per period whatever happens (I-24)
    Column("done_at", String(30), nullable=False),
)


_PUT = Prepared(lambda _sqlite: insert(outbox))


def put(conn: Connection, effects: Sequence[Mapping[str, Any]], at: str) -> None:
    """Write effects; one statement, none for none."""
    if effects:
        _PUT.run(conn, *(
            {"id": e["id"], "case_id": e.get("case"), "kind": e["kind"], "body": dict(e), "at": at, "lease": "",
             "attempts": 0} for e in effects))


def take(conn: Connection, now: str, until: str, limit: int, kinds: Iterable[str] | None = None) -> Sequence[Row]:
    """Lease rows that are due. On PostgreSQL rows that another worker is taking are passed by."""
    due = select(outbox.c.id).where(outbox.c.done_at.is_(None), outbox.c.at <= now, outbox.c.lease <= now)
    if kinds is not None:
        due = due.where(outbox.c.kind.in_(list(kinds)))
    due = due.order_by(outbox.c.at, outbox.c.id).limit(limit).with_for_update(skip_locked=True)
    ids = list(conn.execute(due).scalars())
    if not ids:
        return []
    conn.execute(update(outbox).where(outbox.c.id.in_(ids)).values(lease=until, attempts=outbox.c.attempts + 1))
    rows = conn.execute(select(outbox).where(outbox.c.id.in_(ids)).order_by(outbox.c.at, outbox.c.id))
    return rows.mappings().all()


def finish(conn: Connection, row_id: str, now: str) -> bool:
    """Mark a row done; False where somebody did already, then nothing may be applied."""
    done = update(outbox).where(outbox.c.id == row_id, outbox.c.done_at.is_(None)).values(done_at=now, error=None)
    return conn.execute(done).rowcount == 1


def postpone(conn: Connection, row_id: str, at: str, error: str) -> None:
    """Try again later."""
    conn.execute(update(outbox).where(outbox.c.id == row_id, outbox.c.done_at.is_(None))
                 .values(at=at, lease="", error=error[:2000]))


def waiting(conn: Connection) -> int:
    """How many rows are not done."""
    return int(conn.execute(select(func.count()).select_from(outbox).where(outbox.c.done_at.is_(None))).scalar_one())


_FAILING = (outbox.c.done_at.is_(None), outbox.c.error.is_not(None))


def failing(conn: Connection, attempts: int, limit: int = 50, after: str = "") -> Sequence[Row]:
    """Rows that failed again and again, for who runs the server, by id a page at a time."""
    wanted = select(outbox).where(*_FAILING, outbox.c.attempts >= attempts, outbox.c.id > after)
    return conn.execute(wanted.order_by(outbox.c.id).limit(limit)).mappings().all()


def count_failing(conn: Connection) -> int:
    """How many rows failed and wait to be tried again."""
    return int(conn.execute(select(func.count()).select_from(outbox).where(*_FAILING)).scalar_one())


def hasten(conn: Connection, now: str, row_id: str = "") -> int:
    """Make what failed due now, one row or all; says how many. A row that a worker has in hand is left to it."""
    due = update(outbox).where(*_FAILING, outbox.c.lease <= now)
    if row_id:
        due = due.where(outbox.c.id == row_id)
    return conn.execute(due.values(at=now)).rowcount


def of_case(conn: Connection, case_id: str) -> Sequence[Row]:
    """Everything that a case caused."""
    return conn.execute(select(outbox).where(outbox.c.case_id == case_id).order_by(outbox.c.id)).mappings().all()


def first_time(conn: Connection, name: str, period: str, now: str) -> bool:
    """Claim a period of something recurring; False where it was done before."""
    known = select(periods.c.done_at).where(periods.c.name == name, periods.c.period == period)
    if conn.execute(known).first() is not None:
        return False
    conn.execute(insert(periods), {"name": name, "period": period, "done_at": now})
    return True


def last_period(conn: Connection, name: str) -> str | None:
    """The latest period that was done."""
    return conn.execute(select(func.max(periods.c.period)).where(periods.c.name == name)).scalar()
