"""Who may act on a task: holders become seats, seats are taken, votes are counted.

A seat is one place that one person fills: {"n": 1, "party" | "role" + "scope" | "person": …, "waits": [n, …],
"must": bool, "by": None, "action": None, "at": None}. A pool ("any one of the district's reviewers") is a single seat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from tongban.engine.fold import Case
from tongban.engine.model import Actor, Decide, Expr, Holder, Json, TaskSpec

Seat = dict[str, Json]
Task = Mapping[str, Json]


class Asked(Protocol):
    """What holders are looked up by: the case, its rules and the facts from outside. `step.Step` is one."""

    case: Case

    def value(self, expr: Expr) -> Json:
        """What a rule gives."""

    def fact(self, *key: Json) -> Json:
        """A fact from outside, None while it is unknown."""


def covers(granted: str, wanted: str | None) -> bool:
    """Whether a grant's scope reaches a region or organisation. Regions are GB/T 2260 codes: 370200 covers 370202."""
    if granted in ("*", wanted):
        return True
    if wanted is None or len(granted) != 6 or not granted.isdigit():
        return False
    stem = granted[:2] if granted.endswith("0000") else granted[:4] if granted.endswith("00") else granted
    return wanted.isdigit() and wanted.startswith(stem)


def holder_value(asked: Asked, holder: Holder) -> Seat | None:
    """A holder with its rules evaluated; None where its condition leaves it out."""
    if holder.when is not None and asked.value(holder.when) is not True:
        return None
    if holder.party is not None:
        return {"party": holder.party}
    if holder.role is not None:
        scope = asked.value(holder.scope) if holder.scope is not None else asked.case["scope"]
        return {"role": holder.role, "scope": scope}
    person = asked.value(holder.person) if holder.person is not None else None
    return {"person": person}


def seats(asked: Asked, spec: TaskSpec) -> list[Seat]:
    """The seats of a task as it opens."""
    held = [value for holder in spec.holders if (value := holder_value(asked, holder)) is not None]
    held = [value for value in held if value.get("person", "") is not None] or held     # the system is no person
    places: list[Seat] = []
    for value in held:
        people = value.get("person")
        if isinstance(people, list):
            places += [{"person": person} for person in people]
        elif "role" in value and spec.decide.mode != "any" and len(held) == 1:
            staff_ids = without_barred(asked, spec, asked.fact("people", value["role"], value["scope"]) or [])
            places += [{"person": person} for person in staff_ids] or [value]
        else:
            places.append(value)
    found = [new_seat(n, place) for n, place in enumerate(places, 1)]
    if spec.decide.mode == "sequence":
        for before, after in pairwise(found):
            after["waits"] = [before["n"]]
    return found


def new_seat(number: int, place: Mapping[str, Json]) -> Seat:
    return {"n": number, **place, "waits": [], "must": False, "by": None, "action": None, "at": None}


def needed(decide: Decide, count: int) -> int:
    """How many votes carry. A ratio is compared by cross multiplication and rounds up (I-08, I-16)."""
    if decide.mode == "any":
        return 1
    if decide.mode == "quorum":
        return min(decide.count, count)
    if decide.mode == "ratio":
        numerator, denominator = decide.ratio
        return -(-count * numerator // denominator)
    return count


def staff(asked: Asked, spec: TaskSpec) -> list[str] | None:
    """Ids of the people who could act on a task of roles; None where parties or unknown facts are involved."""
    ids: list[str] = []
    for holder in spec.holders:
        value = holder_value(asked, holder)
        if value is None:
            continue
        if "role" not in value:
            return None
        found = asked.fact("people", value["role"], value["scope"])
        if found is None:
            return None
        ids += found
    return without_barred(asked, spec, ids)


def without_barred(asked: Asked, spec: TaskSpec, ids: Sequence[str]) -> list[str]:
    """People that `never` and `own_case` leave, in order, each once."""
    barred = {person for state in spec.never for person in asked.case["acted"].get(state, ())}
    for party, held in asked.case["parties"].items():
        if party in spec.never or spec.own_case == "refuse":
            barred.update(held.get("people", ()))
    return [person for person in dict.fromkeys(ids) if person not in barred]


def fits(seat: Mapping[str, Json], actor: Actor) -> bool:
    """Whether this person may fill a seat, as far as roles, scopes and parties go."""
    if seat.get("person") is not None:
        return seat["person"] in (actor.id, actor.deputy_of)
    if seat.get("role") is not None:
        return any(g.role == seat["role"] and covers(g.scope, seat["scope"]) for g in actor.grants)
    return seat.get("party") is not None and seat["party"] in actor.parties


def is_ready(task: Task, seat: Mapping[str, Json]) -> bool:
    """Whether a seat is open now: not filled, and nobody before it is still to act."""
    filled = {s["n"] for s in task["seats"] if s["action"] is not None}
    return seat["action"] is None and all(n in filled for n in seat["waits"])


def open_seats(task: Task) -> list[Mapping[str, Json]]:
    """Seats that somebody can fill now. A pool that is enough by itself has one."""
    return [seat for seat in task["seats"] if is_ready(task, seat)]


def seat_for(task: Task, actor: Actor) -> Mapping[str, Json] | None:
    """The open seat that this person would fill: their own before a pool's."""
    ready = [seat for seat in open_seats(task) if fits(seat, actor)]
    return next((s for s in ready if s.get("person")), ready[0] if ready else None)


def has_claim(task: Task, actor: Actor) -> bool:
    """Whether nobody else holds the task. What a principal claimed their deputy may do, unless it was taken back."""
    if task["claimed"] in (None, actor.id):
        return True
    return task["claimed"] == actor.deputy_of and task.get("claimed_for") != actor.deputy_of


def lent_claim(task: Task, person: str) -> bool:
    """Whether a deputy holds the task for this person, who may take it back."""
    return task.get("claimed_for") == person and task["claimed"] not in (None, person)


def comes_later(task: Task, actor: Actor) -> bool:
    """Whether a seat of this person waits for others to act first."""
    return any(seat["action"] is None and fits(seat, actor) for seat in task["seats"])


def barred_by(spec: TaskSpec, case: Mapping[str, Json], actor: Actor, seat: Mapping[str, Json]) -> str | None:
    """The policy that keeps this person from acting here: own_case, four_eyes, same_person; None = none does."""
    mine = {actor.id, actor.deputy_of}
    parties = [p for p, held in case["parties"].items() if mine & set(held.get("people", ()))] + list(actor.parties)
    if seat.get("party") is None and parties and (spec.own_case == "refuse" or any(p in spec.never for p in parties)):
        return "own_case"
    acted = case["acted"]
    if any(mine & set(acted.get(state, ())) for state in spec.never):
        return "four_eyes"
    if spec.same_person == "refuse" and seat.get("party") is None and any(mine & set(ids) for ids in acted.values()):
        return "same_person"
    return None


def verdict(spec: TaskSpec, carry: str, task: Task, action: str) -> str | None:
    """What the votes of a task come to after `action` was cast: the action that fires, or None while it is open."""
    regular = [seat for seat in task["seats"] if not seat["must"]]
    extra = [seat for seat in task["seats"] if seat["must"]]
    if action != carry and (spec.decide.veto or task["mode"] == "any"):
        return action
    count = sum(1 for seat in regular if seat["action"] == carry)
    if count >= task["need"]:
        return carry if all(seat["action"] is not None for seat in extra) else None
    undecided = sum(1 for seat in regular if seat["action"] is None)
    if count + undecided < task["need"]:
        return spec.decide.otherwise or action
    return None
