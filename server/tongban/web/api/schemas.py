"""marshmallow schemas. Answers are made from the service's view dataclasses, so the document cannot drift from them."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any

import marshmallow as ma

from tongban.engine.model import Text
from tongban.engine.problem import Problem
from tongban.service import inbox, views
from tongban.service.views.registers import BookRow, ImportView, RegisterView
from tongban.web.language import problem

_PLAIN: dict[Any, type[ma.fields.Field[Any]]] = {
    str: ma.fields.String, int: ma.fields.Integer, bool: ma.fields.Boolean, float: ma.fields.Float}


class Strict(ma.Schema):
    """Input: unknown members are refused, never ignored."""

    class Meta:
        """marshmallow's settings."""

        unknown = ma.RAISE


class _Sentence(ma.fields.String):
    """What a problem says to people, in the language of the request."""

    _CHECK_ATTRIBUTE = False        # made of the whole problem, which has no such attribute

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> str:
        return str(obj["detail"]) if isinstance(obj, Mapping) else problem(obj)


class ProblemSchema(ma.Schema):
    """One thing that is wrong."""

    code = ma.fields.String(required=True, metadata={"description": "Stable code"})
    at = ma.fields.String(required=True, metadata={"description": "JSON pointer, or #reason, #rule/<id> …"})
    level = ma.fields.String(metadata={"description": "error | warning | unknown (a value is still needed)"})
    clause = ma.fields.String(allow_none=True, metadata={"description": "Clause of the notice"})
    detail = _Sentence(metadata={"description": "The sentence in the language asked for"})
    params = ma.fields.Dict()
    say = ma.fields.Dict(allow_none=True)


class ProblemDetails(ma.Schema):
    """RFC 9457 problem details."""

    type = ma.fields.String()
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String()
    instance = ma.fields.String()
    request = ma.fields.String(metadata={"description": "Request id, for the log"})
    problems = ma.fields.List(ma.fields.Nested(ProblemSchema))


def text() -> ma.fields.Field[Any]:
    """A text in every language."""
    return ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), allow_none=True,
                          metadata={"description": "zh and en", "example": {"zh": "通办", "en": "Tongban"}})


@cache
def schema(view: type, name: str = "", leave: tuple[str, ...] = ()) -> type[ma.Schema]:
    """The schema of a view dataclass, without the members `leave`."""
    hints = typing.get_type_hints(view)
    members = {f.name: _field(hints[f.name]) for f in dataclasses.fields(view) if f.name not in leave}
    made = ma.Schema.from_dict(members, name=name or view.__name__.removesuffix("View"))
    made.__doc__ = (view.__doc__ or "").split("\n")[0]
    return made


def _field(hint: Any) -> ma.fields.Field[Any]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = _field(next(a for a in args if a is not type(None)))
        inner.allow_none = True
        return inner
    if hint == Text:
        return text()
    if hint is Problem:
        return ma.fields.Nested(ProblemSchema)
    if dataclasses.is_dataclass(hint):
        return ma.fields.Nested(ANSWERS.get(hint) or schema(hint))      # type: ignore[arg-type]
    if origin is tuple:
        return ma.fields.List(_field(args[0]))
    if origin is Mapping or hint is dict:
        return ma.fields.Dict()
    return _PLAIN[hint]() if hint in _PLAIN else ma.fields.Raw(allow_none=True)


class FormAnswer(ma.Schema):
    """A form of a case: what was answered, and what may be done with each field."""

    key = ma.fields.String(metadata={"description": "Key of the form in the procedure"})
    id = ma.fields.String()
    title = text()
    answers = ma.fields.Dict(metadata={"description": "As they are sent: amounts in yuan, dates 2026-11-22"})
    modes = ma.fields.Dict(metadata={"description": "field -> see | edit | must"})
    marks = ma.fields.Dict(metadata={"description": "field -> what a reviewer wants mended"})
    draft = ma.fields.Dict(allow_none=True, metadata={"description": "Saved and not yet submitted"})
    task = ma.fields.String(allow_none=True)


class FileAnswer(ma.Schema):
    """An attachment as a file field takes it."""

    id = ma.fields.String(metadata={"description": "SHA-256 of the content"})
    name = ma.fields.String()
    size = ma.fields.Integer()
    media = ma.fields.String()


