"""/settings/colleagues: the people of one's own enterprise, for those who stand for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from tongban.engine.problem import Problem
from tongban.service import enterprise
from tongban.service.access import Person
from tongban.service.errors import Refused
from tongban.web import htmx
from tongban.web.session import allowed, runtime, signed_in

pages = Blueprint("colleagues", __name__, url_prefix="/settings/colleagues")


@pages.get("")
def listed() -> ResponseReturnValue:
    """Who there is, and a form for one more."""
    return _page(allowed("colleagues.read", signed_in().org))


@pages.post("")
def add() -> ResponseReturnValue:
    """A colleague with a first password."""
    who = allowed("colleagues.edit", signed_in().org)
    try:
        enterprise.add(runtime(), who, request.form.to_dict())
    except Refused as error:
        return _page(who, 422, error.problems)
    return htmx.go("/settings/colleagues?said=colleague_added")


@pages.post("/<person_id>/end")
def end(person_id: str) -> ResponseReturnValue:
    """Keep a colleague out from now on."""
    return _let(person_id, False, "colleague_ended")


@pages.post("/<person_id>/restore")
def restore(person_id: str) -> ResponseReturnValue:
    """Let a colleague in again."""
    return _let(person_id, True, "colleague_restored")


@pages.post("/<person_id>/password")
def password(person_id: str) -> ResponseReturnValue:
    """A new first password for a colleague who forgot theirs."""
    who, first = allowed("colleagues.edit", signed_in().org), request.form.get("password", "")
    return _do(who, "colleague_password", lambda: enterprise.reset_password(runtime(), who, person_id, first),
               person_id)


def _let(person_id: str, active: bool, what: str) -> ResponseReturnValue:
    who = allowed("colleagues.edit", signed_in().org)
    return _do(who, what, lambda: enterprise.set_active(runtime(), who, person_id, active=active))


def _do(who: Person, what: str, work: Callable[[], None], chosen: str = "") -> ResponseReturnValue:
    try:
        work()
    except Refused as error:
        return _page(who, 422, error.problems, chosen)
    return htmx.go(f"/settings/colleagues?said={what}")


def _page(who: Person, status: int = 200, problems: Sequence[Problem] = (), chosen: str = "") -> Response:
    """`chosen` = the colleague whose new password was refused: what is wrong stands in their row."""
    view = enterprise.page(runtime(), who, request.args.get("after", "")[:80])
    where = f"f-password-{chosen}" if chosen else "f-password"
    return htmx.page("page/colleagues.html", status, view=view, problems=problems, raw=request.form, chosen=chosen,
                     anchors={one.at: where if one.at == "/password" else "f-" + one.at.strip("/")
                              for one in problems if one.at})
