"""What a document's layout asks of the rule language: the templates and conditions in it, found without rendering.

A template is a text with `{expression|format}` slots (`{{` is a brace). Keys in `EXPRESSIONS` hold a bare expression.
Columns of a `rows` block name a field of the row they print, so they are not rule expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tongban.engine.problem import Problem, escape

EXPRESSIONS: Mapping[str, str] = {"when": "bool", "rows": "list", "expires": "date", "value": "", "photo": ""}
"""Keys whose value is a bare expression, with the kind of value it must give."""

OWN = "document."
"""What the document itself knows (`document.number`, `document.issued_on` …) is no name of the rule language."""

OWN_NAMES = frozenset(OWN + name for name in (
    "number", "serial", "issued_on", "valid_until", "code", "office", "page", "pages", "to", "title", "procedure",
    "case",
    "reason", "submitted_on",
))

FORMATS = frozenset({
    "text", "date", "date_cn", "year", "yy", "month", "day", "instant", "money", "yuan", "capitals", "percent",
    "number", "masked", "spaced", "yesno", "label", "lines", "dash", "region", "level",
})
"""Formats a slot may name after the bar."""

TEXT_KEYS = frozenset({
    "text", "title", "label", "note", "header", "footer", "subtitle", "parts", "per", "sign_off",
    "head", "left", "right", "empty", "office",
})
SKIPPED = frozenset({"columns", "style", "styles", "page", "kind"})


@dataclass(frozen=True, slots=True)
class Slot:
    """One `{source|format:argument}` of a template."""

    source: str
    format: str = "text"
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An expression at a place of the layout. `want` is the kind of value it must give, "" = anything printable."""

    at: str
    source: str
    want: str = ""
    format: str = ""


class BadTemplate(ValueError):
    """A brace without its partner, or an empty slot."""


@lru_cache(maxsize=4096)
def parse(template: str) -> tuple[str | Slot, ...]:
    """A template as literal texts and slots in order."""
    parts: list[str | Slot] = []
    literal, at = "", 0
    while at < len(template):
        char = template[at]
        if template[at:at + 2] in ("{{", "}}"):
            literal, at = literal + char, at + 2
        elif char == "{":
            if literal:
                parts.append(literal)
            end = _end(template, at + 1)
            parts.append(_slot(template[at + 1:end]))
            literal, at = "", end + 1
        elif char == "}":
            raise BadTemplate(template)
        else:
            literal, at = literal + char, at + 1
    if literal:
        parts.append(literal)
    return tuple(parts)


def find(layout: Mapping[str, Any], at: str = "") -> tuple[list[Found], list[Problem]]:
    """Every rule expression in a layout with its JSON pointer, and what is malformed."""
    found: list[Found] = []
    problems: list[Problem] = []
    for pointer, key, value in _walk(layout, at):
        if key == "format" and value.partition(":")[0] not in FORMATS:
            problems.append(Problem("document.unknown_format", pointer, {"format": value}))
        if key in EXPRESSIONS and not value.startswith(OWN):
            found.append(Found(pointer, value, EXPRESSIONS[key]))
        if key not in TEXT_KEYS:
            continue
        try:
            slots = [part for part in parse(value) if isinstance(part, Slot)]
        except BadTemplate:
            problems.append(Problem("document.bad_template", pointer, {"template": value[:200]}))
            continue
        for slot in slots:
            if slot.format not in FORMATS:
                problems.append(Problem("document.unknown_format", pointer, {"format": slot.format}))
            if slot.source.startswith(OWN) and slot.source not in OWN_NAMES:
                problems.append(Problem("document.unknown_name", pointer, {"name": slot.source}))
            elif not slot.source.startswith(OWN):
                found.append(Found(pointer, slot.source, "", slot.format))
    return found, problems


def _walk(node: Any, at: str, key: str = "") -> Iterator[tuple[str, str, str]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name not in SKIPPED:
                inherited = key if name in ("zh", "en") else str(name)
                yield from _walk(value, f"{at}/{escape(str(name))}", inherited)
    elif isinstance(node, (list, tuple)):
        for index, value in enumerate(node):
            yield from _walk(value, f"{at}/{index}", key)
    elif isinstance(node, str):
        yield at, key, node


def _end(template: str, start: int) -> int:
    """Index of the brace that closes a slot; braces inside quotes and nested maps do not count."""
    quote, depth = "", 0
    for at in range(start, len(template)):
        char = template[at]
        if quote:
            quote = "" if char == quote and template[at - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            if not depth:
                return at
            depth -= 1
    raise BadTemplate(template)


def _slot(body: str) -> Slot:
    """Split at the last bar that is neither inside quotes nor half of `||`."""
    quote, bar = "", -1
    for at, char in enumerate(body):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "|" and "|" not in (body[at - 1:at], body[at + 1:at + 2]):
            bar = at
    source = (body if bar < 0 else body[:bar]).strip()
    if not source:
        raise BadTemplate(body)
    name, _, argument = ("text" if bar < 0 else body[bar + 1:].strip()).partition(":")
    return Slot(source, name.strip(), argument.strip())
