"""/documents: the papers of a case."""

from __future__ import annotations

from typing import Any

from flask import Response

from tongban.service import documents
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.office import ManageBody
from tongban.web.session import runtime

api = blueprint("documents", "Issued documents")


@api.get("/<path:document_id>")
@api.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def get_document(document_id: str) -> Response:
    """The signed PDF."""
    name, body = documents.download(runtime(), caller(), document_id)
    answer = Response(body, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@api.post("/<path:document_id>")
@api.arguments(ManageBody)
@api.response(204)
def manage_document(body: dict[str, Any], document_id: str) -> None:
    """Print it again under the next serial, revoke it, or try again what failed: for an office of its case."""
    if body["do"] == "retry":
        documents.again(runtime(), caller(), document_id)
        return
    change = documents.reissue if body["do"] == "reissue" else documents.revoke
    change(runtime(), caller(), document_id, body["reason"])
