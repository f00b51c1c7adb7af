"""The statechart: W3C SCXML appendix D over a compiled graph. It moves; what a move causes is the host's business.

A configuration is kept as its active leaves in document order: ancestors follow from them, so the stored form is as
small as it can be. Names in comments are those of the standard's algorithm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tongban.engine.model import Action, Expr, State, Transition
from tongban.engine.problem import EngineError, Problem

MAX_MICROSTEPS = 1_000


@dataclass(slots=True, eq=False)
class Node:
    """A state with everything the algorithm asks of it worked out once."""

    state: State
    parent: Node | None
    up: tuple[Node, ...] = ()               # proper ancestors, inner first, root last
    above: frozenset[Node] = frozenset()    # the same as a set
    children: tuple[Node, ...] = ()         # without history states
    histories: tuple[Node, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    default: Arrow | None = None            # initial transition of a compound, default of a history

    @property
    def id(self) -> str:
        return self.state.id

    @property
    def kind(self) -> str:
        return self.state.type

    @property
    def order(self) -> int:
        return self.state.order


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
            self.active.update(leaf.up)


def matches(descriptor: str, event: str) -> bool:
    """Event descriptors: "*", an exact name, or a dotted prefix ("done" and "done.*" match "done.state.x")."""
    if descriptor in ("*", event):
        return True
    return event.startswith(descriptor.removesuffix("*").removesuffix(".") + ".")


class _Entry:
    """computeEntrySet: the states to enter, and which default arrows run their actions, by the state entered."""

    def __init__(self, chart: Chart, moment: Moment, arrows: Iterable[Arrow]) -> None:
        self.chart, self.moment = chart, moment
        self.states: set[Node] = set()
        self.defaults: dict[Node, Arrow] = {}
        for arrow in arrows:
            domain = chart.domain(moment, arrow)
            for target in arrow.targets:
                self._down(target)
            for target in chart.effective(moment, arrow.targets):
                self._up(target, domain)

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
            node = Node(state, parent)
            if parent is not None:
                node.up = (parent, *parent.up)
                node.above = frozenset(node.up)
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

    def domain(self, moment: Moment, arrow: Arrow) -> Node | None:
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

    def exit_set(self, moment: Moment, arrow: Arrow) -> set[Node]:
        """computeExitSet for one transition."""
        domain = self.domain(moment, arrow)
        return {n for n in moment.active if domain in n.above} if domain is not None else set()

    # --- moving ------------------------------------------------------------------------------------------------

    def enter_first(self, moment: Moment, host: Host) -> None:
        """Enter the chart: the root's initial transition, then run to completion."""
        first = self.root.default
        if first is not None:
            moment.active.add(self.root)
            host.run(first.actions)
            self._enter(moment, [first], host)
        self.settle(moment, host)

    def take(self, moment: Moment, arrows: list[Arrow], host: Host) -> None:
        """microstep: leave inner first, act in document order, enter outer first."""
        self._exit(moment, arrows, host)
        for arrow in arrows:
            host.run(arrow.actions)
        self._enter(moment, arrows, host)

    def _exit(self, moment: Moment, arrows: list[Arrow], host: Host) -> None:
        leaving: set[Node] = set()
        for arrow in arrows:
            leaving |= self.exit_set(moment, arrow)
        if not leaving:
            return
        ordered = sorted(leaving, key=lambda n: -n.order)
        for node in ordered:
            for history in node.histories:
                if history.state.history == "deep":
                    kept = tuple(leaf.id for leaf in moment.leaves if node in leaf.above)
                else:
                    kept = tuple(c.id for c in node.children if c in moment.active)
                moment.memory[history.id] = kept
        for node in ordered:
            host.run(node.state.exit)
            host.left(node)
            moment.active.discard(node)
            moment.leaves = [leaf for leaf in moment.leaves if leaf is not node]

    def _enter(self, moment: Moment, arrows: Iterable[Arrow], host: Host) -> None:
        entry = _Entry(self, moment, arrows)
        for node in sorted(entry.states - moment.active, key=lambda n: n.order):
            moment.active.add(node)
            if not node.children:
                moment.leaves = sorted([*moment.leaves, node], key=lambda n: n.order)
            default = entry.defaults.get(node)
            host.entered(node, (*node.state.entry, *default.actions) if default else node.state.entry)
            if node.kind == "final" and node.parent is not None and node.parent is not self.root:
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
            if any(leaf.kind == "final" and leaf.parent is self.root for leaf in moment.leaves):
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


def after_event(state: str, index: int) -> str:
    """Name of the event that a state's timer raises; no author can write it by accident."""
    return f"after.{state}.{index}"
