"""Every configuration a chart can reach, with guards taken as "may be true, may be false".

The real chart moves; only its guards are asked of an oracle that goes through all answers. What is not found here
cannot happen; what is found may need answers that the guards never allow (guards.py decides those).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tongban.engine.chart import Arrow, Chart, Host, Moment, Node
from tongban.engine.model import Action, Expr, State
from tongban.engine.problem import EngineError

MAX_CONFIGURATIONS = 5_000      # twelve parts of two states have 4,097; the largest shipped procedure has 25
MAX_RUNS = 64           # ways that one event can go
MAX_ASKED = 10          # guards asked on one way; further ones count as false

Key = tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]


@dataclass(slots=True, eq=False)
class Edge:
    """One way from a configuration to the next. `escape` = taken by a party from outside its task (withdraw)."""

    source: Key | None
    target: Key
    arrows: tuple[Arrow, ...]           # in the order in which they were taken
    entered: tuple[Node, ...]
    actions: tuple[Action, ...]
    form: str | None = None             # the form that the act fills in
    escape: bool = False
    first: Arrow | None = None          # the arrow that the event or act took


@dataclass(slots=True)
class Explored:
    """What was found."""

    edges: list[Edge] = field(default_factory=list)
    active: dict[Key, frozenset[str]] = field(default_factory=dict)     # configuration -> ids of all active states
    ended: set[Key] = field(default_factory=set)
    taken: set[Arrow] = field(default_factory=set)
    recalled: dict[str, set[bool]] = field(default_factory=dict)        # history -> had it a past when it was entered
    done: set[str] = field(default_factory=set)                         # parallel states seen complete
    endless: set[str] = field(default_factory=set)
    complete: bool = True
    seen: set[object] = field(default_factory=set)


class _Oracle:
    """The chart's host: answers guards from a list, notes what happens."""

    def __init__(self, chart: Chart, moment: Moment, answers: Sequence[bool]) -> None:
        self.chart, self.moment = chart, moment
        self.answers, self.asked = answers, 0
        self.entered_: list[Node] = []
        self.actions: list[Action] = []

    def holds(self, guard: Expr) -> bool:
        self.asked += 1
        if self.asked <= len(self.answers):
            return self.answers[self.asked - 1]
        return False

    def left(self, node: Node) -> None:
        pass

    def run(self, actions: Sequence[Action]) -> None:
        self.actions += actions
        for action in actions:
            if action.kind == "raise":
                self.moment.queue.append((action.args["event"], None))

    def entered(self, node: Node, actions: Sequence[Action]) -> None:
        self.entered_.append(node)
        self.run(actions)


class _Tracing(Chart):
    """A chart that notes the arrows it takes."""

    def __init__(self, states: dict[str, State], found: Explored) -> None:
        super().__init__(states)
        self.found = found
        self.trail: list[Arrow] = []

    def take(self, moment: Moment, arrows: Sequence[Arrow], host: Host) -> None:
        self.trail += arrows
        for target in (t for arrow in arrows for t in arrow.targets if t.kind == "history"):
            self.found.recalled.setdefault(target.id, set()).add(target.id in moment.memory)
        super().take(moment, arrows, host)


def explore(states: dict[str, State]) -> tuple[Chart, Explored]:
    """Walk the whole chart."""
    found = Explored()
    chart = _Tracing(states, found)
    waiting: list[Key] = []
    for edge in _ways(chart, found, None, chart.enter_first):
        _note(found, edge, waiting)
    while waiting:
        key = waiting.pop()
        if len(found.active) > MAX_CONFIGURATIONS:
            found.complete = False
            break
        for edge in _leaving(chart, found, key):
            _note(found, edge, waiting)
    return chart, found


