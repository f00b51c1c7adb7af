"""/admin/offices: the organisations that staff work for, adding and changing them."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from tongban.engine.problem import Problem
from tongban.service import offices, staff
from tongban.service.access import Person
from tongban.service.errors import Refused
from tongban.service.offices import OfficeView
from tongban.web import htmx
from tongban.web.session import allowed, runtime

pages = Blueprint("admin_offices", __name__, url_prefix="/admin/offices")


@pages.get("")
def listed() -> ResponseReturnValue:
    """Organisations by code, searchable."""
    return _page(allowed("people.read"))


@pages.post("")
def add() -> ResponseReturnValue:
    """A new organisation."""
    who = allowed("people.edit")
    try:
        offices.add(runtime(), who, request.form.to_dict())
    except Refused as error:
        return _page(who, 422, error.problems)
    return htmx.go("/admin/offices?said=saved")


@pages.get("/<code>")
def one(code: str) -> ResponseReturnValue:
    """One organisation, to be changed."""
    who = allowed("people.read")
    return _page(who, chosen=offices.one(runtime(), who, code))


@pages.post("/<code>")
def change(code: str) -> ResponseReturnValue:
    """Another name, kind, region or organisation above."""
    who = allowed("people.edit")
    try:
        offices.change(runtime(), who, code, request.form.to_dict())
    except Refused as error:
        return _page(who, 422, error.problems, offices.one(runtime(), who, code))
    return htmx.go("/admin/offices?said=saved")


def _page(who: Person, status: int = 200, problems: Sequence[Problem] = (),
          chosen: OfficeView | None = None) -> Response:
    view = None if chosen else offices.page(
        runtime(), who, request.args.get("q", "").strip()[:80], request.args.get("after", "")[:60])
    held = {"code": chosen.code, "zh": chosen.name.get("zh", ""), "en": chosen.name.get("en", ""), "kind": chosen.kind,
            "region": chosen.region, "parent": chosen.parent} if chosen else {}
    return htmx.page("page/admin_offices.html", status, view=view, problems=problems, raw=request.form or held,
                     chosen=chosen, kinds=offices.kinds(), above=staff.offices(runtime(), who),
                     anchors={one.at: "f-" + one.at.strip("/") for one in problems if one.at})
