"""People: every step in every region has somebody who may act, whoever acted in the steps that four eyes exclude."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongban.engine.check.subject import Subject
from tongban.engine.model import Expr, Holder, State, TaskSpec
from tongban.engine.people import covers

Json = Any
People = Mapping[str, Sequence[tuple[str, str]]]       # id -> (role, scope)


def read_world(raw: Json) -> tuple[People, list[str], Mapping[str, list[str]]]:
    """{"people": {id: {"grants": ["role@scope"]}}, "regions": [codes], "scopes": {role: [codes]}}."""
    people = {
        str(name): [(role, scope or "*") for role, _, scope in (str(g).partition("@") for g in spec.get("grants", ()))]
        for name, spec in raw.get("people", {}).items()}
    return people, [str(r) for r in raw.get("regions", ())], raw.get("scopes", {})


def check_people(subject: Subject, world: Json) -> None:
    """All checks of this module; `world` = None leaves the policies only."""
    for state in subject.flow.states.values():
        if state.task is not None:
            _policies(subject, state, state.task)
    if world is None:
        return
    people, regions, scopes = read_world(world)
    for state in subject.flow.states.values():
        if state.task is not None:
            for number, holder in enumerate(state.task.holders):
                if holder.role is not None:
                    _step(subject, state, number, (people, scopes.get(holder.role, regions)))


def _policies(subject: Subject, state: State, spec: TaskSpec) -> None:
    at = f"{subject.places[state.id]}/task"
    raw = subject.version.bundle["workflow"]
    for step in at.split("/")[1:]:
        raw = raw[step.replace("~1", "/").replace("~0", "~")]
    if any(h.role for h in spec.holders) and "when_empty" not in raw:
        subject.add("policy_missing", at, "warning", state=subject.name(state.id))
    seats = [h for h in spec.holders if h.role is None and h.person is None]
    fixed = len(spec.holders) if len(seats) == len(spec.holders) else 0
    if spec.decide.mode == "quorum" and 0 < fixed < spec.decide.count:
        subject.add("quorum_too_large", f"{at}/decide", count=spec.decide.count, seats=fixed)
    own = set(spec.never)
    if any(h.party in own for h in spec.holders):
        subject.add("never_excludes_holder", f"{at}/never", state=subject.name(state.id))
    if state.id in own:
        subject.add("never_itself", f"{at}/never", state=subject.name(state.id))
    if spec.decide.mode != "any" and len(spec.holders) == 1 and spec.holders[0].party is not None \
            and not subject.flow.parties[spec.holders[0].party].many:
        subject.add("decide_alone", f"{at}/decide", "warning", mode=spec.decide.mode)


def _step(subject: Subject, state: State, number: int, world: tuple[People, Sequence[str]]) -> None:
    """One holder of one step, wherever it may be."""
    spec = state.task
    if spec is None or spec.when_empty.startswith("skip:"):
        return
    holder, (people, everywhere) = spec.holders[number], world
    at = f"{subject.places[state.id]}/task" + (f"/who/{number}" if len(spec.holders) > 1 else "")
    found: dict[str, list[str]] = {}
    for scope in _scopes(subject, holder, everywhere):
        staff = _staff(people, holder.role, scope)
        if not staff and spec.when_empty.startswith("role:"):
            staff = _substitutes(people, spec.when_empty.removeprefix("role:"), scope, everywhere)
        lack = _lack(subject, spec, staff, people, scope)
        if lack:
            found.setdefault(lack, []).append(scope or "*")
    for lack, scopes in found.items():
        place = f"{at}/never" if lack == "four_eyes" else at
        subject.add(lack, place, state=subject.name(state.id), role=holder.role, scopes=scopes)


def _lack(subject: Subject, spec: TaskSpec, staff: list[str], people: People, scope: str | None) -> str | None:
    """What is wrong with these people for a step; None = somebody can always act."""
    need = spec.decide.count if spec.decide.mode == "quorum" and len(spec.holders) == 1 else 1
    if len(staff) < need:
        return "nobody"
    if not _somebody_left(subject, spec, staff, people, scope):
        return "four_eyes"
    others = ([p for p in staff if p not in side] for side in _sides(subject, spec, people))
    if any(not _somebody_left(subject, spec, left, people, scope) for left in others):
        return "own_case"
    return None


def _scopes(subject: Subject, holder: Holder, everywhere: Sequence[str]) -> list[str | None]:
    """Where the step may be: where a form offers the places, those alone."""
    scope = holder.scope
    if isinstance(scope, Expr) and scope.ast[0] == "lit":
        return [str(scope.ast[1])]
    offered = _offered(subject, scope.ast[1]) if isinstance(scope, Expr) and scope.ast[0] == "name" else set()
    return [place for place in everywhere if place in offered] or list(everywhere) or [None]


def _offered(subject: Subject, name: str) -> set[str]:
    """The choices of a field, by "form.field"."""
    key, _, field_id = name.partition(".")
    form = subject.flow.forms.get(key)
    found = [one for one in form.fields if one.id == field_id] if form else []
    return {choice.value for one in found for choice in one.choices}


def _substitutes(people: People, role: str, scope: str | None, everywhere: Sequence[str]) -> list[str]:
    """Who stands in: people of the role where the step is, else where the case is, wherever that may be."""
    here = _staff(people, role, scope)
    if here or not everywhere:
        return here
    return min((_staff(people, role, region) for region in everywhere), key=len)


def _sides(subject: Subject, spec: TaskSpec, people: People) -> list[set[str]]:
    """People who may stand on one side of a case together, and so may not act on it: those of one organisation."""
    barred = [p for p in subject.flow.parties.values() if spec.own_case == "refuse" or p.id in spec.never]
    kinds = {party.kind for party in barred}
    sides: dict[tuple[str, str], set[str]] = {}
    for name, grants in people.items():
        for role, scope in grants:
            if role in kinds:
                sides.setdefault((role, name if role == "person" else scope), set()).add(name)
    return list(sides.values())


def _staff(people: People, role: str | None, scope: str | None) -> list[str]:
    return [name for name, grants in people.items() if any(r == role and covers(s, scope) for r, s in grants)]


def _somebody_left(subject: Subject, spec: TaskSpec, staff: list[str], people: People, scope: str | None) -> bool:
    """Whether, however the earlier steps are staffed, they cannot use up everybody who may act here."""
    earlier = []
    for name in spec.never:
        before = subject.flow.states[name].task if name in subject.flow.states else None
        if before is not None:
            held = [_staff(people, h.role, scope) for h in before.holders if h.role]
            earlier.append({person for group in held for person in group} & set(staff))
    taken: dict[int, str] = {}

    def seat(person: str, tried: set[int]) -> bool:
        for i, group in enumerate(earlier):
            if person in group and i not in tried:
                tried.add(i)
                if i not in taken or seat(taken[i], tried):
                    taken[i] = person
                    return True
        return False
    return not all([seat(person, set()) for person in staff])
