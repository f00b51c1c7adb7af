"""The statechart: W3C SCXML appendix D over a compiled graph. It moves; what a move causes is the host's business.

A configuration is kept as its active leaves in document order: ancestors follow from them, so the stored form is as
small as it can be. Names in comments are those of the standard's algorithm.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Protocol

from tongban.engine.model import Action, Expr, State, Transition
from tongban.engine.problem import EngineError, Problem

MAX_MICROSTEPS = 1_000


@dataclass(slots=True, eq=False)
class Node:
    """A state with everything the algorithm asks of it worked out once."""

    state: State
    parent: Node | None
    id: str
    kind: str
    order: int
    up: tuple[Node, ...] = ()               # proper ancestors, inner first, root last
    above: frozenset[Node] = frozenset()    # the same as a set
    children: tuple[Node, ...] = ()         # without history states
    histories: tuple[Node, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    default: Arrow | None = None            # initial transition of a compound, default of a history
    ends: bool = False                      # a final state of the root: the case is over


@dataclass(slots=True, eq=False)
class Arrow:
    """A transition with its ends found."""

    source: Node
    targets: tuple[Node, ...]
    event: str
    guard: Expr | None = None
    actions: tuple[Action, ...] = ()
    internal: bool = False
    spec: Transition | None = None
    plan: Plan | None = None        # kept where no history can change it


Entering = tuple["Node", tuple[Action, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a transition leaves and enters: everything active below `domain`, then `entering` in document order."""

    domain: Node | None
    entering: tuple[Entering, ...]


class Host(Protocol):
    """What happens around a move. The chart calls these in the order that the standard lays down."""

    def holds(self, guard: Expr) -> bool: ...
    def left(self, node: Node) -> None: ...
    def run(self, actions: Sequence[Action]) -> None: ...
    def entered(self, node: Node, actions: Sequence[Action]) -> None: ...


@dataclass(slots=True)
class Moment:
    """The moving part of a chart: active leaves in document order, remembered history, internal events waiting."""

    leaves: list[Node]
    memory: dict[str, tuple[str, ...]]
    queue: list[tuple[str, Node | None]] = field(default_factory=list)
    active: set[Node] = field(default_factory=set)      # the full configuration: leaves and all their ancestors

    def __post_init__(self) -> None:
        for leaf in self.leaves:
            self.active.add(leaf)
            self.active |= leaf.above


def matches(descriptor: str, event: str) -> bool:
    """Event descriptors: "*", an exact name, or a dotted prefix ("done" and "done.*" match "done.state.x")."""
    if descriptor in ("*", event):
        return True
    return event.startswith(descriptor.removesuffix("*").removesuffix(".") + ".")


class _Entry:
    """computeEntrySet of one transition: the states to enter, and the default arrows whose actions run with them."""

    def __init__(self, chart: Chart, moment: Moment, arrow: Arrow, domain: Node | None) -> None:
        self.chart, self.moment = chart, moment
        self.states: set[Node] = set()
        self.defaults: dict[Node, Arrow] = {}
        self.recalled = False
        for target in arrow.targets:
            self._down(target)
        for target in chart.effective(moment, arrow.targets):
            self._up(target, domain)

    def plan(self, domain: Node | None) -> Plan:
        return Plan(domain, tuple((node, self._actions(node)) for node in sorted(self.states, key=_order)))

    def _actions(self, node: Node) -> tuple[Action, ...]:
        default = self.defaults.get(node)
        return (*node.state.entry, *default.actions) if default else node.state.entry

    def _down(self, node: Node) -> None:
        """addDescendantStatesToEnter."""
        if node.kind == "history":
            self._recall(node)
            return
        self.states.add(node)
        if node.kind == "compound" and node.default is not None:
            self.defaults[node] = node.default
            self._all(node.default.targets, node)
        elif node.kind == "parallel":
            self._fill(node)

    def _recall(self, history: Node) -> None:
        self.recalled = True
        if history.id not in self.moment.memory and history.default is not None and history.parent is not None:
            self.defaults[history.parent] = history.default
        self._all(self.chart.effective(self.moment, (history,)), history.parent)

    def _all(self, targets: Iterable[Node], domain: Node | None) -> None:
        targets = tuple(targets)
        for target in targets:
            self._down(target)
        for target in targets:
            self._up(target, domain)

    def _fill(self, parallel: Node) -> None:
        for child in parallel.children:
            if not any(child is other or child in other.above for other in self.states):
                self._down(child)

    def _up(self, node: Node, domain: Node | None) -> None:
        """addAncestorStatesToEnter."""
        for ancestor in node.up:
            if ancestor is domain:
                return
            self.states.add(ancestor)
            if ancestor.kind == "parallel":
                self._fill(ancestor)


