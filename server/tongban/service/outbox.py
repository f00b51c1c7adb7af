"""The outbox's worker: at least once delivered, applied once by id; what fails is tried again, later and later."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from tongban.service.people import later
from tongban.service.runtime import Runtime
from tongban.store import outbox as table
from tongban.store.base import Row

LEASE = 120             # seconds that a worker has for its rows; then another may take them
BATCH = 50
LONGEST = 3600          # seconds between two tries, at most
_log = logging.getLogger("tongban.outbox")


def deliver(rt: Runtime, limit: int = BATCH) -> int:
    """Deliver what is due; gives how many rows were finished. Kinds that nothing is wired to wait."""
    now = rt.clock()
    kinds = {*rt.handlers, *rt.outside}
    rows = rt.store.run(lambda conn: table.take(conn, now, later(now, LEASE), limit, kinds))
    return sum(_one(rt, row) for row in rows)


def _one(rt: Runtime, row: Row) -> bool:
    handler, outside = rt.handlers.get(row["kind"]), rt.outside.get(row["kind"])

    def apply(conn: Connection) -> bool:
        if not table.finish(conn, row["id"], rt.clock()):
            return False
        if handler is not None:
            handler(rt, conn, row["body"])
        return True

    try:
        if outside is not None:
            outside(rt, row["body"])
        return rt.store.run(apply)
    except Exception as error:  # one bad effect must not stop the others: it is written down and tried again
        _log.exception("effect %s (%s) failed", row["id"], row["kind"])
        why, attempts = f"{type(error).__name__}: {error}", int(row["attempts"])
        rt.store.run(lambda conn: table.postpone(conn, row["id"], later(rt.clock(), _pause(attempts)), why))
        return False


def _pause(attempts: int) -> int:
    return int(min(LONGEST, 5 * 2 ** min(attempts, 12)))
