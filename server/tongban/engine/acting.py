"""What a person does with a task or from beside it: answers read, rules asked, votes counted, the transition taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tongban.engine import people
from tongban.engine.answering import fields_of, read_answers
from tongban.engine.chart import Arrow, Node
from tongban.engine.fold import Case
from tongban.engine.model import Actor, Command, Json, Rule, Text, Transition, Version
from tongban.engine.problem import EngineError, Problem
from tongban.engine.returns import opened
from tongban.engine.rules.dates import date_of
from tongban.engine.rules.explain import explain, placeholders
from tongban.engine.step import Step


@dataclass(frozen=True, slots=True)
class Choice:
    """An action found for an actor: the arrows it may take in order, and the seat it is taken from (None = `by`)."""

    node: Node
    arrows: tuple[Arrow, ...]
    task: Mapping[str, Json] | None
    seat: Mapping[str, Json] | None


def run(step: Step, move: Callable[[], object]) -> None:
    """Let the chart move; an endless definition becomes a problem."""
    try:
        move()
    except EngineError as error:
        step.problems.extend(error.problems)


def act(step: Step, command: Command) -> None:
    """The command `act`."""
    actor = command.actor
    if actor is None:
        step.fail("engine.no_actor")
        return
    choice = _find(step, command, actor)
    if choice is None:
        return
    spec = choice.node.state.task if choice.task is not None else None
    _record(step, command, choice)
    lenient = all(arrow.spec is not None and not arrow.spec.form for arrow in choice.arrows)
    read_answers(step, command, spec, lenient=lenient)
    arrow = next((a for a in choice.arrows if a.guard is None or step.holds(a.guard)), None)
    if arrow is None or arrow.spec is None:
        if not step.problems:
            step.fail("engine.not_now", action=command.action)
        return
    _check_demands(step, command, arrow.spec)
    _check_rules(step, command, arrow.spec, actor)
    if step.problems or step.needs:
        return
    _carry_out(step, command, choice, arrow)


# --- finding the action ------------------------------------------------------------------------------------------

def _find(step: Step, command: Command, actor: Actor) -> Choice | None:
    """The task or by-transition that this action means, or a problem that says why there is none."""
    why = ("engine.no_such_action", {"action": command.action})
    for task in step.case["tasks"]:
        if command.task not in (None, task["id"]):
            continue
        node = step.chart.nodes[task["state"]]
        arrows = _arrows(step, node, command.action)
        if not arrows:
            continue
        seat, refusal = seat_of(step.case, node, task, actor)
        if seat is not None:
            return Choice(node, arrows, task, seat)
        why = refusal
    if command.task is None or all(command.task != t["id"] for t in step.case["tasks"]):
        for leaf in step.moment.leaves:
            arrows = tuple(a for a in step.chart.candidates(leaf, command.action) if may_by(step, a, actor))
            if arrows:
                return Choice(arrows[0].source, arrows, None, None)
    if command.task is not None and all(command.task != t["id"] for t in step.case["tasks"]):
        why = ("engine.task_gone", {})
    step.fail(why[0], **why[1])
    return None


def _arrows(step: Step, node: Node, action: str) -> tuple[Arrow, ...]:
    """Transitions that the action could take from a task's state: those of the state, then its ancestors'."""
    if is_machine_event(node, action):
        return ()
    return tuple(
        arrow for place in (node, *node.up) for arrow in place.arrows
        if arrow.event == action and arrow.spec is not None and not arrow.spec.by and arrow.spec.after is None
    )


def is_machine_event(node: Node, event: str) -> bool:
    """Events that the chart and the clock raise: no person may send them as an action."""
    task = node.state.task
    return not event or event.startswith("done.") or "*" in event or (task is not None and event == task.overdue)


def may_by(step: Step, arrow: Arrow, actor: Actor) -> bool:
    if arrow.spec is None or arrow.event in ("", "*"):
        return False
    held = (people.holder_value(step, holder) for holder in arrow.spec.by)
    return any(value is not None and people.fits(value, actor) for value in held)


def seat_of(case: Case, node: Node, task: Mapping[str, Json], actor: Actor,
            ) -> tuple[Mapping[str, Json] | None, tuple[str, dict[str, Json]]]:
    """The seat this person may fill, else the reason why not."""
    seat = people.seat_for(task, actor)
    if seat is None:
        code = "engine.not_your_turn" if people.comes_later(task, actor) else "engine.not_yours"
        return None, (code, {"state": task["label"] or task["state"]})
    if node.state.task is not None:
        policy = people.barred_by(node.state.task, case, actor, seat)
        if policy is not None:
            return None, (f"engine.barred_{policy}", {})
    if not people.has_claim(task, actor):
        return None, ("engine.taken", {"by": task["claimed"]})
    return seat, ("", {})


# --- recording and reading ---------------------------------------------------------------------------------------

def _record(step: Step, command: Command, choice: Choice) -> None:
    actor, seat = command.actor, choice.seat or {}
    step.emit(
        "acted", by=actor.id if actor else None, deputy_of=actor.deputy_of if actor else None,
        action=command.action, state=choice.node.id, task=choice.task["id"] if choice.task else None,
        seat=seat.get("n"), role=seat.get("role"), scope=seat.get("scope"), party=seat.get("party"),
        reason=command.reason, clauses=list(command.clauses), signature=command.signature, round=step.case["round"],
        at=step.now, submits=choice.node is step.chart.first and _applies(choice),
    )


def _applies(choice: Choice) -> bool:
    """Whether acting here sends a side's application, by that side or by whoever fills it in for them."""
    spec = choice.node.state.task
    return choice.task is not None and spec is not None and any(holder.party for holder in spec.holders)


