"""/procedures: the catalogue, one procedure with its source, conditions, steps and documents, and starting it."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tongban.service import catalogue
from tongban.service import start as starting
from tongban.web import htmx, present
from tongban.web.session import person, runtime, signed_in

pages = Blueprint("procedures", __name__, url_prefix="/procedures")


@pages.get("")
def search() -> ResponseReturnValue:
    """Search by words, audience and region."""
    ask = {name: request.args.get(name, "").strip()[:80] for name in ("q", "audience", "region")}
    return htmx.page("page/procedures.html", block="found", view=catalogue.page(runtime(), person(), **ask))


@pages.get("/<slug>")
def one(slug: str) -> ResponseReturnValue:
    """One procedure, whole."""
    view = catalogue.procedure(runtime(), person(), slug)
    return htmx.page("page/procedure.html", view=view, drawing=present.drawing(view.chart), key=present.key())


@pages.post("/<slug>/cases")
def start(slug: str) -> ResponseReturnValue:
    """A new case; the same key gives the same case."""
    view = starting.start(runtime(), signed_in(), slug, present.given_key())
    mine = next((task for task in view.tasks if task.actions and task.form), None)
    return htmx.go(f"/cases/{view.id}/tasks/{mine.id}" if mine else f"/cases/{view.id}")
