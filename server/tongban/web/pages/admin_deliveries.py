"""/admin/deliveries: what could not be sent or carried out, and trying it again."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from tongban.service import deliveries
from tongban.web import htmx
from tongban.web.session import allowed, runtime

pages = Blueprint("admin_deliveries", __name__, url_prefix="/admin/deliveries")


@pages.get("")
def listed() -> ResponseReturnValue:
    """What failed, a page at a time."""
    view = deliveries.page(runtime(), allowed("outbox.read"), request.args.get("after", "")[:160])
    return htmx.page("page/admin_deliveries.html", block="rows", view=view, now=runtime().clock())


@pages.post("")
def retry() -> ResponseReturnValue:
    """Try one of them again, or all."""
    deliveries.retry(runtime(), allowed("outbox.retry"), request.form.get("id", "")[:160])
    return htmx.go("/admin/deliveries?said=retry")
