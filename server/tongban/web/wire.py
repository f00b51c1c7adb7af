"""Puts the parts of the web floor onto an app, in the order in which requests pass them."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tongban.web import assets, bodies, errors, htmx, language, observe, packed, render, security, templating


def init(app: Flask, pwa: Path) -> None:
    """Everything but the pages themselves."""
    app.jinja_environment = templating.Templates
    packed.init(app)        # first, so that it comes last on the way back
    observe.init(app)
    htmx.init(app)
    language.init(app)
    bodies.init(app)
    security.init(app)
    render.init(app)
    errors.init(app)
    assets.init(app, pwa)
    templating.init(app)