class Chart:
    """Compiled states. `nodes` maps id -> Node; the root has id ""."""

    def __init__(self, states: Mapping[str, State]) -> None:
        self.nodes: dict[str, Node] = {}
        for state in sorted(states.values(), key=lambda s: s.order):
            parent = self.nodes[state.parent] if state.parent is not None else None
            node = Node(state, parent, state.id, state.type, state.order)
            if parent is not None:
                node.up = (parent, *parent.up)
                node.above = frozenset(node.up)
                node.ends = state.type == "final" and parent.id == ""
            self.nodes[state.id] = node
        for node in self.nodes.values():
            self._connect(node)
        self.root = self.nodes[""]
        self.first = self.root          # the leaf where every case begins
        while self.first.default is not None:
            self.first = self.first.default.targets[0]
        self._chains: dict[tuple[Node, str], tuple[Arrow, ...]] = {}

    def _connect(self, node: Node) -> None:
        state = node.state
        below = [self.nodes[c] for c in state.children]
        node.children = tuple(c for c in below if c.kind != "history")
        node.histories = tuple(c for c in below if c.kind == "history")
        node.arrows = tuple(self._arrow(node, i, t) for i, t in enumerate(state.transitions))
        if node.kind == "compound" or (node.kind == "history" and state.initial):
            first = state.initial or state.children[:1]
            node.default = Arrow(node, tuple(self.nodes[s] for s in first), "", actions=state.initial_actions)

    def _arrow(self, node: Node, index: int, t: Transition) -> Arrow:
        event = after_event(node.id, index) if t.after is not None else t.event
        return Arrow(node, tuple(self.nodes[s] for s in t.targets), event, t.guard, t.actions, t.internal, t)

    # --- selection ---------------------------------------------------------------------------------------------

    def candidates(self, leaf: Node, event: str) -> tuple[Arrow, ...]:
        """Arrows that `event` ("" = eventless) could take from `leaf`: inner first, document order."""
        key = (leaf, event)
        found = self._chains.get(key)
        if found is None:
            if len(self._chains) > 20_000:      # event names may come from outside; the memory of them is bounded
                self._chains.clear()
            found = self._chains[key] = tuple(
                arrow for node in (leaf, *leaf.up) for arrow in node.arrows
                if (matches(arrow.event, event) if arrow.event and event else arrow.event == event)
            )
        return found

    def select(self, moment: Moment, event: str, host: Host, only: Node | None = None) -> list[Arrow]:
        """selectTransitions / selectEventlessTransitions. `only` sends the event to one state and its ancestors."""
        enabled: list[Arrow] = []
        for leaf in moment.leaves:
            if only is not None and leaf is not only and only not in leaf.above:
                continue
            for arrow in self.candidates(leaf, event):
                if arrow.guard is None or host.holds(arrow.guard):
                    if arrow not in enabled:
                        enabled.append(arrow)
                    break
        return self._without_conflicts(moment, enabled) if len(enabled) > 1 else enabled

    def _without_conflicts(self, moment: Moment, enabled: list[Arrow]) -> list[Arrow]:
        """removeConflictingTransitions: an inner source pre-empts an outer one, otherwise document order wins."""
        kept: list[Arrow] = []
        for arrow in enabled:
            leaving = self.exit_set(moment, arrow)
            pre_empted, beaten = False, []
            for other in kept:
                if leaving.isdisjoint(self.exit_set(moment, other)):
                    continue
                if other.source in arrow.source.above:
                    beaten.append(other)
                else:
                    pre_empted = True
                    break
            if not pre_empted:
                kept = [other for other in kept if other not in beaten] + [arrow]
        return kept

    # --- what a transition leaves and enters -------------------------------------------------------------------

    def effective(self, moment: Moment, targets: Iterable[Node]) -> list[Node]:
        """getEffectiveTargetStates: history resolved to what it remembers, or to its default."""
        found: list[Node] = []
        for target in targets:
            if target.kind != "history":
                found.append(target)
            elif target.id in moment.memory:
                found += [self.nodes[s] for s in moment.memory[target.id]]
            elif target.default is not None:
                found += self.effective(moment, target.default.targets)
        return found

    def _domain(self, moment: Moment, arrow: Arrow) -> Node | None:
        """getTransitionDomain: the state that stays active around the transition; None for a targetless one."""
        targets = self.effective(moment, arrow.targets)
        if not targets:
            return None
        source = arrow.source
        if arrow.internal and source.kind == "compound" and all(source in t.above for t in targets):
            return source
        for candidate in source.up:     # findLCCA
            if candidate.kind == "compound" and all(candidate in t.above for t in targets):
                return candidate
        return self.root

    def plan(self, moment: Moment, arrow: Arrow) -> Plan:
        """What the transition leaves and enters, worked out once unless history takes part."""
        if arrow.plan is not None:
            return arrow.plan
        domain = self._domain(moment, arrow)
        entry = _Entry(self, moment, arrow, domain)
        plan = entry.plan(domain)
        if not entry.recalled:
            arrow.plan = plan
        return plan

    def exit_set(self, moment: Moment, arrow: Arrow) -> set[Node]:
        """computeExitSet for one transition."""
        domain = self.plan(moment, arrow).domain
        return {n for n in moment.active if domain in n.above} if domain is not None else set()

    # --- moving ------------------------------------------------------------------------------------------------

    def enter_first(self, moment: Moment, host: Host) -> None:
        """Enter the chart: the root's initial transition, then run to completion."""
        first = self.root.default
        if first is not None:
            moment.active.add(self.root)
            host.run(first.actions)
            self._enter(moment, self.plan(moment, first).entering, host)
        self.settle(moment, host)

    def take(self, moment: Moment, arrows: Sequence[Arrow], host: Host) -> None:
        """microstep: leave inner first, act in document order, enter outer first."""
        plans = [self.plan(moment, arrow) for arrow in arrows]
        leaving = {n for plan in plans if plan.domain is not None for n in moment.active if plan.domain in n.above}
        if leaving:
            self._exit(moment, sorted(leaving, key=_order, reverse=True), host)
        for arrow in arrows:
            if arrow.actions:
                host.run(arrow.actions)
        entering = plans[0].entering
        if len(plans) > 1:
            merged = {node: actions for plan in plans for node, actions in plan.entering}
            entering = tuple((node, merged[node]) for node in sorted(merged, key=_order))
        self._enter(moment, entering, host)

    def _exit(self, moment: Moment, leaving: Sequence[Node], host: Host) -> None:
        for node in leaving:
            for history in node.histories:
                if history.state.history == "deep":
                    kept = tuple(leaf.id for leaf in moment.leaves if node in leaf.above)
                else:
                    kept = tuple(c.id for c in node.children if c in moment.active)
                moment.memory[history.id] = kept
        for node in leaving:
            if node.state.exit:
                host.run(node.state.exit)
            host.left(node)
            moment.active.discard(node)
            if not node.children:
                moment.leaves.remove(node)

    def _enter(self, moment: Moment, entering: Iterable[Entering], host: Host) -> None:
        for node, actions in entering:
            if node in moment.active:
                continue
            moment.active.add(node)
            if not node.children:
                insort(moment.leaves, node, key=_order)
            host.entered(node, actions)
            if node.kind == "final" and not node.ends and node.parent is not None:
                self._finish(moment, node.parent)

    def _finish(self, moment: Moment, parent: Node) -> None:
        moment.queue.append((f"done.state.{parent.id}", None))
        above = parent.parent
        if above is not None and above.kind == "parallel" and all(self.is_done(moment, c) for c in above.children):
            moment.queue.append((f"done.state.{above.id}", None))

    def is_done(self, moment: Moment, node: Node) -> bool:
        """isInFinalState."""
        if node.kind == "compound":
            return any(leaf.kind == "final" and leaf.parent is node for leaf in moment.leaves)
        if node.kind == "parallel":
            return all(self.is_done(moment, child) for child in node.children)
        return False

    def settle(self, moment: Moment, host: Host) -> None:
        """Run to completion: eventless transitions first, then internal events, until nothing moves."""
        for _ in range(MAX_MICROSTEPS):
            if moment.leaves and moment.leaves[0].ends:     # nothing can be active beside a final state of the root
                moment.queue.clear()
                return
            arrows = self.select(moment, "", host)
            if not arrows:
                if not moment.queue:
                    return
                event, only = moment.queue.pop(0)
                arrows = self.select(moment, event, host, only)
            if arrows:
                self.take(moment, arrows, host)
        raise EngineError([Problem("engine.endless", params={"states": [leaf.id for leaf in moment.leaves]})])

    def send(self, moment: Moment, event: str, host: Host, only: Node | None = None) -> bool:
        """One external event, to completion. True where a transition was taken for the event itself."""
        arrows = self.select(moment, event, host, only)
        if arrows:
            self.take(moment, arrows, host)
        self.settle(moment, host)
        return bool(arrows)


_order = attrgetter("order")


def after_event(state: str, index: int) -> str:
    """Name of the event that a state's timer raises; no author can write it by accident."""
    return f"after.{state}.{index}"
