"""JSON becomes the model; every problem is told at once with its pointer."""

from __future__ import annotations

from typing import Any

from tongban.engine.model import Span
from tongban.engine.read import read_bundle


def codes(bundle: dict[str, Any]) -> dict[str, str]:
    return {p.at: p.code for p in read_bundle(bundle).problems}


def test_small_bundle_is_read_whole(small: dict[str, Any]) -> None:
    reading = read_bundle(small)
    assert reading.problems == ()
    assert reading.version is not None
    assert len(reading.version.hash) == 64
    flow = reading.version.workflow
    assert list(flow.states) == ["", "draft", "review", "paying", "approved", "refused", "withdrawn"]
    assert [s.order for s in flow.states.values()] == list(range(7))
    root = flow.states[""]
    assert (root.type, root.parent, root.initial) == ("compound", None, ("draft",))
    assert root.children == ("draft", "review", "paying", "approved", "refused", "withdrawn")
    assert [t.by[0].party for t in root.transitions] == ["applicant"]
    assert flow.states["approved"].type == "final"
    assert flow.parties["applicant"].key == "application.uscc"
    assert flow.rules["seats"].test.names == {"application.people"}
    assert "application.name" in flow.documents["permit"].exprs


def test_transitions_stand_in_document_order_on_always_after(small: dict[str, Any]) -> None:
    review = read_bundle(small).version.workflow.states["review"]
    assert [(t.event, t.targets) for t in review.transitions] == [
        ("approve", ("paying",)), ("approve", ("approved",)), ("return", ()), ("refuse", ("refused",)), ("late", ()),
        ("after", ("refused",))]
    assert review.transitions[0].guard.names == {"opinion.fee"}
    assert review.transitions[2].back.to == ("draft",)
    assert review.transitions[5].after == Span(30, "days")
    assert review.task.due == Span(3, "working_days")
    assert all(t.source == "review" for t in review.transitions)


def test_guards_run_on_canonical_names(small: dict[str, Any]) -> None:
    guard = read_bundle(small).version.workflow.states["review"].transitions[0].guard
    assert guard.run({"opinion.fee": 10001}) is True
    assert guard.run({"opinion.fee": 10000}) is False


def test_columns_of_a_group_have_their_own_names(small: dict[str, Any]) -> None:
    rows = read_bundle(small).version.workflow.forms["application"].fields[4]
    assert rows.value_type.kind == "list"
    assert rows.fields[1].visible.names == {"application.rows.day", "today"}


def test_done_of_a_compound_state_is_an_event_of_that_state(small: dict[str, Any]) -> None:
    small["workflow"]["states"]["review"] = {
        "type": "parallel", "onDone": "approved", "states": {
            "a": {"initial": {"target": "a1", "actions": [{"raise": "begun"}]},
                  "states": {"a1": {"on": {"ok": "a2"}}, "a2": {"type": "final"}}},
            "b": {"states": {"b1": {"on": {"ok": "b2"}}, "b2": {"type": "final"},
                             "back": {"type": "history", "history": "deep", "target": "b1"}}}}}
    states = read_bundle(small).version.workflow.states
    assert states["review"].transitions[0].event == "done.state.review"
    assert states["a"].initial_actions[0].args == {"event": "begun"}
    assert states["b"].initial == ("b1",)
    assert (states["back"].type, states["back"].history, states["back"].initial) == ("history", "deep", ("b1",))


def test_all_problems_come_at_once_with_suggestions(small: dict[str, Any]) -> None:
    flow = small["workflow"]
    flow["rules"]["seats"]["test"] = "peple <= 200"
    flow["states"]["draft"]["on"]["submit"]["target"] = "reveiw"
    flow["states"]["review"]["gaurd"] = "true"
    flow["states"]["review"]["task"]["form"] = "opinoin"
    flow["states"]["review"]["on"]["refuse"]["tone"] = "red"
    flow["states"]["approved"]["entry"][0]["issue"] = "permitt"
    del small["forms"]["hall-opinion"]["pages"][0]["fields"][0]["label"]
    found = read_bundle(small)
    assert found.version is None
    by_place = {p.at: p for p in found.problems}
    assert by_place["/rules/seats/test"].params["near"] == "people"
    assert by_place["/states/draft/on/submit/target"].params["near"] == "review"
    assert by_place["/states/review/gaurd"].code == "read.unknown_key"
    assert by_place["/states/review/task/form"].params["near"] == "opinion"
    assert by_place["/states/review/on/refuse/tone"].code == "read.not_one_of"
    assert by_place["/states/approved/entry/0/issue"].params["near"] == "permit"
    assert by_place["/forms/hall-opinion/pages/0/fields/0"].code == "read.missing_key"
    assert len(found.problems) == 7


def test_names_that_stand_in_two_forms_need_the_form(small: dict[str, Any]) -> None:
    fields = small["forms"]["hall-opinion"]["pages"][0]["fields"]
    fields.append({"id": "people", "type": "integer", "label": {"zh": "人"}})
    assert codes(small)["/rules/seats/test"].startswith("rules.unknown_name")


def test_computed_fields_that_need_each_other_are_refused(small: dict[str, Any]) -> None:
    fields = small["forms"]["hall-opinion"]["pages"][0]["fields"]
    fields += [{"id": "a", "type": "integer", "label": {"zh": "甲"}, "computed": "b + 1"},
               {"id": "b", "type": "integer", "label": {"zh": "乙"}, "computed": "a + 1"}]
    assert "read.computed_cycle" in codes(small).values()


def test_state_defined_twice_and_misplaced_keys_are_told(small: dict[str, Any]) -> None:
    states = small["workflow"]["states"]
    states["paying"]["states"] = {"draft": {}}
    states["refused"]["on"] = {"again": "draft"}
    states["draft"]["outcome"] = "done"
    assert {"read.state_twice", "read.not_in_this_state"} <= set(codes(small).values())


def test_pointers_escape_what_stands_in_keys(small: dict[str, Any]) -> None:
    small["workflow"]["source"]["clauses"]["a/b~c"] = 7
    assert "/source/clauses/a~1b~0c" in codes(small)


def test_what_is_no_bundle_is_said() -> None:
    assert [p.code for p in read_bundle([1]).problems] == ["read.no_bundle"]
    assert [p.code for p in read_bundle({"workflow": 3}).problems] == ["read.no_bundle"]
