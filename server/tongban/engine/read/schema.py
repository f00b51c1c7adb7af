"""The vocabulary as JSON Schema 2020-12, for editors; the words come from the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tongban.engine.answers import TYPES
from tongban.engine.read.shape import PATTERNS, Either, Enum, Kind, Leaf, ListOf, MapOf, Obj, Shape, types_of
from tongban.engine.read.vocabulary import FORM, WORKFLOW

Json = Any
Describe = Callable[[str, str], str]        # (shape, key) -> what the key means

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def workflow_schema(describe: Describe) -> dict[str, Json]:
    """The schema of workflows/<slug>.json."""
    return _schema("workflow", WORKFLOW, describe)


def form_schema(describe: Describe) -> dict[str, Json]:
    """The schema of forms/<slug>.json: each field type allows its own options beside the common members."""
    options = {key: Leaf("any") for kind in TYPES.values() for key in kind.options}
    common = FORM["field"].members
    field = Shape({**common, **options, "type": Enum(tuple(TYPES))}, FORM["field"].required)
    schema = _schema("form", {**FORM, "field": field}, describe)
    schema["$defs"]["field"]["allOf"] = [
        {"if": {"properties": {"type": {"const": name}}, "required": ["type"]},
         "then": {"propertyNames": {"enum": [*common, *kind.options]}}} for name, kind in TYPES.items()]
    return schema


def _schema(root: str, shapes: Mapping[str, Shape], describe: Describe) -> dict[str, Json]:
    described = {name: _shape(name, shape, describe) for name, shape in shapes.items()}
    top = described.pop(root)
    return {"$schema": DIALECT, "$id": f"urn:tongban:{root}:1", "title": f"Tongban {root}", **top, "$defs": described}


def _shape(name: str, shape: Shape, describe: Describe) -> dict[str, Json]:
    found: dict[str, Json] = {"type": "object"}
    if about := describe(name, ""):
        found["description"] = about
    found["properties"] = {
        key: {"description": describe(name, key), **_kind(kind)} for key, kind in shape.members.items()}
    if shape.required:
        found["required"] = list(shape.required)
    if shape.one_of:
        found["oneOf"] = [{"required": [key]} for key in shape.one_of]
    if not shape.open:
        found["additionalProperties"] = False
    return found


def _kind(kind: Kind) -> dict[str, Json]:
    if isinstance(kind, Obj):
        return {"$ref": f"#/$defs/{kind.name}"}
    if isinstance(kind, Enum):
        return {"enum": list(kind.values)}
    if isinstance(kind, ListOf):
        return {"type": "array", "items": _kind(kind.item), **({"minItems": kind.least} if kind.least else {})}
    if isinstance(kind, MapOf):
        names = {"propertyNames": {"pattern": f"^{PATTERNS[kind.key]}$"}} if kind.key in PATTERNS else {}
        return {"type": "object", **names, "additionalProperties": _kind(kind.value)}
    if isinstance(kind, Either):
        return {"anyOf": [_kind(option) for option in kind.options]}
    return _leaf(kind)


def _leaf(kind: Leaf) -> dict[str, Json]:
    if kind.kind == "any":
        return {}
    if kind.kind == "rule":
        return {"type": "string", "pattern": r"\S"}
    if kind.kind in PATTERNS:
        return {"type": "string", "pattern": f"^{PATTERNS[kind.kind]}$"}
    return {"type": types_of(kind)[-1]}
