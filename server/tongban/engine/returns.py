"""What may be written after a return that marked fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tongban.engine import answers
from tongban.engine.step import Step


def opened(step: Step, marks: Collection[str]) -> dict[str, list[str]]:
    """Form -> fields that a return opens again: those marked and what depends on them, in whatever form.

    Forms that are not named stay open as a whole: what an office fills in is closed by marks of its own only, and what
    was never filled in by none.
    """
    if not marks:
        return {}
    forms = step.version.workflow.forms
    found = answers.reopened({f"{key}.": form for key, form in forms.items()}, marks)
    marked = {mark.split(".")[0] for mark in marks}
    return {key: [one.id for one in form.fields if f"{key}.{one.id}" in found] for key, form in forms.items()
            if key in step.case["answers"] and (key in marked or _by_party(step, key))}


def open_fields(step: Step, form_key: str) -> Collection[str] | None:
    """Fields of a form that may be changed now; None = all. What no longer holds by itself (a day that has passed) is
    open as well: it would stand in the way for ever."""
    listed = step.case.get("reopened", {}).get(form_key)
    if listed is None:
        return None
    still: Mapping[str, object] = step.case["answers"].get(form_key, {})
    kept = answers.Step(f"{form_key}.", still, ())
    now = answers.read(step.version.workflow.forms[form_key], {}, step.env(), "submit", kept)
    return frozenset(listed) | {p.at.split("/")[1] for p in now.problems if p.level == "error"}


def _by_party(step: Step, form_key: str) -> bool:
    """Whether a side of the case fills in the form, and no office."""
    specs = [state.task for state in step.version.workflow.states.values() if state.task is not None]
    holders = [holder for spec in specs if spec.form == form_key for holder in spec.holders]
    return bool(holders) and all(holder.party is not None for holder in holders)
