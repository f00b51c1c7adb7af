"""Decisions on one task at a time: answers, rules, returns, time, policies, and that nothing is half done."""

from __future__ import annotations

from typing import Any

import pytest
from cases import APPLICANT, MONDAY, T, Walk, World, officer, procedure

from tongban.engine.decide import decide, start
from tongban.engine.model import Actor, Command

BOB, EVE = officer("bob"), officer("eve")
RULES = {
    "people": {"clause": "二.2", "test": "staff >= 10", "say": {"zh": "只有 {staff} 人", "en": "only {staff}"}},
    "sum": {"clause": "三.1", "test": "amount <= 100", "kind": "soft", "override": "chief"},
}
SIMPLE: dict[str, Any] = {
    "draft": {"task": {"party": "applicant", "form": "application"},
              "on": {"submit": {"target": "check", "require": ["sum", "people"]}}},
    "check": {"task": {"role": "officer", "scope": "'370202'", "form": "opinion"}, "on": {
        "approve": "yes", "refuse": {"target": "no", "clauses": True, "reason": True},
        "return": {"return": {"to": ["draft"]}, "marks": True, "reason": True}}},
    "yes": {"type": "final", "outcome": "approved"},
    "no": {"type": "final", "outcome": "refused"},
}
GOOD = {"name": "甲", "amount": "100.00", "staff": "10"}


def simple(**rest: Any) -> Walk:
    return Walk(procedure(SIMPLE, rules=RULES, **rest))


def test_a_case_goes_from_draft_to_decision() -> None:
    walk = simple()
    assert walk.at == ["draft"]
    assert walk.can(APPLICANT) == ["submit"]
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert walk.at == ["check"]
    assert walk.case["answers"]["application"] == {"name": "甲", "amount": 10000, "staff": 10}
    assert walk.case["submitted_at"] == MONDAY
    walk.act(BOB, "approve")
    assert (walk.at, walk.case["status"], walk.case["outcome"]) == (["yes"], "closed", "approved")
    assert walk.case["tasks"] == []


def test_every_problem_comes_at_once_in_clause_order_and_nothing_changes() -> None:
    walk = simple()
    before = dict(walk.case)
    outcome = walk.act(APPLICANT, "submit", answers={"amount": "100.01", "staff": "9"})
    assert [(p.at, p.clause) for p in outcome.problems] == [
        ("/name", None), ("#rule/people", "二.2"), ("#rule/sum", "三.1")]
    assert outcome.problems[1].params["staff"] == {"zh": "9", "en": "9"}
    assert outcome.problems[2].params["amount"]["zh"] == "100.01"
    assert outcome.events == ()
    assert walk.case == before
    assert outcome.case == before


def test_a_missing_value_is_told_apart_and_is_neither_pass_nor_refusal() -> None:
    outcome = simple().act(APPLICANT, "submit", answers={"name": "甲", "amount": "1"})
    assert [(p.code, p.level) for p in outcome.problems] == [("engine.rule_unknown", "unknown")]
    assert outcome.problems[0].params["missing"] == [T]


def test_a_rule_that_waits_for_an_answer_that_is_told_already_is_not_told_a_second_time() -> None:
    outcome = simple().act(APPLICANT, "submit", answers={"name": "甲", "amount": "1", "staff": "十二"})
    assert [(p.code, p.at) for p in outcome.problems] == [("answer.number.form_whole", "/staff")]


def test_a_soft_rule_yields_to_the_named_role_with_a_reason() -> None:
    states = {**SIMPLE, "check": {**SIMPLE["check"], "on": {"approve": {"target": "yes", "require": ["sum"]}}},
              "draft": {**SIMPLE["draft"], "on": {"submit": "check"}}}
    walk = Walk(procedure(states, rules=RULES))
    walk.act(APPLICANT, "submit", answers={**GOOD, "amount": "200"})
    over = {"sum": "一户一策"}
    assert walk.codes(walk.act(BOB, "approve", overrides=over)) == ["engine.rule_soft"]
    chief = Actor("zoe", (*BOB.grants, *officer("zoe", "chief").grants))
    assert walk.codes(walk.act(chief, "approve", overrides={"sum": "  "})) == ["engine.rule_soft"]
    walk.act(chief, "approve", overrides=over)
    assert walk.at == ["yes"]
    assert next(e for e in walk.events if e["type"] == "overridden")["reason"] == "一户一策"


def test_reason_and_clauses_are_demanded_where_the_action_says_so() -> None:
    walk = simple(source={"notice": "n", "clauses": {"二.2": T, "三.1": T}})
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert walk.codes(walk.act(BOB, "refuse")) == ["engine.reason_needed", "engine.clauses_needed"]
    assert walk.codes(walk.act(BOB, "refuse", reason="x", clauses=("九.9",))) == ["engine.unknown_clause"]
    walk.act(BOB, "refuse", reason="人数不足", clauses=("二.2",))
    assert walk.case["outcome"] == "refused"


