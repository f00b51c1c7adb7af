"""The rail of a case: which steps are done, which is now, which come next."""

from __future__ import annotations

from tongban import text
from tongban.engine.model import State, Text, Workflow
from tongban.service.seen import Seen, both_or, holder_words
from tongban.service.views import StepView


def planned(flow: Workflow) -> list[State]:
    """The steps that people take, in the order in which the definition writes them."""
    return sorted((s for s in flow.states.values() if s.task is not None), key=lambda state: state.order)


def party_labels(flow: Workflow) -> dict[str, Text]:
    """What each side of a case is called."""
    return {p.id: p.label or both_or(f"party.{p.id}", p.id) for p in flow.parties.values()}


def waits_for(flow: Workflow, state: State) -> Text | None:
    """Who acts in a state, as far as the definition alone says."""
    if state.task is None or not state.task.holders:
        return None
    found: dict[str, Text] = {}
    for holder in state.task.holders:
        for seat in [{"party": holder.party, "role": holder.role}] if holder.person is None else _starters(flow):
            words = holder_words(party_labels(flow), seat, lambda _: None)
            found.setdefault(words["zh"], words)
    return {lang: ("、" if lang == "zh" else ", ").join(w[lang] for w in found.values()) for lang in text.LANGUAGES}


def _starters(flow: Workflow) -> list[dict[str, str | None]]:
    """Whoever may have started it, as seats: what a definition calls by the person who did."""
    own = [{"party": party.id, "role": None} for party in flow.parties.values() if party.starts]
    return [*own, *({"party": None, "role": holder.role} for holder in flow.starters if holder.role)]


def outline(flow: Workflow) -> tuple[StepView, ...]:
    """The steps of a procedure before anything happened."""
    return tuple(StepView(s.id, s.label or both_or(s.id, s.id), "next", waits_for=waits_for(flow, s))
                 for s in planned(flow))


def steps(seen: Seen) -> tuple[StepView, ...]:
    """The steps of this case with their dates. After a return, what lies ahead again is "next", not "done"."""
    case, flow = seen.case, seen.version.workflow
    entered, left = _dates(seen)
    tasks = {task["state"]: task for task in case["tasks"]}
    active = {state for leaf in case["conf"] for state in _with_ancestors(flow, leaf)}
    here = max((flow.states[s].order for s in active if s in flow.states and flow.states[s].task), default=None)
    closed = case["status"] != "open"
    found = []
    for state in planned(flow):
        visited, ahead = state.id in entered, here is not None and state.order > here
        if state.id in active and not closed:
            status = "now"
        elif visited and (closed or not ahead):
            status = "done"
        elif closed or (here is not None and not ahead):
            status = "skipped"
        else:
            status = "next"
        if closed and not visited:
            continue
        task = tasks.get(state.id)
        found.append(StepView(
            state.id, state.label or both_or(state.id, state.id), status,
            entered.get(state.id) if status in ("now", "done") else None,
            left.get(state.id) if status == "done" else None, task["due"] if task else None, waits_for(flow, state),
            bool(task and task["provisional"])))
    if closed:
        end = next((s for s in case["conf"] if s in flow.states), None)
        found.append(StepView(end or "", seen.label(end), "done", entered.get(end or "", seen.row["updated_at"])))
    return tuple(found)


def _with_ancestors(flow: Workflow, state_id: str) -> list[str]:
    found: list[str] = []
    state = flow.states.get(state_id)
    while state is not None and state.id:
        found.append(state.id)
        state = flow.states.get(state.parent) if state.parent is not None else None
    return found


def _dates(seen: Seen) -> tuple[dict[str, str], dict[str, str]]:
    entered: dict[str, str] = {}
    left: dict[str, str] = {}
    for line in seen.lines:
        if line.event["type"] == "moved":
            left.update(dict.fromkeys(line.event["left"], line.at))
            entered.update(dict.fromkeys(line.event["entered"], line.at))
    return entered, left


def visited(seen: Seen) -> tuple[str, ...]:
    """Every state that was ever entered, in order."""
    found = [s for line in seen.lines if line.event["type"] == "moved" for s in line.event["entered"]]
    return tuple(dict.fromkeys(found))
