"""What a procedure does by itself: fields it sets, places a return may go to, who stands in where nobody is."""

from __future__ import annotations

from typing import Any

from cases import APPLICANT, FORM, OPINION, T, Walk, World, officer, procedure

from tongban.engine.fold import fold
from tongban.engine.read import read_bundle

TOTAL = {"id": "total", "type": "computed", "of": "money", "label": T, "computed": "amount + fee"}
FEE = {"id": "fee", "type": "money", "label": T, "readonly": True}


def priced(*actions: Any) -> Any:
    form = {**FORM, "pages": [{**FORM["pages"][0], "fields": [*FORM["pages"][0]["fields"], FEE, TOTAL]}]}
    states = {
        "draft": {"task": {"party": "applicant", "form": "application"},
                  "on": {"submit": {"target": "check", "actions": list(actions)}}},
        "check": {"task": {"role": "officer", "scope": "'370202'", "form": "opinion", "when_empty": "block"},
                  "on": {"approve": "yes", "back": {"return": {"to": ["draft"]}, "marks": True}}},
        "yes": {"type": "final"}}
    flow = {"id": "demo", "title": T, "parties": {"applicant": {"kind": "person", "label": T, "starts": True}},
            "variables": {"seen": {"type": "money"}},
            "forms": {"application": "f", "opinion": "o"}, "initial": "draft", "states": states}
    return read_bundle({"workflow": flow, "forms": {"f": form, "o": OPINION}})


def test_a_field_that_is_set_lies_in_its_form_and_what_is_computed_from_it_follows() -> None:
    walk = Walk(priced({"set": {"application.fee": "5.00", "seen": "amount"}}).version, World({"officer": ["p1"]}))
    walk.act(APPLICANT, "submit", answers={"name": "甲", "amount": "20"})
    held = {"name": "甲", "amount": 2000, "staff": None, "fee": 500, "total": 2500}
    assert walk.case["answers"]["application"] == held
    assert walk.case["vars"] == {"seen": 2000}
    assert fold(walk.events) == walk.case


def test_marks_of_a_reviewer_outlast_a_field_that_the_procedure_sets() -> None:
    walk = Walk(priced({"set": {"fee": "5.00"}}).version, World({"officer": ["p1"]}))
    walk.act(APPLICANT, "submit", answers={"name": "甲", "amount": "20"})
    walk.act(officer("p1"), "back", marks={"application.amount": "错"})
    assert walk.case["marks"] == {"application.amount": "错"}
    walk.act(APPLICANT, "submit", answers={"name": "乙", "amount": "30"})
    assert walk.case["answers"]["application"]["name"] == "甲"       # only what was marked is open
    assert walk.case["answers"]["application"]["total"] == 3500


def page(*fields: Any) -> Any:
    return {"title": T, "pages": [{"id": "p", "title": T, "fields": list(fields)}]}


def text(name: str, **more: Any) -> Any:
    return {"id": name, "type": "text", "label": T, **more}


def two_forms() -> Walk:
    """An applicant's two forms one after the other, then a reviewer's own, then a second reviewer's."""
    task = {"role": "officer", "scope": "'370202'", "when_empty": "block"}
    back = {"return": {"to": ["first", "second"]}, "marks": True}
    states = {
        "first": {"task": {"party": "applicant", "form": "one"}, "on": {"submit": "second"}},
        "second": {"task": {"party": "applicant", "form": "two"}, "on": {"submit": "check"}},
        "check": {"task": {**task, "form": "opinion"}, "on": {"approve": "chief", "back": back}},
        "chief": {"task": {**task, "form": "final"}, "on": {
            "approve": "yes", "back": {"return": {"to": ["first", "second", "check"]}, "marks": True}}},
        "yes": {"type": "final"}}
    flow = {"id": "demo", "title": T, "parties": {"applicant": {"kind": "person", "label": T, "starts": True}},
            "forms": {"one": "f1", "two": "f2", "opinion": "o1", "final": "o2"}, "initial": "first", "states": states}
    day = {"id": "until", "type": "date", "label": T, "valid": [{"test": "until >= today", "say": T}]}
    forms = {"f1": {"id": "f1", **page(text("sort"), text("name"), day)},
             "f2": {"id": "f2", **page(text("why", visible="one.sort == 'other'"), text("place"))},
             "o1": {"id": "o1", **page(text("words"), text("figure"))}, "o2": {"id": "o2", **page(text("last"))}}
    walk = Walk(read_bundle({"workflow": flow, "forms": forms}).version, World({"officer": ["p1", "p2"]}))
    walk.act(APPLICANT, "submit", answers={"sort": "other", "name": "甲", "until": walk.now[:10]})
    walk.act(APPLICANT, "submit", answers={"why": "因为", "place": "青岛"})
    return walk


