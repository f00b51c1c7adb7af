"""One request through a whole WSGI application: what a server's socket and a test's browser cost is left out."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable

App = Callable[..., Iterable[bytes]]


def call(app: App, path: str, cookie: str, form: bytes | None = None) -> tuple[str, bytes]:
    """A GET, or a POST of this form; gives the status and the body."""
    said: list[str] = []
    answer = app({
        "REQUEST_METHOD": "GET" if form is None else "POST", "PATH_INFO": path, "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1", "HTTP_COOKIE": cookie, "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(form or b"")), "wsgi.input": io.BytesIO(form or b""), "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http", "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
        "wsgi.run_once": False}, lambda status, headers, info=None: said.append(status))
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return said[0], body
