"""/audit: who did what, and when, for admins and auditors."""

from __future__ import annotations

from typing import Any

from tongban.service import audit
from tongban.service.views.audit import AuditFilter
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.office import Audit, AuditQuery
from tongban.web.session import runtime

api = blueprint("audit", "The audit of everything that is not a case")


@api.get("")
@api.arguments(AuditQuery, location="query")
@api.response(200, Audit)
def list_audit(query: dict[str, Any]) -> Any:
    """Entries, newest first, a page at a time."""
    before = query.pop("before")
    return audit.page(runtime(), caller(), AuditFilter(**query), before)
