"""/sign-in/mobile and /sign-in/code: sides of a case that have no account prove that they hold the mobile it names."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from tongban.service import codes
from tongban.service.codes import Asked, mobile
from tongban.service.errors import NotFound, Refused, Throttled
from tongban.web import cookies, htmx, kept
from tongban.web.language import current, problem, say
from tongban.web.pages.sign_in import entered, here_only
from tongban.web.session import address, runtime

pages = Blueprint("sign_in_mobile", __name__, url_prefix="/sign-in")


@pages.get("/mobile")
def form() -> ResponseReturnValue:
    """Which mobile."""
    if not codes.possible(runtime()):
        raise NotFound
    return _page(200)


@pages.post("/mobile")
def ask() -> ResponseReturnValue:
    """A code is sent; the answer is the same whether anything waits for that mobile or not."""
    if request.form.get("by") == "code":        # from the middle of a form, which rides along
        return form()
    try:
        asked = codes.ask(runtime(), request.form.get("phone", ""), address(), current())
    except Refused as error:
        return _page(422, problem=problem(error.problems[0]))
    except Throttled as error:
        answer = _page(429, problem=say("web.sign_in.slow", seconds=error.seconds))
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    return _page(200, asked=asked)


@pages.post("/code")
def enter() -> ResponseReturnValue:
    """A session of two hours."""
    given = request.form
    try:
        token = codes.enter(runtime(), given.get("phone", ""), given.get("code", ""), given.get("name", ""),
                            cookies.get("session"))
    except Refused as error:
        return _page(422, problem=problem(error.problems[0]), asked=Asked(mobile(given.get("phone", ""))))
    return entered(token)


def _page(status: int, **more: Any) -> Response:
    return htmx.page("page/sign_in_mobile.html", status, block="sign_in", **{
        "problem": "", "asked": None, "phone": request.form.get("phone", ""), "name": request.form.get("name", ""),
        "kept": kept.carried(), "resume": here_only(request.form.get("resume", "/")),
        "next": here_only(request.values.get("next", "/")), **more})
