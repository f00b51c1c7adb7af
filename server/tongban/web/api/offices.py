"""/offices: the organisations that staff work for, for admins."""

from __future__ import annotations

from typing import Any

from tongban.service import offices
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.office import NewOfficeBody, Office, OfficeBody, OfficeList, PeopleQuery
from tongban.web.session import runtime

api = blueprint("offices", "Offices, banks, schools and agencies")


@api.get("")
@api.arguments(PeopleQuery, location="query")
@api.response(200, OfficeList)
def list_offices(query: dict[str, str]) -> Any:
    """Organisations by code, a page at a time."""
    return offices.page(runtime(), caller(), query["q"], query["after"])


@api.post("")
@api.arguments(NewOfficeBody)
@api.response(201, Office)
def add_office(body: dict[str, str]) -> Any:
    """A new organisation under a code of its own."""
    return offices.one(runtime(), caller(), offices.add(runtime(), caller(), body))


@api.get("/<code>")
@api.response(200, Office)
def get_office(code: str) -> Any:
    """One organisation."""
    return offices.one(runtime(), caller(), code)


@api.put("/<code>")
@api.arguments(OfficeBody)
@api.response(200, Office)
def change_office(body: dict[str, str], code: str) -> Any:
    """Another name, kind, region or organisation above; the code stays."""
    offices.change(runtime(), caller(), code, body)
    return offices.one(runtime(), caller(), code)
