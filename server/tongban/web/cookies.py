"""Our cookies: `__Host-` names over https, HttpOnly, SameSite=Lax, no domain."""

from __future__ import annotations

from flask import Response, current_app, g, request


def _name(name: str) -> str:
    return f"__Host-tb-{name}" if current_app.config["HTTPS"] else f"tb-{name}"


def get(name: str) -> str:
    """Value of a cookie of ours, "" for none."""
    return _sent().get(name, "")


def override(name: str, value: str) -> None:
    """For the rest of this request the cookie has this value already."""
    _sent()[name] = value


def _sent() -> dict[str, str]:
    """Our cookies of this request by their short names; read once."""
    sent: dict[str, str] | None = g.get("cookies")
    if sent is None:
        prefix = _name("")
        sent = g.cookies = {name.removeprefix(prefix): value for name, value in request.cookies.items()
                            if name.startswith(prefix)}
    return sent


def put(response: Response, name: str, value: str, days: int = 0) -> None:
    """Set a cookie; without `days` it goes when the browser closes."""
    response.set_cookie(_name(name), value, max_age=days * 86400 or None, path="/", httponly=True,
                        secure=bool(current_app.config["HTTPS"]), samesite="Lax")


def drop(response: Response, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(_name(name), path="/", httponly=True, secure=bool(current_app.config["HTTPS"]),
                           samesite="Lax")
