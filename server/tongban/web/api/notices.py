"""/notices: public notices and objections to them."""

from __future__ import annotations

import uuid
from typing import Any

from tongban.service import notices
from tongban.web.api.caller import KEY_HEADER, blueprint, caller, idempotency_key
from tongban.web.api.office import AfterQuery, Entered, Notice, Notices, ObjectionBody
from tongban.web.session import runtime

api = blueprint("notices", "Public notices")


@api.get("")
@api.arguments(AfterQuery, location="query")
@api.response(200, Notices)
def list_notices(query: dict[str, str]) -> Any:
    """Every notice, newest first."""
    return notices.page(runtime(), query["after"])


@api.get("/<notice_id>")
@api.response(200, Notice)
def get_notice(notice_id: str) -> Any:
    """One notice; who may see its case reads the objections too."""
    return notices.one(runtime(), caller(), notice_id)


@api.post("/<notice_id>/objections")
@api.doc(parameters=[KEY_HEADER])
@api.arguments(ObjectionBody)
@api.response(201, Entered)
def object_to(body: dict[str, str], notice_id: str) -> dict[str, str]:
    """Object to it."""
    return {"id": notices.object_to(runtime(), notice_id, body, idempotency_key() or uuid.uuid4().hex)}