# --- checking ----------------------------------------------------------------------------------------------------

def _check_demands(step: Step, command: Command, spec: Transition) -> None:
    if spec.reason and not command.reason.strip():
        step.fail("engine.reason_needed", "#reason")
    if spec.clauses and not command.clauses:
        step.fail("engine.clauses_needed", "#clauses")
    if spec.signature and not command.signature:
        step.fail("engine.signature_needed", "#signature")
    known = step.version.workflow.source.get("clauses") or {}
    for clause in command.clauses:
        if known and clause not in known:
            step.fail("engine.unknown_clause", "#clauses", clause=clause)
    if command.marks and not spec.marks:
        step.fail("engine.marks_not_taken", "#marks")
    for mark in command.marks:
        form, _, field = mark.partition(".")
        if form not in step.version.workflow.forms or field.split("/")[0] not in fields_of(step, form):
            step.fail("engine.unknown_field", "#marks", field=mark)


def _check_rules(step: Step, command: Command, spec: Transition, actor: Actor) -> None:
    """Every failing rule at once, in clause order; unknown ones are told apart and block as well (I-11, I-22)."""
    rules = step.version.workflow.rules
    wanted = set(spec.require)
    if wanted:
        _check_window(step)
    for rule in rules.values():
        if rule.id not in wanted or (rule.when is not None and step.value(rule.when) is not True):
            continue
        verdict = step.value(rule.test)
        if verdict is True or (verdict is None and _told_at_answers(step, rule)):
            continue
        if verdict is False and rule.kind == "soft" and _overridden(step, command, rule, actor):
            continue
        step.problems.append(rule_problem(step, rule, verdict))


def _told_at_answers(step: Step, rule: Rule) -> bool:
    """Whether a rule is unknown for want of an answer that has a problem of its own: mending that is all one can do."""
    told = [found.at[1:].split("/") for found in step.problems if found.at.startswith("/")]
    env, waiting, seen = step.env(), list(rule.test.names), set(rule.test.names)
    while waiting:
        form, _, name = waiting.pop().partition(".")
        field = name.partition(".")[0]
        inside = [at[1:] if at[0] == field else at[2:] for at in told if at[0] == field or at[:2] == [form, field]]
        if inside and (env.get(f"{form}.{field}") is None or any(inside)):   # all of it, or a cell of a row
            return True
        held = step.version.workflow.forms.get(form)
        computed = [one.computed for one in held.fields if one.id == field and one.computed] if held else []
        waiting += [source for rule_ in computed for source in rule_.names if source not in seen]
        seen.update(waiting)
    return False


