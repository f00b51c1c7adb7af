"""Type names as definitions write them -> the types that rules see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongban.engine.answers import TYPES, value_type
from tongban.engine.model import Type
from tongban.engine.read.context import ANY, Context

Json = Any

PLAIN = ("bool", "int", "decimal", "string", "date", "time", "datetime", "list", "map", "any")


def type_of(context: Context, raw: Json, at: str) -> Type:
    """`"money"`, or an object with type, scale, item, fields: any field type or plain type."""
    spec: dict[str, Json] = {"type": raw} if isinstance(raw, str) else (raw or {})
    name = spec.get("type", "any")
    if name not in PLAIN:
        if name in TYPES:
            return value_type(spec)
        context.reference("type", name, [*PLAIN, *TYPES], at)
        return ANY
    item = type_of(context, spec["item"], f"{at}/item") if "item" in spec else None
    fields: Mapping[str, Type] | None = None
    if "fields" in spec:
        fields = {key: type_of(context, value, f"{at}/fields/{key}") for key, value in spec["fields"].items()}
    return Type(name, spec.get("scale", 0), item, fields)
