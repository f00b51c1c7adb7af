"""/deliveries: what could not be sent or carried out, and trying it again."""

from __future__ import annotations

from typing import Any

from tongban.service import deliveries
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.office import AfterIdQuery, Deliveries, Retried, RetryBody
from tongban.web.session import runtime

api = blueprint("deliveries", "What could not be sent or carried out")


@api.get("")
@api.arguments(AfterIdQuery, location="query")
@api.response(200, Deliveries)
def list_deliveries(query: dict[str, str]) -> Any:
    """What failed and is tried again, a page at a time."""
    return deliveries.page(runtime(), caller(), query["after"])


@api.post("/retry")
@api.arguments(RetryBody)
@api.response(200, Retried)
def retry_deliveries(body: dict[str, str]) -> dict[str, int]:
    """Try one, or everything that failed, in a moment instead of later."""
    return {"count": deliveries.retry(runtime(), caller(), body["id"])}
