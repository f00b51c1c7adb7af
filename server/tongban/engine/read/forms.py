"""Form JSON -> model.Form: fields with their types, rules compiled in the form's own scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from tongban.engine.answers import TYPES, scale, value_type
from tongban.engine.model import Check, Choice, Field, Form, Page, Type
from tongban.engine.problem import escape
from tongban.engine.read.context import ANY, BOOL, Context, Raw, items
from tongban.engine.read.vocabulary import FORM

Json = Any
_COMMON = FORM["field"].members
RESERVED = frozenset({"csrf", "key", "expected", "task", "action", "kind", "from"})
"""What every page and every phone sends beside the answers: no question may be called so."""
PAGE_RESERVED = frozenset({"check", "next"})
"""Where a form's own way leads: the list of answers, and onward."""


def raw_fields(raw: Raw) -> Iterator[Raw]:
    """The top-level fields of a form's JSON that have an id and a known type."""
    for page, _ in items(raw.get("pages"), ""):
        for spec, _ in items(page.get("fields"), ""):
            if "id" in spec and spec.get("type") in TYPES:
                yield spec


def field_types(raw: Raw) -> dict[str, Type]:
    """Field id -> type, for the scope of rules."""
    return {spec["id"]: field_type(spec) for spec in raw_fields(raw)}


def field_type(spec: Raw) -> Type:
    """The type rules see; a group is a list of its columns' values."""
    columns = [c for c in spec.get("fields") or () if c and "id" in c and c.get("type") in TYPES]
    return value_type({**spec, "fields": columns} if "fields" in spec else spec)


def read_form(context: Context, raw: Raw, at: str, prefix: str = "") -> Form:
    """One form; `context.scope` knows its fields already, under names that begin with `prefix`."""
    seen: dict[str, str] = {}
    pages = []
    for page, place in items(raw.get("pages"), f"{at}/pages"):
        if page.get("id") in seen:
            context.walker.add("read.id_twice", f"{place}/id", id=page["id"], first=seen[page["id"]])
        if page.get("id") in PAGE_RESERVED:
            context.walker.add("read.name_reserved", f"{place}/id", name=page["id"])
        asked = list(items(page.get("fields"), f"{place}/fields"))
        for spec, where in asked:
            if spec.get("id") in RESERVED:
                context.walker.add("read.name_reserved", f"{where}/id", name=spec["id"])
        fields = tuple(_field(Reader(context, prefix, seen), spec, where) for spec, where in asked)
        pages.append(Page(page.get("id", ""), page.get("title", {}), fields,
                          context.rule(page.get("visible"), f"{place}/visible", BOOL),
                          context.text(page.get("hint"), f"{place}/hint")))
    return Form(raw.get("id", ""), raw.get("title", {}), tuple(pages), context.text(raw.get("hint"), f"{at}/hint"))


@dataclass(slots=True)
class Reader:
    """Where a field stands: the names before it and the ids beside it."""

    context: Context
    prefix: str
    seen: dict[str, str]


def _field(reader: Reader, raw: Raw, at: str) -> Field:
    context, seen = reader.context, reader.seen
    id_, type_name = raw.get("id", ""), raw.get("type", "")
    if id_ in seen:
        context.walker.add("read.id_twice", f"{at}/id", id=id_, first=seen[id_])
    seen[id_] = at
    options = {key: value for key, value in raw.items() if key not in _COMMON}
    if type_name and context.reference("field_type", type_name, TYPES, f"{at}/type"):
        for key in options:
            if key not in TYPES[type_name].options:
                known = [*_COMMON, *TYPES[type_name].options]
                context.walker.unknown("read.unknown_key", f"{at}/{escape(key)}", key, known)
    _consistent(context, raw, at)
    outer = context.scope
    value = field_type(raw) if type_name in TYPES else ANY
    if value.kind == "list" and value.item and value.item.fields:
        context.scope = context.inside({
            name: (f"{reader.prefix}{id_}.{name}", type_) for name, type_ in value.item.fields.items()})
    columns = Reader(context, f"{reader.prefix}{id_}.", {})
    fields = tuple(_field(columns, spec, where) for spec, where in items(raw.get("fields"), f"{at}/fields"))
    context.scope = outer
    return Field(
        id_, type_name, raw.get("label", {}), context.text(raw.get("hint"), f"{at}/hint"), raw.get("clause"),
        context.flag(raw.get("required"), f"{at}/required"), context.rule(raw.get("visible"), f"{at}/visible", BOOL),
        context.flag(raw.get("readonly"), f"{at}/readonly"),
        context.rule(raw.get("computed"), f"{at}/computed", None if value.kind == "any" else value),
        tuple(_check(context, spec, where) for spec, where in items(raw.get("valid"), f"{at}/valid")),
        tuple(_choice(context, spec, where) for spec, where in items(raw.get("choices"), f"{at}/choices")),
        fields, scale(raw), raw.get("min"), raw.get("max"), tuple(raw.get("readers") or ()),
        bool(raw.get("sensitive")), options, value)


def _check(context: Context, raw: Raw, at: str) -> Check:
    return Check(context.must(raw.get("test"), f"{at}/test", BOOL), context.text(raw.get("say"), f"{at}/say") or {},
                 raw.get("clause"), bool(raw.get("soft")))


def _choice(context: Context, raw: Raw, at: str) -> Choice:
    return Choice(raw.get("value", ""), raw.get("label", {}), context.rule(raw.get("when"), f"{at}/when", BOOL),
                  bool(raw.get("exclusive")))


def _consistent(context: Context, raw: Raw, at: str) -> None:
    """What the members of one field say about each other."""
    if raw.get("type") == "group" and not raw.get("fields"):
        context.walker.add("read.missing_key", at, key="fields")
    values: set[str] = set()
    for choice, place in items(raw.get("choices"), f"{at}/choices"):
        if choice.get("value") in values:
            context.walker.add("read.id_twice", f"{place}/value", id=choice["value"], first=f"{at}/choices")
        values.add(choice.get("value", ""))
    least, most = raw.get("min"), raw.get("max")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        context.walker.add("read.min_above_max", f"{at}/min", min=least, max=most)


def report_cycle(context: Context, form: Form, at: str, prefix: str = "") -> None:
    """Computed fields that need themselves have no value."""
    each = [(prefix + f.id, f) for f in form.fields]
    each += [(f"{name}.{column.id}", column) for name, f in each for column in f.fields]
    needs = {name: f.computed.names for name, f in each if f.computed}
    try:
        TopologicalSorter({name: [n for n in names if n in needs] for name, names in needs.items()}).prepare()
    except CycleError as error:
        context.walker.add("read.computed_cycle", at, fields=list(reversed(error.args[1])))
