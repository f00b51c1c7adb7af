"""What a form looks like for given values: hidden, required and read-only places, computed values, open choices.

The phone computes the same with the same rounds (pwa/js/form.js), so the two always agree: start with nothing hidden;
in each round hide what is not true, compute in document order, and stop when nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongban.engine.model import Env, Expr, Field, Form, Json, Page

ROUNDS = 10     # rules that chase each other (A hides B, B hides A) stop here; the proof refuses them beforehand


@dataclass(slots=True)
class Shape:
    """Places are JSON pointers into answers: "/amount", "/rows/2/name"; pages by their id."""

    values: dict[str, Json]                                     # what counts: hidden answers left out, computed ones in
    env: Env
    hidden: set[str] = field(default_factory=set)
    pages: set[str] = field(default_factory=set)                # pages that are not asked
    required: set[str] = field(default_factory=set)
    readonly: set[str] = field(default_factory=set)
    closed: dict[str, set[str]] = field(default_factory=dict)   # place -> choices that may not be taken
    fields: dict[str, Field] = field(default_factory=dict)      # by their names in rules, where answers are judged


def settle(form: Form, values: Mapping[str, Json], env: Env, prefix: str = "") -> Shape:
    """Run the form's rules on typed values until they agree."""
    shape = Shape({}, dict(env))
    before: Any = None
    for _ in range(ROUNDS):
        _enter(form, values, shape, prefix)
        worked_out = _compute(form, shape, prefix)
        hidden, pages = _hidden(form, shape, prefix)
        after = (hidden, pages, shape.values)
        same = after == before or (hidden == shape.hidden and not worked_out)
        shape.hidden, shape.pages = hidden, pages
        if same:
            break
        before = (hidden, pages, dict(shape.values))
    _ask(form, shape, prefix)
    return shape


def names(form: Form, prefix: str) -> dict[str, Field]:
    """Questions and columns by what rules call them."""
    found = {prefix + one.id: one for one in form.fields}
    return found | {f"{prefix}{one.id}.{column.id}": column for one in form.fields for column in one.fields}


def cells(one: Field, values: Mapping[str, Json]) -> Iterator[tuple[int, dict[str, Json]]]:
    """Rows of a group with their numbers."""
    rows = values.get(one.id) if one.type == "group" else None
    yield from enumerate(rows or ())


def enter_row(shape: Shape, one: Field, row: Mapping[str, Json], prefix: str) -> None:
    """Let rules of columns read this row's columns."""
    for column in one.fields:
        shape.env[f"{prefix}{one.id}.{column.id}"] = row.get(column.id)


def leave_rows(shape: Shape, one: Field, prefix: str) -> None:
    """No row any more."""
    for column in one.fields:
        shape.env.pop(f"{prefix}{one.id}.{column.id}", None)


def holds(rule: bool | Expr | None, shape: Shape, otherwise: bool = False) -> bool:
    """True only where the rule is true: unknown does not count."""
    if rule is None:
        return otherwise
    return rule if isinstance(rule, bool) else rule.run(shape.env) is True


def _enter(form: Form, values: Mapping[str, Json], shape: Shape, prefix: str) -> None:
    """Start a round: what was typed, without what the last round hid; computed values stand until they are redone."""
    last, shape.values = shape.values, {}
    for one in form.fields:
        value = None if f"/{one.id}" in shape.hidden else (last if one.computed else values).get(one.id)
        if one.type == "group" and f"/{one.id}" not in shape.hidden:
            value = _rows(one, value, shape, last.get(one.id))
        shape.values[one.id] = shape.env[prefix + one.id] = value


def may_be_none(one: Field) -> bool:
    """A group that nobody need fill in: left blank it says "none", an empty list, and not that something is unknown."""
    return one.type == "group" and one.required is False and not one.min and one.computed is None


def _rows(one: Field, value: Json, shape: Shape, last: Json) -> Json:
    if value is None:
        return [] if may_be_none(one) else None
    rows = last or [{}] * len(value)
    return [_row(one, i, row, shape, rows[i]) for i, row in enumerate(value)]


def _row(one: Field, i: int, row: Mapping[str, Json], shape: Shape, last: Mapping[str, Json]) -> dict[str, Json]:
    return {c.id: None if f"/{one.id}/{i}/{c.id}" in shape.hidden else (last if c.computed else row).get(c.id)
            for c in one.fields}


def _compute(form: Form, shape: Shape, prefix: str) -> bool:
    """Whether there was anything to work out."""
    worked_out = False
    for one in form.fields:
        if one.computed and f"/{one.id}" not in shape.hidden:
            shape.values[one.id] = shape.env[prefix + one.id] = one.computed.run(shape.env)
            worked_out = True
        columns = [c for c in one.fields if c.computed] if one.fields else ()
        for i, row in cells(one, shape.values) if columns else ():
            enter_row(shape, one, row, prefix)
            for column in columns:
                if column.computed and f"/{one.id}/{i}/{column.id}" not in shape.hidden:
                    row[column.id] = shape.env[f"{prefix}{one.id}.{column.id}"] = column.computed.run(shape.env)
        if columns:
            leave_rows(shape, one, prefix)
            worked_out = True
    return worked_out


def _hidden(form: Form, shape: Shape, prefix: str) -> tuple[set[str], set[str]]:
    hidden: set[str] = set()
    pages = {page.id for page in form.pages if not holds(page.visible, shape, True)}
    for page in form.pages:
        for one in page.fields:
            if page.id in pages or not holds(one.visible, shape, True):
                hidden.add(f"/{one.id}")
            elif one.fields and any(c.visible for c in one.fields):
                hidden.update(_hidden_cells(one, shape, prefix))
    return hidden, pages


def _hidden_cells(one: Field, shape: Shape, prefix: str) -> Iterator[str]:
    for i, row in cells(one, shape.values):
        enter_row(shape, one, row, prefix)
        for column in one.fields:
            if not holds(column.visible, shape, True):
                yield f"/{one.id}/{i}/{column.id}"
    leave_rows(shape, one, prefix)


def _ask(form: Form, shape: Shape, prefix: str) -> None:
    for one in form.fields:
        if f"/{one.id}" in shape.hidden:
            continue
        _mark(one, f"/{one.id}", shape)
        for i, row in cells(one, shape.values) if one.fields else ():
            enter_row(shape, one, row, prefix)
            for column in one.fields:
                place = f"/{one.id}/{i}/{column.id}"
                if place not in shape.hidden:
                    _mark(column, place, shape)
        if one.fields:
            leave_rows(shape, one, prefix)


def _mark(one: Field, place: str, shape: Shape) -> None:
    if holds(one.required, shape):
        shape.required.add(place)
    if one.computed or holds(one.readonly, shape):
        shape.readonly.add(place)
    closed = {c.value for c in one.choices if c.when and not holds(c.when, shape)} if one.choices else ()
    if closed:
        shape.closed[place] = closed


def page_of(form: Form, place: str) -> Page | None:
    """The page that a pointer into answers belongs to."""
    name = place.split("/")[1] if "/" in place else ""
    return next((page for page in form.pages if any(f.id == name for f in page.fields)), None)