def test_a_return_with_marks_opens_only_the_marked_fields() -> None:
    walk = simple()
    walk.act(APPLICANT, "submit", answers=GOOD)
    walk.act(BOB, "return", reason="请核对", marks={"application.amount": "金额不符"})
    assert (walk.at, walk.case["round"]) == (["draft"], 2)
    assert [(one["to"], one["about"], one["words"]) for one in walk.effects if one["kind"] == "notify"] == [
        ({"party": "applicant"}, "returned", "请核对")]
    walk.act(APPLICANT, "submit", answers={"name": "乙", "amount": "99"})
    assert walk.case["answers"]["application"] == {"name": "甲", "amount": 9900, "staff": 10}
    assert walk.case["marks"] == {}
    assert walk.at == ["check"]


def test_a_side_is_told_of_its_turn_and_of_the_end_unless_it_did_it_or_is_told_already() -> None:
    states = {**SIMPLE, "yes": {"task": {"party": "applicant"}, "on": {"accept": "paid", "decline": "no"}},
              "check": {**SIMPLE["check"], "after": [{"delay": {"days": 9}, "target": "late"}]},
              "paid": {"type": "final", "outcome": "approved", "label": T},
              "late": {"type": "final", "outcome": "expired",
                       "entry": [{"notify": {"to": {"party": "applicant"}, "message": T}}]}}

    def told(*actions: tuple[Actor, str]) -> list[str]:
        walk = Walk(procedure(states, rules=RULES))
        for links, news in (({}, []), ({"parent": "c0"}, ["turn"])):        # by the system: the second out of a case
            sides = {"applicant": {"people": ["ann"]}}
            begun = start(walk.version, "c2", None, sides, walk.world, walk.now, links=links)
            assert [one["about"] for one in begun.effects] == news
        walk.act(APPLICANT, "submit", answers=GOOD)
        for actor, action in actions:
            walk.act(actor, action, reason="x", clauses=("二.2",))
        if not actions:
            walk.do("timer", task=walk.case["timers"][0]["id"])
        assert walk.case["status"] == "closed" or action == "approve"
        return [str(one.get("about", "own words")) for one in walk.effects if one["kind"] == "notify"]
    assert told((BOB, "approve")) == ["turn"]
    assert told((BOB, "approve"), (APPLICANT, "accept")) == ["turn"]
    assert told((BOB, "refuse")) == ["ended"]
    assert told() == ["own words"]


def test_marks_must_name_fields() -> None:
    walk = simple()
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert walk.codes(walk.act(BOB, "return", reason="x", marks={"application.nope": "?"})) == ["engine.unknown_field"]


@pytest.mark.parametrize(("actor", "code"), [
    (APPLICANT, "engine.not_yours"), (officer("bob", scope="370203"), "engine.not_yours"),
    (officer("bob", "clerk"), "engine.not_yours"), (officer("ann"), "engine.barred_own_case"),
])
def test_others_may_not_act(actor: Actor, code: str) -> None:
    walk = simple()
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert walk.codes(walk.act(actor, "approve")) == [code]
    assert walk.can(actor) == []


def test_a_city_grant_reaches_its_districts_and_a_deputy_is_the_person_they_stand_for() -> None:
    walk = simple()
    walk.act(APPLICANT, "submit", answers=GOOD)
    deputy = Actor("dan", BOB.grants, deputy_of="ann")
    assert walk.codes(walk.act(deputy, "approve")) == ["engine.barred_own_case"]
    walk.act(Actor("dan", BOB.grants, deputy_of="bob"), "approve")
    assert walk.events[-1]["type"] == "finished"


def test_four_eyes_bars_whoever_acted_in_the_named_step() -> None:
    states = {**SIMPLE, "check": {**SIMPLE["check"], "on": {"approve": "second"}},
              "second": {"task": {"role": "officer", "scope": "'370202'", "never": ["check"]},
                         "on": {"approve": "yes"}}}
    walk = Walk(procedure(states, rules=RULES))
    walk.act(APPLICANT, "submit", answers=GOOD)
    walk.act(BOB, "approve")
    assert walk.codes(walk.act(BOB, "approve")) == ["engine.barred_four_eyes"]
    walk.act(EVE, "approve")
    assert walk.at == ["yes"]


