"""From a form and its answers to the sections of a filled table, and from typed values to printable ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tongban.engine.answers import TYPES, settle, show
from tongban.engine.layout import Slot, parse
from tongban.engine.model import Env, Field, Form, Page, State, TaskSpec, Type, Workflow
from tongban.paper import formats
from tongban.paper.sheet import Cell, Grid, Json, Section, Value
from tongban.text import label

Words = Callable[[Field, Json], str | None]
WIDE = frozenset({"longtext", "choices", "file", "photo", "signature", "declaration", "address", "group"})
SHORT_LABEL, SHORT_TEXT = 20, 30  # longer ones take the whole width


def subject_forms(flow: Workflow) -> frozenset[str]:
    """Forms that say what the case is about: filled in by a side or where the case begins, or carried over."""
    reviews = [task for _, task in review_steps(flow)]
    reviewers = {task.form for task in reviews} | {key for task in reviews for key in task.edits}
    parties = {s.task.form for s in flow.states.values() if s.task and any(h.party for h in s.task.holders)}
    return frozenset(key for key in flow.forms if key in parties or key not in reviewers)


def review_steps(flow: Workflow) -> tuple[tuple[State, TaskSpec], ...]:
    """Steps in which an office gives its opinion, in the order of the chart; not the one where the case begins."""
    root = flow.states[""]
    begins = root.initial or root.children[:1]
    return tuple((state, state.task) for state in flow.states.values() if state.task is not None
                 and state.id not in begins and not all(h.party for h in state.task.holders))


def sections(
    key: str,
    form: Form,
    answers: Mapping[str, Json],
    env: Env,
    lang: str,
    readable: frozenset[str] | None = None,
    words: Words | None = None,
) -> tuple[Section, ...]:
    """The form as it was seen when filled in: hidden pages and fields left out, unanswered ones as blanks.

    `readable`: fields that whoever receives the document may read; None = all. `words`: how a value is shown where the
    form alone does not know (regions, choices from a register).
    """
    shape = settle(form, answers, env, f"{key}.")
    found = []
    for page in form.pages:
        if page.id in shape.pages:
            continue
        fields = [
            one
            for one in page.fields
            if f"/{one.id}" not in shape.hidden and TYPES[one.type].holds and (readable is None or one.id in readable)
        ]
        items = tuple(_item(one, shape.values.get(one.id), lang, words) for one in fields)
        if items:
            found.append(Section(key, _title(page, form, lang), items))
    return tuple(found)


def of_field(one: Field, value: Json, lang: str) -> Value:
    """A field's value, ready for any format; rows of a group with each column ready."""
    if one.type == "group" and isinstance(value, list):
        rows = [{c.id: of_field(c, row.get(c.id), lang) for c in one.fields} for row in value]
        return Value(rows, "list", 0, str(len(rows)))
    kind = one.value_type.kind if one.value_type else "any"
    return Value(value, kind, one.scale, show(one, value, lang))


def of_type(value: Json, type_: Type) -> Value:
    """A computed value with its type."""
    return Value(value, type_.kind, type_.scale)


def pictures_of(form: Form, answers: Mapping[str, Json]) -> dict[str, str]:
    """Field id -> content id of the picture a document may print: signatures drawn by hand, first photos."""
    found = {}
    for one in form.fields:
        value: Any = answers.get(one.id)
        if not value:
            continue
        if one.type == "signature" and value.get("image"):
            found[one.id] = value["image"]
        elif one.type == "declaration" and (value.get("signature") or {}).get("image"):
            found[one.id] = value["signature"]["image"]
        elif one.type == "photo":
            found[one.id] = value[0]["id"]
    return found


def _title(page: Page, form: Form, lang: str) -> str:
    return label(page.title, lang) or label(form.title, lang)


def _item(one: Field, value: Json, lang: str, words: Words | None) -> Cell | Grid:
    name = label(one.label, lang)
    if one.type == "group":
        heads = tuple(label(c.label, lang) for c in one.fields if TYPES[c.type].holds)
        rows = tuple(
            tuple(_words(c, row.get(c.id), lang, words) for c in one.fields if TYPES[c.type].holds)
            for row in value or ()
        )
        return Grid(name, heads, rows)
    text = _words(one, value, lang, words)
    picture = one.id if one.type in ("signature", "declaration") else ""
    wide = one.type in WIDE or len(name) > SHORT_LABEL or len(text) > SHORT_TEXT
    return Cell(name, text, wide, picture)


def _words(one: Field, value: Json, lang: str, words: Words | None) -> str:
    return (words(one, value) if words and value is not None else None) or show(one, value, lang)


def printed(value: Value | None, form: str, lang: str) -> str:
    """A value as a document would write it."""
    name, _, argument = form.partition(":")
    return formats.show(value, name, argument, lang) if value else ""


def signed_as(blocks: Any, values: Mapping[str, Value], lang: str) -> str:
    """Who issues a document by its own words: whom its 落款 names; "" where it leaves that to the case."""
    for block in blocks or ():
        if not isinstance(block, Mapping):
            continue
        inside = "".join(signed_as(column, values, lang) for column in block.get("side") or ())
        named = block.get("sign_off")
        words = parse(label(named, lang)) if isinstance(named, str | Mapping) else ()
        said = inside or "".join(_said(part, values, lang) for part in words)
        if said:
            return said
    return ""


def _said(part: str | Slot, values: Mapping[str, Value], lang: str) -> str:
    if isinstance(part, str):
        return part
    return printed(values.get(part.source), f"{part.format}:{part.argument}".rstrip(":"), lang)
