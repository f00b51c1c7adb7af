"""Several people on one step: ways to decide, signing, staffing commands, returns out of parallel steps."""

from __future__ import annotations

from typing import Any

import pytest
from cases import APPLICANT, Walk, World, officer, procedure

from tongban.engine import people
from tongban.engine.model import Actor, Decide
from tongban.engine.replay import replay

STAFF = World({"officer": ["p1", "p2", "p3", "p4", "p5"]})
P1, P2, P3, P4, P5 = (officer(f"p{n}") for n in range(1, 6))
SCOPE = "'370202'"
MAJORITY = {"mode": "quorum", "quorum": 3, "veto": False, "otherwise": "refuse"}


def council(decide: Any, **task: Any) -> Walk:
    walk = Walk(procedure({
        "draft": {"task": {"party": "applicant", "form": "application"}, "on": {"submit": "vote"}},
        "vote": {"task": {"role": "officer", "scope": SCOPE, "form": "opinion", "decide": decide, **task},
                 "on": {"approve": "yes", "refuse": "no", "return": {"return": {"to": ["draft"], "then": "ask"}}}},
        "yes": {"type": "final"}, "no": {"type": "final"}}), STAFF)
    walk.act(APPLICANT, "submit", answers={"name": "甲"})
    return walk


@pytest.mark.parametrize(("decide", "votes", "end"), [
    ("any", ["approve"], "yes"),
    ("all", ["approve"] * 4, "vote"), ("all", ["approve"] * 5, "yes"), ("all", ["approve", "refuse"], "no"),
    ({"quorum": 2}, ["approve"], "vote"), ({"quorum": 2}, ["approve", "approve"], "yes"),
    ({"ratio": "2/3"}, ["approve"] * 3, "vote"), ({"ratio": "2/3"}, ["approve"] * 4, "yes"),
    (MAJORITY, ["refuse", "refuse"], "vote"), (MAJORITY, ["refuse", "refuse", "refuse"], "no"),
    (MAJORITY, ["refuse", "approve", "refuse", "approve", "approve"], "yes"),
    ("sequence", ["approve"] * 5, "yes"),
])
def test_votes_come_to_a_decision(decide: Any, votes: list[str], end: str) -> None:
    walk = council(decide)
    for person, vote in zip((P1, P2, P3, P4, P5), votes, strict=False):
        walk.act(person, vote, answers={"words": vote})
    assert walk.at == [end]


def test_nobody_votes_twice_and_every_opinion_is_kept() -> None:
    walk = council("all")
    walk.act(P1, "approve", answers={"words": "同意一"})
    assert walk.codes(walk.act(P1, "approve")) == ["engine.not_yours"]
    walk.act(P2, "approve", answers={"words": "同意二"})
    assert [e["answers"]["words"] for e in walk.events if e["type"] == "voted"] == ["同意一", "同意二"]


def test_a_sequence_lets_only_the_next_in_line_act() -> None:
    walk = council("sequence")
    assert walk.can(P2) == []
    assert walk.codes(walk.act(P2, "approve")) == ["engine.not_your_turn"]
    walk.act(P1, "approve")
    assert walk.can(P2) == ["approve", "refuse", "return"]


def test_claim_keeps_others_out_until_release() -> None:
    walk = council("any")
    task = walk.task()["id"]
    walk.do("claim", P1, task=task)
    assert walk.codes(walk.act(P2, "approve")) == ["engine.taken"]
    assert walk.codes(walk.do("claim", P2, task=task)) == ["engine.taken"]
    walk.do("release", P1, task=task)
    walk.act(P2, "approve")
    assert walk.at == ["yes"]


def test_a_principal_takes_back_what_a_deputy_claimed_for_them_and_keeps_it() -> None:
    walk = council("any")
    task, deputy, other = walk.task()["id"], Actor("dan", P1.grants, deputy_of=P1.id), Actor("eve", P1.grants)
    walk.do("claim", deputy, task=task)
    assert walk.codes(walk.act(P1, "approve")) == ["engine.taken"], "one holds it at a time"
    for nobody in (P2, Actor("fay", P1.grants, deputy_of=P1.id)):
        assert walk.codes(walk.do("claim", nobody, task=task)) == ["engine.taken"]
    walk.do("claim", P1, task=task)
    assert (walk.task()["claimed"], walk.events[-1]["back"]) == (P1.id, "dan")
    assert walk.codes(walk.act(deputy, "approve")) == ["engine.taken"], "taken back from the deputy, not shared"
    walk.do("release", P1, task=task)
    walk.do("claim", other, task=task)
    assert walk.codes(walk.do("claim", P1, task=task)) == ["engine.taken"], "a colleague's own claim is not lent"
    walk.do("release", other, task=task)
    walk.do("claim", P1, task=task)
    walk.act(deputy, "approve")     # what a principal claimed and left may be done for them
    assert walk.at == ["yes"]
    assert replay(walk.version, walk.events).case == walk.case