def test_a_missing_fact_is_asked_for_and_the_answer_is_kept_in_the_record() -> None:
    version = procedure({**SIMPLE, "check": {**SIMPLE["check"], "task": {
        **SIMPLE["check"]["task"], "when_empty": "skip:approve"}}}, rules=RULES)
    first = start(version, "c", APPLICANT, {"applicant": {"people": ["ann"]}}, {}, MONDAY)
    command = Command("act", APPLICANT, action="submit", answers=GOOD)
    asked = decide(version, first.case, command, {}, MONDAY)
    assert asked.needs == {("people", "officer", "370202")}
    assert asked.events == ()
    done = decide(version, first.case, command, {("people", "officer", "370202"): ["bob"]}, MONDAY)
    assert done.events[0]["facts"] == [[["people", "officer", "370202"], ["bob"]]]


def test_a_step_without_staff_is_skipped_by_rule_and_recorded_as_that() -> None:
    version = procedure({**SIMPLE, "check": {**SIMPLE["check"], "task": {
        **SIMPLE["check"]["task"], "when_empty": "skip:approve"}}}, rules=RULES)
    walk = Walk(version, World({"officer": ["ann"]}))       # the applicant does not count as staff
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert walk.at == ["yes"]
    skipped = next(e for e in walk.events if e["type"] == "skipped")
    assert (skipped["policy"], skipped["state"]) == ("empty", "check")
    assert not any(e["type"] == "decided" and e["state"] == "check" for e in walk.events)


def test_withdrawal_stands_beside_the_task() -> None:
    walk = Walk(procedure({**SIMPLE, "gone": {"type": "final", "outcome": "withdrawn"}}, rules=RULES,
                          on={"withdraw": {"target": "gone", "by": {"party": "applicant"}, "label": T}}))
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert walk.can(APPLICANT) == ["withdraw"]
    assert walk.can(BOB) == ["approve", "refuse", "return"]
    assert walk.codes(walk.act(BOB, "withdraw")) == ["engine.no_such_action"]
    walk.act(APPLICANT, "withdraw")
    assert walk.case["outcome"] == "withdrawn"


def test_the_last_actor_takes_a_step_back_until_somebody_else_acts() -> None:
    states = {**SIMPLE, "check": {**SIMPLE["check"], "on": {"approve": "second"}},
              "second": {"task": {"role": "officer", "scope": "'370202'"}, "on": {"approve": "yes"}}}
    walk = Walk(procedure(states, rules=RULES))
    walk.act(APPLICANT, "submit", answers=GOOD)
    walk.act(BOB, "approve")
    assert walk.codes(walk.do("take_back", EVE)) == ["engine.cannot_take_back"]
    walk.do("take_back", BOB, reason="看错了")
    assert walk.at == ["check"]
    assert walk.task()["state"] == "check"
    walk.act(BOB, "approve")
    walk.do("claim", EVE, task=walk.task()["id"])
    assert walk.codes(walk.do("take_back", BOB)) == ["engine.cannot_take_back"]


def test_a_paper_that_went_out_stops_taking_back() -> None:
    states = {**SIMPLE, "draft": {**SIMPLE["draft"], "on": {"submit": {"target": "check", "actions": [
        {"call": {"to": "tax"}}]}}}}
    walk = Walk(procedure(states, rules=RULES))
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert [e["kind"] for e in walk.effects] == ["call"]
    assert walk.codes(walk.do("take_back", APPLICANT)) == ["engine.cannot_take_back"]


def test_timers_belong_to_one_visit_and_fire_once() -> None:
    states = {**SIMPLE, "check": {**SIMPLE["check"], "after": [{"delay": {"working_days": 2}, "target": "no"}]}}
    walk = Walk(procedure(states, rules=RULES))
    walk.act(APPLICANT, "submit", answers=GOOD)
    timer = walk.case["timers"][0]
    assert timer["at"] == "2026-11-25T15:59:59Z"
    walk.act(BOB, "return", reason="x")
    assert walk.case["timers"] == []
    walk.act(APPLICANT, "submit", answers=GOOD)
    second = walk.case["timers"][0]
    assert second["id"] != timer["id"]
    assert walk.do("timer", task=timer["id"]).events == ()
    walk.now = "2026-12-01T00:00:00Z"
    fired = walk.do("timer", task=second["id"])
    assert walk.case["outcome"] == "refused"
    assert next(e for e in fired.events if e["type"] == "fired")["at"] == second["at"]
    assert next(e for e in fired.events if e["type"] == "finished")["at"] == second["at"]


