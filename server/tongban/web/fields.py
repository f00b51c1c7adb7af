"""The bridge from a form of the engine to its pages: what templates need, worked out before they run.

How a page shows a form:

    look = fields.Look(form, lang, raw=fields.gather(request.form), …)     # or values= for what is stored
    sheet = fields.sheet(look)                                              # evaluated: hidden, required, computed
    fields.edit(sheet, actions=buttons)             -> Markup, as the buttons are; inside the page's <form>
    fields.summary(sheet, change=url)               -> Markup, read-only list (check your answers, reviewers)
    fields.compare(sheet)                           -> Markup, before and now side by side
    fields.errors(sheet)                            -> Markup, the linked summary on top; empty where nothing is wrong

`edit` draws every page of the form in one document. Script pages through it (pwa/js/form.js); without script the
buttons named `_go` (a page id, "check" or "next"), `_add`, `_copy`, `_drop` (rows) are sent to the page's own address:
save the draft and answer with `sheet(replace(look, raw=fields.edited(raw, button, form), page=fields.next_page(…)))`.
The <form> may carry data-draft="/address": raw answers are posted there as they are typed, and
`fields.draft_answer(sheet)` is the JSON it wants back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from flask import request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from tongban.engine import answers
from tongban.engine.answers import Answers, Step
from tongban.engine.model import Form, Json, Page
from tongban.engine.problem import Problem
from tongban.text import problem as sentence
from tongban.text import say
from tongban.web import fieldcache
from tongban.web.fieldview import Drawn, FieldView, draw
from tongban.web.look import Look
from tongban.web.sheet import CHECK, PageView, Sheet
from tongban.web.templating import macro

NO_ACTIONS = Markup()
_ACTIONS = Markup("<tb-actions></tb-actions>")      # stands for the buttons, which are every page's own
_HOLE = Markup("<tb-hole></tb-hole>")               # for what differs between forms of the same shape


def sheet(look: Look) -> Sheet:
    """Evaluate the form's rules and prepare every field."""
    return fieldcache.blank(look, _sheet)


def _sheet(look: Look) -> Sheet:
    read = _read(look, "draft")
    told = tuple(look.problems or ())
    drawn = Drawn(look, read, told)
    current = _current(look, read, told)
    shown = [page for page in look.form.pages if page.id not in read.shape.pages]
    numbers = {page.id: i for i, page in enumerate(shown, 1)}
    pages = tuple(_page(page, drawn, numbers.get(page.id, 0), page.id == current) for page in look.form.pages)
    return Sheet(look, read, pages, told, current)


def _page(page: Page, drawn: Drawn, number: int, current: bool) -> PageView:
    views = tuple(view for one in page.fields if (view := draw(one, drawn)).mode != "hidden")
    wrong = sum(view.wrong for view in views) if drawn.told else 0
    return PageView(page, views, not number or not views, number, current or drawn.look.layout == "sections", wrong)


def _current(look: Look, read: Answers, told: Sequence[Problem]) -> str:
    """The wanted page; else the first with a problem; else the first that a reviewer marked; else the first."""
    shown = [page.id for page in look.form.pages if page.id not in read.shape.pages]
    if look.page in (*shown, CHECK):
        return look.page
    for found in told:
        page = answers.page_of(look.form, found.at)
        if page and page.id in shown:
            return page.id
    marked = (page.id for page in look.form.pages if any(one.id in look.marks for one in page.fields))
    return next((page for page in (*marked, *shown) if page in shown), CHECK)


def gather(form: MultiDict[str, str]) -> dict[str, Json]:
    """Raw answers of a posted page. Names with "_" and the page's own (csrf, key …) are no answers."""
    own = {"csrf", "key", "expected", "task", "action", "kind", "from"}
    return {name: values if len(values) > 1 else values[0]
            for name, values in form.lists() if name not in own and not name.startswith("_")}


def edited(raw: Mapping[str, Json], pressed: Mapping[str, str], form: Form) -> dict[str, Json]:
    """The answers after a row button: `_add` = group id, `_copy` and `_drop` = "group.number"."""
    out = dict(answers.nested(raw))
    groups = {one.id: one for one in form.fields if one.type == "group"}
    for button in ("_add", "_copy", "_drop"):
        name, _, number = pressed.get(button, "").partition(".")
        if name not in groups:
            continue
        rows = _listed(out.get(name))
        at = int(number) if number.isdecimal() and int(number) < len(rows) else None
        if button == "_add":
            rows.append({})
        elif at is not None and button == "_copy":
            rows.insert(at + 1, dict(rows[at]))
        elif at is not None:
            del rows[at]
        out[name] = rows
    return out


def _listed(rows: Json) -> list[Json]:
    """Rows as a list, whether a page numbered them or a program listed them."""
    if isinstance(rows, Mapping):
        return [rows[key] for key in sorted(rows, key=lambda key: (len(key), key))]
    return list(rows or [])


