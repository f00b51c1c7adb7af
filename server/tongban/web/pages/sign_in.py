"""/sign-in and /sign-out. What was typed into a form before the session ended rides along and is handed back."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, request
from flask.typing import ResponseReturnValue

from tongban.service import codes, people
from tongban.service.errors import Denied, Throttled
from tongban.web import cookies, htmx
from tongban.web.language import say
from tongban.web.session import address, person, runtime

pages = Blueprint("sign_in", __name__)


@pages.get("/sign-in")
def form() -> ResponseReturnValue:
    """The form; somebody signed in is sent on."""
    if person() is not None:
        return redirect(here_only(request.args.get("next", "/")), 303)
    return _form(200, "")


@pages.post("/sign-in")
def enter() -> ResponseReturnValue:
    """A new session; the old one of this browser ends."""
    try:
        token = people.sign_in(runtime(), request.form.get("login", ""), request.form.get("password", ""), address(),
                               cookies.get("session"))
    except Denied:
        return _form(422, say("web.sign_in.wrong"))
    except Throttled as error:
        answer = _form(429, say("web.sign_in.slow", seconds=error.seconds))
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    kept = _kept()
    if kept:
        return _resume(token, kept)
    answer = make_response(htmx.go(here_only(request.form.get("next", "/"))))
    start(answer, token)
    return answer


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session; the page script wipes what this phone kept."""
    people.sign_out(runtime(), cookies.get("session"))
    answer = make_response(htmx.go("/sign-in?said=signed_out"))
    cookies.drop(answer, "session")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def start(response: Response, token: str) -> None:
    """Give the browser its session, and a new visitor id so that no token from before is good."""
    cookies.put(response, "session", token)


def here_only(url: str) -> str:
    """An address of ours; anything that leads elsewhere becomes the first page."""
    parts = urlsplit(url)
    safe = url.startswith("/") and not url.startswith("//") and "\\" not in url
    return url if safe and not parts.scheme and not parts.netloc else "/"


def _kept() -> list[tuple[str, str]]:
    return [(name.removeprefix("kept."), value) for name, value in request.form.items(multi=True)
            if name.startswith("kept.")]


def _form(status: int, problem: str) -> Response:
    return htmx.page("page/sign_in.html", status, block="sign_in", kept=_kept(), problem=problem,
                     by_code=codes.possible(runtime()),
                     resume=here_only(request.form.get("resume", "/")), login=request.form.get("login", ""),
                     next=here_only(request.values.get("next", "/")))


def _resume(token: str, kept: list[tuple[str, str]]) -> Response:
    """Signed in again in the middle of a form: one button sends what was typed to where it was going.

    The page is made by a redirect-free answer, so its form token has to fit the new session, not the old one.
    """
    answer = make_response("", 200)
    start(answer, token)
    cookies.override("session", token)
    answer.set_data(htmx.page("page/resume.html", kept=kept, action=here_only(request.form.get("resume", "/"))).data)
    answer.mimetype = "text/html"
    return answer
