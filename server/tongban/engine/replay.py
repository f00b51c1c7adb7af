"""A case's record played again: every act, event and firing as a command, under the same version or another.

Under the version it was written with, the same case comes out; that is tested with every stored scenario. Under a new
version it shows what the version would have done with the case: where an act is refused, or leads elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tongban.engine import answers, decide
from tongban.engine.fold import EMPTY, Case, apply
from tongban.engine.model import Actor, Command, FactKey, Grant, Json, Outcome, Version
from tongban.engine.problem import EngineError, Problem

Event = Mapping[str, Any]
Facts = dict[FactKey, Json]

STAFFING = {"claimed": "claim", "released": "release", "transferred": "transfer", "delegated": "delegate",
            "signers_added": "add_sign", "signers_removed": "remove_sign", "urged": "urge", "copied": "copy",
            "taken_back": "take_back"}
FIRST = frozenset({"started", "acted", "received", "fired", *STAFFING})
"""Events that begin a step; everything after one belongs to it."""

MOST_FIRINGS = 200      # timers of the new version that go off between two steps


@dataclass(slots=True)
class Replay:
    """What came of it: the case, how it stood in the record, what was refused, facts nobody had asked for then."""

    case: Case = field(default_factory=lambda: dict(EMPTY))
    was: Case = field(default_factory=lambda: dict(EMPTY))
    refused: list[tuple[int, Event, Problem]] = field(default_factory=list)
    unknown: list[FactKey] = field(default_factory=list)


def replay(version: Version, events: Iterable[Event]) -> Replay:
    """Play a record under a version. It stops at the first step that is refused."""
    player = _Player(version, Replay())
    for number, step in enumerate(steps(events), 1):
        problems = player.play(step)
        if problems:
            player.found.refused += [(number, step[0], problem) for problem in problems]
            break
    return player.found


def steps(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The events of each command."""
    step: list[Event] = []
    for event in events:
        if event["type"] in FIRST and step:
            yield step
            step = []
        step.append(event)
    if step:
        yield step


