"""/files: contents that answers name by their id. Large ones go through the resumable upload of the pages."""

from __future__ import annotations

from typing import Any

from flask import request

from tongban.engine.problem import Problem
from tongban.service import files
from tongban.service.errors import Refused
from tongban.web.api.caller import blueprint, caller
from tongban.web.api.schemas import FileAnswer
from tongban.web.session import runtime

api = blueprint("files", "Attachments")
MOST = 8 << 20


@api.put("/<name>")
@api.doc(requestBody={"required": True, "content": {"application/octet-stream": {
    "schema": {"type": "string", "format": "binary"}}}})
@api.response(201, FileAnswer)
def put_file(name: str) -> Any:
    """Send a content; the answer is what a file field of a form takes. The same bytes give the same id."""
    content = request.get_data(cache=False)
    if not 0 < len(content) <= MOST:
        raise Refused(Problem("api.file_size", "", {"most": MOST >> 20}))
    return files.whole(runtime(), caller(), name, content).as_answer()
