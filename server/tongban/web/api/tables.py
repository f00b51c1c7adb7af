"""/tables: parameters by region and date, and the working days of each year."""

from __future__ import annotations

import json
from typing import Any

from tongban.service import tables
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.office import Calendar, CalendarBody, Parameter, ParameterBody
from tongban.web.session import runtime

api = blueprint("tables", "Parameters and calendars")


@api.get("/parameters")
@api.response(200, Parameter(many=True))
def list_parameters() -> Any:
    """Every parameter with its values, latest first."""
    return list(tables.parameters(runtime(), caller()))


@api.put("/parameters")
@api.arguments(ParameterBody)
@api.response(204)
def put_parameter(body: dict[str, str]) -> None:
    """One value from a day on; the same name, place and day is corrected."""
    tables.put(runtime(), caller(), body)


@api.get("/calendars")
@api.response(200, Calendar(many=True))
def list_calendars() -> Any:
    """The years that are known."""
    return list(tables.calendars(runtime(), caller()))


@api.put("/calendars/<int(max=9999):year>")
@api.arguments(CalendarBody)
@api.response(200, Calendar)
def put_calendar(body: dict[str, Any], year: int) -> Any:
    """Holidays on working days and working days on weekends; deadlines that were provisional are counted again."""
    return tables.load_calendar(runtime(), caller(), str(year), json.dumps(body).encode())