def _note(found: Explored, edge: Edge, waiting: list[Key]) -> None:
    same = (edge.source, edge.target, edge.arrows, edge.form, edge.entered)
    if same in found.seen:
        return
    found.seen.add(same)
    found.edges.append(edge)
    found.taken.update(edge.arrows)
    if edge.target not in found.active:
        waiting.append(edge.target)
        found.active[edge.target] = frozenset()


def _leaving(chart: _Tracing, found: Explored, key: Key) -> Iterator[Edge]:
    moment = _moment(chart, key)
    found.active[key] = frozenset(node.id for node in moment.active)
    found.done.update(n.id for n in moment.active if n.kind == "parallel" and chart.is_done(moment, n))
    if any(leaf.kind == "final" and leaf.parent is chart.root for leaf in moment.leaves):
        found.ended.add(key)
        return
    if any(not arrow.event for node in moment.active for arrow in node.arrows):
        # its guards may have been false before and be true now
        yield from _ways(chart, found, key, chart.settle)
    for node in sorted(moment.active, key=lambda n: n.order):
        for arrow in node.arrows:
            if arrow.event and (not arrow.event.startswith("done.state.") or _still_done(chart, moment, arrow)):
                yield from _taking(chart, found, key, arrow)


def _still_done(chart: Chart, moment: Moment, arrow: Arrow) -> bool:
    """A completed state whose guarded arrows all said no: whether that can be is for guards.py to say."""
    done = chart.nodes.get(arrow.event.removeprefix("done.state."))
    return arrow.guard is not None and done is not None and done in moment.active and chart.is_done(moment, done)


def _taking(chart: _Tracing, found: Explored, key: Key, arrow: Arrow) -> Iterator[Edge]:
    """The ways on after this arrow has been taken: alone, as an act takes it, or to each place of a return."""
    spec = arrow.spec
    routes = [arrow]
    if spec is not None and spec.back is not None:
        routes = [Arrow(arrow.source, (chart.nodes[to],), arrow.event, actions=arrow.actions, spec=spec)
                  for to in spec.back.to if to in chart.nodes]
    form = filled_form(arrow)
    for route in routes:
        def move(moment: Moment, host: _Oracle, route: Arrow = route) -> None:
            chart.take(moment, [route], host)
            chart.settle(moment, host)
        for edge in _ways(chart, found, key, move):
            edge.form, edge.first, edge.escape = form, arrow, bool(spec and spec.by)
            edge.arrows = (arrow, *edge.arrows)
            yield edge


def filled_form(arrow: Arrow) -> str | None:
    """The form that has been filled in completely when this arrow is taken by the holder of a task."""
    spec = arrow.spec
    if spec is None or spec.by or spec.after is not None or not spec.form:
        return None
    task = next((n.state.task for n in (arrow.source, *arrow.source.up) if n.state.task), None)
    return task.form if task else None


def _ways(chart: _Tracing, found: Explored, key: Key | None, move: object) -> Iterator[Edge]:
    """All ways one move can go: the answers to guards are counted up like a binary number."""
    answers: list[bool] = []
    for _ in range(MAX_RUNS):
        moment = _moment(chart, key)
        host = _Oracle(chart, moment, answers)
        chart.trail = []
        try:
            move(moment, host)  # type: ignore[operator]
        except EngineError:
            if not host.asked:
                found.endless.update(leaf.id for leaf in moment.leaves)
        else:
            yield Edge(key, _key(moment), tuple(chart.trail), tuple(host.entered_), tuple(host.actions))
        answers = (answers + [False] * min(host.asked, MAX_ASKED))[:min(host.asked, MAX_ASKED)]
        while answers and answers[-1]:
            answers.pop()
        if not answers:
            return
        answers[-1] = True


def _moment(chart: Chart, key: Key | None) -> Moment:
    return Moment([chart.nodes[s] for s in key[0]], dict(key[1])) if key else Moment([], {})


def _key(moment: Moment) -> Key:
    return tuple(leaf.id for leaf in moment.leaves), tuple(sorted(moment.memory.items()))
