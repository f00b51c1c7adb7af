"""A reverse proxy that cuts the network, swallows answers after the server has committed, and counts what passed."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade", "proxy-connection"}


class Faulty:
    """`down` refuses everything; `lose(request)` true swallows the answer; `before(request)` runs before forwarding;
    `alter(path, body)` gives what is passed on."""

    def __init__(self, host: str, port: int) -> None:
        self.upstream = (host, port)
        self.down = False
        self.lose: Callable[[str, str], bool] = lambda method, path: False
        self.before: Callable[[str, str], None] = lambda method, path: None
        self.alter: Callable[[str, bytes], bytes] | None = None
        self.log: list[tuple[str, str, int]] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def any(self) -> None:
                proxy._forward(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_HEAD = do_DELETE = any

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass        # the browser hangs up whenever it likes

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def count(self, method: str, prefix: str) -> int:
        return sum(1 for m, p, _ in self.log if m == method and p.startswith(prefix))

    def _forward(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length) if length else None
        if self.down:
            return _hang_up(handler)
        self.before(handler.command, handler.path)
        upstream = http.client.HTTPConnection(*self.upstream, timeout=30)
        try:
            # What is to be altered must come as it is.
            left_out = HOP | {"accept-encoding"} if self.alter else HOP
            headers = {k: v for k, v in handler.headers.items() if k.lower() not in left_out}
            upstream.request(handler.command, handler.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
            content = self.alter(handler.path, content) if self.alter else content
        except (OSError, http.client.HTTPException):
            self.log.append((handler.command, handler.path, 0))
            return _hang_up(handler)
        finally:
            upstream.close()
        self.log.append((handler.command, handler.path, answer.status))
        if self.down or self.lose(handler.command, handler.path):
            return _hang_up(handler)
        handler.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)
        return None


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    with contextlib.suppress(OSError):
        handler.connection.shutdown(socket.SHUT_RDWR)
