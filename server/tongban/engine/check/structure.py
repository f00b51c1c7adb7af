"""The shape of the chart: unreachable, dead end, loop without exit, join that cannot complete, double run, history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from tongban.engine.chart import Arrow, Node, matches
from tongban.engine.check.explore import MAX_CONFIGURATIONS, Key
from tongban.engine.check.subject import Subject
from tongban.engine.decide import COMMANDS
from tongban.engine.model import Action

_ONCE = ("issue", "start", "register", "publish", "call")       # effects that must not happen twice


def check_structure(subject: Subject) -> None:
    """All checks of this module."""
    explored = subject.explored
    if not explored.complete:
        _too_large(subject)
    _targets(subject)
    _unreachable(subject)
    _untaken(subject)
    _endless(subject)
    _joins_never(subject)
    _doomed(subject)
    _double_run(subject)
    _history(subject)
    _events(subject)
    _unnamed(subject)


def _too_large(subject: Subject) -> None:
    """More combinations than can be walked through: said at the parallel state with the most parts."""
    widest = max(subject.chart.nodes.values(), key=lambda node: len(node.children) if node.kind == "parallel" else 0)
    subject.add("too_large", subject.places[widest.id], "unknown", state=subject.name(widest.id),
                parts=len(widest.children), limit=MAX_CONFIGURATIONS)


def _unreachable(subject: Subject) -> None:
    """States that no way leads to; only the outermost of an island's nested states is told."""
    if not subject.explored.complete:
        return
    reached = subject.reached
    for state in subject.flow.states.values():
        if state.type == "history" or not state.id or state.id in reached:
            continue
        if state.parent in reached or state.parent == "":
            subject.add("unreachable", subject.places[state.id], state=subject.name(state.id))


def _untaken(subject: Subject) -> None:
    """Transitions behind one of the same event that always applies: they are never tried."""
    for node in subject.chart.nodes.values():
        certain: dict[str, Arrow] = {}
        for arrow in node.arrows:
            spec = arrow.spec
            if spec is None or spec.after is not None:
                continue
            if arrow.event in certain:
                subject.add("shadowed", subject.place(spec), first=subject.place(certain[arrow.event].spec))  # type: ignore[arg-type]
            elif arrow.guard is None and not spec.by:
                certain[arrow.event] = arrow
        if "" in certain and node.state.task is not None and certain[""].targets:
            subject.add("task_skipped", f"{subject.places[node.id]}/task", state=subject.name(node.id))


def _endless(subject: Subject) -> None:
    for state in sorted(subject.explored.endless):
        subject.add("endless", subject.places[state], state=subject.name(state))


# --- dead ends, loops, joins -------------------------------------------------------------------------------------

def _doomed(subject: Subject) -> None:
    """Configurations from which work cannot come to an end (withdrawing does not count as one)."""
    explored = subject.explored
    if not explored.complete:
        return
    backward: dict[Key, set[Key]] = {}
    forward: dict[Key, set[Key]] = {}
    for edge in explored.edges:
        if edge.source is not None and not edge.escape:
            backward.setdefault(edge.target, set()).add(edge.source)
            forward.setdefault(edge.source, set()).add(edge.target)
    if not explored.ended:
        subject.add("no_end", "/states")
    saved = _closure(explored.ended, backward)
    doomed = [key for key in explored.active if key not in saved]
    told: set[str] = set()
    for key in doomed:
        for state, code in _causes(subject, key):
            if state not in told:
                told.add(state)
                subject.add(code, subject.places[state], state=subject.name(state))
    bottom = [key for key in doomed if not told & explored.active[key] and not _leads(key, told, forward, subject)]
    for loop in _loops(bottom, forward):
        subject.add("no_exit", subject.places[loop[0]], states=[subject.name(s) for s in loop])


def _causes(subject: Subject, key: Key) -> Iterator[tuple[str, str]]:
    """What is wrong in a configuration that cannot end: a leaf nobody can leave, or completion that nobody hears."""
    nodes = [subject.chart.nodes[leaf] for leaf in key[0]]
    for leaf in nodes:
        if leaf.kind == "atomic" and not any(_way_out(arrow) for place in (leaf, *leaf.up) for arrow in place.arrows):
            yield leaf.id, "dead_end"
        elif leaf.kind == "final" and leaf.parent is not None and len(nodes) == 1 and not _answered(leaf):
            yield leaf.parent.id, "done_unheard"
    for node in {up for leaf in nodes for up in leaf.up if up.kind == "parallel"}:
        if node.id in subject.explored.done and all(leaf.kind == "final" for leaf in nodes) and not _joins(node):
            yield node.id, "done_unheard"


def _joins(node: Node) -> bool:
    return any(a.event.startswith("done.state.") for a in node.arrows)


def _joins_never(subject: Subject) -> None:
    """Parallel states that something waits for, whose parts can never all be complete."""
    if not subject.explored.complete:
        return
    for node in subject.chart.nodes.values():
        heard = any(a in subject.explored.taken for a in node.arrows if a.event == f"done.state.{node.id}")
        waited = node.kind == "parallel" and _joins(node) and node.id in subject.reached
        if waited and not heard and node.id not in subject.explored.done:
            subject.add("join_never", subject.places[node.id], state=subject.name(node.id))


def _way_out(arrow: Arrow) -> bool:
    """An arrow that work itself can take: not a party's escape, not the completion of something above."""
    if arrow.event.startswith("done.state."):
        return False
    return bool(arrow.spec and not arrow.spec.by and (arrow.targets or arrow.spec.back))


def _answered(leaf: Node) -> bool:
    return any(matches(a.event, f"done.state.{n.id}") for n in leaf.up for a in n.arrows if a.event)


