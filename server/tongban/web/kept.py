"""What a form carried when its sign-in was over: it rides along through signing in and is handed back, nothing lost."""

from __future__ import annotations

import re

from flask import Response, make_response, request

from tongban.web import cookies, htmx

_PREFIX = "kept."
_CONTROLS = frozenset({"action", "expected", "from", "key", "kind", "place", "task", "then"})
_CODE = re.compile(r"[a-z_-]+")     # of a choice
Kept = list[tuple[str, str]]


def typed() -> Kept:
    """Of the form that could not be taken. A password is typed again, for it stands in no page."""
    return [(name, value) for name, value in request.form.items(multi=True)
            if name != "csrf" and "password" not in name]


def words() -> list[str]:
    """What a person wrote or picked, to copy, where nothing may be said of the case that it was meant for."""
    wrote = (value.strip() for name, value in typed()
             if name not in _CONTROLS and not value.startswith(("data:", "{", "[")))
    return list(dict.fromkeys(value for value in wrote if len(value) > 1 and not _CODE.fullmatch(value)))


def chosen() -> list[str]:
    """Names of the files that came with it: nobody is signed in for whom they could be kept."""
    return [sent.filename for sent in request.files.values() if sent.filename]


def carried() -> Kept:
    """What a sign-in form brings along."""
    return [(name.removeprefix(_PREFIX), value) for name, value in request.form.items(multi=True)
            if name.startswith(_PREFIX)]


def resume(kept: Kept, action: str, token: str = "", days: int = 0, status: int = 200) -> Response:
    """One button sends what was typed to where it was going; `token` = of the session that begins with this answer, for
    so many `days` or until the browser closes.

    The page is made by a redirect-free answer, so its form token has to fit the new session, not the old one.
    """
    if token:
        cookies.override("session", token)
    answer = make_response(htmx.page("page/resume.html", status, block="resume", kept=kept, action=action))
    if token:
        cookies.put(answer, "session", token, days)
    return htmx.respond(answer, retarget="#main", reswap="innerHTML") if htmx.partial() else answer