def _check_window(step: Step) -> None:
    """I-17: the policy counts that was in force on the day of the event; a day that is not known yet does not stop."""
    flow = step.version.workflow
    day = step.value(flow.tested_on) if flow.tested_on is not None else None
    if not isinstance(day, str):
        return
    day = day if len(day) == len("2026-01-01") else date_of(day) or day
    valid = flow.source.get("valid") or {}
    if valid.get("from") and day < valid["from"]:
        step.fail("engine.before_policy", "#rules", day=day, since=valid["from"])
    if valid.get("until") and day > valid["until"]:
        step.fail("engine.after_policy", "#rules", day=day, until=valid["until"])


def rule_problem(step: Step, rule: Rule, verdict: Json) -> Problem:
    """Why a rule did not pass, with the values it looked at as people write them."""
    at = f"#rule/{rule.id}"
    named = {"rule": rule.label or rule.id, "role": rule.override}
    if verdict is None:
        reasons = explain(rule.test, step.env(), field_labels(step.version)).reasons
        missing = [reason.params["name"] for reason in reasons if "name" in reason.params]
        return Problem("engine.rule_unknown", at, {**named, "missing": missing}, "unknown", rule.clause)
    code = "engine.rule_failed" if rule.kind == "hard" else "engine.rule_soft"
    return Problem(code, at, {**named, **placeholders(rule.test, step.env())}, "error", rule.clause, rule.say)


def field_labels(version: Version) -> Mapping[str, Text]:
    """What people call each name that rules read: "form.field" -> label, columns of rows too; registers, parameters."""
    labels: dict[str, Text] | None = version.built.get("labels")
    if labels is None:
        labels = version.built["labels"] = {}
        for key, form in version.workflow.forms.items():
            for field in form.fields:
                labels[f"{key}.{field.id}"] = field.label
                labels.update({f"{key}.{field.id}.{column.id}": column.label for column in field.fields})
        labels.update(_outside_labels(version.bundle["workflow"]))
    return labels


def _outside_labels(raw: Mapping[str, Json]) -> dict[str, Text]:
    """Of what lies outside the case, as far as it is named: "register:id", "register:id.column", "parameter:id"."""
    labels: dict[str, Text] = {}
    for key, register in (raw.get("registers") or {}).items():
        columns = {f"register:{key}.{name}": label for name, label in (register.get("labels") or {}).items()}
        labels.update(columns | ({f"register:{key}": register["title"]} if register.get("title") else {}))
    named = (raw.get("parameters") or {}).items()
    return labels | {f"parameter:{key}": spec["label"] for key, spec in named
                     if isinstance(spec, Mapping) and spec.get("label")}


def _overridden(step: Step, command: Command, rule: Rule, actor: Actor) -> bool:
    """A soft rule set aside by the named role with a written reason (I-12)."""
    reason = command.overrides.get(rule.id, "").strip()
    if not reason:
        return False
    if rule.override is None or all(grant.role != rule.override for grant in actor.grants):
        return False
    step.emit("overridden", rule=rule.id, clause=rule.clause, by=actor.id, role=rule.override, reason=reason,
              at=step.now)
    return True


# --- carrying out ------------------------------------------------------------------------------------------------

def main_action(node: Node) -> str:
    """The action that carries a task forward: as its definition says, else the first of the state's own."""
    spec = node.state.task
    if spec is not None and spec.decide.carry:
        return spec.decide.carry
    return next((t.event for t in node.state.transitions if t.event and t.after is None and t.back is None), "")


def _carry_out(step: Step, command: Command, choice: Choice, arrow: Arrow) -> None:
    spec, node = arrow.spec, choice.node
    if spec is not None and spec.back is not None:
        _go_back(step, command, choice, arrow, spec)
        return
    if choice.task is not None and arrow.targets:
        if _given_back(step, choice, command):
            return
        action = _vote(step, choice, command)
        if action is None:
            return
        if action != command.action:
            arrow = next((a for a in _arrows(step, node, action) if a.guard is None or step.holds(a.guard)), arrow)
        step.emit("decided", state=node.id, action=action)
        resume = step.case["resume"]
        if resume is not None and resume["at"] == node.id:
            arrow = _resumed(step, node, arrow, resume)
    run(step, lambda: step.take(arrow))


