"""/ : what waits for me, what runs, what I can start; for visitors what this is and what is open."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from tongban.service import catalogue, deliveries, inbox
from tongban.service import messages as inbox_messages
from tongban.service.access import Person
from tongban.service.views import BoxView
from tongban.web import htmx
from tongban.web.language import label
from tongban.web.session import person, runtime

pages = Blueprint("home", __name__)
_SHOWN = 5


@pages.get("/")
def home() -> ResponseReturnValue:
    """The first page."""
    who = person()
    if who is None:
        view = catalogue.page(runtime(), None)
        return htmx.page("page/welcome.html", procedures=view.rows[:8])
    return htmx.page("page/home.html", **(_reviewer(who) if who.staff else _applicant(who)),
                     messages=inbox_messages.page(runtime(), who, limit=_SHOWN).rows,
                     failing=deliveries.failing(runtime(), who))


@pages.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """What the pages promise to everybody, and how to tell us where they do not keep it."""
    return htmx.page("page/accessibility.html")


def _reviewer(who: Person) -> dict[str, Any]:
    view = inbox.page(runtime(), who, "open")
    return {"waiting": view.rows[:_SHOWN], "waiting_count": _count(view.boxes, "open"), "more_waiting": True,
            "counts": [{"href": f"/inbox?box={box.name}", "count": box.count, "label": label(box.label),
                        "late": box.name == "late" and box.count != "0"} for box in view.boxes if box.count],
            "running": (), "startable": _startable(who)}


def _applicant(who: Person) -> dict[str, Any]:
    waiting = inbox.page(runtime(), who, "open")
    ids = {row.case_id for row in waiting.rows}
    started = inbox.page(runtime(), who, "started")
    return {"waiting": waiting.rows[:_SHOWN], "waiting_count": _count(waiting.boxes, "open"), "counts": (),
            "more_waiting": len(waiting.rows) > _SHOWN,
            "running": [row for row in started.rows if row.case_id not in ids][:_SHOWN], "startable": _startable(who)}


def _startable(who: Person) -> list[Any]:
    return [row for row in catalogue.page(runtime(), who).rows if row.can_start][:8]


def _count(boxes: tuple[BoxView, ...], name: str) -> str:
    return next((box.count for box in boxes if box.name == name), "0")
