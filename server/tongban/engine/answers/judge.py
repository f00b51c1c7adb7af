"""Read values are judged: asked for and missing, checks of the form, choices that closed, rows that repeat."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tongban.engine.answers import dates
from tongban.engine.answers.passive import KINDS
from tongban.engine.answers.shape import Shape, cells, enter_row, leave_rows
from tongban.engine.model import Check, Field, Json
from tongban.engine.problem import Problem


def judge(one: Field, shape: Shape, prefix: str, unread: Collection[str]) -> Iterator[Problem]:
    """Problems of one top-level field and its rows. `unread` = places that already have a problem of their own."""
    place = f"/{one.id}"
    if place in shape.hidden:
        return
    yield from _value(one, place, shape.values.get(one.id), shape, unread)
    for i, row in cells(one, shape.values):
        enter_row(shape, one, row, prefix)
        for column in one.fields:
            at = f"{place}/{i}/{column.id}"
            if at not in shape.hidden:
                yield from _value(column, at, row.get(column.id), shape, unread)
    if one.fields:
        leave_rows(shape, one, prefix)
        yield from _repeats(one, shape)


def _value(one: Field, place: str, value: Json, shape: Shape, unread: Collection[str]) -> Iterator[Problem]:
    if place in unread:
        return
    if value is None or value == []:
        if place in shape.required:
            yield Problem(KINDS[one.type].ask, place, {"label": one.label}, clause=one.clause)
        return
    if one.type == "group" and one.min is not None and len(value) < int(one.min):
        few = {"label": one.label, "min": one.min, "have": len(value)}
        yield Problem("answer.group.few", place, few, clause=one.clause)
    yield from _closed(one, place, value, shape)
    yield from _checks(one, place, value, shape)


def _closed(one: Field, place: str, value: Json, shape: Shape) -> Iterator[Problem]:
    """Choices that the other answers do not leave open."""
    closed = shape.closed.get(place, set())
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item in closed:
            words = next(c.label for c in one.choices if c.value == item)
            yield Problem("answer.choice.closed", place, {"label": one.label, "choice": words}, clause=one.clause)


def _checks(one: Field, place: str, value: Json, shape: Shape) -> Iterator[Problem]:
    """What the type finds odd, bounds that move with the day, and the form's own checks."""
    warn = KINDS[one.type].warn
    code = warn(one, value) if warn else None
    if code:
        yield Problem(code, place, {"label": one.label}, level="warning")
    bound = dates.bound_problem(one, value, shape.env.get("today"))
    if bound:
        yield Problem(bound.code, place, {"label": one.label, **bound.params}, clause=one.clause)
    for check in one.valid:
        if check.test.run(shape.env) is False:
            yield _failed(one, check, place, shape)


def _failed(one: Field, check: Check, place: str, shape: Shape) -> Problem:
    """The author's words, with the values that the check read."""
    params = {name.rpartition(".")[2]: _word(name, shape) for name in check.test.names}
    return Problem("answer.check", place, {"label": one.label, **params}, "warning" if check.soft else "error",
                   check.clause or one.clause, check.say)


def _word(name: str, shape: Shape) -> Json:
    """A value as people read it, in both languages."""
    value, one = shape.env.get(name), shape.fields.get(name)
    if value is None or isinstance(value, (list, dict)):
        return "—" if value is None else "…"
    return {lang: KINDS[one.type].show(one, value, lang) for lang in ("zh", "en")} if one else value


def _repeats(one: Field, shape: Shape) -> Iterator[Problem]:
    """Rows that name the same thing twice, in the columns that the definition calls unique."""
    for name in one.options.get("unique") or ():
        column = next((c for c in one.fields if c.id == name), None)
        seen: dict[str, int] = {}
        for i, row in cells(one, shape.values) if column else ():
            value = row.get(name)
            if value is None or column is None:
                continue
            if str(value) in seen:
                first = {"label": column.label, "row": seen[str(value)] + 1}
                yield Problem("answer.group.repeated", f"/{one.id}/{i}/{name}", first)
            seen.setdefault(str(value), i)
