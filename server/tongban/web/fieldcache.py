"""Markup that is drawn once: a question without its answer, and a whole form that nobody has written in yet.

Nothing of what people typed is ever kept here: a kept question has a hole where its answer goes, and one with words of
somebody's beside it (what is wrong, a reviewer's note, the answer before) is drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup, escape

from tongban.engine.model import Expr, Field, Form
from tongban.web.fieldview import FieldView
from tongban.web.look import Look
from tongban.web.sheet import Sheet
from tongban.web.templating import macro

MOST = 4_000
_HOLE = "\ue000hole\ue001"          # private-use characters, which no reader lets through as an answer's own
_ROW = "\ue000row\ue001"            # where the number of its row goes
_LIST = Markup("\ue000hole\ue001")    # the same where a list of regions goes
_ONE_BOX = frozenset((
    "text", "longtext", "name", "email", "scan", "integer", "decimal", "rate", "date", "month", "year", "time",
    "citizen_id", "uscc", "mobile", "phone", "bank_account", "money"))
_PICKED = frozenset(("yesno", "choice", "choices", "note"))
_WORKED_OUT = frozenset(("computed", "fact"))
_SEEN = (_ONE_BOX | _PICKED | {"region", "address", "date_range", "position", "declaration"}) - {"note"}
_NOTHING = (None, "", [], {})

_fields: dict[Hashable, tuple[Field, list[str]]] = {}
_blank: dict[Hashable, tuple[Form, Sheet]] = {}
_frames: dict[Hashable, tuple[Form, list[Markup]]] = {}
_outer: dict[int, tuple[Form, bool]] = {}


def draw(view: FieldView) -> str:
    """One question with its answer, as markup."""
    one = view.field
    if one.options.get("capitals"):
        return _drawn(view)
    if (view.mode == "see" and one.type in _SEEN) or one.type in _WORKED_OUT:
        return _around(view, "shown", view.text)
    if one.type in _ONE_BOX or (one.type == "region" and not view.levels and not view.groups):
        return _around(view, "raw", view.plain, view.iso)
    if one.type == "region" and view.levels:
        return filled(_kept(view, len(view.levels), {"levels": (_LIST,) * len(view.levels)}), view.levels)
    if one.type == "region" and view.iso:
        return _kept(view, view.value, {})[0]
    if one.type in _PICKED:
        return _kept(view, (view.options, view.value if isinstance(view.value, bool) else None), {})[0]
    if one.type != "group" and view.raw in _NOTHING and view.value in _NOTHING:
        return _kept(view, (len(view.levels), len(view.groups)), {})[0]
    return _drawn(view)


def _around(view: FieldView, where: str, words: str, more: Hashable = None) -> str:
    """A question whose answer stands in it as plain text: it is escaped, for the quotes of an attribute too."""
    if _HOLE in words:
        return _drawn(view)
    return str(escape(words)).join(_kept(view, (bool(words), more), {where: _HOLE if words else ""}))


def filled(around: Sequence[str], holes: Sequence[str]) -> str:
    """What stands around holes, with them filled in."""
    first, *rest = around
    return "".join((first, *(part for pair in zip(holes, rest, strict=True) for part in pair)))


def _kept(view: FieldView, more: Hashable, without: Mapping[str, Any]) -> Sequence[str]:
    """The question drawn with holes in place of its answer, in the parts between them. Rows of a list share theirs."""
    if view.errors or view.warnings or view.mark or view.before is not None:
        return _drawn(replace(view, **without)).split(_HOLE)        # somebody's own words: never kept
    top, *cell = view.at[1:].split("/")
    at = f"/{top}/{_ROW}/{cell[1]}" if cell else view.at
    key = (id(view.field), at, view.mode, view.lang, view.hidden, view.required, view.prefilled, view.clause,
           view.today, more)
    found = _fields.get(key)
    if found is None:
        if len(_fields) >= MOST:
            _fields.clear()
        parts = _drawn(replace(view, at=at, **without)).split(_HOLE)
        found = _fields[key] = (view.field, parts)      # the field stays alive, so its id is nobody else's
    return [part.replace(_ROW, cell[0]) for part in found[1]] if cell else found[1]


def _drawn(view: FieldView) -> str:
    return str(macro("form/field.html", "field")(view))


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
