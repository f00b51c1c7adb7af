"""Who asks: the person behind the session cookie, looked up once a request so that rights change at the next one."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request

from tongban.service import people
from tongban.service.access import Person, may
from tongban.service.errors import Denied, SignInNeeded
from tongban.service.runtime import Runtime
from tongban.web import cookies


def app_extension(name: str) -> Any:
    """Something that `create_app` hung on the app."""
    return current_app.extensions[name]


def runtime() -> Runtime:
    """The service runtime of this app."""
    rt: Runtime = app_extension("tongban")
    return rt


def person() -> Person | None:
    """The person signed in, or None."""
    if "person" not in g:
        g.person = people.session(runtime(), cookies.get("session"))
    found: Person | None = g.person
    return found


def signed_in() -> Person:
    """The person signed in; else the sign-in page."""
    who = person()
    if who is None:
        raise SignInNeeded
    return who


def allowed(verb: str, subject: Any = None) -> Person:
    """The person signed in, if they may do this anywhere at all."""
    who = signed_in()
    if not may(who, verb, subject):
        raise Denied
    return who


def address() -> str:
    """Where the request came from, for throttling. Behind a proxy the server sets it from the trusted header."""
    return request.remote_addr or ""
