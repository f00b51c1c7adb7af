"""/me: who the token stands for, and the messages addressed to them."""

from __future__ import annotations

from typing import Any

from tongban.service import account, messages
from tongban.service.colleagues import colleagues
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.office import BeforeQuery, ChannelsBody, Deputy, DeputyBody
from tongban.web.api.schemas import Choice, Me, Message
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
@api.arguments(BeforeQuery, location="query")
@api.response(200, Message(many=True))
def list_messages(query: dict[str, int]) -> Any:
    """Messages, newest first, a page at a time."""
    return list(messages.page(runtime(), caller(), query["before"]).rows)


@api.post("/messages/read")
@api.response(204)
def read_messages() -> None:
    """Mark every message as read."""
    messages.mark_read(runtime(), caller())


@api.get("/colleagues")
@api.response(200, Choice(many=True))
def list_colleagues() -> Any:
    """Who holds the same roles: to whom work may be handed, by the ids that `to` takes."""
    return list(colleagues(runtime(), caller()))


@api.put("/channels")
@api.arguments(ChannelsBody)
@api.response(204)
def choose_channels(body: dict[str, Any]) -> None:
    """Where to be told besides the inbox: `email`, or an outside system that the operator offers."""
    account.choose_channels(runtime(), caller(), tuple(body["channels"]), body["email"])


@api.get("/deputies")
@api.response(200, Deputy(many=True))
def list_deputies() -> Any:
    """Deputyships given and taken."""
    return account.deputies(runtime(), caller())


@api.post("/deputies")
@api.arguments(DeputyBody)
@api.response(204)
def appoint(body: dict[str, str]) -> None:
    """Let somebody act for the caller from one day to another, both included."""
    account.appoint(runtime(), caller(), body["deputy"], body["starts"], body["ends"])


@api.delete("/deputies/<int(max=9007199254740991):number>")
@api.response(204)
def dismiss(number: int) -> None:
    """End a deputyship."""
    account.dismiss(runtime(), caller(), number)
