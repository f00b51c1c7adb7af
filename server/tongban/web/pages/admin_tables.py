"""/admin/tables: parameters by region and date, and the working days of each year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from tongban.engine.problem import Problem
from tongban.service import tables
from tongban.service.access import Person
from tongban.service.errors import Refused
from tongban.web import htmx
from tongban.web.language import say
from tongban.web.session import allowed, runtime

pages = Blueprint("admin_tables", __name__, url_prefix="/admin/tables")
_SAID = ("parameter", "calendar")


@pages.get("")
def listed() -> ResponseReturnValue:
    """All of it."""
    return _page(allowed("settings.read"))


@pages.post("/parameters")
def put() -> ResponseReturnValue:
    """One value, or a file of them."""
    who, sheet = allowed("settings.edit"), request.files.get("sheet")
    content = sheet.stream.read(tables.MOST_BYTES + 1) if sheet and sheet.filename else b""
    try:
        if request.form.get("do") == "file":
            tables.load_file(runtime(), who, content)
        else:
            tables.put(runtime(), who, request.form.to_dict())
    except Refused as error:
        return _page(who, 422, error.problems)
    return htmx.go("/admin/tables?said=parameter")


@pages.post("/calendars")
def load() -> ResponseReturnValue:
    """The working days of a year."""
    who, sheet = allowed("settings.edit"), request.files.get("sheet")
    content = sheet.stream.read(tables.MOST_BYTES + 1) if sheet and sheet.filename else b""
    try:
        tables.load_calendar(runtime(), who, request.form.get("year", "").strip(), content)
    except Refused as error:
        return _page(who, 422, error.problems)
    return htmx.go("/admin/tables?said=calendar")


def _page(who: Person, status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    said, known = request.args.get("said", ""), tables.calendars(runtime(), who)
    this = int(runtime().today()[:4])
    missing = [str(year) for year in (this, this + 1) if year not in {one.year for one in known}]
    return htmx.page("page/admin_tables.html", status, parameters=tables.parameters(runtime(), who),
                     calendars=known, missing=missing, problems=problems, anchors=_anchors(problems),
                     raw=request.form, edits=who.admin, said=say(f"web.tables.said.{said}") if said in _SAID else "")


def _anchors(problems: Sequence[Problem]) -> dict[str, Any]:
    """Where each problem is mended: at its own question, or at the file that holds the row."""
    here = "f-year" if request.path.endswith("calendars") else "f-name"
    known = {f"/{name}": f"f-{name}" for name in (*tables.COLUMNS, "year")}
    file = "f-days" if request.path.endswith("calendars") else "f-sheet"
    return {p.at: known.get(p.at, file if p.at.count("/") > 1 or p.at == "/sheet" else here) for p in problems}
