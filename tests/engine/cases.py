"""Small procedures for tests, and a driver that walks a case through them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongban.engine import fold
from tongban.engine.decide import actions, decide, start
from tongban.engine.model import Actor, Command, Grant, Outcome, Version
from tongban.engine.read import read_bundle

T = {"zh": "字", "en": "word"}
FORM = {"id": "f", "title": T, "pages": [{"id": "p", "title": T, "fields": [
    {"id": "name", "type": "text", "label": T, "required": True},
    {"id": "amount", "type": "money", "label": T},
    {"id": "staff", "type": "integer", "label": T}]}]}
OPINION = {"id": "o", "title": T, "pages": [{"id": "p", "title": T, "fields": [
    {"id": "words", "type": "text", "label": T}]}]}
MONDAY = "2026-11-23T01:00:00Z"


def procedure(states: Mapping[str, Any], **rest: Any) -> Version:
    """A procedure over the two forms; states that lack a label get their id."""
    flow = {"id": "demo", "title": T, "parties": {"applicant": {"kind": "person", "label": T, "starts": True}},
            "forms": {"application": "f", "opinion": "o"}, "initial": next(iter(states)), "states": states, **rest}
    reading = read_bundle({"workflow": flow, "forms": {"f": FORM, "o": OPINION}})
    assert reading.version is not None, [(p.code, p.at, dict(p.params)) for p in reading.problems]
    return reading.version


def officer(person: str, role: str = "officer", scope: str = "370200") -> Actor:
    return Actor(person, (Grant(role, scope),))


APPLICANT = Actor("ann", parties=("applicant",))


class World(dict):  # type: ignore[type-arg]
    """Facts for tests: people by role; everything else that is asked for is unknown."""

    def __init__(self, people: Mapping[str, list[str]] | None = None, **facts: Any) -> None:
        super().__init__()
        self.people = people or {}
        self.more = facts.get("more", {})

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: Any) -> Any:
        if key[0] == "people":
            return self.people.get(key[1], [])
        if key[0] == "calendar":
            return {"holidays": ["2026-10-01"], "workdays": []}
        return self.more.get(key)


class Walk:
    """One case driven step by step; checks after each that folding the record gives the case."""

    def __init__(self, version: Version, world: World | None = None, now: str = MONDAY, **begin: Any) -> None:
        self.version, self.world, self.now = version, World() if world is None else world, now
        self.events: list[Mapping[str, Any]] = []
        self.effects: list[Mapping[str, Any]] = []
        self.case: Any = None
        first = start(version, "c1", APPLICANT, {"applicant": {"people": ["ann"]}}, self.world, now, **begin)
        self._take(first)

    def _take(self, outcome: Outcome) -> Outcome:
        assert not outcome.needs
        if outcome.problems:
            return outcome
        self.case = outcome.case
        self.events += outcome.events
        self.effects += outcome.effects
        assert fold.fold(self.events) == self.case
        active = {a for leaf in self.case["conf"] for a in (leaf, *ups(self.version, leaf))}
        for task in self.case["tasks"]:
            assert task["state"] in active, "a task without its state"
        for item in (*self.case["timers"], *self.case["tasks"]):
            assert item["state"] in active, "a timer without its state"
            assert item["visit"] == self.case["visits"][item["state"]], "a timer or task of an earlier visit"
        return outcome

    def act(self, actor: Actor, action: str, **more: Any) -> Outcome:
        return self.do("act", actor, action=action, **more)

    def do(self, kind: str, actor: Actor | None = None, **more: Any) -> Outcome:
        return self._take(decide(self.version, self.case, Command(kind, actor, **more), self.world, self.now))

    def codes(self, outcome: Outcome) -> list[str]:
        return [p.code for p in outcome.problems]

    def can(self, actor: Actor) -> list[str]:
        return [offer.action for offer in actions(self.version, self.case, actor, self.world, self.now)[0]
                if not offer.blocked]

    def task(self) -> Any:
        return self.case["tasks"][0]

    @property
    def at(self) -> list[str]:
        return list(self.case["conf"])

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]


def ups(version: Version, state: str) -> list[str]:
    parent = version.workflow.states[state].parent
    return [] if parent is None else [parent, *ups(version, parent)]
