"""/documents: the papers of a case."""

from __future__ import annotations

from flask import Response

from tongban.service import documents
from tongban.web.api.caller import blueprint, caller
from tongban.web.session import runtime

api = blueprint("documents", "Issued documents")


@api.get("/<document_id>")
@api.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def get_document(document_id: str) -> Response:
    """The signed PDF."""
    name, body = documents.download(runtime(), caller(), document_id)
    answer = Response(body, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
