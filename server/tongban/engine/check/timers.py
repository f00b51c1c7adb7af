"""Timers: positive, of a type that is a time, and not overtaken by another that always comes first."""

from __future__ import annotations

from tongban.engine.check.subject import Subject
from tongban.engine.model import Expr, Span, State, Transition

_MINUTES = {"minutes": 1, "hours": 60, "days": 1440, "working_days": 1440, "months": 28 * 1440, "years": 365 * 1440}


def check_timers(subject: Subject) -> None:
    """All checks of this module."""
    for state in subject.flow.states.values():
        timers = [t for t in state.transitions if t.after is not None]
        for timer in timers:
            _one(subject, timer)
        _overtaken(subject, timers)
        _task(subject, state)


def _one(subject: Subject, timer: Transition) -> None:
    at = subject.place(timer)
    if isinstance(timer.after, Span) and timer.after.amount < 1:
        subject.add("timer_zero", f"{at}/delay", amount=timer.after.amount)
    if isinstance(timer.after, Expr) and timer.after.type.kind not in ("date", "datetime", "any"):
        subject.add("timer_type", f"{at}/at", source=timer.after.source)
    if not timer.targets and not timer.actions:
        subject.add("timer_idle", at)
    if timer.repeat and timer.targets and timer.guard is None and timer.source not in timer.targets:
        subject.add("timer_repeat_leaves", f"{at}/repeat", "warning")
    if timer.repeat and isinstance(timer.after, Expr):
        subject.add("timer_repeat_date", f"{at}/repeat")


def _overtaken(subject: Subject, timers: list[Transition]) -> None:
    """A later timer never fires where an earlier one always leaves the state."""
    for late in timers:
        for early in timers:
            if early is late or early.guard is not None or not early.targets:
                continue
            if not isinstance(early.after, Span) or not isinstance(late.after, Span):
                continue
            first, second = early.after, late.after
            same = first.unit == second.unit and first.amount < second.amount
            if same or (first.unit not in (second.unit, "working_days")
                        and first.amount * _most(first.unit) < second.amount * _MINUTES[second.unit]):
                subject.add("timer_overtaken", subject.place(late), first=subject.place(early))
                break


def _most(unit: str) -> int:
    """The longest that one unit can last, in minutes."""
    return {"months": 31 * 1440, "years": 366 * 1440}.get(unit, _MINUTES[unit])


def _task(subject: Subject, state: State) -> None:
    spec = state.task
    if spec is None:
        return
    at = f"{subject.places[state.id]}/task"
    if isinstance(spec.due, Span) and spec.due.amount < 1:
        subject.add("timer_zero", f"{at}/due", amount=spec.due.amount)
    if spec.overdue and spec.due is None:
        subject.add("overdue_without_due", f"{at}/overdue", event=spec.overdue)
