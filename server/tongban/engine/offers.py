"""What a person may do now: the actions of open tasks, and those beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tongban.engine import people
from tongban.engine.acting import back_targets, is_machine_event, may_by, rule_problem, seat_of
from tongban.engine.chart import Node
from tongban.engine.model import Actor, Transition
from tongban.engine.problem import Problem
from tongban.engine.step import Step


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that somebody may take now. `back` = states a return may choose; `blocked` = the policy against it;
    `soft` = its soft rules that do not pass as the case stands."""

    action: str
    spec: Transition
    state: str
    task: str | None = None
    seat: int | None = None
    form: str | None = None
    back: tuple[str, ...] = ()
    blocked: str | None = None
    soft: tuple[Problem, ...] = ()


def offers(step: Step, actor: Actor) -> Iterator[Offer]:
    """Every action this person may take, tasks first, in document order. A guard that is false now hides it."""
    for task in step.case["tasks"]:
        node = step.chart.nodes[task["state"]]
        if people.seat_for(task, actor) is None:
            continue
        seat, (why, _) = seat_of(step.case, node, task, actor)
        for spec in _distinct(step, node):
            back = back_targets(step, spec, node)
            if spec.back is None or back:
                yield Offer(spec.event, spec, node.id, task["id"], seat["n"] if seat else None, task["form"], back,
                            why or None, tuple(_in_principle(step, spec)))
    seen: set[str] = set()
    for leaf in step.moment.leaves:
        for place in (leaf, *leaf.up):
            for arrow in place.arrows:
                if arrow.spec and arrow.spec.by and arrow.event not in seen and may_by(step, arrow, actor):
                    seen.add(arrow.event)
                    yield Offer(arrow.event, arrow.spec, place.id)


def _in_principle(step: Step, spec: Transition) -> Iterator[Problem]:
    for rule in map(step.version.workflow.rules.__getitem__, spec.require):
        if rule.kind == "soft" and rule.override and (rule.when is None or step.value(rule.when) is True):
            verdict = step.value(rule.test)
            if verdict is False:
                yield rule_problem(step, rule, verdict)


def _distinct(step: Step, node: Node) -> list[Transition]:
    found: dict[str, Transition] = {}
    for place in (node, *node.up):
        for arrow in place.arrows:
            spec = arrow.spec
            if spec is None or spec.by or spec.after is not None or spec.event in found:
                continue
            if is_machine_event(node, spec.event):
                continue
            if spec.label is None and place is not node:
                continue        # an inherited event without a label is the chart's own, not a button
            if spec.guard is None or step.value(spec.guard) is not False:
                found[spec.event] = spec
    return list(found.values())
