"""What a phone kept while it had no network, taken in the way everything else is: by `start` and `act`, under its keys.

Two clocks are kept of each record (I-19): when the person pressed the button by the device's clock, and when the server
received it, which alone decides deadlines. The device also says what time it has while sending, so a wrong clock is
seen and `happened_at` is the captured time set right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tongban.engine.model import Form, State, Text, Workflow
from tongban.engine.problem import Problem
from tongban.service import cases, catalogue, files, inbox, listing, prefill
from tongban.service.access import Person
from tongban.service.act import ActRequest, act
from tongban.service.errors import Conflict, Denied, NotFound, Refused
from tongban.service.runtime import Runtime
from tongban.service.start import begin
from tongban.service.views import CaseView, InboxRow, ProcedureRow, ProcedureView, Received
from tongban.store import cases as table

STEADY = 120        # seconds that a device's clock may differ before the record says so
MOST_TASKS = 100


@dataclass(frozen=True, slots=True)
class Captured:
    """One record of a phone: work on a case as it was seen, or a new application of a procedure.

    `application` is the key that a new application is started under; it stays when the record is corrected and resent.
    """

    key: str
    request: ActRequest
    captured_at: str
    version: str = ""
    case_id: str = ""
    expected: int | None = None
    procedure: str = ""
    application: str = ""
    on_behalf: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of it. status: received | problems | conflict | refused. Only `received` used the key up.

    reason of a conflict: moved = the case was acted on meanwhile; version = the procedure was changed meanwhile;
    gone = the case was taken over by others, and this person no longer sees it.
    """

    key: str
    status: str
    received: Received | None = None
    problems: tuple[Problem, ...] = ()
    view: CaseView | None = None
    reason: str = ""


class _Changed(Exception):
    """The procedure has a newer version than the form that was filled in."""


def take(rt: Runtime, person: Person, sent_at: str, records: Sequence[Captured]) -> list[Settled]:
    """Take in each record in a transaction of its own; one that is refused does not hold up the others."""
    return [_settle(rt, person, sent_at, record) for record in records]


def _settle(rt: Runtime, person: Person, sent_at: str, record: Captured) -> Settled:
    wrong = behalf_problem(rt, person, record.on_behalf)
    if wrong:
        return Settled(record.key, "problems", problems=(wrong,))
    case_id = record.case_id
    try:
        opened = None if case_id else _start(rt, person, record)
        case_id, expected = (opened.case_id, opened.seq) if opened else (case_id, record.expected)
        received = act(rt, person, case_id, record.request, expected, record.key, origin(rt.clock(), sent_at, record))
    except Conflict:
        return Settled(record.key, "conflict", view=cases.view(rt, person, case_id), reason="moved")
    except _Changed:
        return Settled(record.key, "conflict", reason="version")
    except Refused as refused:
        return Settled(record.key, "problems", problems=refused.problems)
    except (NotFound, Denied) as error:
        return _out_of_reach(rt, person, record, error.code)
    if received.problems:
        return Settled(record.key, "problems", received, received.problems)
    return Settled(record.key, "received", received)


def _out_of_reach(rt: Runtime, person: Person, record: Captured, code: str) -> Settled:
    """The person had the work on the phone: a colleague did it, or it went elsewhere, seen or no longer seen."""
    try:
        view = cases.view(rt, person, record.case_id) if record.case_id else None
    except NotFound:
        return Settled(record.key, "conflict", reason="gone")
    if view is None or view.seq == record.expected:
        return Settled(record.key, "refused", problems=(Problem(code),))
    return Settled(record.key, "conflict", view=view, reason="moved")


def _start(rt: Runtime, person: Person, record: Captured) -> Received:
    """Open the case, or find the one that this application opened before."""
    with rt.store.reading() as conn:
        begun = table.seen_key(conn, person.id, record.application)
    if begun is None and catalogue.procedure(rt, person, record.procedure).version != record.version:
        raise _Changed
    return begin(rt, person, record.procedure, record.application)


def behalf_problem(rt: Runtime, person: Person, helped: Mapping[str, str]) -> Problem | None:
    """帮办代办: only staff fill in for somebody, and only with that person's consent."""
    if not helped:
        return None
    if not person.staff:
        return Problem("phone.behalf.staff_only")
    consent = helped.get("consent", "")
    return None if consent and _signed(rt, person, consent) else Problem("phone.behalf.consent_missing")