ANSWERS: dict[type, type[ma.Schema]] = {views.FormView: FormAnswer}
Received = schema(views.Received)
Case = schema(views.CaseView, leave=("chart",))
Procedure = schema(views.ProcedureView, leave=("chart", "forms", "papers"))
Catalogue = schema(views.CatalogueView)
Inbox = schema(views.InboxView)
Bulk = schema(views.BulkRow)
Change = schema(views.ChangeView)
Choice = schema(views.ChoiceView)
Message = schema(views.MessageView)
DefinitionRow = schema(views.DefinitionRow, "DefinitionRow")
Definition = schema(views.DefinitionView)
Difference = schema(views.DifferenceView)
Register = schema(RegisterView)
Imported = schema(ImportView)


class RegisterList(ma.Schema):
    """Registers that somebody may read."""

    rows = ma.fields.List(ma.fields.Nested(schema(BookRow, "RegisterRow")))


class EntryAnswer(ma.Schema):
    """An entry of a register as programs read it; masked where the caller may not read a column."""

    id = ma.fields.String()
    key = ma.fields.String()
    entered_at = ma.fields.String()
    left_at = ma.fields.String(allow_none=True)
    fields = ma.fields.Dict()


class Me(ma.Schema):
    """Who the token stands for."""

    id = ma.fields.String()
    name = ma.fields.String()
    org = ma.fields.String(allow_none=True)
    org_name = text()
    grants = ma.fields.List(ma.fields.Dict())
    scopes = ma.fields.List(ma.fields.String())


class StartQuery(Strict):
    """What a case is opened with."""

    org = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=40), metadata={
        "description": "For which organisation, where one stands for several"})


class Saved(ma.Schema):
    """When something was kept."""

    at = ma.fields.String()


class CatalogueQuery(Strict):
    """What to look for."""

    q = ma.fields.String(load_default="", validate=ma.validate.Length(max=100))
    audience = ma.fields.String(load_default="", validate=ma.validate.Length(max=40))
    region = ma.fields.String(load_default="", validate=ma.validate.Length(max=12))


class InboxQuery(Strict):
    """Which page of which box."""

    box = ma.fields.String(load_default="open", validate=ma.validate.OneOf(inbox.BOXES))
    q = ma.fields.String(load_default="", validate=ma.validate.Length(max=100))
    procedure = ma.fields.String(load_default="", validate=ma.validate.Length(max=80))
    region = ma.fields.String(load_default="", validate=ma.validate.Length(max=12))
    due = ma.fields.String(load_default="", validate=ma.validate.Length(max=10))
    after = ma.fields.String(load_default=None, validate=ma.validate.Length(max=400))


DAY = ma.validate.Regexp(r"^(\d{4}-\d{2}-\d{2})?$")


class RegisterQuery(Strict):
    """Which day, which words, which page."""

    on = ma.fields.String(load_default="", validate=DAY)
    q = ma.fields.String(load_default="", validate=ma.validate.Length(max=80))
    after = ma.fields.String(load_default="", validate=ma.validate.Length(max=20))


class LookupQuery(Strict):
    """Which key, on which day."""

    key = ma.fields.String(required=True, validate=ma.validate.Length(1, 80))
    on = ma.fields.String(load_default="", validate=DAY)


class GroundBody(Strict):
    """Why a register is changed."""

    ground = ma.fields.String(required=True, validate=ma.validate.Length(1, 400))


class EntryBody(GroundBody):
    """An entry: its columns as a person would type them."""

    answers = ma.fields.Dict(keys=ma.fields.String(), required=True)


class ImportQuery(GroundBody):
    """How a file is taken in."""

    keep = ma.fields.Boolean(load_default=False)


class EntryMade(ma.Schema):
    """What was entered."""

    id = ma.fields.String()


class FormQuery(Strict):
    """Which form to compare."""

    form = ma.fields.String(required=True, validate=ma.validate.Length(max=80))


class DefinitionBody(Strict):
    """A bundle: a workflow and its forms by id."""

    workflow = ma.fields.Dict(required=True)
    forms = ma.fields.Dict(required=True)
    note = ma.fields.String(load_default="", validate=ma.validate.Length(max=500))


class Findings(ma.Schema):
    """What the proof says."""

    ok = ma.fields.Boolean(metadata={"description": "May be published"})
    problems = ma.fields.List(ma.fields.Nested(ProblemSchema))


class Published(ma.Schema):
    """A new version."""

    slug = ma.fields.String()
    version = ma.fields.Integer()


class OpenBody(Strict):
    """Whether new cases are taken."""

    open = ma.fields.Boolean(required=True)


class DiffQuery(Strict):
    """Two versions."""

    before = ma.fields.Integer(required=True, validate=ma.validate.Range(1, 100_000))
    now = ma.fields.Integer(required=True, validate=ma.validate.Range(1, 100_000))