def next_page(sheet_: Sheet, here: str, go: str) -> tuple[str, tuple[Problem, ...]]:
    """Where a `_go` button leads without script, and what keeps the person on the page ("next" asks for the page)."""
    order = [page.id for page in sheet_.asked] + [CHECK]
    if go != "next":
        return (go if go in order else here), ()
    look = sheet_.look
    page = next((p for p in look.form.pages if p.id == here), None)
    if page is None:
        return order[0], ()
    wrong = answers.only(_read(look, "submit"), {one.id for one in page.fields}).problems
    if any(p.level == "error" for p in wrong):
        return here, wrong
    return order[min(order.index(here) + 1, len(order) - 1)] if here in order else order[0], ()


def with_lost(look: Look, lost: Sequence[Problem]) -> tuple[Problem, ...]:
    """Files that were not taken, and beside them everything else that stands in the way of the button pressed."""
    if request.form.get("action"):
        others = judged(look).problems
    elif request.form.get("_go") == "next":
        others = next_page(sheet(look), request.form.get("_here", ""), "next")[1]
    else:
        others = ()
    at, order = {one.at for one in lost}, {f"/{one.id}": i for i, one in enumerate(look.form.fields)}
    found = (*lost, *(one for one in others if one.at not in at))
    return tuple(sorted(found, key=lambda one: order.get("/".join(one.at.split("/")[:2]), -1)))


def draft_answer(sheet_: Sheet) -> dict[str, Json]:
    """What a saved draft answers to the script: what cannot be read, in words; on the last page all answers."""
    lang = sheet_.look.lang
    said: dict[str, Json] = {"problems": [{"at": p.at, "text": sentence(p, lang), "level": p.level}
                                          for p in sheet_.answers.problems]}
    if request.form.get("_here") == CHECK:
        said["check"] = str(macro("form/summary.html", "lines")(sheet_, True))
    return said


def anchors(found: Collection[Problem]) -> dict[str, str]:
    """Pointer of a problem -> id of the control it is about."""
    return {p.at: "f" + p.at.replace("/", "-") for p in found if p.at.startswith("/")}


def question(view: FieldView) -> Markup:
    """One question with its answer."""
    return Markup(fieldcache.draw(view))    # noqa: S704 - made by a template


def edit(sheet_: Sheet, actions: Markup = NO_ACTIONS) -> Markup:
    """All pages of the form, inside the caller's <form>. `actions` = the buttons that submit."""
    if "edit" not in sheet_.drawn:
        around = fieldcache.frame(sheet_, CHECK, lambda: _framed(sheet_))
        holes = [sheet_.data, *["".join(map(fieldcache.draw, page.fields)) for page in sheet_.pages]]
        sheet_.drawn["edit"] = Markup(fieldcache.filled(around, holes))     # noqa: S704 - made by templates
    return sheet_.drawn["edit"].replace(_ACTIONS, actions)


def _framed(sheet_: Sheet) -> list[Markup]:
    """What stands around the data of the form and the questions of its pages."""
    return macro("form/edit.html", "edit")(sheet_, _HOLE, lambda page: _HOLE, _ACTIONS).split(_HOLE)


def summary(sheet_: Sheet, change: str = "") -> Markup:
    """Questions and answers as a list; with `change` = an address that takes ?page=, each page has a link."""
    return macro("form/summary.html", "summary")(sheet_, change)


def compare(sheet_: Sheet) -> Markup:
    """What changed since the last round, before and now side by side."""
    return macro("form/summary.html", "compare")(sheet_)


def errors(sheet_: Sheet, more: Sequence[Problem] = ()) -> Markup:
    """The linked summary of what is wrong; `more` = what is at no field of the form."""
    found = [*(p for p in sheet_.problems if p.level != "warning"), *more]
    return macro("form/summary.html", "errors")(found, anchors(found), _rows(sheet_, found))


def _rows(sheet_: Sheet, found: Collection[Problem]) -> dict[str, str]:
    """Pointer of a problem in a row -> what the row is called: many rows say the same of themselves."""
    groups = {view.at[1:]: view for page in sheet_.pages for view in page.fields if view.type == "group"}
    told = {}
    for one in found:
        name, _, number = one.at[1:].partition("/")
        n = number.partition("/")[0]
        if name in groups and n.isdecimal():
            told[one.at] = groups[name].row_title(int(n) + 1) or say("form.row", sheet_.look.lang, n=int(n) + 1)
    return told


def judged(look: Look) -> Sheet:
    """The same look with everything that stands against submitting."""
    return sheet(replace(look, problems=_read(look, "submit").problems))


def _read(look: Look, mode: answers.Mode) -> Answers:
    """What the engine makes of the look's answers, within the fields that are open."""
    open_ = {one.id for one in look.form.fields if look.modes.get(one.id, "edit") in ("edit", "must")}
    return answers.read(look.form, look.raw or {}, dict(look.env), mode,
                        Step(look.prefix, look.values, open_, look.lookups))
