"""What every answer carries for safety, and the token that every unsafe request must carry."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request

from tongban.web import cookies

MOST_DEEP = 100     # lists and objects inside each other in one JSON body
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self' data: blob:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}


_ASSET_HEADERS = ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")     # the rest is about pages
_TOKEN = 16
_WRITTEN = re.compile(f"[0-9a-f]{{{4 * _TOKEN}}}")


class BadToken(Exception):
    """A form that is not ours, or that was opened under another sign-in."""


def init(app: Flask) -> None:
    """Wire the token and the headers."""
    app.before_request(_bound)
    app.before_request(_visitor)
    app.before_request(_check_token)
    app.before_request(_refuse_deep)
    app.before_request(_refuse_nul)
    app.after_request(_harden)
    app.jinja_env.globals.update(csrf_token=token, style_nonce=style_nonce)


def token() -> str:
    """The token of this visitor and this sign-in, written differently in every answer: what is compressed together
    with it must not tell it. Whoever is given one gets the cookie that it belongs to."""
    g.token_given = True
    if "token" not in g:
        pad = secrets.token_bytes(_TOKEN)
        g.token = (pad + _mixed(pad, _token())).hex()
    return str(g.token)


def _token() -> bytes:
    seed = f"{g.visitor}|{cookies.get('session')}".encode()
    return hmac.new(current_app.config["SECRET"], seed, hashlib.sha256).digest()[:_TOKEN]


def _ours(given: str) -> bool:
    """Whether this is a token of ours, in whichever writing."""
    if not _WRITTEN.fullmatch(given):
        return False
    raw = bytes.fromhex(given)
    return hmac.compare_digest(_mixed(raw[:_TOKEN], raw[_TOKEN:]), _token())


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def from_here() -> bool:
    """Whether a page of ours sent this, as the browser says; who says nothing is not believed."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def style_nonce() -> str:
    """For the one page whose editor writes its own style sheet; asking for it opens the policy by this nonce."""
    if "style_nonce" not in g:
        g.style_nonce = secrets.token_urlsafe(16)
    return str(g.style_nonce)


def open_route(view):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - a decorator gives back what it got
    """Mark a route that is not called from our pages and proves its caller otherwise (an API token, a signature)."""
    view.open_route = True
    return view


def _bound() -> None:
    """Typed text has a limit of its own: the framework's counts only where files may come along."""
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]


def _visitor() -> None:
    known = cookies.get("visitor")
    g.visitor, g.new_visitor = known or secrets.token_urlsafe(18), not known


def _check_token() -> None:
    if request.method in SAFE or request.url_rule is None or request.path.startswith("/api/"):
        return      # the API proves its caller by a token of its own
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "open_route", False):
        return
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not _ours(given):
        raise BadToken


def _refuse_deep() -> None:
    """No JSON nests deeper than answers do: what is to be walked through later must not run out of stack."""
    if not request.is_json or sum(map(request.get_data().count, (b"[", b"{"))) <= MOST_DEEP:
        return
    try:
        deep = _deeper(request.get_json(silent=True), MOST_DEEP)
    except RecursionError:
        deep = True
    if deep:
        abort(400)


def _deeper(part: Any, left: int) -> bool:
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return not left or any(_deeper(one, left - 1) for one in inner if isinstance(one, (dict, list)))


def _refuse_nul() -> None:
    """No text holds the character NUL: PostgreSQL cannot keep it, and nobody types it."""
    if "\0" in request.path:
        abort(404)
    sent = [*request.args.values(), *request.form.values()]
    if request.is_json and b"\\u0000" in request.get_data():
        sent.append(str(request.get_json(silent=True)).replace("\\x00", "\0"))
    if any("\0" in text for text in sent):
        abort(400)


def _harden(response: Response) -> Response:
    if request.blueprint == "assets" and response.mimetype != "text/html":
        for name in _ASSET_HEADERS:
            response.headers[name] = _HEADERS[name]
        return response
    nonce = g.get("style_nonce")
    wanted = {**_HEADERS, "Cache-Control": "no-store",
              "Content-Security-Policy": _POLICY.format(style=f" 'nonce-{nonce}'" if nonce else "")}
    if current_app.config["HTTPS"]:
        wanted["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    for name, _ in response.headers:        # what a page says for itself stands
        wanted.pop(name.title(), None)
    response.headers.extend(wanted)
    if g.get("new_visitor") and (response.mimetype == "text/html" or g.get("token_given")):
        cookies.put(response, "visitor", g.visitor, days=400)
    return response


def refuse_foreign_host(app: Flask, hosts: tuple[str, ...]) -> None:
    """Answer only under the names that the operator gave (links in mails are made from them)."""
    @app.before_request
    def check() -> None:
        if hosts and request.host.partition(":")[0] not in hosts:
            abort(400)
