"""What is certain where: forms filled in, variables set and rules passed on every way to a place (and on some way)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

from tongban.engine.chart import Arrow
from tongban.engine.check.explore import Edge, Key
from tongban.engine.check.subject import Subject
from tongban.engine.model import Action, Transition

Facts = frozenset[str]      # "application" = form, "fee" = variable, "#seats" = rule


@dataclass(frozen=True, slots=True)
class Known:
    """Per configuration: what holds on every way to it, and what on some way."""

    always: Mapping[Key, Facts]
    ever: Mapping[Key, Facts]
    subject: Subject

    def before(self, edge: Edge, own: Iterable[Arrow] = ()) -> Facts:
        """Certain when a guard of `own` is asked on this edge: what the act filled in, not what `own` itself sets."""
        start = self.always.get(edge.source, frozenset()) if edge.source else initial(self.subject)
        own = tuple(own)
        later = {id(a) for arrow in own for a in arrow.actions}
        gained = _sets(a for a in edge.actions if id(a) not in later)
        passed = frozenset() if edge.first in own else _passed(self.subject, edge)
        return start | gained | passed | ({edge.form} if edge.form else frozenset())

    def at_arrows(self, arrows: Iterable[Arrow]) -> Facts:
        """Certain whenever any of these arrows is about to be taken."""
        own = tuple(arrows)
        edges = [e for e in self.subject.explored.edges if any(a in e.arrows for a in own)]
        return _common(self.before(edge, own) for edge in edges)

    def at_entry(self, state: str) -> Facts:
        """Certain whenever a state is entered."""
        edges = [e for e in self.subject.explored.edges if any(n.id == state for n in e.entered)]
        return _common(self.before(edge) for edge in edges)

    def on_arrow(self, transition: Transition) -> Facts:
        """Certain when the actions of a transition run."""
        edges = [e for e in self.subject.explored.edges if any(a.spec is transition for a in e.arrows)]
        return _common(self.before(edge) for edge in edges)

    def ever_at(self, state: str) -> Facts:
        """What some way to a state brings about, with the form that is filled in there."""
        explored, node = self.subject.explored, self.subject.chart.nodes[state]
        here = {n.state.task.form for n in (node, *node.up) if n.state.task and n.state.task.form}
        around = [self.ever[key] for key, active in explored.active.items() if state in active and key in self.ever]
        for edge in explored.edges:
            if any(n.id == state for n in edge.entered):
                before = self.ever[edge.source] if edge.source else initial(self.subject)
                around.append(_after(self.subject, edge, before))
        return frozenset(here).union(*around)


def know(subject: Subject) -> Known:
    """Work it out for the whole chart: a fixed point over the explored ways."""
    edges: dict[Key | None, list[Edge]] = {}
    for edge in subject.explored.edges:
        edges.setdefault(edge.source, []).append(edge)
    always: dict[Key, Facts] = {}
    ever: dict[Key, Facts] = {}
    waiting: list[Key | None] = [None]
    while waiting:
        key = waiting.pop()
        for edge in edges.get(key, ()):
            sure = _after(subject, edge, always[key] if key else initial(subject))
            some = _after(subject, edge, ever[key] if key else initial(subject))
            old = always.get(edge.target), ever.get(edge.target)
            new = (sure if old[0] is None else old[0] & sure), (some if old[1] is None else old[1] | some)
            if old != new:
                always[edge.target], ever[edge.target] = new
                waiting.append(edge.target)
    return Known(always, ever, subject)


def initial(subject: Subject) -> Facts:
    """Variables with a first value."""
    return frozenset(v.id for v in subject.flow.variables.values() if v.initial is not None)


def _after(subject: Subject, edge: Edge, before: Facts) -> Facts:
    kept = before
    if edge.form:       # the form may hold other answers now: rules that read it have to pass again
        kept = frozenset(f for f in before if not _reads(subject, f, edge.form))
    return kept | _sets(edge.actions) | _passed(subject, edge) | ({edge.form} if edge.form else frozenset())


def _reads(subject: Subject, fact: str, form: str) -> bool:
    if not fact.startswith("#"):
        return False
    return any(name.startswith(f"{form}.") for name in subject.flow.rules[fact[1:]].test.names)


def _passed(subject: Subject, edge: Edge) -> Facts:
    spec = edge.first.spec if edge.first else None
    rules = [subject.flow.rules[r] for r in (spec.require if spec else ())]
    return frozenset(f"#{rule.id}" for rule in rules if rule.kind == "hard" and rule.when is None)


def _sets(actions: Iterable[Action]) -> Facts:
    return frozenset(name for a in actions if a.kind == "set" and a.when is None for name in a.args)


def _common(many: Iterable[Facts]) -> Facts:
    found = list(many)
    return reduce(lambda a, b: a & b, found) if found else frozenset()
