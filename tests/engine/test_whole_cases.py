"""Charts made of every approval word, driven by whatever people may do: the case stays whole, and replays the same.

After each command: every task lies in its state, every timer in its visit (cases.Walk), no vote is lost, and the
configuration is a legal one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cases import APPLICANT, T, Walk, World, officer, procedure
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongban.engine import people
from tongban.engine.decide import COMMANDS, actions
from tongban.engine.model import Actor, Outcome
from tongban.engine.replay import replay

STAFF = World({"officer": ["p1", "p2", "p3", "p4", "p5"], "chief": ["p5", "p6"], "ghost": []})
ACTORS = [APPLICANT, *(officer(f"p{n}") for n in range(1, 6)), officer("p6", "chief"), Actor("p9"),
          Actor("p8", officer("p1").grants, (), "p1")]
SCOPE = "'370202'"
MAJORITY = {"mode": "quorum", "quorum": 3, "veto": False, "otherwise": "refuse"}
MODES = st.sampled_from(["any", "any", "all", "sequence", {"quorum": 2}, {"ratio": "1/2"}, {"ratio": "2/3"}, MAJORITY])
EMPTY = st.sampled_from(["block", "skip:approve", "role:chief"])
SAME = st.sampled_from(["allow", "allow", "refuse", "skip:approve"])
DEMANDS = st.fixed_dictionaries({}, optional={"reason": st.just(True), "clauses": st.just(True),
                                              "signature": st.just(True)})
LATE = {"actions": [{"notify": {"to": {"role": "chief"}, "message": T}}]}


class Author:
    """Writes a procedure of two to four steps with every word that approvals have."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def some(self) -> bool:
        return self.draw(st.booleans())

    def task(self, name: str, earlier: list[str]) -> dict[str, Any]:
        """Who acts, how many, and each policy."""
        held = self.draw(st.sampled_from(["officer", "officer", "ghost", "party", "several"]))
        spec: dict[str, Any] = {"form": "opinion", "decide": self.draw(MODES), "own_case": self.draw(
            st.sampled_from(["refuse", "allow"]))}
        if held == "party":
            spec |= {"party": "applicant", "decide": "any"}
        elif held == "several":
            spec["who"] = [{"role": "officer", "scope": SCOPE}, {"role": "chief", "scope": SCOPE},
                           {"party": "applicant", "when": "amount > 5"}]
        else:
            spec |= {"role": held, "scope": SCOPE, "when_empty": self.draw(EMPTY), "same_person": self.draw(SAME)}
            if self.some():
                spec["never"] = self.draw(st.lists(st.sampled_from(["applicant", *earlier]), max_size=2, unique=True))
        if self.some():
            spec |= {"due": {"working_days": 3}, "overdue": "late"}
        if self.some():
            spec["edits"] = {"application": ["amount"]}
        return spec

    def step(self, name: str, forward: str, earlier: list[str]) -> dict[str, Any]:
        """One step: its task, what may be done there, its timers."""
        on: dict[str, Any] = {"approve": {"target": forward, **self.draw(DEMANDS)},
                              "refuse": {"target": "no", **self.draw(DEMANDS)}}
        if self.some():
            to = self.draw(st.sampled_from([earlier, ["*"]]))
            on["return"] = {"return": {"to": to, "then": self.draw(st.sampled_from(["redo", "resume", "ask"]))},
                            "marks": True}
        if self.some():
            on["repair"] = {"target": "fix"}
        state: dict[str, Any] = {"task": self.task(name, earlier), "on": on}
        on["late"] = LATE
        if self.some():
            state["after"] = [{"delay": {"days": 5}, "target": "no"},
                              {"delay": {"days": 2}, "actions": [{"raise": "late"}], "repeat": True}]
        return state

    def part(self, name: str, earlier: list[str]) -> dict[str, Any]:
        """One part of a parallel step: a step, or two with an automatic way between them."""
        done = f"{name}9"
        if self.some():
            return {"initial": f"{name}1", "states": {f"{name}1": self.step(f"{name}1", done, earlier),
                                                      done: {"type": "final"}}}
        return {"initial": f"{name}0", "states": {
            f"{name}0": {"always": [{"guard": "amount > 5", "target": done}, {"target": f"{name}1"}]},
            f"{name}1": self.step(f"{name}1", done, earlier), done: {"type": "final"}}}

    def states(self) -> dict[str, Any]:
        """The whole chart; `fix` stops the clock and comes back by history."""
        count = self.draw(st.integers(2, 4))
        names = [f"s{i}" for i in range(count)]
        made: dict[str, Any] = {}
        for i, name in enumerate(names):
            forward, earlier = names[i + 1] if i + 1 < count else "yes", ["draft", *names[:i]]
            if self.some():
                made[name] = self.step(name, forward, earlier)
            else:
                parts = {name + r: self.part(name + r, earlier) for r in "ab"}
                made[name] = {"type": "parallel", "onDone": forward, "states": parts}
        fix = {"task": {"party": "applicant", "form": "application"}, "suspends": True, "on": {"again": "back"}}
        work = {"initial": "s0", "states": {**made, "back": {"type": "history", "history": "deep", "target": "s0"}}}
        return {"draft": {"task": {"party": "applicant", "form": "application"}, "on": {"submit": "s0"}},
                "work": work, "fix": fix, "yes": {"type": "final"}, "no": {"type": "final"}}


