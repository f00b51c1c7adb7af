"""/me: who the token stands for, and the messages addressed to them."""

from __future__ import annotations

from typing import Any

from tongban.service import messages
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.schemas import Me, Message
from tongban.web.session import runtime

api = blueprint("me", "The caller and their messages")


@api.get("")
@api.response(200, Me)
def me() -> dict[str, Any]:
    """Who the token stands for, with what rights."""
    person = caller()
    return {"id": person.id, "name": person.name, "org": person.org, "org_name": person.org_name,
            "grants": [{"role": g.role, "scope": g.scope} for g in person.grants],
            "scopes": sorted(person.limits or ())}


@api.get("/messages")
@api.response(200, Message(many=True))
def list_messages() -> Any:
    """The newest messages."""
    return list(messages.page(runtime(), caller()))


@api.post("/messages/read")
@api.response(204)
def read_messages() -> None:
    """Mark every message as read."""
    messages.mark_read(runtime(), caller())