class _Player:
    """One case under way, and beside it the case of the record."""

    def __init__(self, version: Version, found: Replay) -> None:
        self.version, self.found = version, found
        self.known: Facts = {}

    def play(self, step: list[Event]) -> tuple[Problem, ...]:
        """One step, then the same step of the record."""
        first, now = step[0], str(step[0].get("at") or self.found.was["started_at"])
        for event in step:
            self.known.update({_key(key): value for key, value in event.get("facts", ())})
        if first["type"] == "started":
            problems = self._take(lambda facts: self._start(step, now, facts))
        else:
            self._new_timers(now)
            problems = self._send(self._command(step), now)
        for event in step:
            apply(self.found.was, event)
        return problems

    def _send(self, command: Command | None, now: str) -> tuple[Problem, ...]:
        if command is None or self.found.case["status"] != "open":
            return ()
        return self._take(lambda facts: decide.decide(self.version, self.found.case, command, facts, now))

    def _take(self, ask: Any) -> tuple[Problem, ...]:
        """Ask with the facts of the record; what it does not hold is unknown."""
        try:
            outcome: Outcome = ask(self.known)
            while outcome.needs:
                self.found.unknown += sorted(outcome.needs, key=repr)
                self.known.update(dict.fromkeys(outcome.needs))
                outcome = ask(self.known)
        except EngineError as error:
            return error.problems
        if outcome.events:
            self.found.case = dict(outcome.case)
        return outcome.problems

    def _start(self, step: list[Event], now: str, facts: Facts) -> Outcome:
        first = step[0]
        given = {e["form"]: e["values"] for e in _until_set(step) if e["type"] == "answered"}
        variables: Mapping[str, Json] = next((e["values"] for e in step if e["type"] == "set"), {})
        known = {name: value for name, value in variables.items() if name in self.version.workflow.variables}
        forms = {key: values for key, values in given.items() if key in self.version.workflow.forms}
        actor = Actor(first["by"]) if first["by"] else None
        return decide.start(self.version, first["case"], actor, first["parties"], facts, now, answers=forms,
                            variables=known, links=first.get("links"))

    # --- commands ----------------------------------------------------------------------------------------------

    def _command(self, step: list[Event]) -> Command | None:
        first = step[0]
        kind = first["type"]
        if kind == "received":
            return Command("event", Actor(first["by"]) if first.get("by") else None, action=first["event"],
                           data=first["data"])
        if kind == "fired":
            timer = self._timer(first)
            return Command("timer", task=timer["id"]) if timer else None
        if kind == "acted":
            return self._act(step)
        state = next((t["state"] for t in self.found.was["tasks"] if t["id"] == first.get("task")), None)
        told = first.get("to", ())
        to = (told,) if isinstance(told, str) else tuple(told)
        return Command(STAFFING[kind], self._somebody(first, state), self._task(state), reason=first.get("reason", ""),
                       to=to, place=first.get("place", "after"))

    def _act(self, step: list[Event]) -> Command:
        first = step[0]
        back = next((e for e in step if e["type"] == "returned"), None)
        overridden = [e for e in step if e["type"] == "overridden"]
        overrides = {e["rule"]: e["reason"] for e in overridden}
        state = first["state"] if first.get("task") else None
        who = self._somebody(first, state)
        who = replace(who, grants=(*who.grants, *(Grant(e["role"], "*") for e in overridden)))
        return Command(
            "act", who, self._task(state), first["action"], self._raw(step, state),
            first.get("reason") or "", tuple(first.get("clauses") or ()), first.get("signature"),
            back["marks"] if back else {}, (back["to"],) if back else (), back["then"] if back else "",
            overrides=overrides)

    def _somebody(self, event: Event, state: str | None) -> Actor:
        """Who acted, with the rights it took then: the record has been through the rights already."""
        who = event.get("by")
        grants = [Grant(event["role"], event.get("scope") or "*")] if event.get("role") else []
        if event["type"] != "acted":
            grants += self._roles_of(state, str(who))
        if event["type"] == "acted" and state is None:
            grants += [Grant(holder.role, "*") for one in self.version.workflow.states.values()
                       for arrow in one.transitions if arrow.event == event["action"]
                       for holder in arrow.by if holder.role]
        sides = [name for name, held in self.found.was["parties"].items() if who in held.get("people", ())]
        if event.get("party") and event["party"] not in sides:
            sides.append(event["party"])
        if event["type"] == "acted" and state is None and not sides:
            sides = list(self.found.was["parties"])
        return Actor(str(who), tuple(dict.fromkeys(grants)), tuple(sides), event.get("deputy_of"))

    def _roles_of(self, state: str | None, who: str) -> list[Grant]:
        """Roles of a task's seats; the record does not say which was used. None for a side with its own seat."""
        seats = [seat for case in (self.found.was, self.found.case) for task in case["tasks"] if task["state"] == state
                 for seat in task["seats"]]
        sides = {name for name, held in self.found.was["parties"].items() if who in held.get("people", ())}
        if any(seat.get("party") in sides for seat in seats):
            return []
        return [Grant(seat["role"], seat["scope"] or "*") for seat in seats if seat.get("role")]

    def _task(self, state: str | None) -> str | None:
        return next((t["id"] for t in self.found.case["tasks"] if t["state"] == state), None)

    def _raw(self, step: list[Event], state: str | None) -> dict[str, Json]:
        """What the step changed in the answers, as it was typed, for the forms that the version still has."""
        place = self.version.workflow.states.get(state or "")
        main, raw = place.task.form if place and place.task else None, dict[str, Json]()
        for key, values in ((e["form"], e["values"]) for e in step if e["type"] == "answered"):
            form, stored = self.version.workflow.forms.get(key), self.found.case["answers"].get(key, {})
            for one in form.fields if form else ():
                if one.id in values and values[one.id] != stored.get(one.id):
                    raw[one.id if key == main else f"{key}.{one.id}"] = answers.as_raw(one, values[one.id])
        return raw

    # --- timers ------------------------------------------------------------------------------------------------

    def _timer(self, fired: Event) -> Mapping[str, Any] | None:
        """The timer that stands where one of the record stood: by its due time, else the only one of its state."""
        here = [t for t in self.found.case["timers"] if t["state"] == fired["state"]]
        same = [t for t in here if t["at"] == fired["at"]]
        alike = [t for t in same if t["index"] == fired["index"]]
        overdue = [t for t in here if (t["index"] < 0) == (fired["index"] < 0)]
        return next(iter(alike or same or (overdue if len(overdue) == 1 else ())), None)

    def _new_timers(self, now: str) -> None:
        """Timers that only this version has go off when they are due."""
        for _ in range(MOST_FIRINGS):
            theirs = {(t["state"], t["at"]) for t in self.found.was["timers"]}
            due = [t for t in self.found.case["timers"] if t["at"] <= now and (t["state"], t["at"]) not in theirs]
            if not due or self.found.case["status"] != "open":
                return
            timer, before = min(due, key=lambda t: (t["at"], t["id"])), self.found.case
            self._send(Command("timer", task=timer["id"]), timer["at"])
            if self.found.case is before:
                return


def _until_set(step: list[Event]) -> Iterator[Event]:
    """What a case was opened with stands before its variables and the first state."""
    for event in step:
        if event["type"] in ("set", "moved", "named"):
            return
        yield event


def _key(key: list[Json]) -> FactKey:
    """Facts are kept as JSON lists; a part that was a list is one again."""
    return tuple(tuple(part) if isinstance(part, list) else part for part in key)
