"""Events become the case. `decide` applies every event with `apply` too, so folding a record gives the same case.

Nothing inside a case is changed in place: every event replaces what it touches, so a shallow copy is a safe copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Case = dict[str, Any]
Event = Mapping[str, Any]

EMPTY: Case = {
    "id": "", "workflow": "", "version": "", "seq": 0, "status": "new", "outcome": None,
    "conf": [], "hist": {}, "vars": {}, "answers": {}, "marks": {}, "reopened": {}, "parties": {}, "scope": None,
    "subject": "", "keys": [], "round": 1, "visits": {}, "started_at": None, "submitted_at": None, "acted": {},
    "outcomes": {}, "tasks": [], "timers": [], "counter": 0, "resume": None, "suspended": None, "links": {},
    "last": None,
}

_TAKEN_BACK = ("conf", "hist", "vars", "answers", "marks", "reopened", "tasks", "timers", "round", "acted", "outcomes",
               "resume", "suspended", "submitted_at", "scope", "subject", "keys")
"""What `take_back` restores. Visits and the counter go on, so that no id is ever used twice."""


def fold(events: Iterable[Event]) -> Case:
    """The case that a record of events describes."""
    case = dict(EMPTY)
    for event in events:
        apply(case, event)
    return case


def apply(case: Case, event: Event) -> None:
    """Apply one event to a case. The caller owns the top level of `case`."""
    case["seq"] += 1
    handler = _HANDLERS.get(event["type"])
    if handler is not None:
        handler(case, event)


def _started(case: Case, event: Event) -> None:
    case.update(id=event["case"], workflow=event["workflow"], version=event["version"], parties=event["parties"],
                links=event.get("links", {}), started_at=event["at"], status="open")


def _acted(case: Case, event: Event) -> None:
    case["last"] = {"by": event["by"], "was": {key: case[key] for key in _TAKEN_BACK if key in case}}
    state = event.get("state")
    if state is not None and event["by"] is not None:
        case["acted"] = {**case["acted"], state: [*case["acted"].get(state, ()), event["by"]]}
    if event.get("submits"):
        case["submitted_at"] = event["at"]


def _decided(case: Case, event: Event) -> None:
    case["outcomes"] = {**case["outcomes"], event["state"]: event["action"]}


def _moved(case: Case, event: Event) -> None:
    case["conf"] = event["conf"]
    if "hist" in event:
        case["hist"] = event["hist"]
    if event["entered"]:
        visits = dict(case["visits"])
        for state in event["entered"]:
            visits[state] = visits.get(state, 0) + 1
        case["visits"] = visits


def _answered(case: Case, event: Event) -> None:
    case["answers"] = {**case["answers"], event["form"]: event["values"]}
    if event["form"] in case.get("reopened", {}):
        case["reopened"] = {key: names for key, names in case["reopened"].items() if key != event["form"]}
    if case["marks"]:
        prefix = event["form"] + "."
        case["marks"] = {key: note for key, note in case["marks"].items() if not key.startswith(prefix)}


def _filled(case: Case, event: Event) -> None:
    """A field set by the procedure itself: marks stay, for nobody has looked at them."""
    case["answers"] = {**case["answers"], event["form"]: event["values"]}


def _set(case: Case, event: Event) -> None:
    case["vars"] = {**case["vars"], **event["values"]}


def _named(case: Case, event: Event) -> None:
    case.update({key: event[key] for key in ("scope", "subject", "keys") if key in event})
    if "parties" in event:
        case["parties"] = {**case["parties"], **event["parties"]}


def _opened(case: Case, event: Event) -> None:
    case["tasks"] = [*case["tasks"], event["task"]]
    case["counter"] += 1


def _closed(case: Case, event: Event) -> None:
    case["tasks"] = [t for t in case["tasks"] if t["id"] != event["task"]]


def _task_changed(case: Case, event: Event) -> None:
    """A task with some members replaced: claimed, released, voted, transferred, delegated, signers added …"""
    case["tasks"] = [{**t, **event["changes"]} if t["id"] == event["task"] else t for t in case["tasks"]]
    if case["last"] is not None and event.get("by") != case["last"]["by"]:
        case["last"] = None


def _timer_set(case: Case, event: Event) -> None:
    case["timers"] = [*case["timers"], event["timer"]]
    case["counter"] += 1


def _timer_cleared(case: Case, event: Event) -> None:
    case["timers"] = [t for t in case["timers"] if t["id"] != event["timer"]]


def _fired(case: Case, event: Event) -> None:
    _timer_cleared(case, event)
    case["last"] = None


def _moved_deadline(case: Case, event: Event) -> None:
    case["timers"] = [{**t, **event["changes"].get(t["id"], {})} for t in case["timers"]]
    case["tasks"] = [{**t, **event["changes"].get(t["id"], {})} for t in case["tasks"]]


def _returned(case: Case, event: Event) -> None:
    case.update(round=case["round"] + 1, marks=event["marks"], reopened=event.get("open", {}), resume=event["resume"])


def _resumed_from(case: Case, _event: Event) -> None:
    case["resume"] = None


def _suspended(case: Case, event: Event) -> None:
    case["suspended"] = event["at"]


def _unsuspended(case: Case, _event: Event) -> None:
    case["suspended"] = None


def _caused(case: Case, event: Event) -> None:
    if not event["undoable"]:       # a paper that went out cannot be taken back with the step
        case["last"] = None


def _taken_back(case: Case, _event: Event) -> None:
    case.update(case["last"]["was"], last=None)


def _received(case: Case, _event: Event) -> None:
    case["last"] = None


def _finished(case: Case, event: Event) -> None:
    case.update(status="closed", outcome=event["outcome"], last=None)


_HANDLERS: dict[str, Callable[[Case, Event], None]] = {
    "started": _started, "acted": _acted, "decided": _decided, "moved": _moved, "answered": _answered, "set": _set,
    "filled": _filled,
    "named": _named, "task_opened": _opened, "task_closed": _closed, "claimed": _task_changed,
    "released": _task_changed, "voted": _task_changed, "transferred": _task_changed, "delegated": _task_changed,
    "advised": _task_changed, "signers_added": _task_changed, "signers_removed": _task_changed,
    "urged": _task_changed, "timer_set": _timer_set, "timer_cleared": _timer_cleared, "fired": _fired,
    "deadline_moved": _moved_deadline, "returned": _returned, "resumed": _resumed_from, "suspended": _suspended,
    "unsuspended": _unsuspended, "caused": _caused, "taken_back": _taken_back, "received": _received,
    "finished": _finished,
}
"""Events without a handler (copied, skipped, overridden …) are there to be read: they change nothing."""