def _leads(key: Key, told: set[str], forward: dict[Key, set[Key]], subject: Subject) -> bool:
    """Whether a way leads on to something that has been told already."""
    return any(told & subject.explored.active[k] for k in _closure({key}, forward))


def _loops(keys: Iterable[Key], forward: dict[Key, set[Key]]) -> list[list[str]]:
    """Sets of leaves that only lead to each other, in document order of the configurations."""
    found: list[list[str]] = []
    seen: set[str] = set()
    for key in keys:
        around = _closure({key}, forward)
        leaves = list(dict.fromkeys(leaf for k in sorted(around) for leaf in k[0]))
        if all(key in _closure({other}, forward) for other in around) and not seen & set(leaves):
            seen.update(leaves)
            found.append(leaves)
    return found


def _closure(start: Iterable[Key], step: dict[Key, set[Key]]) -> set[Key]:
    reached, waiting = set(start), list(start)
    while waiting:
        for other in step.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached


# --- targets, double runs, history -------------------------------------------------------------------------------

def _targets(subject: Subject) -> None:
    """Several targets have to lie in different parts of one parallel state."""
    nodes = subject.chart.nodes
    for transition, at in subject.transitions():
        for one, other in combinations(transition.targets, 2):
            first, second = nodes[one], nodes[other]
            common = next((up for up in (first, *first.up) if up in (second, *second.up)), None)
            if common is None or common.kind != "parallel" or common in (first, second):
                subject.add("targets_clash", at, one=subject.name(one), other=subject.name(other))


def _double_run(subject: Subject) -> None:
    """The same effect in two parts of a parallel state happens twice."""
    for node in subject.chart.nodes.values():
        if node.kind != "parallel":
            continue
        seen: dict[tuple[str, str], str] = {}
        for child in node.children:
            for effect in dict.fromkeys(_effects(subject, child)):
                if effect in seen:
                    subject.add("double_run", subject.places[child.id], what=effect[1], kind=effect[0],
                                one=subject.name(seen[effect]), other=subject.name(child.id))
                seen.setdefault(effect, child.id)


def _effects(subject: Subject, region: Node) -> Iterator[tuple[str, str]]:
    for node in subject.chart.nodes.values():
        if node is region or region in node.above:
            own = (*node.state.entry, *node.state.exit, *(a for arrow in node.arrows for a in _unconditional(arrow)))
            for action in own:
                if action.kind in _ONCE and action.when is None:
                    yield action.kind, str(action.args.get("document") or action.args.get("workflow")
                                           or action.args.get("in") or action.kind)


def _unconditional(arrow: Arrow) -> tuple[Action, ...]:
    """Actions of arrows that stay inside; one that leaves the parallel state ends the other parts' work."""
    inside = all(t.parent is arrow.source.parent for t in arrow.targets)
    return arrow.actions if inside and arrow.guard is None else ()


def _history(subject: Subject) -> None:
    """History states that are entered without ever having a past."""
    for state in subject.flow.states.values():
        if state.type != "history":
            continue
        pasts = subject.explored.recalled.get(state.id)
        at = subject.places[state.id]
        if pasts is None:
            subject.add("history_unused", at, "warning", state=state.id)
        elif True not in pasts:
            subject.add("history_no_past", at, state=state.id)
        elif False in pasts and not state.initial:
            subject.add("history_no_default", at, state=state.id)


def _unnamed(subject: Subject) -> None:
    """States without a label: steps, records and the chart would show people the id."""
    for state in subject.flow.states.values():
        if state.id and state.type != "history" and not state.label:
            subject.add("state_unnamed", subject.places[state.id], "warning", state=state.id)


# --- events ------------------------------------------------------------------------------------------------------

def _events(subject: Subject) -> None:
    """Events that are raised and heard by nobody, and names of actions that a task does not offer."""
    heard = [t.event for t, _ in subject.transitions() if t.event and t.after is None]
    for transition, at in subject.transitions():
        if transition.event in COMMANDS and transition.after is None:
            subject.add("action_reserved", at, action=transition.event)
        for action in transition.actions:
            _heard(subject, action, heard, at)
    for state in subject.flow.states.values():
        for action in (*state.entry, *state.exit):
            _heard(subject, action, heard, subject.places[state.id])
        if state.task is not None:
            _task_events(subject, state.id)


def _heard(subject: Subject, action: Action, heard: list[str], at: str) -> None:
    event = action.args.get("event")
    if action.kind == "publish":
        event = action.args.get("objection")
    if action.kind in ("raise", "publish") and isinstance(event, str) and not any(matches(h, event) for h in heard):
        subject.add("raise_unheard", at, event=event)


def _task_events(subject: Subject, state: str) -> None:
    node = subject.chart.nodes[state]
    spec = node.state.task
    specs = [a.spec for place in (node, *node.up) for a in place.arrows if a.spec and a.event and a.spec.after is None]
    offered = [t.event for t in specs]
    at = f"{subject.places[state]}/task"
    if spec is None:
        return
    if all(t.by or t.event.startswith("done.") for t in specs):
        subject.add("task_no_action", at, state=subject.name(state))
    named = {"overdue": spec.overdue, "decide/carry": spec.decide.carry, "decide/otherwise": spec.decide.otherwise}
    for key, policy in (("when_empty", spec.when_empty), ("same_person", spec.same_person)):
        if policy.startswith("skip:"):
            named[key] = policy.removeprefix("skip:")
    for key, event in named.items():
        if event and not any(matches(o, event) for o in offered):
            subject.add("no_such_action", f"{at}/{key}", event=event, known=sorted(set(offered)))
