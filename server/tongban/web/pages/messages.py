"""/messages: what the system told this person. Opening the page marks them as read."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tongban.service import messages
from tongban.web import htmx
from tongban.web.session import runtime, signed_in

pages = Blueprint("messages", __name__)


@pages.get("/messages")
def read() -> ResponseReturnValue:
    """Newest first."""
    who = signed_in()
    shown = messages.page(runtime(), who, request.args.get("before"))
    answer = htmx.page("page/messages.html", messages=shown)
    messages.mark_read(runtime(), who, tuple(message.id for message in shown if not message.read))
    return answer
