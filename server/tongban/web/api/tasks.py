"""/tasks: what waits for the caller, and acting on many at once."""

from __future__ import annotations

import uuid
from typing import Any

from tongban.service import inbox
from tongban.web.api.acts import ManyBody
from tongban.web.api.caller import KEY_HEADER, blueprint, caller, idempotency_key
from tongban.web.api.cases import as_request
from tongban.web.api.schemas import Bulk, Inbox, InboxQuery
from tongban.web.session import runtime

api = blueprint("tasks", "Open work")


@api.get("")
@api.arguments(InboxQuery, location="query")
@api.response(200, Inbox)
def list_tasks(query: dict[str, Any]) -> Any:
    """One page of a box; `after` of the answer asks for the next."""
    filters = {name: query[name] for name in ("q", "procedure", "region", "due")}
    return inbox.page(runtime(), caller(), query["box"], filters, query["after"])


@api.post("/actions")
@api.doc(parameters=[KEY_HEADER])
@api.arguments(ManyBody)
@api.response(200, Bulk(many=True))
def act_on_many(body: dict[str, Any]) -> Any:
    """The same action on many tasks, each for itself, with a result for each."""
    picked = [(one["case"], one["task"], one["seq"]) for one in body["tasks"]]
    key = idempotency_key() or uuid.uuid4().hex
    return list(inbox.act_many(runtime(), caller(), picked, as_request(body), key))