def test_a_mark_in_one_form_closes_the_applicants_others_but_for_what_rests_on_it() -> None:
    walk = two_forms()
    walk.act(officer("p1"), "back", to=("first",), marks={"one.sort": "填错"})
    walk.act(APPLICANT, "submit", answers={"sort": "other", "name": "乙"})
    assert walk.case["answers"]["one"]["name"] == "甲"
    walk.act(APPLICANT, "submit", answers={"why": "另有原因", "place": "济南"})
    assert walk.case["answers"]["two"] == {"why": "另有原因", "place": "青岛"}
    walk = two_forms()
    walk.act(officer("p1"), "back", to=("first",), marks={"two.place": "填错"})
    walk.act(APPLICANT, "submit", answers={"sort": "其他", "name": "乙"})
    assert walk.case["answers"]["one"]["name"] == "甲"
    walk.act(APPLICANT, "submit", answers={"why": "另有原因", "place": "济南"})
    assert walk.case["answers"]["two"] == {"why": "因为", "place": "济南"}


def test_a_mark_never_closes_what_an_office_fills_in_unless_it_stands_there() -> None:
    walk = two_forms()
    walk.act(officer("p1"), "approve", answers={"words": "同意", "figure": "1"})
    walk.act(officer("p2"), "back", to=("check",), marks={"opinion.figure": "算错", "one.name": "不符"})
    walk.act(officer("p1"), "approve", answers={"words": "改口", "figure": "2"})
    assert walk.case["answers"]["opinion"] == {"words": "同意", "figure": "2"}
    walk.act(officer("p2"), "approve", answers={"last": "好"})
    assert walk.case["answers"]["final"] == {"last": "好"}


def test_what_no_longer_holds_is_open_beside_what_was_marked() -> None:
    walk = two_forms()
    walk.act(officer("p1"), "back", to=("first",), marks={"one.name": "不符"})
    walk.now = f"2026-11-26{walk.now[10:]}"
    today = walk.now[:10]
    walk.act(APPLICANT, "submit", answers={"sort": "x", "name": "乙", "until": today})
    assert walk.case["answers"]["one"] == {"sort": "other", "name": "乙", "until": today}


def test_computed_fields_cannot_be_set() -> None:
    assert [p.code for p in priced({"set": {"total": "1.00"}}).problems] == ["read.set_of_computed"]


def chain(to: list[str]) -> Walk:
    task = {"role": "officer", "scope": "'370202'", "form": "opinion", "when_empty": "block"}
    return Walk(procedure({
        "draft": {"task": {"party": "applicant", "form": "application"},
                  "on": {"submit": [{"guard": "staff > 5", "target": "large"}, {"target": "small"}]}},
        "large": {"task": task, "on": {"approve": "chief"}}, "small": {"task": task, "on": {"approve": "chief"}},
        "chief": {"task": task, "on": {"approve": "yes", "back": {"return": {"to": to}, "label": T}}},
        "yes": {"type": "final"}}), World({"officer": ["p1"]}))


def test_a_return_offers_only_states_that_the_case_has_been_in() -> None:
    walk = chain(["draft", "large", "small"])
    walk.act(APPLICANT, "submit", answers={"name": "甲", "staff": "9"})
    walk.act(officer("p1"), "approve")
    assert walk.codes(walk.act(officer("p1"), "back", to=("small",))) == ["engine.choose_return"]
    walk.act(officer("p1"), "back", to=("large",))
    assert walk.at == ["large"]


def test_a_return_with_nowhere_to_go_is_not_offered() -> None:
    walk = chain(["small"])
    walk.act(APPLICANT, "submit", answers={"name": "甲", "staff": "9"})
    walk.act(officer("p1"), "approve")
    assert walk.can(officer("p1")) == ["approve"]


class Held(World):
    """Roles held at one scope each."""

    def __getitem__(self, key: Any) -> Any:
        if key[0] == "people":
            return {("mayor", "370202"): ["m1"], ("boss", "branch-9"): ["b1"]}.get(key[1:], [])
        return super().__getitem__(key)


def test_who_stands_in_is_sought_where_the_step_is_and_then_where_the_case_is() -> None:
    for role, scope in (("mayor", "370202"), ("boss", "branch-9")):
        walk = Walk(procedure({
            "draft": {"task": {"party": "applicant", "form": "application"}, "on": {"submit": "bank"}},
            "bank": {"task": {"role": "clerk", "scope": "'branch-9'", "when_empty": f"role:{role}"},
                     "on": {"approve": "yes"}},
            "yes": {"type": "final"}}, scope="'370202'"), Held())
        walk.act(APPLICANT, "submit", answers={"name": "甲"})
        seat = walk.task()["seats"][0]
        assert (seat["role"], seat["scope"]) == (role, scope)
        assert "replaced" in walk.kinds()