def test_a_transfer_is_for_good_and_a_delegation_comes_back() -> None:
    walk = council("any")
    task = walk.task()["id"]
    walk.do("transfer", P1, task=task, to=("p9",))
    assert walk.codes(walk.act(P2, "approve")) == ["engine.not_yours"]
    nine = Actor("p9")
    walk.do("delegate", nine, task=task, to=("p8",))
    assert walk.codes(walk.act(nine, "approve")) == ["engine.not_yours"]
    walk.act(Actor("p8"), "refuse")
    assert walk.at == ["vote"]
    assert walk.task()["seats"][0]["advice"] == "refuse"
    walk.act(nine, "approve")
    assert walk.at == ["yes"]


def test_a_task_cannot_be_handed_to_the_applicant() -> None:
    walk = council("any")
    assert walk.codes(walk.do("transfer", P1, task=walk.task()["id"], to=("ann",))) == ["engine.barred_four_eyes"]


@pytest.mark.parametrize(("place", "order"), [("before", ["p9", "p1"]), ("after", ["p1", "p9"])])
def test_added_signers_act_before_or_after(place: str, order: list[str]) -> None:
    walk = council("any")
    walk.do("add_sign", P1, task=walk.task()["id"], to=("p9",), place=place)
    first, last = ({"p1": P1, "p9": Actor("p9")}[name] for name in order)
    assert walk.codes(walk.act(last, "approve")) == ["engine.not_your_turn"]
    walk.act(first, "approve")
    assert walk.at == ["vote"]
    walk.act(last, "approve")
    assert walk.at == ["yes"]


def test_removing_the_last_missing_signer_completes_the_step() -> None:
    walk = council("any")
    task = walk.task()["id"]
    walk.do("add_sign", P1, task=task, to=("p9",))
    walk.act(P1, "approve")
    assert walk.codes(walk.do("remove_sign", P2, task=task, to=("p9",))) == ["engine.no_such_signer"]
    walk.do("remove_sign", P1, task=task, to=("p9",))
    assert walk.at == ["yes"]


def test_urging_is_told_once_a_day() -> None:
    walk = council("any")
    task = walk.task()["id"]
    walk.do("urge", APPLICANT, task=task, reason="请尽快")
    assert walk.codes(walk.do("urge", APPLICANT, task=task)) == ["engine.urged_today"]
    assert [(e["kind"], e["about"]) for e in walk.effects] == [("notify", "urged")]
    walk.now = "2026-11-24T01:00:00Z"
    walk.do("urge", APPLICANT, task=task)
    walk.do("copy", P1, to=("p7", "p8"))
    assert walk.effects[-1]["to"] == {"people": ["p7", "p8"]}


# --- signing -----------------------------------------------------------------------------------------------------

def signing(minor: str) -> Walk:
    names = ("student", "guardian", "school", "enterprise")
    who = [{"party": p, "when": minor} if p == "guardian" else {"party": p} for p in names]
    parties = {p: {"kind": "person", "label": {"zh": p, "en": p}} for p in names}
    parties["enterprise"] |= {"starts": True}
    return Walk(procedure({
        "draft": {"task": {"party": "applicant", "form": "application"}, "on": {"submit": "signing"}},
        "signing": {"task": {"who": who, "decide": "sequence"}, "on": {
            "sign": {"target": "effective", "signature": True}, "decline": "ended",
            "edit": {"return": {"to": ["draft"]}}}},
        "effective": {"type": "final"}, "ended": {"type": "final"}},
        parties=parties | {"applicant": {"kind": "enterprise", "label": {"zh": "a", "en": "a"}}}))


@pytest.mark.parametrize(("minor", "order"), [
    ("true", ["student", "guardian", "school", "enterprise"]), ("false", ["student", "school", "enterprise"])])
def test_parties_sign_in_order_and_a_change_voids_every_signature(minor: str, order: list[str]) -> None:
    walk = signing(minor)
    walk.act(APPLICANT, "submit", answers={"name": "协议"})
    assert [seat["party"] for seat in walk.task()["seats"]] == order
    actors = {p: Actor(f"u-{p}", parties=(p,)) for p in order}
    assert walk.codes(walk.act(actors["school"], "sign", signature="s")) == ["engine.not_your_turn"]
    assert walk.codes(walk.act(actors["student"], "sign")) == ["engine.signature_needed"]
    walk.act(actors["student"], "sign", signature="s")
    walk.act(actors[order[1]], "edit")
    assert walk.at == ["draft"]
    walk.act(APPLICANT, "submit", answers={"name": "协议二"})
    assert all(seat["action"] is None for seat in walk.task()["seats"])
    for party in order:
        walk.act(actors[party], "sign", signature="s")
    assert walk.at == ["effective"]