def _vote(step: Step, choice: Choice, command: Command) -> str | None:
    """Fill the seat. The action that the votes come to, None while others are still to act."""
    task, seat, spec = choice.task, choice.seat, choice.node.state.task
    if task is None or seat is None or spec is None:
        return command.action
    if len(task["seats"]) == 1:
        return command.action
    vote = {"by": command.actor.id if command.actor else None, "action": command.action, "at": step.now}
    seats = [{**s, **vote} if s["n"] == seat["n"] else s for s in task["seats"]]
    answered = step.case["answers"].get(spec.form, {}) if spec.form else {}
    step.emit("voted", task=task["id"], by=vote["by"], action=command.action, seat=seat["n"], answers=answered,
              changes={"seats": seats, "claimed": None})
    return people.verdict(spec, main_action(choice.node), {**task, "seats": seats}, command.action)


def _given_back(step: Step, choice: Choice, command: Command) -> bool:
    """A delegate's act is advice: the seat goes back to the person who delegated it."""
    task, seat = choice.task, choice.seat
    if task is None or seat is None or not seat.get("back"):
        return False
    seats = [{**seat["back"], "advice": command.action} if s["n"] == seat["n"] else s for s in task["seats"]]
    step.emit("advised", task=task["id"], by=command.actor.id if command.actor else None, action=command.action,
              changes={"seats": seats, "claimed": None}, at=step.now)
    return True


def back_targets(step: Step, spec: Transition, node: Node) -> tuple[str, ...]:
    """States a return may go to: those named that the case has been in; "*" = every step that somebody acted in."""
    if spec.back is None:
        return ()
    if "*" not in spec.back.to:
        return tuple(to for to in spec.back.to if step.visit(to))
    return tuple(s for s in step.case["acted"] if s != node.id and step.chart.nodes[s].state.task is not None)


def _go_back(step: Step, command: Command, choice: Choice, arrow: Arrow, spec: Transition) -> None:
    """Return to an earlier step: what the region had open is cancelled, a new round begins."""
    back, node = spec.back, choice.node
    options = back_targets(step, spec, node)
    chosen = command.to[0] if command.to else options[0] if len(options) == 1 else ""
    if back is None or chosen not in options:
        step.fail("engine.choose_return", "#to", options=list(options))
        return
    then = (command.then or "redo") if back.then == "ask" else back.then
    route = Arrow(arrow.source, (step.chart.nodes[chosen],), arrow.event, actions=arrow.actions, spec=spec)
    resume = None
    if then == "resume":
        leaving = step.chart.exit_set(step.moment, route)
        resume = {"at": chosen, "from": node.id, "conf": [leaf.id for leaf in step.moment.leaves if leaf in leaving],
                  "tasks": {t["state"]: t for t in step.case["tasks"] if step.chart.nodes[t["state"]] in leaving}}
    step.emit("returned", state=node.id, to=chosen, then=then, marks=dict(command.marks),
              open=opened(step, command.marks), resume=resume, at=step.now)
    run(step, lambda: step.take(route))


def _resumed(step: Step, node: Node, arrow: Arrow, resume: Mapping[str, Json]) -> Arrow:
    """After a return with `resume`, the forward action goes straight back to the step that returned the case."""
    forward = arrow.event == main_action(node)
    step.emit("resumed", at=step.now, to=resume["conf"] if forward else None)
    if not forward:
        return arrow
    targets = tuple(step.chart.nodes[s] for s in resume["conf"])
    returner = step.chart.nodes[resume["from"]]
    step.kept = resume["tasks"]
    step.quiet = frozenset(n.id for leaf in targets if leaf is not returner for n in (leaf, *leaf.up)) - {returner.id}
    return Arrow(arrow.source, targets, arrow.event, actions=arrow.actions, spec=arrow.spec)
