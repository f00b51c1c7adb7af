"""Charts for tests from a short notation, without rules or forms: structure only, guards as plain functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongban.engine.chart import Arrow, Chart, Moment, Node
from tongban.engine.model import Action, Expr, State, Transition, Type


def guard(run: Any) -> Expr:
    return Expr("test", [], Type("bool"), frozenset(), run)


def states(root: Mapping[str, Any]) -> dict[str, State]:
    """XState-like nested dict -> flat states in document order."""
    found: dict[str, State] = {}

    def visit(name: str, spec: Mapping[str, Any], parent: str | None) -> None:
        children = spec.get("states", {})
        kind = spec.get("type") or ("compound" if children else "atomic")
        initial = spec.get("initial", spec.get("target", ()))
        order = len(found)
        found[name] = State(
            name, kind, parent, tuple(children), (initial,) if isinstance(initial, str) else tuple(initial),
            history=spec.get("history", "shallow"), order=order,
            transitions=tuple(_transitions(name, spec)),
            entry=(Action("raise", {"event": e}) for e in spec["raise"]) if "raise" in spec else (),
        )
        for child, inner in children.items():
            visit(child, inner, name)

    visit("", root, None)
    return found


def _transitions(source: str, spec: Mapping[str, Any]) -> Sequence[Transition]:
    listed = [(event, value) for event, value in spec.get("on", {}).items()]
    listed += [("", value) for value in spec.get("always", ())]
    found = []
    for event, value in listed:
        for one in value if isinstance(value, list) else [value]:
            item = {"target": one} if isinstance(one, str) else one
            target = item.get("target", ())
            found.append(Transition(
                source, event, (target,) if isinstance(target, str) else tuple(target),
                guard=guard(item["guard"]) if "guard" in item else None, internal=item.get("internal", False),
                actions=tuple(Action("raise", {"event": e}) for e in item.get("raise", ())),
            ))
    return found


class Trace:
    """A host that writes down what happens."""

    def __init__(self, moment: Moment) -> None:
        self.moment, self.seen = moment, []

    def holds(self, expr: Expr) -> bool:
        return expr.run({"$in_state": lambda s: any(s == n.id for n in self.moment.active)}) is True

    def left(self, node: Node) -> None:
        self.seen.append("-" + node.id)

    def run(self, actions: Sequence[Action]) -> None:
        for action in actions:
            self.moment.queue.append((action.args["event"], None))

    def entered(self, node: Node, actions: Sequence[Action]) -> None:
        self.seen.append("+" + node.id)
        self.run(actions)


class Machine:
    """A chart with its moment, driven by events."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.chart = Chart(states(root))
        self.moment = Moment([], {})
        self.host = Trace(self.moment)
        self.chart.enter_first(self.moment, self.host)

    def send(self, *events: str, only: str | None = None) -> list[str]:
        for event in events:
            self.host.seen.clear()
            self.chart.send(self.moment, event, self.host, self.chart.nodes[only] if only else None)
        return self.now

    @property
    def now(self) -> list[str]:
        return [leaf.id for leaf in self.moment.leaves]

    @property
    def trace(self) -> list[str]:
        return list(self.host.seen)


__all__ = ["Arrow", "Machine", "guard", "states"]
