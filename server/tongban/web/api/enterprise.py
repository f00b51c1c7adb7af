"""/enterprise/people: the people of the caller's own enterprise, for those who stand for it."""

from __future__ import annotations

from typing import Any

from tongban.service import enterprise
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.office import AccessBody, AfterQuery, ColleagueBody, ColleagueList, Entered
from tongban.web.session import runtime

api = blueprint("enterprise", "The people of one's own enterprise")


@api.get("/people")
@api.arguments(AfterQuery, location="query")
@api.response(200, ColleagueList)
def list_colleagues(query: dict[str, str]) -> Any:
    """People of the enterprise by login, a page at a time."""
    return enterprise.page(runtime(), caller(), query["after"])


@api.post("/people")
@api.arguments(ColleagueBody)
@api.response(201, Entered)
def add_colleague(body: dict[str, str]) -> dict[str, str]:
    """A colleague with a first password; may do what the caller may do for the enterprise."""
    return {"id": enterprise.add(runtime(), caller(), body)}


@api.put("/people/<person_id>/access")
@api.arguments(AccessBody)
@api.response(204)
def set_colleague_access(body: dict[str, Any], person_id: str) -> None:
    """End or restore a colleague's access, or give a new first password for one that was forgotten."""
    if body["active"] is not None:
        enterprise.set_active(runtime(), caller(), person_id, active=body["active"])
    if body["password"]:
        enterprise.reset_password(runtime(), caller(), person_id, body["password"])
