"""/admin/audit: who did what, and when, outside the cases."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tongban.service import audit
from tongban.service.views.audit import AuditFilter
from tongban.web import htmx
from tongban.web.session import allowed, runtime

pages = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")


@pages.get("")
def listed() -> ResponseReturnValue:
    """Newest first, a page at a time."""
    who, given = allowed("audit.read"), request.args
    wanted = AuditFilter(*(given.get(name, "")[:80] for name in ("verb", "q", "since", "until")))
    before = given.get("before", "")
    view = audit.page(runtime(), who, wanted, int(before) if before.isdecimal() and len(before) < 10 else 0)
    return htmx.page("page/admin_audit.html", block="rows", view=view, here=_here(view.filters),
                     later=bool(before))


def _here(filters: AuditFilter) -> Any:
    fixed = {name: value for name in AuditFilter.__slots__ if (value := getattr(filters, name))}
    return lambda **more: f"/admin/audit?{urlencode({**fixed, **more})}".rstrip("?")