# --- parallel work and returns -----------------------------------------------------------------------------------

def joint() -> Walk:
    def office(name: str, **task: Any) -> dict[str, Any]:
        return {"initial": name, "states": {
            name: {"task": {"role": "officer", "scope": SCOPE, "form": "opinion", **task},
                   "after": [{"delay": {"days": 9}, "target": f"{name}_ok"}],
                   "on": {"approve": f"{name}_ok", "back": {"return": {"to": ["draft"], "then": "ask"}}}},
            f"{name}_ok": {"type": "final"}}}
    walk = Walk(procedure({
        "draft": {"task": {"party": "applicant", "form": "application"}, "on": {"submit": "both"}},
        "both": {"type": "parallel", "onDone": "yes",
                 "states": {"a": office("left"), "b": office("right", decide="all"), "c": office("third")}},
        "yes": {"type": "final"}}), STAFF)
    walk.act(APPLICANT, "submit", answers={"name": "甲"})
    return walk


def task_of(walk: Walk, state: str) -> str:
    return next(t["id"] for t in walk.case["tasks"] if t["state"] == state)


def test_an_action_moves_only_its_own_region_and_the_join_waits_for_all() -> None:
    walk = joint()
    assert walk.at == ["left", "right", "third"]
    walk.act(P1, "approve", task=task_of(walk, "left"))
    assert walk.at == ["left_ok", "right", "third"]
    walk.act(P2, "approve", task=task_of(walk, "third"))
    for person in (P1, P2, P3, P4):
        walk.act(person, "approve", task=task_of(walk, "right"))
    assert walk.at == ["left_ok", "right", "third_ok"]
    walk.act(P5, "approve", task=task_of(walk, "right"))
    assert walk.at == ["yes"]


def test_a_return_out_of_a_parallel_state_cancels_all_its_tasks_and_timers() -> None:
    walk = joint()
    walk.act(P1, "approve", task=task_of(walk, "right"))
    walk.act(P1, "back", task=task_of(walk, "left"))
    assert walk.at == ["draft"]
    assert [t["state"] for t in walk.case["tasks"]] == ["draft"]
    assert walk.case["timers"] == []
    assert walk.case["round"] == 2
    walk.act(APPLICANT, "submit", answers={"name": "乙"})
    assert walk.at == ["left", "right", "third"]
    assert all(s["action"] is None for t in walk.case["tasks"] for s in t["seats"])


def test_resume_goes_straight_back_and_no_vote_is_lost() -> None:
    walk = joint()
    walk.act(P3, "approve", task=task_of(walk, "third"))
    walk.act(P1, "approve", task=task_of(walk, "right"))
    walk.act(P2, "back", task=task_of(walk, "left"), then="resume")
    walk.act(APPLICANT, "submit", answers={"name": "乙"})
    assert walk.at == ["left", "right", "third_ok"]
    right = next(t for t in walk.case["tasks"] if t["state"] == "right")
    assert [s["by"] for s in right["seats"] if s["action"]] == ["p1"]
    for person in (P2, P3, P4, P5):
        walk.act(person, "approve", task=task_of(walk, "right"))
    walk.act(P2, "approve", task=task_of(walk, "left"))
    assert walk.at == ["yes"]


def test_needed_votes_round_up() -> None:
    assert [people.needed(Decide("ratio", ratio=(2, 3)), n) for n in (1, 3, 4, 5)] == [1, 2, 3, 4]
    assert people.needed(Decide("quorum", count=9), 3) == 3


def test_a_task_is_due_on_the_day_that_a_rule_gives() -> None:
    def opened(rule: str) -> Any:
        walk = Walk(procedure({
            "draft": {"task": {"party": "applicant", "form": "application"}, "on": {"submit": "check"}},
            "check": {"task": {"role": "officer", "scope": "'370202'", "due": rule, "overdue": "late"},
                      "on": {"approve": "yes", "late": "yes"}},
            "yes": {"type": "final"}}), World({"officer": ["p1"]}))
        walk.act(APPLICANT, "submit", answers={"name": "甲"})
        return walk
    walk = opened("add_days(month_start(today), 40)")
    due = walk.task()["due"]
    assert due.endswith("T15:59:59Z")
    assert [timer["at"] for timer in walk.case["timers"]] == [due], "being late counts from that day"
    assert opened("date('2026-12-15')").task()["due"] == "2026-12-15T15:59:59Z"
