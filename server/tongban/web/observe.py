"""What an operator sees: a request id everywhere, one JSON line a request, health, readiness, Prometheus figures."""

from __future__ import annotations

import json
import logging
import os
import re
import time
import uuid
from typing import Any

from flask import Blueprint, Flask, Response, g, make_response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)

from tongban.service import people
from tongban.web import session

pages = Blueprint("observe", __name__)
_log = logging.getLogger("tongban.web")
_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_QUIET = frozenset({"assets.file", "observe.health", "observe.ready", "observe.metrics"})


class JsonLines(logging.Formatter):
    """One JSON object a line; what a record carries in `fields` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname,
                                "from": record.name, "message": record.getMessage(), **getattr(record, "fields", {})}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Figures:
    """The counters of one app. Several worker processes share them through PROMETHEUS_MULTIPROC_DIR."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.shared = "PROMETHEUS_MULTIPROC_DIR" in os.environ
        values.ValueClass = values.get_value_class()     # the library looked as it was imported: before the folder
        self.requests = Counter("tongban_requests_total", "Requests answered", ("route", "method", "status"),
                                registry=self.registry)
        self.seconds = Histogram("tongban_request_seconds", "Time to answer", ("route",), registry=self.registry,
                                 buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10))

    def text(self) -> bytes:
        """The exposition; over all worker processes where they share a folder."""
        if not self.shared:
            return generate_latest(self.registry)
        everyone = CollectorRegistry()
        multiprocess.MultiProcessCollector(everyone)     # type: ignore[no-untyped-call]
        return generate_latest(everyone)


def init(app: Flask) -> None:
    """Wire ids, the log line and the figures."""
    app.extensions["figures"] = Figures()
    app.before_request(_begin)
    app.after_request(_end)
    app.register_blueprint(pages)


@pages.get("/healthz")
def health() -> Response:
    """Alive: the process answers."""
    return make_response("ok\n", 200, {"Content-Type": "text/plain"})


@pages.get("/readyz")
def ready() -> Response:
    """Ready: the store answers too."""
    try:
        people.session(session.runtime(), "-")     # one statement, no writing
    except Exception:  # whatever the driver raises, the answer is "not ready"
        _log.exception("not ready")
        return make_response("the store does not answer\n", 503, {"Content-Type": "text/plain"})
    return make_response("ready\n", 200, {"Content-Type": "text/plain"})


@pages.get("/metrics")
def metrics() -> Response:
    """Prometheus exposition."""
    from_app: Figures = session.app_extension("figures")
    return make_response(from_app.text(), 200, {"Content-Type": CONTENT_TYPE_LATEST})


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _ID.match(given) else uuid.uuid4().hex
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    route = request.url_rule.rule if request.url_rule else "(none)"
    took = time.perf_counter() - g.get("began", time.perf_counter())
    figures: Figures = session.app_extension("figures")
    figures.requests.labels(route, request.method, str(response.status_code)).inc()
    figures.seconds.labels(route).observe(took)
    if _log.isEnabledFor(logging.INFO) and request.endpoint not in _QUIET:
        who = g.get("person")
        _log.info("%s %s %s", request.method, request.path, response.status_code, extra={"fields": {
            "request": g.get("request_id"), "method": request.method, "route": route, "status": response.status_code,
            "ms": round(took * 1000, 1), "person": getattr(who, "id", None), "bytes": response.content_length}})
    return response
