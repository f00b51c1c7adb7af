"""A case being looked at: everything that is read once, before the parts of its view are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tongban import text
from tongban.engine.decide import chart_of
from tongban.engine.model import Actor, State, Text, Transition, Version
from tongban.engine.offers import Offer, offers
from tongban.engine.step import Step
from tongban.service import regions
from tongban.service.access import CaseSubject, Person, actors, may
from tongban.service.errors import NotFound
from tongban.service.facts import Asking, Fetched
from tongban.service.runtime import Runtime
from tongban.store import cases, counters, people
from tongban.store.base import Row

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One event with when, by whom, and the hash of the entry that it stands in."""

    event: Mapping[str, Any]
    seq: int
    at: str
    actor: str | None
    by: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Seen:
    rt: Runtime
    conn: Connection
    person: Person
    row: Row
    version: Version
    now: str
    epoch: int
    doers: tuple[Actor, ...]
    lines: tuple[Line, ...]
    people: Mapping[str, Row]
    offices: Mapping[str, Text]

    @property
    def case(self) -> Case:
        """The folded case."""
        case: Case = self.row["snapshot"]
        return case

    def state(self, state_id: str | None) -> State | None:
        """A state of the definition."""
        return self.version.workflow.states.get(state_id) if state_id else None

    def label(self, state_id: str | None) -> Text:
        """What a state is called."""
        state = self.state(state_id)
        return (state.label if state else None) or {"zh": state_id or "", "en": state_id or ""}

    def name(self, person_id: str | None) -> str | None:
        """What a person is called."""
        row = self.people.get(person_id or "")
        return row["name"] if row else person_id

    def office(self, person_id: str | None) -> Text | None:
        """Where a person works."""
        row = self.people.get(person_id or "")
        return self.offices.get(row["org"]) if row and row["org"] else None

    def action_label(self, state_id: str | None, action: str) -> Text:
        """What the button of an action said."""
        spec = self.transition(state_id, action)
        return (spec.label if spec else None) or both_or(f"action.{action}", action)

    def transition(self, state_id: str | None, action: str) -> Transition | None:
        """The transition of an action: the state's own, then its ancestors'."""
        state = self.state(state_id if state_id is not None else "")
        while state is not None:
            for transition in state.transitions:
                if transition.event == action:
                    return transition
            state = self.state(state.parent) if state.parent is not None else None
        return None


def both(key: str, /, **params: Any) -> Text:
    """A sentence of the catalogues in both languages."""
    return {lang: text.say(key, lang, **params) for lang in text.LANGUAGES}


def both_or(key: str, otherwise: str) -> Text:
    """The same, or a word as it is where the catalogues lack the key."""
    return both(key) if key in text.catalogue() else {lang: otherwise for lang in text.LANGUAGES}


def _seat_of(role: str, scope: str) -> str:
    """Where an office of a level sits whose work lies in a county: the city's in its city, the province's there."""
    city = role.startswith("city_") or role.endswith("_city")
    above = scope[:2] + "0000" if role.startswith("province_") else scope[:4] + "00" if city else ""
    return above if above and regions.known(above) else scope


def role_at(role: str, scope: str | None) -> Text:
    """A role with its place: 市南区人社局."""
    words = both_or(f"role.{role}", role)
    if not regions.known(scope):
        return words
    place = regions.name(_seat_of(role, str(scope)))
    if f"role_at.{role}" in text.catalogue():
        return both(f"role_at.{role}", place=place)
    return {"zh": f"{place['zh']}{words['zh']}", "en": f"{words['en']}, {place['en']}"}


def holder_words(seen_parties: Mapping[str, Text], seat: Mapping[str, Any], name: Callable[[str], str | None]) -> Text:
    """Who a seat waits for: a side of the case, an office of a place, a person."""
    if seat.get("person"):
        words = name(seat["person"]) or ""
        return {lang: words for lang in text.LANGUAGES}
    if seat.get("role"):
        return role_at(str(seat["role"]), seat.get("scope"))
    return seen_parties.get(str(seat.get("party"))) or both_or(f"party.{seat.get('party')}", str(seat.get("party")))


def look(rt: Runtime, conn: Connection, person: Person, case_id: str) -> Seen:
    """Read a case for somebody; NotFound where there is none for them."""
    row = cases.get(conn, case_id)
    if row is None:
        raise NotFound
    case, version = row["snapshot"], rt.version(conn, row["version"])
    subject = CaseSubject(case, version, cases.members_of(conn, case_id))
    if not may(person, "case.read", subject):
        raise NotFound
    lines = tuple(
        Line(event, entry["seq"], event.get("at") or entry["at"], entry["actor"], entry["body"]["by"], entry["hash"])
        for entry in cases.record(conn, case_id) for event in entry["body"]["events"])
    ids = {i for line in lines for i in (line.actor, line.by.get("deputy_of"), *_named(line.event)) if i}
    ids |= {seat["person"] for task in case["tasks"] for seat in task["seats"] if isinstance(seat.get("person"), str)}
    doers = tuple(actors(person, case, version))
    ids |= {doer.deputy_of for doer in doers if doer.deputy_of}
    known = people.named(conn, ids | {p for held in case["parties"].values() for p in held.get("people") or ()})
    codes = {p["org"] for p in known.values() if p["org"]}
    codes |= {held["org"] for held in case["parties"].values() if held.get("org")}
    offices = {row["code"]: row["name"] for row in people.list_organisations(conn, codes)} if codes else {}
    return Seen(rt, conn, person, row, version, rt.clock(), counters.value(conn, "epoch"),
                doers, lines, known, offices)


def _named(event: Mapping[str, Any]) -> Sequence[str]:
    to = event.get("to")
    return [to] if event["type"] in ("transferred", "delegated") and isinstance(to, str) else []


def asked(seen: Seen) -> Step:
    """A step that rules can be asked on, with every fact that they turn out to need."""
    asking = Asking(seen.rt, seen.conn, seen.version, seen.case["id"], seen.epoch)
    return Step(seen.version, chart_of(seen.version), dict(seen.case), Fetched(asking), seen.now)


def offered(seen: Seen) -> list[tuple[Actor, Offer]]:
    """Every action that this person may take now, under whichever of their rights comes first."""
    found: dict[tuple[str | None, str], tuple[Actor, Offer]] = {}
    if seen.case["status"] != "open":
        return []
    for doer in seen.doers:
        step = asked(seen)
        step.actor = doer
        for offer in offers(step, doer):
            if offer.blocked is None:
                found.setdefault((offer.task, offer.action), (doer, offer))
    return list(found.values())
