"""/procedures: what can be applied for, starting it, and who of a register qualifies."""

from __future__ import annotations

import uuid
from typing import Any

from tongban.service import catalogue, screening, start
from tongban.service.views import Received
from tongban.web.api.caller import KEY_HEADER, blueprint, caller, etag, idempotency_key
from tongban.web.api.office import ProposeBody, Proposed, Screening, ScreenQuery
from tongban.web.api.schemas import Catalogue, CatalogueQuery, Procedure, StartQuery
from tongban.web.api.schemas import Received as ReceivedSchema
from tongban.web.language import current
from tongban.web.session import runtime

api = blueprint("procedures", "The catalogue of procedures")


@api.get("")
@api.arguments(CatalogueQuery, location="query")
@api.response(200, Catalogue)
def list_procedures(query: dict[str, str]) -> Any:
    """Search the catalogue."""
    return catalogue.page(runtime(), caller(), query["q"], query["audience"], query["region"])


@api.get("/<slug>")
@api.response(200, Procedure)
def get_procedure(slug: str) -> Any:
    """One procedure: source, clauses, parties, steps, documents."""
    return catalogue.procedure(runtime(), caller(), slug)


@api.post("/<slug>/cases")
@api.doc(parameters=[KEY_HEADER])
@api.arguments(StartQuery)
@api.response(201, ReceivedSchema)
def start_case(body: dict[str, Any], slug: str) -> tuple[Received, int, dict[str, str]]:
    """Open a case."""
    received = start.begin(runtime(), caller(), slug, idempotency_key(), body["org"])
    return received, 201, {**etag(received.seq), "Location": f"/api/v1/cases/{received.case_id}"}


@api.get("/<slug>/screening")
@api.arguments(ScreenQuery, location="query")
@api.response(200, Screening)
def screen(query: dict[str, str], slug: str) -> Any:
    """A procedure's rules asked of the whole register that it screens: who qualifies, who fails on which clause, who
    is unknown. 404 where it screens none, or where the caller may not read it."""
    return screening.screen(runtime(), caller(), slug, query["verdict"], query["after"], current())


@api.post("/<slug>/screening")
@api.doc(parameters=[KEY_HEADER])
@api.arguments(ProposeBody)
@api.response(201, Proposed)
def propose(body: dict[str, str], slug: str) -> tuple[dict[str, str], int, dict[str, str]]:
    """Open a case for one entry, its form filled in with what the register says."""
    case_id, task = screening.propose(runtime(), caller(), slug, body["entry"], idempotency_key() or uuid.uuid4().hex)
    return {"case_id": case_id, "task": task}, 201, {"Location": f"/api/v1/cases/{case_id}"}
