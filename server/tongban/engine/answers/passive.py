"""Fields that nobody types: computed values, facts with their source, static text. And groups, whose columns do."""

from __future__ import annotations

from collections.abc import Mapping

from tongban.engine.answers import choices, dates, ids, media, number, place, text
from tongban.engine.answers.kind import Kind, Refused
from tongban.engine.model import Field, Json, Type

ASKED: dict[str, Kind] = {**text.KINDS, **number.KINDS, **dates.KINDS, **choices.KINDS, **ids.KINDS, **place.KINDS,
                          **media.KINDS}


def base(spec: Mapping[str, Json]) -> dict[str, Json]:
    """A computed field's or fact's JSON as the type that it holds; a decimal where it does not say."""
    return {**spec, "type": spec.get("of") or "decimal"}


def held(field: Field) -> Kind:
    """The kind of what a computed field or fact holds."""
    return ASKED[str(field.options.get("of") or "decimal")]


def _untouchable(field: Field, raw: Json) -> Json:
    raise Refused("trusted")


def _show(field: Field, value: Json, lang: str) -> str:
    return held(field).show(field, value, lang)


def _raw(field: Field, value: Json) -> Json:
    return held(field).raw(field, value)


def _type(spec: Mapping[str, Json]) -> Type:
    kind = ASKED.get(str(spec.get("of") or "decimal"))
    return kind.type(base(spec)) if kind else Type("any")


def _rows(field: Field, raw: Json) -> Json:
    raise Refused("shape.rows")     # rows are read column by column in `read`, never as one value


def _count(field: Field, value: list[Json], lang: str) -> str:
    return f"{len(value)} 行" if lang == "zh" else f"{len(value)} row{'' if len(value) == 1 else 's'}"


def _columns(spec: Mapping[str, Json]) -> Type:
    listed = spec.get("fields")
    columns: dict[str, Type] = {}
    for column in listed if isinstance(listed, list) else ():
        if isinstance(column, Mapping) and isinstance(column.get("id"), str):
            kind = KINDS.get(str(column.get("type")))
            columns[column["id"]] = kind.type(column) if kind else Type("any")
    return Type("list", item=Type("map", fields=columns))


def _nothing(spec: Mapping[str, Json]) -> Type:
    return Type("any")


_OF = {"of": "type of what it holds", "unit": "money unit"}

KINDS: dict[str, Kind] = {
    **ASKED,
    "group": Kind(_rows, _count, type=_columns, ask="answer.required.rows",
                  options={"unique": "columns", "totals": "columns", "import": "flag", "row": "texts"}),
    "computed": Kind(_untouchable, _show, _raw, _type, {**_OF, "capitals": "flag"}, trusted=True),
    "fact": Kind(_untouchable, _show, _raw, _type, {**_OF, "source": "texts", "as_of": "rule"}, trusted=True,
                 ask="answer.required.fact"),
    "note": Kind(_untouchable, type=_nothing, options={"text": "texts", "tone": "info | warning"}, holds=False),
}
