"""What a new version would do to open cases: their records are played again under it.

    moves       every step is taken again and the case stands where it stands
    loses       the same, but an answer or variable has no place any more
    elsewhere   every step is taken again, but the case comes to stand in other states, or ends
    stuck       a step is refused, or its place is gone
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tongban.engine.fold import Case, fold
from tongban.engine.model import Version, Workflow
from tongban.engine.problem import Problem
from tongban.engine.replay import Event, Replay, replay

Json = Any


@dataclass(frozen=True, slots=True)
class Impact:
    """One case under the new version; `why` is empty where it simply moves."""

    case: str
    verdict: Literal["moves", "loses", "elsewhere", "stuck"]
    why: tuple[Problem, ...] = field(default=())


def impact(old: Version, new: Version, records: Iterable[Iterable[Event]]) -> list[Impact]:
    """Judge every open case by its record; closed ones keep their version and are left out."""
    judged = (_one(old.workflow, new, list(record)) for record in records)
    return [found for found in judged if found is not None]


def _one(old: Workflow, new: Version, record: list[Event]) -> Impact | None:
    case = fold(record)
    found = replay(new, record)
    if case["status"] != "open":
        return None
    stuck = tuple(_refused(found)) or tuple(_gone(new.workflow, case))
    if stuck:
        return Impact(str(case["id"]), "stuck", stuck)
    lost = tuple(_lost(old, new.workflow, case))
    asked = tuple(_problem("asks", fact=[str(part) for part in key]) for key in dict.fromkeys(found.unknown))
    if found.case["status"] != "open" or found.case["conf"] != case["conf"]:
        stands = found.case["outcome"] or found.case["conf"]
        moved = _problem("elsewhere", was=case["conf"], now=stands)
        return Impact(str(case["id"]), "elsewhere", (moved, *lost, *asked))
    return Impact(str(case["id"]), "loses" if lost else "moves", (*lost, *asked))


def _problem(code: str, **params: Json) -> Problem:
    return Problem(f"impact.{code}", params=params, level="warning" if code == "asks" else "error")


def _refused(found: Replay) -> Iterator[Problem]:
    """The step that the new version refuses, with its own reasons."""
    for number, event, problem in found.refused:
        yield _problem("refused", step=number, action=event.get("action") or event["type"],
                       state=event.get("state") or "", by=problem.code)
        yield problem


def _gone(flow: Workflow, case: Case) -> Iterator[Problem]:
    for leaf in case["conf"]:
        if leaf not in flow.states:
            yield _problem("state_gone", state=leaf)


def _lost(old: Workflow, new: Workflow, case: Case) -> Iterator[Problem]:
    """Answers and variables that the new version has no place for."""
    for form, values in case["answers"].items():
        now = {f.id: f for f in new.forms[form].fields} if form in new.forms else {}
        before = {f.id: f for f in old.forms[form].fields} if form in old.forms else {}
        for name, value in values.items():
            if value in (None, [], ""):
                continue
            if name not in now:
                yield _problem("answer_lost", name=f"{form}.{name}")
            elif name in before and _kind(before[name]) != _kind(now[name]):
                yield _problem("answer_changed", name=f"{form}.{name}")
            elif now[name].choices and isinstance(value, str) and value not in {c.value for c in now[name].choices}:
                yield _problem("choice_gone", name=f"{form}.{name}", value=value)
    for name, value in case["vars"].items():
        if value is not None and name not in new.variables:
            yield _problem("variable_lost", name=name)


def _kind(one: Any) -> tuple[str, str, int]:
    return one.type, one.value_type.kind, one.scale


def summary(found: Iterable[Impact]) -> Mapping[str, int]:
    """How many cases fare how."""
    count = dict.fromkeys(("moves", "loses", "elsewhere", "stuck"), 0)
    for one in found:
        count[one.verdict] += 1
    return count
