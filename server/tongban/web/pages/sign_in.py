"""/sign-in and /sign-out. What was typed into a form before the session ended rides along and is handed back."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, request
from flask.typing import ResponseReturnValue

from tongban.service import codes, people
from tongban.service.errors import Denied, Throttled
from tongban.web import cookies, htmx, kept
from tongban.web.language import say
from tongban.web.session import address, person, runtime

pages = Blueprint("sign_in", __name__)
STAYS = 30


@pages.get("/sign-in")
def form() -> ResponseReturnValue:
    """The form; somebody signed in is sent on."""
    if person() is not None:
        return redirect(here_only(request.args.get("next", "/")), 303)
    return _form(200, "")


@pages.post("/sign-in")
def enter() -> ResponseReturnValue:
    """A new session; the old one of this browser ends."""
    if request.form.get("by") == "password":        # from the middle of a form, which rides along
        return _form(200, "")
    try:
        token = people.sign_in(runtime(), request.form.get("login", ""), request.form.get("password", ""), address(),
                               cookies.get("session"))
    except Denied:
        return _form(422, say("web.sign_in.wrong"))
    except Throttled as error:
        answer = _form(429, say("web.sign_in.slow", seconds=error.seconds))
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    return entered(token)


def entered(token: str) -> ResponseReturnValue:
    """On to where somebody was going, or back to the form that they were in the middle of."""
    typed = kept.carried()
    if typed:
        return kept.resume(typed, here_only(request.form.get("resume", "/")), token, _days())
    answer = make_response(htmx.go(here_only(request.form.get("next", "/"))))
    cookies.put(answer, "session", token, _days())
    return answer


def _days() -> int:
    """How long this browser keeps the session where it was asked to; when it ends is the server's to say."""
    return STAYS if request.form.get("stay") else 0


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session; the page script wipes what this phone kept."""
    people.sign_out(runtime(), cookies.get("session"))
    answer = make_response(htmx.go("/sign-in?said=signed_out"))
    cookies.drop(answer, "session")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def here_only(url: str) -> str:
    """An address of ours; anything that leads elsewhere becomes the first page."""
    parts = urlsplit(url)
    safe = url.startswith("/") and not url.startswith("//") and "\\" not in url
    return url if safe and not parts.scheme and not parts.netloc else "/"


def _form(status: int, problem: str) -> Response:
    return htmx.page("page/sign_in.html", status, block="sign_in", kept=kept.carried(), problem=problem,
                     by_code=codes.possible(runtime()), hours=runtime().config.session_hours,
                     staying=request.form.get("stay"),
                     resume=here_only(request.form.get("resume", "/")), login=request.form.get("login", ""),
                     next=here_only(request.values.get("next", "/")))
