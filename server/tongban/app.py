"""`create_app`: the only place that wires configuration, runtime, pages and API into one WSGI app."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from tongban import catalog
from tongban import config as configuration
from tongban.config import Config
from tongban.service import boot
from tongban.service.runtime import Runtime
from tongban.web import api, observe, pages, templating, wire


class Server(Flask):
    """Flask without its way for coroutines: none of our views and hooks is one, and each would be looked at anew."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def create_app(config: Config, runtime: Runtime | None = None) -> Flask:
    """The app. A test hands in its own runtime (clock, database)."""
    rt = runtime or boot.open_runtime(config)
    app = Server("tongban.web", root_path=str(Path(wire.__file__).parent), static_folder=None)
    app.config.update(SECRET=_secret(config), HTTPS=config.secure, MAX_CONTENT_LENGTH=(config.max_upload_mb + 1) << 20,
                      MAX_FORM_MEMORY_SIZE=4 << 20, MAX_FORM_PARTS=20_000)
    app.extensions["tongban"] = rt
    wire.init(app, catalog.folder("pwa"))
    pages.init(app)
    api.init(app)
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies)   # type: ignore[method-assign]
    return app


def serve() -> Flask:
    """What a server's processes share: the app, made before they are forked, with everything read that never changes.

    No connection is open when it is handed over: each process opens its own.
    """
    config = configuration.read(os.environ)
    log_as_json(config.log_level)
    app = create_app(config)
    rt: Runtime = app.extensions["tongban"]
    boot.warm(rt)
    templating.warm(app)
    rt.store.close()
    return app


def log_as_json(level: str) -> None:
    """One JSON line a record on standard error, for whatever collects logs."""
    handler = logging.StreamHandler()
    handler.setFormatter(observe.JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(max(logging.WARNING, logging.getLogger().level))     # it tells every look


def _secret(config: Config) -> bytes:
    """The key that signs form tokens. A demo without one keeps its own beside its data, so restarts sign nobody out."""
    if config.secret:
        return hashlib.sha256(config.secret.encode()).digest()
    kept = config.data / "demo-secret"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(secrets.token_hex(32))
        kept.chmod(0o600)
    return hashlib.sha256(kept.read_bytes()).digest()
