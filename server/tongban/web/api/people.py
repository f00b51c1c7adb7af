"""/people: who there is and what they may do, for admins."""

from __future__ import annotations

from typing import Any

from tongban.service import staff
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.office import AccessBody, Entered, GrantBody, PeopleQuery, PersonBody, Staff, StaffList
from tongban.web.session import runtime

api = blueprint("people", "People and their roles")


@api.get("")
@api.arguments(PeopleQuery, location="query")
@api.response(200, StaffList)
def list_people(query: dict[str, str]) -> Any:
    """People by login, a page at a time."""
    return staff.page(runtime(), caller(), query["q"], query["after"])


@api.post("")
@api.arguments(PersonBody)
@api.response(201, Entered)
def add_person(body: dict[str, str]) -> dict[str, str]:
    """A new member of staff with a first password."""
    return {"id": staff.add(runtime(), caller(), body)}


@api.get("/<person_id>")
@api.response(200, Staff)
def get_person(person_id: str) -> Any:
    """One person with every role, past and coming ones too."""
    return staff.one(runtime(), caller(), person_id)


@api.post("/<person_id>/grants")
@api.arguments(GrantBody)
@api.response(204)
def give_role(body: dict[str, str], person_id: str) -> None:
    """Give a role at an organisation or in a region."""
    staff.grant(runtime(), caller(), person_id, body["role"], body["scope"], body["starts"], body["ends"])


@api.delete("/<person_id>/grants/<int(max=9007199254740991):number>")
@api.response(204)
def take_role(person_id: str, number: int) -> None:
    """Take a role away."""
    staff.revoke(runtime(), caller(), person_id, number)


@api.put("/<person_id>/access")
@api.arguments(AccessBody)
@api.response(204)
def set_access(body: dict[str, Any], person_id: str) -> None:
    """Let in, keep out, or give a new first password."""
    if body["password"]:
        staff.reset_password(runtime(), caller(), person_id, body["password"])
    if body["active"] is not None:
        staff.set_active(runtime(), caller(), person_id, active=body["active"])
