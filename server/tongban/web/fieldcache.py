"""Markup that is drawn once: a question without its answer, and a whole form that nobody has written in yet.

Nothing of what people typed is ever kept here: a cached question holds a mark where its value goes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import Any

from flask import get_template_attribute
from markupsafe import Markup

from tongban.engine import answers
from tongban.engine.model import Expr, Field, Form
from tongban.web.fieldview import FieldView
from tongban.web.look import Look
from tongban.web.sheet import Sheet

MOST = 4_000
_VALUE = "\ue000value\ue001"        # private-use characters, which no reader lets through as an answer's own
_LEVEL = Markup("<tb-level-{}>")     # where the list of a region's level goes
_ONE_BOX = frozenset((
    "text", "longtext", "name", "email", "scan", "integer", "decimal", "rate", "date", "month", "year", "time",
    "citizen_id", "uscc", "mobile", "phone", "bank_account", "money"))
_PICKED = frozenset(("yesno", "choice", "choices", "note"))

_fields: dict[Hashable, tuple[Field, Markup]] = {}
_blank: dict[Hashable, tuple[Form, Sheet]] = {}
_frames: dict[Hashable, tuple[Form, list[Markup]]] = {}
_outer: dict[int, tuple[Form, bool]] = {}


def draw(view: FieldView) -> Markup:
    """One question with its answer."""
    if view.type in _ONE_BOX and view.mode == "edit" and not view.option("capitals"):
        typed = view.plain
        if _VALUE in typed:
            return _drawn(view)
        empty = _kept(view, (bool(typed), view.iso), lambda: _drawn(replace(view, raw=_VALUE if typed else "")))
        # What was typed is plain text: Markup.replace escapes it, for the quotes of an attribute and for a textarea.
        return empty.replace(_VALUE, typed) if typed else empty
    if view.levels and view.type == "region" and view.mode == "edit":
        holes = tuple(_LEVEL.format(n) for n in range(len(view.levels)))
        drawn = _kept(view, holes, lambda: _drawn(replace(view, levels=holes)))
        for hole, options in zip(holes, view.levels, strict=True):
            drawn = drawn.replace(hole, options)
        return drawn
    if view.type == "region" and view.mode == "edit":
        return _kept(view, answers.deepest(view.raw), lambda: _drawn(view))
    if view.type in _PICKED and view.mode == "edit":
        return _kept(view, (view.options, view.value if isinstance(view.value, bool) else None), lambda: _drawn(view))
    return _drawn(view)


def _kept(view: FieldView, more: Hashable, make: Callable[[], Markup]) -> Markup:
    key = (id(view.field), view.at, view.lang, view.hidden, view.required, view.optional, view.errors, view.warnings,
           view.mark, view.prefilled, view.before, view.clause, view.today, more)
    found = _fields.get(key)
    if found is None:
        if len(_fields) >= MOST:
            _fields.clear()
        found = _fields[key] = (view.field, make())     # the field stays alive, so its id is nobody else's
    return found[1]


def _drawn(view: FieldView) -> Markup:
    drawn: Markup = get_template_attribute("form/field.html", "field")(view)
    return drawn


def frame(sheet: Sheet, check: str, make: Callable[[], list[Markup]]) -> list[Markup]:
    """What stands around the questions of a form: the same for all forms whose pages stand alike."""
    if sheet.current == check:
        return make()       # all answers stand there
    look = sheet.look
    key = (id(look.form), look.lang, look.layout, sheet.current,
           tuple((page.hidden, page.current, page.wrong) for page in sheet.pages))
    found = _frames.get(key)
    if found is None:
        if len(_frames) >= MOST // 10:
            _frames.clear()
        found = _frames[key] = (look.form, make())
    return found[1]


def blank(look: Look, make: Callable[[Look], Sheet]) -> Sheet:
    """The sheet of a form; the same one for everybody who has not written anything into it."""
    written = (look.raw, look.problems, look.marks, look.before, look.prefilled)
    if any(written) or any(value not in (None, [], {}) for value in look.values.values()):
        return make(look)
    if look.lookups.option or look.options or _asks_more(look.form, look.prefix):
        return make(look)
    key = (id(look.form), look.lang, look.layout, look.page, look.prefix, look.files, look.env.get("today"),
           tuple(sorted(look.modes.items())), tuple((k, tuple(v.items())) for k, v in look.clauses.items()))
    found = _blank.get(key)
    if found is None:
        if len(_blank) >= MOST // 10:
            _blank.clear()
        found = _blank[key] = (look.form, make(look))
    return found[1]


def _asks_more(form: Form, prefix: str) -> bool:
    """Whether the form's rules ask for more than its own fields and the day: then it differs from case to case."""
    found = _outer.get(id(form))
    if found is None:
        if len(_outer) >= MOST:
            _outer.clear()
        own = tuple(prefix + one.id for one in form.fields)
        outside = {name for rule in _rules(form) for name in rule.names if not name.startswith(own)} - {"today"}
        found = _outer[id(form)] = (form, bool(outside))
    return found[1]


def _rules(form: Form) -> list[Expr]:
    found: list[Any] = [page.visible for page in form.pages]
    for one in (f for top in form.fields for f in (top, *top.fields)):
        found += [one.visible, one.required, one.readonly, one.computed, *(c.test for c in one.valid),
                  *(c.when for c in one.choices)]
    return [rule for rule in found if isinstance(rule, Expr)]


def counts() -> Mapping[str, int]:
    """How much is kept, for the operator's figures and the tests."""
    return {"fields": len(_fields), "forms": len(_blank)}
