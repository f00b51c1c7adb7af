"""/messages: what the system told this person. Opening the page marks them as read."""

from __future__ import annotations

import re

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tongban.service import messages
from tongban.web import htmx
from tongban.web.session import runtime, signed_in

pages = Blueprint("messages", __name__)
_NUMBER = re.compile("[0-9]{1,15}")


@pages.get("/messages")
def read() -> ResponseReturnValue:
    """Newest first."""
    who = signed_in()
    before = request.args.get("before", "")
    view = messages.page(runtime(), who, int(before) if _NUMBER.fullmatch(before) else 0)
    answer = htmx.page("page/messages.html", block="rows" if before else None, view=view)
    messages.mark_read(runtime(), who, tuple(message.id for message in view.rows if not message.read))
    return answer