def test_a_repeating_timer_counts_from_its_first_start() -> None:
    states = {**SIMPLE, "check": {**SIMPLE["check"], "after": [
        {"delay": {"months": 1}, "repeat": True,
         "actions": [{"notify": {"to": {"party": "applicant"}, "message": T}}]}]}}
    walk = Walk(procedure(states, rules=RULES), now="2026-01-31T01:00:00Z")
    walk.act(APPLICANT, "submit", answers=GOOD)
    ends = []
    for _ in range(3):
        timer = walk.case["timers"][0]
        ends.append(timer["at"][:10])
        walk.now = timer["at"]
        walk.do("timer", task=timer["id"])
    assert ends == ["2026-02-28", "2026-03-31", "2026-04-30"]
    assert len(walk.effects) == 3


def test_an_application_filled_in_for_a_side_is_submitted_too() -> None:
    task = {"who": [{"person": "starter"}, {"party": "applicant"}], "form": "application", "own_case": "allow"}
    states = {**SIMPLE, "draft": {**SIMPLE["draft"], "task": task}}
    walk = Walk(procedure(states, rules=RULES, variables={"starter": {"type": "string", "initial": "actor_id"}}))
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert walk.case["submitted_at"] == MONDAY


def test_who_a_condition_leaves_out_is_not_told() -> None:
    to = [{"party": "applicant", "when": "staff >= 10"}, {"role": "chief", "when": "staff < 10"}]
    states = {**SIMPLE, "check": {**SIMPLE["check"], "entry": [
        {"notify": {"to": to, "message": T}}, {"notify": {"to": to[1], "message": T}}]}}
    walk = Walk(procedure(states, rules=RULES))
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert [effect["to"] for effect in walk.effects] == [[{"party": "applicant"}], []]


def test_the_legal_clock_stands_still_while_the_applicant_supplements() -> None:
    states = {"run": {"type": "parallel", "states": {
        "limit": {"initial": "open", "states": {
            "open": {"after": [{"delay": {"working_days": 10}, "target": "late"}]}, "late": {}}},
        "work": {"initial": "draft", "states": {
            "draft": {"task": {"party": "applicant", "form": "application"}, "on": {"submit": "check"}},
            "check": {"task": {"role": "officer", "scope": "'370202'"}, "on": {
                "more": "supplement", "approve": "ok"}},
            "supplement": {"suspends": True, "task": {"party": "applicant"}, "on": {"submit": "check"}},
            "ok": {}}}}}}
    walk = Walk(procedure(states))
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert walk.case["timers"][0]["at"] == "2026-12-07T15:59:59Z"
    walk.act(BOB, "more")
    walk.now = "2026-11-27T01:00:00Z"       # four working days later
    walk.act(APPLICANT, "submit")
    assert walk.case["timers"][0]["at"] == "2026-12-11T15:59:59Z"
    assert "deadline_moved" in walk.kinds()


@pytest.mark.parametrize(("today", "code"), [("2026-12-31T01:00:00Z", None), ("2026-12-31T15:59:59Z", None),
                                             ("2026-12-31T16:00:00Z", "engine.expired"),
                                             ("2022-10-30T15:59:59Z", "engine.not_yet")])
def test_a_policy_opens_and_ends_on_its_days_in_shanghai(today: str, code: str | None) -> None:
    window = {"notice": "n", "valid": {"from": "2022-10-31", "until": "2026-12-31"}}
    version = procedure(SIMPLE, rules=RULES, source=window)
    outcome = start(version, "c", APPLICANT, {"applicant": {"people": ["ann"]}}, World(), today)
    assert [p.code for p in outcome.problems] == ([code] if code else [])


def test_variables_are_set_and_events_fill_them() -> None:
    states = {**SIMPLE, "check": {"on": {"done": [{"guard": "total > 100", "target": "no"}, {"target": "yes"}]},
                                  "entry": [{"set": {"total": "amount + 1"}}]}}
    walk = Walk(procedure(states, rules=RULES, variables={"total": {"type": "money", "initial": "0"}}))
    assert walk.case["vars"] == {"total": 0}
    walk.act(APPLICANT, "submit", answers=GOOD)
    assert walk.case["vars"] == {"total": 10100}
    walk.do("event", action="done", data={"total": 5, "unknown": 1})
    assert walk.at == ["yes"]


def test_the_same_input_gives_the_same_output() -> None:
    walk = simple()
    command = Command("act", APPLICANT, action="submit", answers=GOOD)
    once = decide(walk.version, walk.case, command, World(), MONDAY)
    again = decide(walk.version, walk.case, command, World(), MONDAY)
    assert (once.events, once.effects, once.case) == (again.events, again.effects, again.case)


def test_a_closed_case_takes_nothing_more() -> None:
    walk = simple()
    walk.act(APPLICANT, "submit", answers=GOOD)
    walk.act(BOB, "approve")
    assert walk.codes(walk.act(BOB, "approve")) == ["engine.closed"]
    assert walk.can(BOB) == []
