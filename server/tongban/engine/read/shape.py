"""The kinds of JSON a definition is made of, and one walker that reports everything that does not fit.

The vocabulary is data (vocabulary.py): the same tables give the reader's checks and the published JSON Schemas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongban.engine.near import nearest
from tongban.engine.problem import Problem, escape
from tongban.engine.read.loads import MAX_PROBLEMS
from tongban.engine.rules.words import JSON_TYPES

Json = Any
MAX_NEAR = 50           # unknown words that get a suggestion

PATTERNS = {
    "slug": r"[A-Za-z][A-Za-z0-9_-]{0,63}",                     # ids that stand in texts and addresses
    "place": r"\*|[A-Za-z][A-Za-z0-9_-]{0,63}",
    "name": r"[A-Za-z_][A-Za-z0-9_]{0,63}",                     # ids that stand in rules
    "path": r"[A-Za-z_][A-Za-z0-9_]{0,63}(\.[A-Za-z_][A-Za-z0-9_]{0,63})?",
    "event": r"(\*|[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*(\.\*)?)",
    "date": r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
    "ratio": r"[1-9]\d{0,3}/[1-9]\d{0,3}",
    "year": r"\d{4}",
    "language": r"[a-z]{2,3}(-[A-Za-z]{2,8})?",
    "policy": r"(allow|refuse|block|skip:[A-Za-z][A-Za-z0-9_.-]*|role:[A-Za-z][A-Za-z0-9_-]*)",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar: bool, int, number, string, rule, any, or the name of a pattern."""

    kind: str


@dataclass(frozen=True, slots=True)
class Enum:
    values: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Kind
    least: int = 0


@dataclass(frozen=True, slots=True)
class MapOf:
    value: Kind
    key: str = "slug"


@dataclass(frozen=True, slots=True)
class Obj:
    """An object with the members that SHAPES[name] lists."""

    name: str


@dataclass(frozen=True, slots=True)
class Either:
    """One of several kinds that differ in their JSON type."""

    options: tuple[Kind, ...]


DROP: Json = object()       # stands for "nothing of it fits"

Kind = Leaf | Enum | ListOf | MapOf | Obj | Either


@dataclass(frozen=True, slots=True)
class Shape:
    """The members of an object. `open` = more members are allowed; `one_of` = exactly one of these must stand there."""

    members: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    open: bool = False


@dataclass(slots=True)
class Walker:
    """Fits a value to a kind; collects problems until there are too many to read."""

    shapes: Mapping[str, Shape]
    problems: list[Problem] = field(default_factory=list)
    written: int = 0        # characters of rules so far

    @property
    def full(self) -> bool:
        """Whether nobody would read further problems: nothing more is looked at."""
        return len(self.problems) >= MAX_PROBLEMS

    def add(self, code: str, at: str, **params: Json) -> None:
        if not self.full:
            self.problems.append(Problem(code, at, params))

    def fit(self, value: Json, kind: Kind, at: str) -> Json:
        """What of `value` fits: wrong members are left out, wrong items become None; DROP where nothing is left."""
        if self.full:
            return DROP
        if isinstance(kind, Either):
            got = json_type(value)
            kind = next((option for option in kind.options if got in types_of(option)), kind)
        if json_type(value) not in types_of(kind):
            want = [JSON_TYPES[one] for one in sorted(set(types_of(kind)))]
            self.add("read.wrong_type", at, got=dict(JSON_TYPES[json_type(value)]), want={
                "zh": "或".join(one["zh"] for one in want), "en": " or ".join(one["en"] for one in want)})
            return DROP
        if isinstance(kind, Enum):
            return self._enum(value, kind, at)
        if isinstance(kind, Leaf):
            return self._leaf(value, kind, at)
        if isinstance(kind, ListOf):
            return self._list(value, kind, at)
        if isinstance(kind, MapOf):
            return self._map(value, kind, at)
        return self._shape(value, self.shapes[kind.name], at) if isinstance(kind, Obj) else DROP

    def _enum(self, value: Json, kind: Enum, at: str) -> Json:
        if any(type(value) is type(v) and value == v for v in kind.values):
            return value
        self.unknown("read.not_one_of", at, value, [str(v) for v in kind.values])
        return DROP

    def _leaf(self, value: Json, kind: Leaf, at: str) -> Json:
        pattern = _COMPILED.get(kind.kind)
        if pattern and not pattern.fullmatch(value):
            self.add("read.bad_form", at, value=value[:80], form=kind.kind)
            return DROP
        if kind.kind == "rule":
            self.written += len(value)
            if not value.strip():
                self.add("read.empty_rule", at)
                return DROP
        return value

    def _list(self, value: list[Json], kind: ListOf, at: str) -> Json:
        if len(value) < kind.least:
            self.add("read.too_short", at, least=kind.least)
        fitted = [self.fit(item, kind.item, f"{at}/{i}") for i, item in enumerate(value)]
        return [None if item is DROP else item for item in fitted]

    def _map(self, value: Mapping[str, Json], kind: MapOf, at: str) -> Json:
        fitted = {}
        for key, item in value.items():
            place = f"{at}/{escape(key)}"
            if kind.key in _COMPILED and not _COMPILED[kind.key].fullmatch(key):
                self.add("read.bad_form", place, value=key[:80], form=kind.key)
                continue
            if (fit := self.fit(item, kind.value, place)) is not DROP:
                fitted[key] = fit
        return fitted

    def _shape(self, value: Mapping[str, Json], shape: Shape, at: str) -> Json:
        fitted = {}
        for key, item in value.items():
            place = f"{at}/{escape(key)}"
            if key not in shape.members:
                if shape.open:
                    fitted[key] = item
                else:
                    self.unknown("read.unknown_key", place, key, list(shape.members))
            elif (fit := self.fit(item, shape.members[key], place)) is not DROP:
                fitted[key] = fit
        for key in shape.required:
            if key not in value:
                self.add("read.missing_key", at, key=key)
        there = [key for key in shape.one_of if key in value]
        if shape.one_of and len(there) != 1:
            self.add("read.only_one_key_of" if there else "read.one_key_of", at, keys=list(shape.one_of))
        return fitted

    def unknown(self, code: str, at: str, got: Json, known: list[str]) -> None:
        """Report an unknown word, with the nearest known one where there is one."""
        near = nearest(str(got), known) if len(self.problems) < MAX_NEAR else None
        if near:
            self.add(f"{code}_near", at, value=str(got)[:80], near=near)
        else:
            self.add(code, at, value=str(got)[:80], known=known[:20])


def json_type(value: Json) -> str:
    """The JSON Schema name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


_SCALARS = {"bool": ("boolean",), "int": ("integer",), "number": ("integer", "number"),
            "any": ("null", "boolean", "integer", "number", "string", "array", "object")}


def types_of(kind: Kind) -> tuple[str, ...]:
    """The JSON types that a kind may have."""
    if isinstance(kind, Leaf):
        return _SCALARS.get(kind.kind, ("string",))
    if isinstance(kind, Enum):
        return tuple({json_type(v) for v in kind.values})
    if isinstance(kind, ListOf):
        return ("array",)
    if isinstance(kind, Either):
        return tuple(t for option in kind.options for t in types_of(option))
    return ("object",)


def members(shapes: Mapping[str, Shape]) -> Iterator[tuple[str, str]]:
    """Every (shape, key) of a vocabulary: what must be described."""
    return ((name, key) for name, shape in shapes.items() for key in shape.members)
