"""A small app that shows one form alone, without database and sign-in: what `tongban form preview` serves."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, g

from tongban.engine.model import Form
from tongban.web import gallery, wire


def clock() -> str:
    """The instant, as the engine writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def create(pwa: Path, form: Form | None = None, now: Callable[[], str] = clock, prefix: str = "") -> Flask:
    """The gallery, or one form, at "/"."""
    app = Flask("tongban.web", template_folder="templates", static_folder=None)
    app.config.update(SECRET=secrets.token_bytes(32), NOW=now, HTTPS=False, MAX_CONTENT_LENGTH=21 << 20,
                      MAX_FORM_MEMORY_SIZE=4 << 20, MAX_FORM_PARTS=20_000)      # as the server's own
    app.before_request(_nobody)
    wire.init(app, pwa)
    gallery.init(app, form, "/", prefix)
    return app


def _nobody() -> None:
    """Nobody signs in here."""
    g.person = None
