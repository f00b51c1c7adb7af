"""Field types and answers: raw input becomes values here, and nowhere else.

    TYPES                           field type -> Kind
    value_type(field_json)          the type that rules see         scale(field_json)   digits after the point
    read(form, raw, env, mode, step) -> Answers(values, problems, kept, shape)
    show(field, value, lang)        value -> text                   as_raw(field, value) value -> what an input holds
    inputs(form, answers)           what the inputs of a page hold  reopened(forms, marks) fields open after a return
    capitals(fen)                   大写
"""

from __future__ import annotations

from collections.abc import Mapping

from tongban.engine.answers import dates
from tongban.engine.answers.capitals import capitals
from tongban.engine.answers.kind import MAX_ROWS, Kind, Lookups, Refused
from tongban.engine.answers.media import DOCUMENTS, IMAGES, allowed
from tongban.engine.answers.media import NAMES as MEDIA_NAMES
from tongban.engine.answers.number import scale_of
from tongban.engine.answers.passive import KINDS as TYPES
from tongban.engine.answers.passive import base
from tongban.engine.answers.place import DEPTHS, deepest
from tongban.engine.answers.read import TOLD, Answers, Mode, Step, blank, nested, only, read, renewed
from tongban.engine.answers.shape import Shape, page_of, settle
from tongban.engine.answers.steps import reopened
from tongban.engine.model import Field, Form, Json, Type

__all__ = [
    "DEPTHS", "DOCUMENTS", "IMAGES", "MAX_ROWS", "MEDIA_NAMES", "TOLD", "TYPES", "Answers", "Kind", "Lookups", "Mode",
    "Refused", "Shape", "Step", "allowed", "as_raw", "blank", "capitals", "dates", "deepest", "holds", "inputs",
    "nested", "only", "page_of", "read", "renewed", "reopened", "scale", "settle", "show", "value_type",
]


def value_type(spec: Mapping[str, Json]) -> Type:
    """The type that rules see for a field's JSON; "any" where its type is not known."""
    kind = TYPES.get(str(spec.get("type")))
    return kind.type(spec) if kind else Type("any")


def scale(spec: Mapping[str, Json]) -> int:
    """Digits after the point of a field's JSON: what Field.scale must be."""
    held = base(spec) if spec.get("type") in ("computed", "fact") else spec
    return scale_of(held) if held.get("type") in ("decimal", "rate", "money") else 0


def holds(field: Field) -> str:
    """The type of what a field holds: for a computed field or a fact that of the value, else its own."""
    return str(field.options.get("of") or "decimal") if field.type in ("computed", "fact") else field.type


def show(field: Field, value: Json, lang: str) -> str:
    """A value as people read it; "" for none."""
    if value is None or value == []:
        return ""
    return TYPES[field.type].show(field, value, lang)


def as_raw(field: Field, value: Json) -> Json:
    """A value as an input is filled with it again: reading it gives the same value."""
    if value is None:
        return [] if field.type in ("choices", "group", "file", "photo") else ""
    if field.type == "group":
        return [{c.id: as_raw(c, row.get(c.id)) for c in field.fields} for row in value]
    return TYPES[field.type].raw(field, value)


def inputs(form: Form, answers: Answers) -> dict[str, Json]:
    """What every input of the form holds: what was typed where it could not be read, else the value."""
    return {one.id: _input(one, f"/{one.id}", answers.values.get(one.id), answers.kept) for one in form.fields}


def _input(one: Field, place: str, value: Json, kept: Mapping[str, Json]) -> Json:
    if place in kept:
        return kept[place]
    if one.type == "group":
        return [{c.id: _input(c, f"{place}/{i}/{c.id}", row.get(c.id), kept) for c in one.fields}
                for i, row in enumerate(value or ())]
    return as_raw(one, value)
