"""Who asks: the person behind the session cookie, looked up once a request so that rights change at the next one."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import current_app, g

from tongban.service.errors import SignInNeeded

T = TypeVar("T")


def app_extension(name: str) -> Any:
    """Something that `create_app` hung on the app."""
    return current_app.extensions[name]


def runtime() -> Any:
    """The service runtime of this app."""
    return app_extension("tongban")


def person() -> Any | None:
    """The person signed in, or None."""
    if "person" not in g:
        g.person = app_extension("sign_in")()
    return g.person


def signed_in() -> Any:
    """The person signed in; else the sign-in page."""
    who = person()
    if who is None:
        raise SignInNeeded
    return who


def staff(who: Any) -> bool:
    """Whether the person reviews (holds a role), rather than applies."""
    return bool(who.grants)
