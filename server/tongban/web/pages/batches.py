"""/batches: documents printed many at once, with their progress and their files."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from tongban.engine.problem import Problem
from tongban.service import batches
from tongban.service.access import Person
from tongban.service.errors import Refused
from tongban.web import htmx
from tongban.web.session import runtime, signed_in

pages = Blueprint("batches", __name__, url_prefix="/batches")
_TYPES = {"pdf": "application/pdf", "zip": "application/zip"}


@pages.get("")
def every() -> ResponseReturnValue:
    """What may be printed, and the latest batches."""
    return _page(signed_in())


@pages.post("")
def make() -> ResponseReturnValue:
    """Start a batch from a list or for a period."""
    who, sent = signed_in(), request.files.get("list")
    procedure, _, document = request.form.get("document", "").partition("/")
    since, until = (request.form.get(name, "") for name in ("since", "until"))
    if not document:
        return _page(who, (Problem("batch.bad_choice", "/document"),), 422)
    wrong = tuple(Problem("batch.bad_date", f"/{name}") for name, day in (("since", since), ("until", until))
                  if not _dated(day))
    if wrong:
        return _page(who, wrong, 422)
    try:
        wanted = batches.listed(sent.stream.read(batches.SHEETS + 1)) if sent and sent.filename else ()
        made = batches.make(runtime(), who, procedure, document, wanted, since, until)
    except Refused as no:
        return _page(who, no.problems, 422)
    return htmx.go(f"/batches/{made}")


@pages.get("/<batch_id>")
def one(batch_id: str) -> ResponseReturnValue:
    """How far it is, and what is ready."""
    return htmx.page("page/batch.html", view=batches.view(runtime(), signed_in(), batch_id))


@pages.get("/<batch_id>/<int:number>/<kind>")
def part(batch_id: str, number: int, kind: str) -> ResponseReturnValue:
    """A finished part."""
    name, content = batches.part(runtime(), signed_in(), batch_id, number, kind)
    answer = make_response(content)
    answer.mimetype = _TYPES[kind]
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _page(who: Person, problems: tuple[Problem, ...] = (), status: int = 200) -> Response:
    return htmx.page("page/batches.html", status, choices=batches.choices(runtime(), who), problems=problems,
                     latest=batches.latest(runtime(), who), raw=request.form)


def _dated(day: str) -> bool:
    try:
        return not day or bool(dt.date.fromisoformat(day))
    except ValueError:
        return False
