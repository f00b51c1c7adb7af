"""/procedures: what can be applied for, and starting it."""

from __future__ import annotations

from typing import Any

from tongban.service import catalogue, start
from tongban.service.views import Received
from tongban.web.api.caller import KEY_HEADER, blueprint, caller, etag, idempotency_key
from tongban.web.api.schemas import Catalogue, CatalogueQuery, Procedure, StartQuery
from tongban.web.api.schemas import Received as ReceivedSchema
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
