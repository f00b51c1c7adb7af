"""The statechart against SCXML appendix D: configurations, orders, pre-emption, history, done events."""

from __future__ import annotations

import pytest
from charts import Machine
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.engine.chart import Moment, matches
from tongban.engine.problem import EngineError

PARALLEL = {
    "initial": "work",
    "states": {
        "work": {"type": "parallel", "on": {"done.state.work": "over", "stop": "over"}, "states": {
            "a": {"initial": "a1", "states": {"a1": {"on": {"go": "a2", "both": "a2"}}, "a2": {"type": "final"}}},
            "b": {"initial": "b1", "states": {"b1": {"on": {"step": "b2", "both": "b2"}}, "b2": {"type": "final"}}},
        }},
        "over": {"type": "final"},
    },
}


def test_parallel_regions_are_entered_in_document_order_and_joined_when_both_are_final() -> None:
    machine = Machine(PARALLEL)
    assert machine.trace == ["+work", "+a", "+a1", "+b", "+b1"]
    assert machine.send("go") == ["a2", "b1"]
    assert machine.send("step") == ["over"]


def test_one_event_moves_both_regions() -> None:
    machine = Machine(PARALLEL)
    assert machine.send("both") == ["over"]
    assert machine.trace == ["-b1", "-a1", "+a2", "+b2", "-b2", "-b", "-a2", "-a", "-work", "+over"]


def test_exit_is_inner_first_in_reverse_document_order() -> None:
    machine = Machine(PARALLEL)
    machine.send("stop")
    assert machine.trace == ["-b1", "-b", "-a1", "-a", "-work", "+over"]


def test_an_event_sent_to_one_region_leaves_the_other_alone() -> None:
    machine = Machine(PARALLEL)
    assert machine.send("both", only="b1") == ["a1", "b2"]


def test_an_inner_transition_pre_empts_its_ancestors() -> None:
    machine = Machine({"initial": "p", "states": {
        "p": {"initial": "c", "on": {"e": "out"}, "states": {"c": {"on": {"e": "d"}}, "d": {}}},
        "out": {}}})
    assert machine.send("e") == ["d"]
    assert machine.send("e") == ["out"]


def test_a_region_that_leaves_the_parallel_state_wins_by_document_order() -> None:
    chart = {"initial": "p", "states": {
        "p": {"type": "parallel", "states": {
            "a": {"initial": "a1", "states": {"a1": {"on": {"e": "out"}}}},
            "b": {"initial": "b1", "states": {"b1": {"on": {"e": "b2"}}, "b2": {}}}}},
        "out": {}}}
    assert Machine(chart).send("e") == ["out"]
    chart["states"]["p"]["states"]["a"]["states"]["a1"]["on"] = {}
    chart["states"]["p"]["states"]["b"]["states"]["b1"]["on"] = {"e": "b2"}
    assert Machine(chart).send("e") == ["a1", "b2"]


def test_a_descendants_transition_beats_an_earlier_ancestors() -> None:
    machine = Machine({"initial": "p", "states": {
        "p": {"type": "parallel", "on": {"e": "out"}, "states": {
            "a": {"initial": "a1", "states": {"a1": {}}},
            "b": {"initial": "b1", "states": {"b1": {"on": {"e": "b2"}}, "b2": {}}}}},
        "out": {}}})
    assert machine.send("e") == ["a1", "b2"]


@pytest.mark.parametrize(("history", "expected"), [("shallow", ["x1"]), ("deep", ["x2"])])
def test_history_remembers_as_deep_as_it_says(history: str, expected: list[str]) -> None:
    machine = Machine({"initial": "m", "states": {
        "m": {"initial": "y", "on": {"away": "off"}, "states": {
            "h": {"type": "history", "history": history, "target": "y"},
            "x": {"initial": "x1", "states": {"x1": {"on": {"n": "x2"}}, "x2": {}}},
            "y": {"on": {"n": "x"}}}},
        "off": {"on": {"back": "h"}}}})
    assert machine.send("away", "back") == ["y"]
    machine = Machine({"initial": "m", "states": {
        "m": {"initial": "y", "on": {"away": "off"}, "states": {
            "h": {"type": "history", "history": history, "target": "y"},
            "x": {"initial": "x1", "states": {"x1": {"on": {"n": "x2"}}, "x2": {}}},
            "y": {"on": {"n": "x"}}}},
        "off": {"on": {"back": "h"}}}})
    assert machine.send("n", "n", "away", "back") == expected


def test_history_without_a_past_takes_its_default() -> None:
    machine = Machine({"initial": "off", "states": {
        "off": {"on": {"back": "h"}},
        "m": {"initial": "x", "states": {"h": {"type": "history", "target": "y"}, "x": {}, "y": {}}}}})
    assert machine.send("back") == ["y"]


def test_multiple_targets_fill_the_regions_they_name_and_defaults_the_rest() -> None:
    machine = Machine({"initial": "s", "states": {
        "s": {"on": {"e": {"target": ["a2", "b2"]}}},
        "p": {"type": "parallel", "states": {
            r: {"initial": f"{r}1", "states": {f"{r}1": {}, f"{r}2": {}}} for r in "abc"}}}})
    assert machine.send("e") == ["a2", "b2", "c1"]


def test_an_internal_transition_does_not_leave_its_source() -> None:
    def chart(internal: bool) -> Machine:
        return Machine({"initial": "m", "states": {"m": {
            "initial": "x", "on": {"e": {"target": "y", "internal": internal}}, "states": {"x": {}, "y": {}}}}})
    inside, outside = chart(True), chart(False)
    inside.send("e")
    outside.send("e")
    assert inside.trace == ["-x", "+y"]
    assert outside.trace == ["-x", "-m", "+m", "+y"]


