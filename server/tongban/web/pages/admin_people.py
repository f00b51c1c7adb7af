"""/admin/people: who there is, what they may do, adding people, giving and taking roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from tongban.engine.problem import Problem
from tongban.service import staff
from tongban.service.access import Person
from tongban.service.errors import Refused
from tongban.web import htmx
from tongban.web.session import allowed, runtime

pages = Blueprint("admin_people", __name__, url_prefix="/admin/people")


@pages.get("")
def listed() -> ResponseReturnValue:
    """People by account, searchable."""
    return _list(allowed("people.read"))


@pages.post("")
def add() -> ResponseReturnValue:
    """A new member of staff."""
    who = allowed("people.edit")
    try:
        person_id = staff.add(runtime(), who, request.form.to_dict())
    except Refused as error:
        return _list(who, 422, error.problems)
    return htmx.go(f"/admin/people/{person_id}?said=saved")


@pages.get("/<person_id>")
def one(person_id: str) -> ResponseReturnValue:
    """One person with every role, past and coming ones too."""
    return _one(allowed("people.read"), person_id)


@pages.post("/<person_id>/grants")
def grant(person_id: str) -> ResponseReturnValue:
    """Give a role."""
    who, given = allowed("people.edit"), request.form
    role, scope, starts, ends = (given.get(name, "") for name in ("role", "scope", "starts", "ends"))
    return _do(who, person_id, lambda: staff.grant(runtime(), who, person_id, role, scope, starts, ends))


@pages.post("/<person_id>/grants/<int:number>/end")
def revoke(person_id: str, number: int) -> ResponseReturnValue:
    """Take a role away."""
    who = allowed("people.edit")
    return _do(who, person_id, lambda: staff.revoke(runtime(), who, person_id, number))


@pages.post("/<person_id>/access")
def access(person_id: str) -> ResponseReturnValue:
    """Let in, keep out, or give a new first password."""
    who, wanted = allowed("people.edit"), request.form.get("do", "")
    if wanted == "password":
        first = request.form.get("password", "")
        return _do(who, person_id, lambda: staff.reset_password(runtime(), who, person_id, first))
    return _do(who, person_id, lambda: staff.set_active(runtime(), who, person_id, active=wanted == "open"))


def _do(who: Person, person_id: str, work: Callable[[], None]) -> ResponseReturnValue:
    try:
        work()
    except Refused as error:
        return _one(who, person_id, 422, error.problems)
    return htmx.go(f"/admin/people/{person_id}?said=saved")


def _list(who: Person, status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    view = staff.page(runtime(), who, request.args.get("q", "").strip()[:80], request.args.get("after", "")[:80])
    return htmx.page("page/admin_people.html", status, view=view, problems=problems, raw=request.form,
                     anchors=_anchors(problems), offices=staff.offices(runtime(), who))


def _one(who: Person, person_id: str, status: int = 200, problems: Sequence[Problem] = ()) -> Response:
    return htmx.page("page/admin_person.html", status, one=staff.one(runtime(), who, person_id), roles=staff.roles(),
                     problems=problems, raw=request.form, anchors=_anchors(problems))


def _anchors(problems: Sequence[Problem]) -> dict[str, str]:
    return {one.at: "f-" + one.at.strip("/") for one in problems if one.at}
