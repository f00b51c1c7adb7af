"""What a new version does to open cases; and what the proof says where its solver is missing or examples fail."""

from __future__ import annotations

import copy
import sys
from typing import Any

import pytest

from tongban.engine.check import check_bundle, impact
from tongban.engine.model import Version
from tongban.engine.read import read_bundle
from tongban.engine.simulate import Player

GOOD = {"name": "某公司", "uscc": "91350100M000100Y43", "region": "370202", "people": "100"}


def version(bundle: dict[str, Any]) -> Version:
    found = read_bundle(bundle)
    assert found.version is not None, found.problems
    return found.version


def waiting(old: Version, *more: dict[str, Any]) -> list[Any]:
    """The record of a case that waits for its review."""
    events: list[Any] = []

    class Recorder(Player):
        def _take(self, ask: Any) -> None:
            before = self.case.get("seq", 0)
            super()._take(lambda facts: kept(ask(facts)))
            assert self.case["seq"] >= before

    def kept(outcome: Any) -> Any:
        events.extend(outcome.events)
        return outcome
    player = Recorder(old, {"start": "2026-11-20"})
    player.begin()
    for number, step in enumerate(({"by": "applicant", "do": "submit", "answers": GOOD}, *more), 1):
        player.step(number, step)
    return events


def judged(small: dict[str, Any], changed: dict[str, Any], *more: dict[str, Any]) -> tuple[str, set[str]]:
    old = version(small)
    closed = waiting(old, {"by": "applicant", "do": "withdraw"})
    [found] = impact(old, version(changed), [waiting(old, *more), closed])
    return found.verdict, {problem.code for problem in found.why}


def test_a_case_moves_where_nothing_that_it_needs_has_changed(small: dict[str, Any]) -> None:
    changed = copy.deepcopy(small)
    changed["workflow"]["title"]["zh"] = "借用礼堂"
    assert judged(small, changed) == ("moves", set())


def test_a_timer_added_before_another_does_not_confuse_a_case(small: dict[str, Any]) -> None:
    """The number of a transition is no name: what fired in the record is found by state and due time."""
    states = small["workflow"]["states"]
    states["review"]["after"] = [{"delay": {"days": 5}, "actions": [{"set": {"round_fee": "1.00"}}]},
                                 {"delay": {"days": 30}, "target": "refused"}]
    changed = copy.deepcopy(small)
    changed["workflow"]["states"]["review"]["after"].insert(0, {"delay": {"days": 20}, "target": "paying"})
    wait = {"wait": {"days": 8}}
    assert judged(small, changed, wait) == ("moves", set())
    changed["workflow"]["states"]["review"]["after"][0]["delay"]["days"] = 6
    urge = {"by": "applicant", "do": "urge", "in": "review"}
    assert judged(small, changed, wait, urge)[0] == "stuck"         # by then nothing waits for review any more


def test_a_case_gets_stuck_where_a_step_would_be_refused(small: dict[str, Any]) -> None:
    renamed, stricter, other = (copy.deepcopy(small) for _ in range(3))
    states = renamed["workflow"]["states"]
    states["check"] = states.pop("review")
    states["draft"]["on"]["submit"]["target"] = "check"
    assert judged(small, renamed) == ("stuck", {"impact.state_gone"})
    stricter["workflow"]["rules"]["seats"]["test"] = "people <= 50"
    assert judged(small, stricter) == ("stuck", {"impact.refused", "engine.rule_failed"})
    other["workflow"]["states"]["draft"]["on"] = {"send": other["workflow"]["states"]["draft"]["on"]["submit"]}
    assert judged(small, other)[1] >= {"impact.refused", "engine.no_such_action"}


def test_a_case_that_would_stand_elsewhere_is_told(small: dict[str, Any]) -> None:
    changed = copy.deepcopy(small)
    changed["workflow"]["states"]["draft"]["on"]["submit"]["target"] = "paying"
    assert judged(small, changed) == ("elsewhere", {"impact.elsewhere"})


def test_a_case_loses_answers_whose_field_is_gone_or_of_another_type(small: dict[str, Any]) -> None:
    changed = copy.deepcopy(small)
    fields = changed["forms"]["hall-application"]["pages"][0]["fields"]
    fields[0]["id"], fields[1]["type"] = "title", "text"
    fields[0]["required"] = False
    changed["workflow"].update(subject="application.title", documents={})
    changed["workflow"]["states"]["approved"]["entry"] = []
    changed["workflow"]["states"]["review"]["on"]["late"] = {}
    assert judged(small, changed) == ("loses", {"impact.answer_lost", "impact.answer_changed"})


def test_without_the_solver_the_proof_says_so_once(small: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    assert [(p.code, p.level) for p in check_bundle(small)] == [("check.no_solver", "warning")]


def test_stored_examples_have_to_pass_and_what_none_covers_is_listed(small: dict[str, Any]) -> None:
    submit = {"by": "applicant", "do": "submit", "expect": {"states": ["review"]}}
    book = {"start": "2026-11-20", "answers": {"application": GOOD},
            "scenarios": [{"name": "good", "steps": [submit]},
                          {"name": "wrong", "steps": [{**submit, "expect": {"states": ["approved"]}}]}]}
    found = {p.code: p for p in check_bundle(small, scenarios=book)}
    assert found["check.scenario_differs"].params["scenario"] == "wrong"
    assert "/states/draft/on/submit" not in found["check.not_covered"].params["missed"]
    assert "/states/review/on/refuse" in found["check.not_covered"].params["missed"]
    assert [p.code for p in check_bundle(small, scenarios={"start": 3})][:1] == ["check.scenario_bad"]