def test_a_targetless_transition_acts_and_stays() -> None:
    machine = Machine({"initial": "x", "states": {
        "x": {"on": {"e": {"raise": ["f"]}, "f": "y"}}, "y": {}}})
    assert machine.send("e") == ["y"]


def test_eventless_transitions_run_before_internal_events() -> None:
    machine = Machine({"initial": "a", "states": {
        "a": {"on": {"e": {"target": "b", "raise": ["i"]}}},
        "b": {"always": [{"target": "c"}], "on": {"i": "wrong"}},
        "c": {"on": {"i": "right"}}, "wrong": {}, "right": {}}})
    assert machine.send("e") == ["right"]


def test_guards_are_tried_in_document_order_and_unknown_does_not_fire() -> None:
    machine = Machine({"initial": "a", "states": {
        "a": {"on": {"e": [{"target": "b", "guard": lambda _: None}, {"target": "c", "guard": lambda _: True}]}},
        "b": {}, "c": {}}})
    assert machine.send("e") == ["c"]


def test_in_state_sees_the_other_region() -> None:
    machine = Machine({"initial": "p", "states": {"p": {"type": "parallel", "states": {
        "a": {"initial": "a1", "states": {"a1": {"on": {"e": {
            "target": "a2", "guard": lambda env: env["$in_state"]("b2")}}}, "a2": {}}},
        "b": {"initial": "b1", "states": {"b1": {"on": {"f": "b2"}}, "b2": {}}}}}}})
    assert machine.send("e") == ["a1", "b1"]
    assert machine.send("f", "e") == ["a2", "b2"]


@pytest.mark.parametrize(("descriptor", "event", "expected"), [
    ("*", "a.b", True), ("a", "a", True), ("a", "a.b", True), ("a.*", "a.b.c", True), ("a.b", "a", False),
    ("a", "ab", False), ("done.state", "done.state.x", True),
])
def test_event_descriptors(descriptor: str, event: str, expected: bool) -> None:
    assert matches(descriptor, event) is expected


def test_done_of_nested_regions_bubbles_once_each() -> None:
    machine = Machine({"initial": "m", "states": {
        "m": {"initial": "i", "on": {"done.state.m": "end"}, "states": {
            "i": {"initial": "x", "on": {"done.state.i": "f"}, "states": {
                "x": {"on": {"e": "xf"}}, "xf": {"type": "final"}}},
            "f": {"type": "final"}}},
        "end": {}}})
    assert machine.send("e") == ["end"]


def test_an_endless_definition_is_stopped_and_named() -> None:
    with pytest.raises(EngineError) as caught:
        Machine({"initial": "a", "states": {"a": {"always": [{"target": "b"}]}, "b": {"always": [{"target": "a"}]}}})
    assert caught.value.problems[0].code == "engine.endless"


# --- properties ---------------------------------------------------------------------------------------------------

NAMES = st.integers(0, 10_000)


@st.composite
def chart_trees(draw: st.DrawFn) -> dict:
    """Nested charts with parallel, history, finals and transitions between any of their states."""
    counter = [0]
    targets: list[str] = []

    def state(depth: int) -> tuple[str, dict]:
        counter[0] += 1
        name = f"s{counter[0]}"
        kind = draw(st.sampled_from(["atomic", "atomic", "compound", "parallel"])) if depth < 3 else "atomic"
        if kind == "atomic":
            targets.append(name)
            return name, {"type": "final"} if depth and draw(st.integers(0, 6)) == 0 else {}
        children = dict(state(depth + 1) for _ in range(draw(st.integers(1, 3))))
        spec: dict = {"states": children}
        if kind == "parallel":
            spec["type"] = "parallel"
            for child in children.values():
                child.pop("type", None) if child.get("type") == "final" else None
        else:
            spec["initial"] = draw(st.sampled_from(sorted(children)))
            if draw(st.booleans()):
                counter[0] += 1
                children[f"h{counter[0]}"] = {"type": "history", "history": draw(st.sampled_from(["deep", "shallow"])),
                                              "target": spec["initial"]}
                targets.append(f"h{counter[0]}")
        targets.append(name)
        return name, spec

    tops = dict(state(0) for _ in range(draw(st.integers(1, 3))))
    root = {"initial": next(iter(tops)), "states": tops}

    def wire(children: dict) -> None:
        for spec in children.values():
            if spec.get("type") not in ("final", "history"):
                spec["on"] = {e: {"target": draw(st.sampled_from(targets)), "internal": draw(st.booleans())}
                              for e in draw(st.lists(st.sampled_from("abc"), unique=True, max_size=2))}
            wire(spec.get("states", {}))

    wire(tops)
    return root


def legal(moment: Moment, chart) -> None:
    """A configuration is legal: SCXML 3.11."""
    active = moment.active
    for node in active:
        assert node.parent is None or node.parent in active, f"{node.id} without its parent"
        inside = [child for child in node.children if child in active]
        if node.kind == "compound":
            assert len(inside) == 1, f"{node.id} has {len(inside)} active children"
        if node.kind == "parallel":
            assert len(inside) == len(node.children), f"{node.id} lacks a region"
        assert node.kind != "history"
    rebuilt = Moment(list(moment.leaves), {})
    rebuilt.active.add(chart.root)
    assert rebuilt.active == active, "leaves alone do not give the configuration back"


@settings(max_examples=300, deadline=None)
@given(chart_trees(), st.lists(st.sampled_from("abc"), max_size=12))
def test_every_configuration_reached_is_legal(root: dict, events: list[str]) -> None:
    machine = Machine(root)
    legal(machine.moment, machine.chart)
    for event in events:
        machine.send(event)
        legal(machine.moment, machine.chart)
        assert machine.moment.leaves == sorted(machine.moment.leaves, key=lambda n: n.order)
