"""Decisions: a command about a case becomes problems, or events and effects. Pure: same input, same output, for ever.

`decide` never half-does a thing: where anything is wrong the case comes back as it was, with every problem at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tongban.engine import acting, offers, staffing
from tongban.engine.chart import Chart, Moment
from tongban.engine.fold import EMPTY, Case
from tongban.engine.model import Actor, Command, FactKey, Facts, Json, Outcome, Version
from tongban.engine.step import OVERDUE, Step

NO_FACTS: Facts = {}


def chart_of(version: Version) -> Chart:
    """The compiled chart of a version; built once and kept with it."""
    chart = version.built.get("chart")
    if chart is None:
        chart = version.built["chart"] = Chart(version.workflow.states)
    return chart


def start(version: Version, case_id: str, actor: Actor | None, parties: Mapping[str, Json], facts: Facts = NO_FACTS,
          now: str = "", *, answers: Mapping[str, Json] | None = None, variables: Mapping[str, Json] | None = None,
          links: Mapping[str, Json] | None = None) -> Outcome:
    """Open a case. `parties` maps party -> {"org": code, "people": [ids]}; `answers` are typed values to begin with.

    `links` ties it to another case: {"parent": id, "name": the link's name}.
    """
    flow = version.workflow
    step = Step(version, chart_of(version), EMPTY, facts, now)
    step.actor = actor
    step.emit("started", case=case_id, workflow=flow.id, version=version.hash, at=now, parties=dict(parties),
              by=actor.id if actor else None, links=dict(links or {}))
    for form, values in (answers or {}).items():
        step.emit("answered", form=form, values=dict(values))
    first = {v.id: (variables or {}).get(v.id, step.value(v.initial) if v.initial else None)
             for v in flow.variables.values()}
    if first:
        step.emit("set", values=first)
    _in_force(step)
    if not step.problems:
        step.name()
        step.chart.enter_first(step.moment, step)
    return step.outcome(EMPTY)


def _in_force(step: Step) -> None:
    """C21: a policy can be started inside its window only, unless the window is tested on another event (I-17)."""
    valid = step.version.workflow.source.get("valid") or {}
    if valid.get("tested_on", "today") != "today":
        return
    today = step.env()["today"]
    if valid.get("from") and today < valid["from"]:
        step.fail("engine.not_yet", since=valid["from"])
    if valid.get("until") and today > valid["until"]:
        step.fail("engine.expired", until=valid["until"])


def decide(version: Version, case: Case, command: Command, facts: Facts = NO_FACTS, now: str = "") -> Outcome:
    """Decide one command about a running case."""
    step = Step(version, chart_of(version), case, facts, now)
    step.actor = command.actor
    if case["status"] != "open":
        step.fail("engine.closed")
        return step.outcome(case)
    handler = _COMMANDS.get(command.kind)
    if handler is None:
        step.fail("engine.unknown_command", kind=command.kind)
        return step.outcome(case)
    handler(step, command)
    return step.outcome(case)


def _event(step: Step, command: Command) -> None:
    """A bare chart event: from a linked case, a register, the simulator. Its data fills variables of the same name."""
    step.emit("received", event=command.action, at=step.now, data=dict(command.data),
              by=command.actor.id if command.actor else None)
    known = {name: value for name, value in command.data.items() if name in step.version.workflow.variables}
    if known:
        step.emit("set", values=known)
    acting.run(step, lambda: step.chart.send(step.moment, command.action, step))


def _timer(step: Step, command: Command) -> None:
    """A timer fires. One that is gone (fired before, its state left) does nothing; the effect bears the due time.

    While the legal clock stands still only timers inside the state that stopped it run; the others are moved on later.
    """
    timer = next((t for t in step.case["timers"] if t["id"] == command.task), None)
    if timer is None:
        return
    node = step.chart.nodes[timer["state"]]
    stops = [n for n in step.moment.active if n.state.suspends]
    if stops and not any(n in (node, *node.up) for n in stops):
        return
    step.now = min(step.now, timer["at"])
    step.emit("fired", timer=timer["id"], state=node.id, index=timer["index"], at=timer["at"])
    if timer["index"] == OVERDUE:
        spec = node.state.task
        if spec is not None and spec.overdue:
            acting.run(step, lambda: step.chart.send(step.moment, spec.overdue or "", step, only=node))
        return
    arrow = node.arrows[timer["index"]]
    acting.run(step, lambda: step.chart.send(step.moment, arrow.event, step, only=node))
    spec_after = arrow.spec
    alive = node in step.moment.active and step.visit(node.id) == timer["visit"]
    if alive and spec_after is not None and spec_after.repeat and spec_after.after is not None and timer["base"]:
        step.set_timer(node, timer["index"], spec_after.after, timer["base"], timer["turn"] + 1, repeat=True)


def _recount(step: Step, command: Command) -> None:
    """A calendar was loaded: `data` names its year."""
    step.recount(int(command.data["year"]))


def _take_back(step: Step, command: Command) -> None:
    """The last actor undoes their step before anybody else has acted on it."""
    last, actor = step.case["last"], command.actor
    if actor is None or last is None or last["by"] not in (actor.id, actor.deputy_of):
        step.fail("engine.cannot_take_back")
        return
    step.emit("taken_back", **staffing.whom(actor), at=step.now, reason=command.reason)
    nodes = step.chart.nodes
    step.moment = Moment([nodes[s] for s in step.case["conf"]], {k: tuple(v) for k, v in step.case["hist"].items()})


_COMMANDS: dict[str, Callable[[Step, Command], None]] = {
    "act": acting.act, "event": _event, "timer": _timer, "recount": _recount, "take_back": _take_back,
    "claim": staffing.claim, "release": staffing.release, "transfer": staffing.transfer,
    "delegate": staffing.delegate, "add_sign": staffing.add_sign, "remove_sign": staffing.remove_sign,
    "urge": staffing.urge, "copy": staffing.copy,
}


COMMANDS = frozenset({"start", *_COMMANDS})
"""Kinds of commands: no action of a definition may be called like one."""


def actions(version: Version, case: Case, actor: Actor, facts: Facts = NO_FACTS, now: str = "",
            ) -> tuple[list[offers.Offer], frozenset[FactKey]]:
    """What this person may do now, and the facts that are still needed to be sure of it."""
    step = Step(version, chart_of(version), case, facts, now)
    step.actor = actor
    found = list(offers.offers(step, actor)) if case["status"] == "open" else []
    return found, frozenset(step.needs)
