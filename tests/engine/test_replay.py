"""Every record, played again under its own version, gives the same case: whatever happened in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cases import APPLICANT, Walk, World, officer, procedure

from tongban.cli import files
from tongban.engine.model import Actor, Outcome, Version
from tongban.engine.read import read_bundle
from tongban.engine.replay import replay, steps
from tongban.engine.simulate import Player, merged

ROOT = Path(__file__).parents[2]
BOOKS = sorted((ROOT / "tests/catalog").glob("*.scenario.json"))


class Recorder(Player):
    """A player that keeps the record."""

    def __init__(self, version: Version, script: Any) -> None:
        self.events: list[Any] = []
        super().__init__(version, script)

    def _take(self, ask: Any) -> None:
        def kept(facts: Any) -> Outcome:
            outcome = ask(facts)
            self.events += outcome.events
            return outcome
        super()._take(kept)


@pytest.mark.slow
@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.name.removesuffix(".scenario.json"))
def test_every_stored_scenario_gives_the_same_case_when_its_record_is_played_again(path: Path) -> None:
    book = files.book(path).value
    flow = json.loads((ROOT / f"workflows/{book['workflow']}.json").read_text("utf-8"))
    forms = {f: json.loads((ROOT / f"forms/{f}.json").read_text("utf-8")) for f in flow["forms"].values()}
    version = read_bundle({"workflow": flow, "forms": forms}).version
    assert version is not None
    for scenario in book["scenarios"]:
        whole = merged({k: v for k, v in book.items() if k != "scenarios"}, scenario.get("change", {}))
        facts = {"registers": {}, **whole.get("facts", {}), "missing": scenario.get("missing", [])}
        player = Recorder(version, {**whole, "facts": facts})
        player.begin()
        for number, step in enumerate(scenario["steps"], 1):
            player.step(number, step)
        again = replay(version, json.loads(json.dumps(player.events)))
        if player.events:
            assert [p.code for _, _, p in again.refused] == []
            assert again.case == player.case, scenario["name"]


def test_a_record_is_cut_into_the_steps_that_made_it() -> None:
    walk = Walk(procedure({
        "draft": {"task": {"party": "applicant", "form": "application"}, "on": {"submit": "check"}},
        "check": {"task": {"role": "officer", "scope": "'370202'"}, "on": {"approve": "yes"},
                  "after": [{"delay": {"days": 3}, "actions": [{"raise": "x"}], "repeat": True}]},
        "yes": {"type": "final"}}), World({"officer": ["p1"]}))
    walk.act(APPLICANT, "submit", answers={"name": "甲"})
    walk.now = "2026-11-27T01:00:00Z"
    walk.do("timer", task=walk.case["timers"][0]["id"])
    walk.do("claim", officer("p1"), task=walk.task()["id"])
    walk.act(officer("p1"), "approve")
    assert [step[0]["type"] for step in steps(walk.events)] == ["started", "acted", "fired", "claimed", "acted"]
    assert replay(walk.version, walk.events).case == walk.case


def test_what_a_deputy_does_with_a_task_is_played_again_for_whom_it_was_done() -> None:
    walk = Walk(procedure({
        "draft": {"task": {"party": "applicant", "form": "application"}, "on": {"submit": "check"}},
        "check": {"task": {"role": "officer", "scope": "'370202'"}, "on": {"approve": "yes"}},
        "yes": {"type": "final"}}), World({"officer": ["p1", "p2"]}))
    deputy = Actor("p8", deputy_of="p1")
    walk.act(APPLICANT, "submit", answers={"name": "甲"})
    walk.do("transfer", officer("p2"), task=walk.task()["id"], to=("p1",))
    for kind in ("claim", "release", "urge", "claim"):
        assert walk.codes(walk.do(kind, deputy, task=walk.task()["id"])) == []
    walk.act(deputy, "approve")
    assert {event.get("deputy_of") for event in walk.events if event.get("by") == "p8"} == {"p1"}
    again = replay(walk.version, walk.events)
    assert (again.refused, again.case) == ([], walk.case)


def test_timers_that_only_the_new_version_has_go_off_in_time() -> None:
    def version(*timers: Any) -> Version:
        return procedure({
            "draft": {"task": {"party": "applicant", "form": "application"}, "on": {"submit": "check"}},
            "check": {"task": {"role": "officer", "scope": "'370202'"}, "on": {"approve": "yes"},
                      "after": list(timers)},
            "yes": {"type": "final"}, "no": {"type": "final"}})

    month = {"delay": {"days": 30}, "target": "no"}
    walk = Walk(version(month), World({"officer": ["p1"]}))
    walk.act(APPLICANT, "submit", answers={"name": "甲"})
    walk.now = "2026-12-03T01:00:00Z"
    walk.do("claim", officer("p1"), task=walk.task()["id"])
    assert replay(version({"delay": {"days": 20}, "target": "no"}, month), walk.events).case["conf"] == ["check"]
    assert replay(version({"delay": {"days": 5}, "target": "no"}, month), walk.events).case["conf"] == ["no"]
