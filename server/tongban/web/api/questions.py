"""The questions of a form, for programs that fill it in."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import marshmallow as ma

from tongban.engine.answers.sample import value
from tongban.engine.model import Expr, Field
from tongban.service.views import FormView
from tongban.web.api.schemas import text


class Option(ma.Schema):
    """One of the answers that may be chosen."""

    value = ma.fields.String(metadata={"description": "What is sent"})
    label = text()
    when = ma.fields.String(allow_none=True, metadata={"description": "Offered where this rule is true; none = always"})


class Question(ma.Schema):
    """One question of a form: what is asked, and what an answer looks like."""

    id = ma.fields.String(metadata={"description": "Name of the answer in `answers`"})
    type = ma.fields.String()
    label = text()
    hint = text()
    clause = ma.fields.String(allow_none=True)
    mode = ma.fields.String(allow_none=True, metadata={"description": "see | edit | must, as the answers stand now"})
    required = ma.fields.Raw(metadata={"description": "true, false, or the rule that decides"})
    visible = ma.fields.String(allow_none=True, metadata={"description": "Asked where this is true; none = always"})
    choices = ma.fields.List(ma.fields.Nested(Option))
    min = ma.fields.Raw(allow_none=True)
    max = ma.fields.Raw(allow_none=True)
    options = ma.fields.Dict(metadata={"description": "What only this type knows, e.g. `under`: a region"})
    example = ma.fields.Raw(allow_none=True, metadata={
        "description": "Made up, in the shape in which it is sent; none where nobody answers"})
    fields = ma.fields.List(ma.fields.Nested("Question"), metadata={
        "description": "Columns of a group; its answer is a list of rows"})


class QuestionsAnswer(ma.Schema):
    """A form of a case by its questions."""

    key = ma.fields.String()
    id = ma.fields.String()
    title = text()
    task = ma.fields.String(allow_none=True, metadata={"description": "The open task that it is filled in for"})
    fields = ma.fields.List(ma.fields.Nested(Question))


def questions(view: FormView) -> dict[str, Any]:
    """The form as this person sees it."""
    return {"key": view.key, "id": view.form.id, "title": view.form.title, "task": view.task,
            "fields": [_question(one, view.modes) for one in view.form.fields
                       if view.modes.get(one.id) not in (None, "hidden")]}


def _question(one: Field, modes: Mapping[str, str]) -> dict[str, Any]:
    return {"id": one.id, "type": one.type, "label": one.label, "hint": one.hint, "clause": one.clause,
            "mode": modes.get(one.id), "required": _source(one.required), "visible": _source(one.visible),
            "choices": [{"value": c.value, "label": c.label, "when": _source(c.when)} for c in one.choices],
            "min": one.min, "max": one.max, "options": one.options,
            "example": value(one, Random(one.id)),      # noqa: S311 - the same example every time, no secret
            "fields": [_question(column, {}) for column in one.fields]}


def _source(said: bool | Expr | None) -> bool | str | None:
    return said.source if isinstance(said, Expr) else said
