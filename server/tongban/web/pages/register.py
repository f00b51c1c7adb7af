"""/register: an enterprise's first person, bound to its unified social credit code."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from tongban.engine.problem import Problem
from tongban.service import catalogue, people
from tongban.service.errors import Refused
from tongban.web import cookies, htmx
from tongban.web.session import address, runtime

pages = Blueprint("register", __name__)


@pages.get("/register")
def form() -> ResponseReturnValue:
    """The form."""
    return _form(200)


@pages.post("/register")
def enter() -> ResponseReturnValue:
    """Register and sign in at once."""
    raw = request.form.to_dict()
    raw["uscc"] = "".join(raw.get("uscc", "").split()).replace("-", "")
    try:
        token = people.register_enterprise(runtime(), raw, address())
    except Refused as error:
        return _form(422, error.problems)
    answer = make_response(htmx.go("/?said=registered"))
    cookies.put(answer, "session", token)
    return answer


def _form(status: int, problems: Sequence[Problem] = ()) -> Response:
    raw = {name: value for name, value in request.form.items() if name != "password"}
    anchors = {problem.at: "f-" + problem.at.strip("/") for problem in problems if problem.at}
    return htmx.page("page/register.html", status, raw=raw, problems=problems, anchors=anchors,
                     regions=catalogue.regions(runtime()))
