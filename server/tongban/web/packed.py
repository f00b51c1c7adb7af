"""Pages over the wire, compressed; not where another site had them made.

Whoever can put words of theirs into a page, have it fetched with somebody's cookies and see its length, can learn what
else is in it (BREACH). So a page is compressed only if the browser says that no other site asked for it, and the form
token is written differently each time (`security.token`). Why: docs/decisions/0005-compressed-pages.md.
"""

from __future__ import annotations

import gzip

import brotli
from flask import Flask, Response, request

_KINDS = frozenset({"text/html", "text/javascript"})
_OURS = frozenset({"same-origin", "none"})
_LEAST = 1200       # one packet holds it anyway


def init(app: Flask) -> None:
    """Compress what pages answer."""
    app.after_request(_packed)


def _packed(response: Response) -> Response:
    if response.mimetype not in _KINDS or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    response.headers.add("Vary", "Accept-Encoding, Sec-Fetch-Site")
    if request.headers.get("Sec-Fetch-Site") not in _OURS:
        return response
    body = response.get_data()
    if len(body) < _LEAST:
        return response
    accepted = request.accept_encodings
    if "br" in accepted:
        response.set_data(brotli.compress(body, mode=brotli.MODE_TEXT, quality=3))
        response.headers["Content-Encoding"] = "br"
    elif "gzip" in accepted:
        response.set_data(gzip.compress(body, 4, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
