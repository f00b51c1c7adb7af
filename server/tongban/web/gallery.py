"""Every field type in every state, on one page; `tongban form preview` shows any form the same way."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from tongban.engine import answers
from tongban.engine.answers import sample
from tongban.engine.model import Form, Json
from tongban.engine.read import read_form
from tongban.service import regions
from tongban.web import fields, show, uploads
from tongban.web.assets import send
from tongban.web.bodies import filled_in
from tongban.web.language import current
from tongban.web.session import runtime
from tongban.web.templating import render

pages = Blueprint("gallery", __name__)
STATES = ("blank", "filled", "wrong", "read", "returned", "compare", "staff")
_SEED = 7


@dataclass(frozen=True, slots=True)
class Shown:
    """The form on show and where it is served."""

    form: Form
    address: str
    prefix: str = ""


@cache
def gallery() -> Form:
    """The form with every field type."""
    form, problems = read_form(json.loads((Path(__file__).parent / "gallery.json").read_text("utf-8")))
    if form is None:
        raise ValueError(f"the gallery form is wrong: {problems}")
    return form


def init(app: Flask, form: Form | None = None, address: str = "/gallery", prefix: str = "") -> None:
    """Show the gallery, or `form` alone."""
    app.extensions["gallery"] = Shown(form or gallery(), address, prefix)
    app.register_blueprint(pages, url_prefix=address.rstrip("/") or None)


@pages.route("/", methods=["GET", "POST"], strict_slashes=False)
@filled_in
def look() -> ResponseReturnValue:
    """One state of the form; the buttons of a form without script come back here."""
    shown: Shown = current_app.extensions["gallery"]
    state = request.args.get("state", "blank")
    state = state if state in STATES else "blank"
    page = request.args.get("page", "")
    wanted = _look(shown, state, page)
    sheet = _posted(wanted) if request.method == "POST" else _sheet(wanted, state)
    pressed = any(request.form.get(name) for name in ("_go", "_add", "_copy", "_drop", "_import"))
    fine = request.method == "POST" and not pressed and all(p.level == "warning" for p in sheet.problems)
    status = 422 if sheet.problems and request.method == "POST" else 200
    if request.form.get("_draft"):
        return jsonify(fields.draft_answer(sheet))
    return render("page/gallery.html", form=shown.form, errors=fields.errors(sheet), state=state,
                           states=STATES, address=shown.address, body=_body(sheet, state), fine=fine), status


@pages.get("/files/<path:_name>")
def attached(_name: str) -> Response:
    """Stands for every attachment: those of made-up answers are nowhere."""
    return send("icons/icon-192.png")


def _env() -> dict[str, Json]:
    return {"today": show.today(_clock()), "now": _clock()}


def _clock() -> str:
    own = current_app.config.get("NOW")
    return str(own()) if own else runtime().clock()


def _look(shown: Shown, state: str, page: str) -> fields.Look:
    form, env = shown.form, _env()
    layout: Literal["steps", "sections"] = "sections" if state == "staff" else "steps"
    plain = fields.Look(form, current(), env=env, prefix=shown.prefix, page=page, layout=layout,
                        lookups=answers.Lookups(region=regions.full_name), children=regions.children,
                        files=shown.address.rstrip("/") + "/files/")
    if state == "blank":
        return plain
    raw = sample.valid(form, env, _SEED, shown.prefix)
    stored = answers.read(form, raw, env, "draft", answers.Step(shown.prefix)).values
    if state == "wrong":
        return replace(plain, raw=sample.wrong(form, _SEED))
    if state == "read":
        return replace(plain, values=stored, modes={one.id: "see" for one in form.fields}, layout="sections")
    if state in ("returned", "compare"):
        return _returned(replace(plain, values=stored))
    return replace(plain, raw=raw)


def _returned(look_: fields.Look) -> fields.Look:
    """After a return: every third field marked, those and what rests on them open, old values beside new ones."""
    marked = [one.id for i, one in enumerate(look_.form.fields) if i % 3 == 1 and one.type != "note"]
    open_ = answers.reopened({"": look_.form}, marked)
    note = "请核对后重新填写" if look_.lang == "zh" else "Check this and enter it again"
    other = answers.read(look_.form, sample.valid(look_.form, look_.env, _SEED + 1), dict(look_.env), "draft").values
    return replace(look_, modes={one.id: "edit" if one.id in open_ else "see" for one in look_.form.fields},
                   marks=dict.fromkeys(marked, note), before={name: other.get(name) for name in marked})


def _sheet(wanted: fields.Look, state: str) -> fields.Sheet:
    return fields.judged(wanted) if state == "wrong" else fields.sheet(wanted)


def _posted(wanted: fields.Look) -> fields.Sheet:
    """What a page without script sent: a step, a row button, or the whole form."""
    given, lost = uploads.look_at(fields.gather(request.form))
    raw = fields.edited(given, request.form, wanted.form)
    wanted = replace(wanted, raw=raw, page=request.form.get("_here", ""))
    if lost:
        return fields.sheet(replace(wanted, problems=fields.with_lost(wanted, lost)))
    if request.form.get("_draft") or any(name in request.form for name in ("_add", "_copy", "_drop")):
        return fields.sheet(wanted)
    if request.form.get("_import"):
        raw, problems = uploads.imported(wanted.form, raw, wanted.env)
        return fields.sheet(replace(wanted, raw=raw, problems=problems))
    go = request.form.get("_go", "")
    if go:
        page, problems = fields.next_page(fields.sheet(wanted), wanted.page, go)
        return fields.sheet(replace(wanted, page=page, problems=problems))
    return fields.judged(replace(wanted, page=""))


def _body(sheet: fields.Sheet, state: str) -> Markup:
    if state == "read":
        return fields.summary(sheet)
    if state == "compare":
        return fields.compare(sheet)
    return fields.edit(sheet, render("form/submit.html"))


