"""/settings: password, channels, deputies, tokens: what people settle for themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from tongban.engine.problem import Problem
from tongban.service import account, outside
from tongban.service.access import Person, may
from tongban.service.errors import Refused
from tongban.web import htmx
from tongban.web.render import said
from tongban.web.session import runtime, signed_in

pages = Blueprint("settings", __name__, url_prefix="/settings")


@pages.get("")
def view() -> ResponseReturnValue:
    """Everything on one page."""
    return _page(signed_in())


@pages.post("/password")
def password() -> ResponseReturnValue:
    """A new password; sign-ins on other devices end."""
    who = signed_in()
    return _do(who, "password", lambda: account.change_password(
        runtime(), who, request.form.get("old", ""), request.form.get("password", "")))


@pages.post("/channels")
def channels() -> ResponseReturnValue:
    """Where to be told."""
    who = signed_in()
    return _do(who, "saved", lambda: account.choose_channels(
        runtime(), who, tuple(request.form.getlist("channel")), request.form.get("email", "").strip()))


@pages.post("/deputies")
def appoint() -> ResponseReturnValue:
    """Somebody acts in this person's place from one day to another."""
    who = signed_in()
    return _do(who, "saved", lambda: account.appoint(
        runtime(), who, request.form.get("deputy", ""), request.form.get("starts", ""), request.form.get("ends", "")))


@pages.post("/deputies/<int:number>/end")
def dismiss(number: int) -> ResponseReturnValue:
    """End it."""
    who = signed_in()
    return _do(who, "saved", lambda: account.dismiss(runtime(), who, number))


@pages.post("/tokens")
def token() -> ResponseReturnValue:
    """A token for programs, shown this once."""
    who = signed_in()
    days = request.form.get("days", "90")
    try:
        made = account.make_token(runtime(), who, request.form.get("label", ""), tuple(request.form.getlist("scope")),
                                  int(days) if days.isdecimal() else 0)
    except Refused as error:
        return _page(who, 422, error.problems)
    return _page(who, made=made)


@pages.post("/tokens/<token_id>/end")
def drop(token_id: str) -> ResponseReturnValue:
    """Revoke it."""
    who = signed_in()
    return _do(who, "saved", lambda: account.drop_token(runtime(), who, token_id))


def _do(who: Person, what: str, work: Callable[[], None]) -> ResponseReturnValue:
    try:
        work()
    except Refused as error:
        return _page(who, 422, error.problems)
    return htmx.go(f"/settings?said={what}")


def _page(who: Person, status: int = 200, problems: Sequence[Problem] = (), made: str = "") -> Response:
    asked = request.path.rpartition("/")[2] if problems else ""     # which of the page's questions was refused
    wanted = request.form.getlist("channel") if asked == "channels" else who.channels
    return htmx.page("page/settings.html", status, problems=problems, made=made, said=said(), asked=asked,
                     wanted=wanted, mails=runtime().mailer is not None,
                     systems=outside.channels(runtime()),
                     own_people=may(who, "colleagues.read", who.org),
                     anchors={one.at: "f-" + one.at.strip("/") for one in problems if one.at},
                     deputies=account.deputies(runtime(), who), tokens=account.tokens(runtime(), who), raw=request.form)
