"""The one table from what went wrong to what people read: what happened, and what to do now."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from tongban.service import codes
from tongban.service.errors import Conflict, Denied, NotFound, Refused, SignInNeeded, Throttled
from tongban.web import htmx, kept
from tongban.web.language import problem, say
from tongban.web.security import BadToken, from_here
from tongban.web.session import person, runtime

_log = logging.getLogger("tongban.web")


@dataclass(frozen=True, slots=True)
class Wrong:
    """One line of the table. The texts are web.wrong.<name>.title / what / todo."""

    status: int
    name: str
    mark: str = "alert"
    ways: tuple[tuple[str, str], ...] = (("/", "web.wrong.home"),)


_OPEN = frozenset({"sign_in", "sign_in_mobile", "register", "preferences", "notices", "verify", "gallery"})   # for all
_BACK = (("", "web.wrong.again"), ("/", "web.wrong.home"))
TABLE: dict[type[Exception] | int, Wrong] = {
    NotFound: Wrong(404, "missing", "search", (("/inbox", "web.nav.cases"), ("/", "web.wrong.home"))),
    Denied: Wrong(403, "denied", "stop"),
    Conflict: Wrong(409, "conflict", "return", _BACK),
    Refused: Wrong(422, "refused", "alert", _BACK),
    Throttled: Wrong(429, "throttled", "clock"),
    BadToken: Wrong(403, "token", "return", _BACK),
    400: Wrong(400, "request"),
    403: Wrong(403, "denied", "stop"),
    404: Wrong(404, "missing", "search", (("/procedures", "web.nav.procedures"), ("/", "web.wrong.home"))),
    405: Wrong(405, "method"),
    409: Wrong(409, "conflict", "return", _BACK),
    413: Wrong(413, "large", "file", _BACK),
    415: Wrong(415, "kind", "file", _BACK),
    422: Wrong(422, "refused", "alert", _BACK),
    429: Wrong(429, "throttled", "clock"),
    500: Wrong(500, "broken", "alert", _BACK),
    503: Wrong(503, "away", "clock", _BACK),
}
_CLOSED = Wrong(422, "closed", "stop", (("/procedures", "web.nav.procedures"), ("/", "web.wrong.home")))
_GONE = Wrong(404, "gone", "search", TABLE[NotFound].ways)     # withdrawn or handed on meanwhile, or never theirs
_UNREADY = Wrong(422, "unready", "alert", _BACK)    # a page or document that was only opened: nothing was sent


def init(app: Flask) -> None:
    """Send every exception through the table."""
    for kind in TABLE:
        if isinstance(kind, type):
            app.register_error_handler(kind, known)
    app.register_error_handler(SignInNeeded, _sign_in)
    app.register_error_handler(BadToken, _bad_token)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def page(wrong: Wrong, problems: Iterable[Any] = (), **params: Any) -> Response:
    """The page of one line of the table; for htmx the same words in place of the main part."""
    here = request.full_path.rstrip("?") if request.method == "GET" else (request.referrer or "/")
    words = {part: say(f"web.wrong.{wrong.name}.{part}", **params) for part in ("title", "what", "todo")}
    ways = [(href or here, say(text)) for href, text in wrong.ways]
    answer = htmx.page("page/wrong.html", wrong.status, block="wrong", mark=wrong.mark, problems=tuple(problems),
                       ways=ways, wrote=kept.words() if wrong is _GONE else (), **words)
    return htmx.respond(answer, retarget="#main", reswap="innerHTML") if htmx.partial() else answer


def known(error: Exception) -> ResponseReturnValue:
    """An exception of the table."""
    problems = getattr(error, "problems", ())
    closed = [one.code for one in problems] == ["service.procedure_withdrawn"]      # nothing to put right
    if closed or (isinstance(error, Refused) and request.method == "GET"):
        wrong = _CLOSED if closed else _UNREADY
    elif isinstance(error, NotFound) and request.method == "POST" and request.blueprint == "cases":
        wrong = _GONE
    else:
        wrong = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    if wants_json():
        return _detail(wrong, problems)
    answer = page(wrong, () if closed else problems, seconds=getattr(error, "seconds", 0))
    if isinstance(error, Throttled):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def _sign_in(_error: Exception) -> ResponseReturnValue:
    """Ask to sign in; what a form carried rides along, so nothing typed is lost."""
    if wants_json():
        answer = _detail(Wrong(401, "sign_in"))
        if request.path.startswith("/api/"):
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    answer = htmx.page("page/sign_in.html", 401, block="sign_in", kept=kept.typed(), chosen=kept.chosen(),
                       by_code=codes.possible(runtime()), hours=runtime().config.session_hours, staying="",
                       resume=request.path, next=here, login="", problem="")
    return htmx.respond(answer, retarget="#main", reswap="innerHTML") if htmx.partial() else answer


def _bad_token(error: Exception) -> ResponseReturnValue:
    """A page of ours from before somebody signed in or out in another window goes on with what was typed: after signing
    in, or after one more press by who is signed in now. What no page of ours sent is refused."""
    if not from_here() or request.blueprint in _OPEN:
        return known(error)
    if person() is None:
        return _sign_in(error)
    return known(error) if wants_json() else kept.resume(kept.typed(), request.path, status=403)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    wrong = TABLE.get(error.code) or Wrong(error.code, "request")
    answer = make_response(_detail(wrong) if wants_json() else page(wrong))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            answer.headers[name] = value
    return answer


def _unknown(error: Exception) -> ResponseReturnValue:
    _log.exception("unexpected: %s", type(error).__name__, extra={"fields": {"request": g.get("request_id")}})
    wrong = TABLE[500]
    return _detail(wrong) if wants_json() else page(wrong)


def wants_json() -> bool:
    """Whether the caller is a program."""
    best = request.accept_mimetypes.best_match(("text/html", "application/json", "application/problem+json"))
    return request.path.startswith("/api/") or (best is not None and best != "text/html")


def _detail(wrong: Wrong, problems: Iterable[Any] = ()) -> Response:
    """RFC 9457 problem details."""
    answer = jsonify({"type": "about:blank", "title": say(f"web.wrong.{wrong.name}.title"), "status": wrong.status,
                      "detail": say(f"web.wrong.{wrong.name}.what", seconds=0), "instance": request.path,
                      "request": g.get("request_id", ""),
                      "problems": [{**found.as_json(), "detail": problem(found)} for found in problems]})
    answer.status_code = wrong.status
    answer.mimetype = "application/problem+json"
    return answer