def _signed(rt: Runtime, person: Person, consent: str) -> bool:
    """A name that was said and typed, or a signature whose picture has arrived."""
    if not files.is_id(consent):
        return True
    try:
        return files.status(rt, person, consent).complete
    except NotFound:
        return False


def origin(now: str, sent_at: str, record: Captured) -> dict[str, Any]:
    """What the record of the case says about where an entry came from."""
    off = seconds_between(now, sent_at)
    found: dict[str, Any] = {"by": "phone", "captured_at": record.captured_at, "sent_at": sent_at}
    if off is not None and abs(off) > STEADY:
        found |= {"clock_off": off, "happened_at": shifted(record.captured_at, -off)}
    if record.on_behalf:
        found["on_behalf"] = dict(record.on_behalf)
    return found


def seconds_between(earlier: str, later: str) -> int | None:
    """Whole seconds from one instant to another, None where one of them is not an instant."""
    first, second = instant(earlier), instant(later)
    return round((second - first).total_seconds()) if first and second else None


def shifted(at: str, seconds: int) -> str | None:
    """An instant moved by so many seconds."""
    moment = instant(at)
    return (moment + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def instant(written: str) -> datetime | None:
    """Read an instant as phones and the server write it; None for anything else, and for no year of ours."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo is not None and 2000 <= found.year < 2100 else None


@dataclass(frozen=True, slots=True)
class Menu:
    """What a person may take along: open work that they may do with a form, and procedures that they may start."""

    tasks: tuple[tuple[InboxRow, CaseView], ...]
    procedures: tuple[ProcedureRow, ...]


def menu(rt: Runtime, person: Person) -> Menu:
    """What may be taken along now."""
    boxes = [inbox.page(rt, person, box, {}, None).rows for box in ("mine", "open")]
    rows = list({(row.case_id, row.task): row for rows in boxes for row in rows}.values())[:MOST_TASKS]
    seen = {row.case_id: cases.view(rt, person, row.case_id) for row in rows}
    able = catalogue.page(rt, person, "", "", "").rows
    return Menu(tuple((row, seen[row.case_id]) for row in rows), tuple(row for row in able if row.can_start))


@dataclass(frozen=True, slots=True)
class Blank:
    """The first form of a procedure, before there is a case. actions: (name, label, tone) of what it may end in."""

    procedure: ProcedureView
    state: str
    key: str
    form: Form
    actions: tuple[tuple[str, Text, str], ...]
    env: Mapping[str, Any]
    prefilled: Mapping[str, prefill.Offered] = field(default_factory=dict)
    subject: str = ""       # the field that says whom or what the case will be about


def blank(rt: Runtime, person: Person, slug: str) -> Blank:
    """What this person fills in to start a procedure."""
    view = catalogue.procedure(rt, person, slug)
    if not view.can_start:
        raise Denied
    with rt.store.reading() as conn:
        flow = rt.version(conn, view.version).workflow
        entered = {key: form for key, form in flow.forms.items()
                   if any(state.task and state.task.form == key for state in _entered(flow))}
        begun = {key: prefill.offered(rt, conn, person, form) for key, form in entered.items()}
        shown = {key: listing.offered(conn, form, f"{key}.", rt.clock()) for key, form in entered.items()}
    for state in _entered(flow):
        key = state.task.form if state.task else None
        if key is None:
            continue
        actions = tuple((t.event, t.label or {}, t.tone) for t in state.transitions if t.event and t.label and not t.by)
        named, _, subject = (flow.subject.source if flow.subject else "").partition(".")
        known = named == key and any(one.id == subject for one in flow.forms[key].fields)
        return Blank(view, state.id, key, shown[key], actions, {"today": rt.today(), "now": rt.clock()},
                     begun[key], subject if known else "")
    raise NotFound


def _entered(flow: Workflow) -> Iterator[State]:
    """The states that a new case enters, outermost first."""
    waiting = [""]
    while waiting:
        state = flow.states[waiting.pop(0)]
        yield state
        waiting += state.initial or (state.children if state.type == "parallel" else ())


def first_task(rt: Runtime, person: Person, case_id: str) -> str | None:
    """The open task of a case that this person may fill in."""
    view = cases.view(rt, person, case_id)
    return next((task.id for task in view.tasks if task.actions and task.form), None)
