"""What a new version does to open cases: they move, get stuck, or lose an answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tongban.engine.model import Version, Workflow

Json = Any


@dataclass(frozen=True, slots=True)
class Impact:
    """One case under the new version. `why` holds (code, what) pairs; empty where it simply moves."""

    case: str
    verdict: Literal["moves", "loses", "stuck"]
    why: tuple[tuple[str, str], ...] = field(default=())


def impact(old: Version, new: Version, cases: Iterable[Mapping[str, Json]]) -> list[Impact]:
    """Judge every open case; closed ones keep their version and are left out."""
    return [_one(old.workflow, new.workflow, case) for case in cases if case.get("status") == "open"]


def _one(old: Workflow, new: Workflow, case: Mapping[str, Json]) -> Impact:
    stuck = tuple(_stuck(old, new, case))
    lost = tuple(_lost(old, new, case))
    return Impact(str(case["id"]), "stuck" if stuck else "loses" if lost else "moves", stuck + lost)


def _stuck(old: Workflow, new: Workflow, case: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    yield from _places(old, new, case)
    for state in sorted({s for leaf in case["conf"] for s in _line(old, leaf)}):
        if state in new.states and new.states[state].type == "parallel":
            inside = {s for leaf in case["conf"] for s in _line(old, leaf)}
            gone = [r for r in new.states[state].children if r not in inside and new.states[r].type != "history"]
            yield from (("part_missing", region) for region in gone)
    yield from _work(old, new, case)


def _places(old: Workflow, new: Workflow, case: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for leaf in case["conf"]:
        if leaf not in new.states:
            yield "state_gone", leaf
        elif new.states[leaf].children or _line(old, leaf) != _line(new, leaf):
            yield "state_moved", leaf


def _work(old: Workflow, new: Workflow, case: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Open tasks and timers that the new version does not have."""
    for task in case["tasks"]:
        spec = new.states[task["state"]].task if task["state"] in new.states else None
        if task["state"] in new.states and spec is None:
            yield "task_gone", task["state"]
        elif spec is not None and not _offers(old, task["state"]) & _offers(new, task["state"]):
            yield "actions_gone", task["state"]
    for timer in case["timers"]:
        held, index = new.states.get(timer["state"]), timer["index"]
        if held is not None and index >= 0 and (
                index >= len(held.transitions) or held.transitions[index].after is None):
            yield "timer_gone", timer["state"]


def _lost(old: Workflow, new: Workflow, case: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for form, values in case["answers"].items():
        now = {f.id: f for f in new.forms[form].fields} if form in new.forms else {}
        before = {f.id: f for f in old.forms[form].fields} if form in old.forms else {}
        for name, value in values.items():
            if value in (None, [], ""):
                continue
            if name not in now:
                yield "answer_lost", f"{form}.{name}"
            elif name in before and _kind(before[name]) != _kind(now[name]):
                yield "answer_changed", f"{form}.{name}"
            elif now[name].choices and isinstance(value, str) and value not in {c.value for c in now[name].choices}:
                yield "choice_gone", f"{form}.{name}"
    for name, value in case["vars"].items():
        if value is not None and name not in new.variables:
            yield "variable_lost", name


def _kind(one: Any) -> tuple[str, str, int]:
    return one.type, one.value_type.kind, one.scale


def _line(flow: Workflow, state: str | None) -> tuple[str, ...]:
    """A state and the states around it."""
    found = []
    while state and state in flow.states:
        found.append(state)
        state = flow.states[state].parent
    return tuple(found)


def _offers(flow: Workflow, state: str) -> set[str]:
    around = (flow.states[s] for s in (*_line(flow, state), ""))
    return {t.event for place in around for t in place.transitions if t.event and t.after is None}
