"""Registers as definitions describe them: columns with their words, who reads, who keeps. No definition, no register.

Several procedures may speak of one register; what each says of it is put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from tongban import text
from tongban.engine import answers
from tongban.engine.model import Field, Text, Type, Version
from tongban.service import regions
from tongban.service.access import Person, RegisterSubject, may
from tongban.service.errors import NotFound
from tongban.service.runtime import Runtime

_TYPED = {"string": "text", "bool": "yesno", "int": "integer", "decimal": "decimal", "date": "date", "time": "time"}
"""What somebody is asked with where no form has a field of the column's name."""
MASKED = frozenset({"citizen_id", "mobile", "phone", "bank_account", "email"})


@dataclass(frozen=True, slots=True)
class Book:
    """One register. `fields` in order, the key among them or before them."""

    name: str
    title: Text
    key: str
    fields: tuple[Field, ...]
    subject: RegisterSubject
    masked: frozenset[str] = frozenset()
    procedures: Mapping[str, Text] = field(default_factory=dict)

    def field(self, name: str) -> Field | None:
        """A column."""
        return next((one for one in self.fields if one.id == name), None)

    @property
    def searched(self) -> tuple[str, ...]:
        """Columns that words are looked for in: those that hold text."""
        return tuple(one.id for one in self.fields if one.value_type.kind == "string" and one.id not in self.masked)


def every(rt: Runtime, conn: Connection) -> dict[str, Book]:
    """Every register that a published procedure names."""
    found: dict[str, Book] = {}
    for row in rt.procedures(conn):
        for book in of(rt.version(conn, row["current"])):
            known = found.get(book.name)
            found[book.name] = _together(known, book) if known else book
    return dict(sorted(found.items()))


def book(rt: Runtime, conn: Connection, person: Person | None, name: str, verb: str = "register.read") -> Book:
    """One register, for somebody who may read it (or keep it); it is missing for everybody else."""
    held = every(rt, conn).get(name)
    if held is None or not may(person, verb, held.subject):
        raise NotFound
    return held


def of(version: Version) -> tuple[Book, ...]:
    """The registers of one definition; worked out once."""
    made: tuple[Book, ...] | None = version.built.get("books")
    if made is None:
        raw: Mapping[str, Any] = version.bundle["workflow"].get("registers") or {}
        made = version.built["books"] = tuple(_book(version, name, spec) for name, spec in raw.items())
    return made


def _book(version: Version, name: str, spec: Mapping[str, Any]) -> Book:
    flow, labels = version.workflow, spec.get("labels") or {}
    types = dict(flow.registers[name])
    key = str(spec["key"])
    if key not in types:
        types = {key: Type("string"), **types}
    fields = tuple(_column(version, Column(column, kind, _type_name(spec["fields"].get(column)), labels.get(column)))
                   for column, kind in types.items())
    masked = {*(spec.get("masked") or ()), *(one.id for one in fields if one.sensitive or one.type in MASKED)}
    title = spec.get("title") or spec.get("label") or {"zh": name, "en": name}
    subject = RegisterSubject(_roles(spec.get("readers")), _roles(spec.get("keepers")))
    return Book(name, title, key, fields, subject, frozenset(masked), {flow.id: flow.title})


def _roles(listed: Iterable[Mapping[str, str]] | None) -> tuple[tuple[str, str], ...]:
    return tuple((one["role"], one.get("column", "")) for one in listed or ())


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its definition writes it."""

    name: str
    kind: Type
    written: str
    label: Text | None


def _type_name(spec: Any) -> str:
    return str(spec.get("type") if isinstance(spec, Mapping) else spec)


def _column(version: Version, column: Column) -> Field:
    """The form field of the same name and type, else a plain one: labels, choices and masks come with it."""
    name, kind, written = column.name, column.kind, column.written
    alike = [one for form in version.workflow.forms.values() for one in form.fields if one.id == name]
    label = column.label or next((one.label for one in alike), None) or {"zh": name, "en": name}
    for one in alike:
        if one.type == written or (written not in answers.TYPES and _same(one.value_type, kind)
                                   and not one.computed and one.type != "fact"):
            return replace(one, label=label, required=False, visible=None, readonly=False, computed=None, valid=(),
                           hint=None, readers=())
    typed = written if written in answers.TYPES else _TYPED.get(kind.kind, "text")
    return Field(name, typed, label, scale=kind.scale, value_type=kind)


def _same(one: Type, other: Type) -> bool:
    return one.kind == other.kind and one.scale == other.scale


def _together(one: Book, other: Book) -> Book:
    """What two definitions say of a register: columns and roles of both; the first that has words is believed.

    The columns stand in the order of whoever names more of them.
    """
    named = one if one.title != {"zh": one.name, "en": one.name} else other
    columns = {f.id: f for f in other.fields} | {f.id: _better(f, other.field(f.id)) for f in one.fields}
    order = max((one, other), key=lambda book: len(book.fields)).fields
    ids = dict.fromkeys([f.id for f in order] + list(columns))
    subject = RegisterSubject(tuple(dict.fromkeys((*one.subject.readers, *other.subject.readers))),
                              tuple(dict.fromkeys((*one.subject.keepers, *other.subject.keepers))))
    fields = tuple(columns[name] for name in ids)
    return Book(one.name, named.title, one.key, fields, subject, one.masked | other.masked,
                {**one.procedures, **other.procedures})


def _better(one: Field, other: Field | None) -> Field:
    bare = {"zh": one.id, "en": one.id}
    return other if other is not None and one.label == bare and other.label != bare else one


def shown(one: Field, value: Any, lang: str, *, masked: bool = False) -> str:
    """A value as people read it; what does not fit its column is shown as it is."""
    if value is None or value == []:
        return ""
    if masked:
        return mask(value if isinstance(value, str) else str(value))
    if answers.holds(one) == "region":
        return text.label(regions.name(str(value)), lang)
    try:
        return regions.shown(one, value, lang) or answers.show(one, value, lang)
    except (TypeError, ValueError, KeyError, AttributeError):
        return str(value)


def mask(value: str) -> str:
    """The ends of a number, the first character of what is short."""
    if len(value) > 10:
        return value[:4] + "*" * (len(value) - 8) + value[-4:]
    return value[:1] + "*" * (len(value) - 1)
