"""What a new version does to open cases; and what the proof says where its solver is missing or examples fail."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tongban.engine.check import check_bundle, impact, solver
from tongban.engine.model import Version
from tongban.engine.read import read_bundle
from tongban.engine.simulate import Player

GOOD = {"name": "某公司", "uscc": "91350100M000100Y43", "region": "370202", "people": "100"}


def version(bundle: dict[str, Any]) -> Version:
    found = read_bundle(bundle)
    assert found.version is not None, found.problems
    return found.version


def waiting(old: Version) -> dict[str, Any]:
    """A case that waits for its review."""
    player = Player(old, {"start": "2026-11-20"})
    player.begin()
    player.step(1, {"by": "applicant", "do": "submit", "answers": GOOD})
    assert player.case["conf"] == ["review"]
    return dict(player.case)


def judged(small: dict[str, Any], changed: dict[str, Any]) -> tuple[str, set[str]]:
    old = version(small)
    [found] = impact(old, version(changed), [waiting(old), {**waiting(old), "status": "closed"}])
    return found.verdict, {code for code, _ in found.why}


def test_a_case_moves_where_nothing_that_it_needs_has_changed(small: dict[str, Any]) -> None:
    changed = copy.deepcopy(small)
    changed["workflow"]["title"]["zh"] = "借用礼堂"
    assert judged(small, changed) == ("moves", set())


def test_a_case_gets_stuck_where_its_state_or_task_or_actions_are_gone(small: dict[str, Any]) -> None:
    renamed, taskless, other = (copy.deepcopy(small) for _ in range(3))
    states = renamed["workflow"]["states"]
    states["check"] = states.pop("review")
    states["draft"]["on"]["submit"]["target"] = "check"
    assert judged(small, renamed) == ("stuck", {"state_gone"})
    del taskless["workflow"]["states"]["review"]["task"]
    assert judged(small, taskless)[1] >= {"task_gone"}
    other["workflow"]["on"] = {}
    other["workflow"]["states"]["review"]["on"] = {"decide": "approved"}
    assert judged(small, other)[1] >= {"actions_gone"}


def test_a_case_loses_answers_whose_field_is_gone_or_of_another_type(small: dict[str, Any]) -> None:
    changed = copy.deepcopy(small)
    fields = changed["forms"]["hall-application"]["pages"][0]["fields"]
    fields[0]["id"], fields[1]["type"] = "title", "text"
    changed["workflow"].update(subject="application.title", documents={})
    changed["workflow"]["states"]["approved"]["entry"] = []
    changed["workflow"]["states"]["review"]["on"]["late"] = {}
    assert judged(small, changed) == ("loses", {"answer_lost", "answer_changed"})


def test_without_the_solver_the_proof_says_so_once(small: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "z3", None)
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
