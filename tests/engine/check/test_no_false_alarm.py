"""Correct definitions raise no alarm: shipped ones have no error, a hundred generated ones nothing at all."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongban.engine.check import check_bundle

ROOT = Path(__file__).parents[3]
SHIPPED = sorted(ROOT.glob("workflows/*.json"))


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_definition_has_no_error(path: Path) -> None:
    flow = json.loads(path.read_text("utf-8"))
    forms = {f: json.loads((ROOT / "forms" / f"{f}.json").read_text("utf-8")) for f in flow["forms"].values()}
    found = check_bundle({"workflow": flow, "forms": forms})
    assert [p.as_json() for p in found if p.level == "error"] == []


def both(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


class Writer:
    """Writes a correct procedure block by block: every block has one way in and one way out."""

    def __init__(self, draw: Any) -> None:
        self.draw, self.states, self.count, self.variables = draw, {}, 0, 0

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def chain(self, end: str, depth: int) -> tuple[dict[str, Any], str]:
        """Some blocks one after the other, the last one leading to `end`."""
        states: dict[str, Any] = {}
        first = end
        for _ in range(self.draw(st.integers(1, 3 if depth == 0 else 1))):
            made, first = self.block(first, depth)
            states = {**made, **states}
        return states, first

    def block(self, end: str, depth: int) -> tuple[dict[str, Any], str]:
        kinds = ["review", "branch", "choice"] + (["joint", "nested"] if depth == 0 else [])
        return getattr(self, self.draw(st.sampled_from(kinds)))(end, depth)

    def review(self, end: str, depth: int) -> tuple[dict[str, Any], str]:
        name = self.name("review")
        state: dict[str, Any] = {"task": {"role": "clerk", "when_empty": "block"}, "on": {"pass": end}}
        if self.draw(st.booleans()):
            state["on"]["back"] = {"return": {"to": ["draft"], "then": "redo"}, "reason": True}
        if self.draw(st.booleans()):
            state["task"]["due"], state["task"]["overdue"] = {"working_days": self.draw(st.integers(1, 30))}, "late"
            state["on"]["late"] = {"actions": [{"notify": {"to": {"role": "clerk"}, "message": both("迟")}}]}
        if self.draw(st.booleans()):
            state["after"] = [{"delay": {"days": self.draw(st.integers(1, 90))}, "target": end}]
        if self.draw(st.booleans()):
            state["task"]["decide"] = self.draw(st.sampled_from(["all", "sequence", {"quorum": 2}, {"ratio": "2/3"}]))
        return {name: state}, name

    def branch(self, end: str, depth: int) -> tuple[dict[str, Any], str]:
        """Amounts are cut at thresholds: every amount falls into exactly one part."""
        name = self.name("sort")
        cuts = sorted(self.draw(st.sets(st.integers(1, 9999), min_size=1, max_size=3)))
        edges: list[int | None] = [None, *cuts, None]
        states: dict[str, Any] = {}
        always = []
        for low, high in pairwise(edges):
            made, first = self.review(end, depth)
            states.update(made)
            parts = ([f"amount > {low}.00"] if low else []) + ([f"amount <= {high}.00"] if high else [])
            always.append({"guard": " && ".join(parts), "target": first})
        return {name: {"always": always}, **states}, name

    def choice(self, end: str, depth: int) -> tuple[dict[str, Any], str]:
        name = self.name("pick")
        (one, first), (other, second) = self.review(end, depth), self.review(end, depth)
        guard = self.draw(st.sampled_from(["branch == 'a'", "branch in ['a', 'b']", "urgent"]))
        always = [{"guard": guard, "target": first}, {"target": second}]
        return {name: {"always": always}, **one, **other}, name

    def joint(self, end: str, depth: int) -> tuple[dict[str, Any], str]:
        name = self.name("joint")
        parts = {}
        for _ in range(self.draw(st.integers(2, 3))):
            done, part = self.name("done"), self.name("part")
            states, first = self.chain(done, depth + 1)
            parts[part] = {"initial": first, "states": {**states, done: {"type": "final"}}}
        return {name: {"type": "parallel", "onDone": end, "states": parts}}, name

    def nested(self, end: str, depth: int) -> tuple[dict[str, Any], str]:
        name, done = self.name("stage"), self.name("done")
        states, first = self.chain(done, depth + 1)
        return {name: {"initial": first, "onDone": end, "states": {**states, done: {"type": "final"}}}}, name


def named(states: dict[str, Any]) -> dict[str, Any]:
    """Every state under a name."""
    return {name: {"label": both(name), **state, **({"states": named(state["states"])} if "states" in state else {})}
            for name, state in states.items()}


@st.composite
def correct(draw: Any) -> dict[str, Any]:
    states, first = Writer(draw).chain("approved", 0)
    flow = {
        "id": "made", "title": both("题"),
        "parties": {"applicant": {"kind": "person", "label": both("人"), "starts": True}},
        "forms": {"claim": "made-claim"}, "initial": "draft",
        "on": {"withdraw": {"target": "withdrawn", "by": {"party": "applicant"}}},
        "states": named({"draft": {"task": {"party": "applicant", "form": "claim"}, "on": {"submit": first}}, **states,
                         "approved": {"type": "final", "outcome": "approved"},
                         "withdrawn": {"type": "final", "outcome": "withdrawn"}})}
    fields = [
        {"id": "amount", "type": "money", "min": "0.00", "max": "10000.00", "label": both("额"), "required": True},
        {"id": "urgent", "type": "yesno", "label": both("急"), "required": True},
        {"id": "branch", "type": "choice", "label": both("类"), "required": True,
         "choices": [{"value": v, "label": both(v)} for v in "abc"]}]
    form = {"id": "made-claim", "title": both("表"), "pages": [{"id": "p", "title": both("页"), "fields": fields}]}
    return {"workflow": flow, "forms": {"made-claim": form}}


@pytest.mark.slow
@given(correct())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_hundred_generated_correct_definitions_raise_no_alarm(bundle: dict[str, Any]) -> None:
    assert [(p.code, p.at, dict(p.params)) for p in check_bundle(bundle)] == []
