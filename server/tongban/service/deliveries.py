"""What could not be sent or carried out, for admins: what, for which case, why, when it is tried again; and now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tongban.engine.model import Text
from tongban.service import outside
from tongban.service.access import Person, may
from tongban.service.books import mask
from tongban.service.errors import Denied, NotFound
from tongban.service.runtime import Runtime
from tongban.service.seen import both, both_or
from tongban.store import cases, messages
from tongban.store import outbox as table
from tongban.store.base import Row

PAGE = 50
_AWAY = frozenset({"ConnectionRefusedError", "ConnectionResetError", "URLError", "gaierror", "OSError",
                   "SMTPServerDisconnected", "SMTPConnectError", "RemoteDisconnected", "ConnectionError", "SSLError"})
_KNOWN = {**dict.fromkeys(_AWAY, "away"), "TimeoutError": "slow", "HTTPError": "answered", "Undeliverable": "not_yet",
          "SMTPAuthenticationError": "sign_in", "SMTPRecipientsRefused": "address", "SMTPResponseException": "answered",
          "SMTPSenderRefused": "answered", "SMTPDataError": "answered"}


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """Something that failed and is tried again."""

    id: str
    kind: str
    what: Text
    to: str                 # for whom, as far as it may be shown; "" = nobody in particular
    case_id: str | None
    number: str             # of the case
    why: Text
    error: str              # as the machine said it
    attempts: int
    next_at: str


@dataclass(frozen=True, slots=True)
class DeliveriesView:
    rows: tuple[DeliveryView, ...]
    failing: int
    waiting: int            # not sent or carried out yet, those that failed among them
    after: str | None       # the page after this one begins behind that id


def page(rt: Runtime, person: Person, after: str = "") -> DeliveriesView:
    """A page of what failed."""
    if not may(person, "outbox.read"):
        raise Denied
    with rt.store.reading() as conn:
        rows = table.failing(conn, 1, PAGE + 1, after)
        found = tuple(_view(rt, conn, row) for row in rows[:PAGE])
        return DeliveriesView(found, table.count_failing(conn), table.waiting(conn),
                              found[-1].id if len(rows) > PAGE else None)


def failing(rt: Runtime, person: Person) -> int:
    """How many there are, for who may know."""
    if not may(person, "outbox.read"):
        return 0
    with rt.store.reading() as conn:
        return table.count_failing(conn)


def retry(rt: Runtime, person: Person, row_id: str = "") -> int:
    """Try one, or everything that failed, at the next round of the worker instead of later; gives how many."""
    if not may(person, "outbox.retry"):
        raise Denied

    def work(conn: Connection) -> int:
        now = rt.clock()
        count = table.hasten(conn, now, row_id)
        if row_id and not count:
            raise NotFound
        if count:
            messages.note(conn, now, person.id, "outbox.retry", row_id[:120] or "*", rows=count)
        return count
    return rt.store.run(work)


def _view(rt: Runtime, conn: Connection, row: Row) -> DeliveryView:
    body: Mapping[str, Any] = row["body"]
    found = cases.get(conn, row["case_id"]) if row["case_id"] else None
    system = str(body.get("system" if row["kind"] == "message" else "to") or "")
    what = outside.channels(rt).get(system) if row["kind"] == "message" else None
    return DeliveryView(
        row["id"], row["kind"], what or both_or(f"outbox.kind.{row['kind']}", row["kind"]), _to(row["kind"], body),
        row["case_id"], found["number"] if found else "", _why(row["kind"], row["error"], system), row["error"],
        row["attempts"], row["at"])


def _to(kind: str, body: Mapping[str, Any]) -> str:
    to = body.get("to")
    if kind == "message" and isinstance(to, Mapping):
        return str(to.get("name") or "")
    if kind == "mail":
        name, _, host = str(to).partition("@")
        return f"{mask(name)}@{host}"
    return mask(str(to)) if kind == "text" else str(to) if kind == "call" else ""


def _why(kind: str, error: str, system: str) -> Text:
    name, _, words = error.partition(": ")
    reason = _KNOWN.get(name, "broken")
    if reason == "not_yet" and kind in ("call", "message"):
        reason = "unnamed"
    if name == "URLError" and "timed out" in words:
        reason = "slow"
    return both(f"outbox.why.{reason}", system=system)