@st.composite
def procedures(draw: st.DrawFn) -> Walk:
    withdraw = {"target": "no", "by": {"party": "applicant"}}
    return Walk(procedure(Author(draw).states(), on={"withdraw": withdraw}), STAFF)


KINDS = ["act"] * 10 + sorted(COMMANDS - {"act", "start"})


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(procedures(), st.data())
def test_whatever_people_do_the_case_stays_whole(walk: Walk, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 16))):
        if walk.case["status"] != "open":
            break
        before = walk.case
        outcome = draw_command(walk, data)
        legal(walk)
        no_vote_lost(before, walk.case, outcome)
    assert replay(walk.version, walk.events).case == walk.case, "played again it is another case"


def draw_command(walk: Walk, data: st.DataObject) -> Outcome:
    """Mostly what somebody may really do now, sometimes anything at all."""
    offers = [(actor, offer) for actor in ACTORS
              for offer in actions(walk.version, walk.case, actor, STAFF, walk.now)[0] if not offer.blocked]
    kind = data.draw(st.sampled_from(KINDS))
    extra: dict[str, Any] = {
        "answers": {"name": "甲", "amount": data.draw(st.sampled_from(["3", "9"]))}, "reason": "r", "clauses": ("一",),
        "then": data.draw(st.sampled_from(["redo", "resume"])), "signature": "s",
        "place": data.draw(st.sampled_from(["before", "after"])), "data": {"year": 2026} if kind == "recount" else {}}
    if kind == "act" and offers:
        actor, offer = data.draw(st.sampled_from(offers))
        if offer.form != "application":
            extra["answers"] = {}
        if offer.back and data.draw(st.booleans()):
            extra["marks"] = {"application.amount": "m"}
        to = (data.draw(st.sampled_from(offer.back)),) if offer.back else ()
        return walk.act(actor, offer.action, task=offer.task, to=to, **extra)
    ids = [t["id"] for t in walk.case["timers" if kind == "timer" else "tasks"]]
    return walk.do(kind, data.draw(st.sampled_from(ACTORS)), task=data.draw(st.sampled_from(ids)) if ids else None,
                   action=data.draw(st.sampled_from(["approve", "submit", "refuse", "return", "late", "repair"])),
                   to=(data.draw(st.sampled_from(["p1", "p4", "p9", "draft", "s0"])),), **extra)


def votes(task: Mapping[str, Any]) -> set[Any]:
    return {(s["by"], s["action"], s["at"]) for s in task["seats"] if s["action"]}


def no_vote_lost(before: Mapping[str, Any], after: Mapping[str, Any], outcome: Outcome) -> None:
    """A task that is still open keeps its votes; one that was set aside by a return gets them back."""
    now = {t["id"]: votes(t) for t in after["tasks"]}
    if not any(e["type"] == "taken_back" for e in outcome.events):
        for task in before["tasks"]:
            assert votes(task) <= now.get(task["id"], votes(task)), "a vote was lost"
    back = next((e for e in outcome.events if e["type"] == "resumed" and e["to"]), None)
    if back is not None:
        for state, kept in before["resume"]["tasks"].items():
            again = [t for t in after["tasks"] if t["state"] == state]
            assert all(votes(kept) <= votes(t) for t in again), "a vote was lost on the way back"


def legal(walk: Walk) -> None:
    """One part of a compound state, every part of a parallel one, one task for each state that has one."""
    case, states = walk.case, walk.version.workflow.states
    active = {a for leaf in case["conf"] for a in chain(states, leaf)}
    for name in active:
        inside = [c for c in states[name].children if c in active and states[c].type != "history"]
        if states[name].type == "compound":
            assert len(inside) == 1
        if states[name].type == "parallel":
            assert len(inside) == len(states[name].children)
        count = sum(1 for t in case["tasks"] if t["state"] == name)
        assert count == (1 if states[name].task else 0), f"{name} has {count} tasks"
    for task in case["tasks"]:
        assert people.open_seats(task), "a task that nobody can ever take"


def chain(states: Any, name: str) -> Iterator[str]:
    yield name
    if states[name].parent is not None:
        yield from chain(states, states[name].parent)
