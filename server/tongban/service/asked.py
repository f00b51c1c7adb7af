"""What a procedure asks and of whom: conditions that who applies has to meet, forms to fill in, what offices see to."""

from __future__ import annotations

from collections.abc import Callable

from tongban.engine.model import Form, Holder, State, Text, Workflow
from tongban.service.case_rail import party_labels
from tongban.service.seen import both_or
from tongban.service.views import ClauseView, PaperView

_NOT_ASKED = ("computed", "note", "fact")


def conditions(flow: Workflow) -> tuple[tuple[ClauseView, ...], tuple[ClauseView, ...]]:
    """Rules in words: those that an applicant's own steps require, and what offices check besides. Each said once."""
    mine = {rule for state in flow.states.values() for arrow in state.transitions
            if _of_applicants(flow, state, arrow.by) for rule in arrow.require}
    first = _said(flow, lambda rule: rule in mine, ())
    return first, _said(flow, lambda rule: rule not in mine, first)


def _said(flow: Workflow, wanted: Callable[[str], bool], before: tuple[ClauseView, ...]) -> tuple[ClauseView, ...]:
    """Rules without words are for the engine alone."""
    told = {tuple(sorted(one.words.items())) for one in before}
    found: list[ClauseView] = []
    for rule in flow.rules.values():
        if rule.label and wanted(rule.id) and (words := tuple(sorted(rule.label.items()))) not in told:
            told.add(words)
            found.append(ClauseView(rule.clause or "", rule.label))
    return tuple(found)


def papers(flow: Workflow) -> tuple[PaperView, ...]:
    """Every form once, with who fills it in; those of applicants first."""
    found: dict[str, PaperView] = {}
    for key, form in flow.forms.items():
        if form.id not in found:
            who = [holder for state in flow.states.values() if state.task is not None and state.task.form == key
                   for holder in state.task.holders]
            labels = {tuple(sorted(words.items())): words for holder in who for words in _labels(flow, holder)}
            if not who:
                continue        # it comes filled in from another case
            found[form.id] = PaperView(form, tuple(labels.values()), any(_applies(flow, holder) for holder in who),
                                       _questions(form))
    return tuple(sorted(found.values(), key=lambda paper: not paper.applicants))


def _questions(form: Form) -> int:
    return sum(field.type not in _NOT_ASKED for field in form.fields)


def _of_applicants(flow: Workflow, state: State, by: tuple[Holder, ...]) -> bool:
    return any(_applies(flow, holder) for holder in (by or (state.task.holders if state.task else ())))


def _applies(flow: Workflow, holder: Holder) -> bool:
    """A side of the case; or an office where offices start it."""
    return holder.role is None or holder.role in _starters(flow)


def _starters(flow: Workflow) -> list[str]:
    return [holder.role for holder in flow.starters if holder.role is not None]


def _labels(flow: Workflow, holder: Holder) -> tuple[Text, ...]:
    if holder.party is not None:
        return (party_labels(flow)[holder.party],)
    roles = [holder.role] if holder.role is not None else _starters(flow)
    return tuple(both_or(f"role.{role}", role) for role in roles)
