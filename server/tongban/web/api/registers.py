"""/registers: what stands in them on a day, one entry, entering, taking out, import and export."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from tongban.engine.problem import Problem
from tongban.service import register_changes, register_export, registers
from tongban.service.errors import NotFound, Refused
from tongban.service.rosters import MOST_BYTES
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.office import EntryHistory
from tongban.web.api.schemas import (
    EntryAnswer,
    EntryBody,
    EntryMade,
    GroundBody,
    Imported,
    ImportQuery,
    LookupQuery,
    Register,
    RegisterList,
    RegisterQuery,
)
from tongban.web.language import current
from tongban.web.session import runtime

api = blueprint("registers", "Registers with dated entries")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@api.get("")
@api.response(200, RegisterList)
def list_registers() -> Any:
    """Registers that the caller may read."""
    return {"rows": registers.listed(runtime(), caller())}


@api.get("/<name>")
@api.arguments(RegisterQuery, location="query")
@api.response(200, Register)
def get_register(query: dict[str, str], name: str) -> Any:
    """What a register said at the end of a day (now, where none is given), page by page."""
    return registers.page(runtime(), caller(), name, query["on"], query["q"], query["after"], current())


@api.get("/<name>/entry")
@api.arguments(LookupQuery, location="query")
@api.response(200, EntryAnswer)
def get_entry(query: dict[str, str], name: str) -> Any:
    """The entry of a key as it stood on a day; 404 where it was not listed then."""
    found = registers.lookup(runtime(), caller(), name, query["key"], query["on"])
    if found is None:
        raise NotFound
    return found


@api.post("/<name>/entries")
@api.arguments(EntryBody)
@api.response(201, EntryMade)
def enter(body: dict[str, Any], name: str) -> Any:
    """Enter one thing, or correct what stands: a new dated row under the same id."""
    return {"id": register_changes.enter(runtime(), caller(), name, body["answers"], body["ground"])}


@api.get("/<name>/entries/<entry_id>")
@api.response(200, EntryHistory)
def get_history(name: str, entry_id: str) -> Any:
    """One entry with all its dated rows: entered, changed, left, on what ground, by which case or hand."""
    return registers.entry(runtime(), caller(), name, entry_id, current())


@api.post("/<name>/entries/<entry_id>/leave")
@api.arguments(GroundBody)
@api.response(204)
def leave(body: dict[str, str], name: str, entry_id: str) -> None:
    """Take an entry out, on a ground that its history keeps."""
    register_changes.leave(runtime(), caller(), name, entry_id, body["ground"])


@api.post("/<name>/import")
@api.doc(requestBody={"required": True, "content": {"application/octet-stream": {
    "schema": {"type": "string", "format": "binary"}}}})
@api.arguments(ImportQuery, location="query")
@api.response(200, Imported)
def take_import(query: dict[str, Any], name: str) -> Any:
    """Read an XLSX or CSV file: good rows are entered, every other is told by its number; `keep=false` only checks."""
    content = request.get_data(cache=False)
    if not 0 < len(content) <= MOST_BYTES:
        raise Refused(Problem("api.file_size", "", {"most": MOST_BYTES >> 20}))
    return register_changes.load(runtime(), caller(), name, content, query["ground"], keep=query["keep"])


@api.get("/<name>/export")
@api.arguments(RegisterQuery(only=("on", "q")), location="query")
@api.response(200, {"type": "string", "format": "binary"}, content_type=_XLSX)
def export(query: dict[str, str], name: str) -> Response:
    """What a register said on a day, as a workbook; audited and marked with who took it."""
    filename, content = register_export.export(runtime(), caller(), name, query["on"], query["q"], current())
    answer = Response(content, mimetype=_XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    return answer
