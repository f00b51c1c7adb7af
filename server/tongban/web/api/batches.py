"""/batches: documents printed many at once: what may be printed, asking for it, how far it is, the finished files."""

from __future__ import annotations

from typing import Any

from flask import Response

from tongban.service import batches
from tongban.web.api.caller import KEY_HEADER, blueprint, caller, idempotency_key
from tongban.web.api.office import Batch, BatchBody, BatchList
from tongban.web.session import runtime

api = blueprint("batches", "Documents printed many at once")
_BINARY = {"type": "string", "format": "binary"}
_PART = "/<batch_id>/parts/<int(max=100000):number>"


@api.get("")
@api.response(200, BatchList)
def list_batches() -> Any:
    """What the caller may print, and the latest batches."""
    return {"choices": batches.choices(runtime(), caller()), "rows": batches.latest(runtime(), caller())}


@api.post("")
@api.doc(parameters=[KEY_HEADER])
@api.arguments(BatchBody)
@api.response(201, Batch)
def make_batch(body: dict[str, Any]) -> Any:
    """Print a document of many cases: of those listed by their numbers, else of a period, else of all."""
    made = batches.make(runtime(), caller(), body["procedure"], body["document"], tuple(dict.fromkeys(body["numbers"])),
                        body["since"], body["until"], key=idempotency_key())
    return batches.view(runtime(), caller(), made), 201, {"Location": f"/api/v1/batches/{made}"}


@api.get("/<batch_id>")
@api.response(200, Batch)
def get_batch(batch_id: str) -> Any:
    """How far it is, and what is ready."""
    return batches.view(runtime(), caller(), batch_id)


@api.get(f"{_PART}/pdf")
@api.response(200, _BINARY, content_type="application/pdf")
def get_print(batch_id: str, number: int) -> Response:
    """A finished part as one file for the printer; number 0 = all of them in one, once the batch is `whole`."""
    return _part(batch_id, number, "pdf")


@api.get(f"{_PART}/zip")
@api.response(200, _BINARY, content_type="application/zip")
def get_files(batch_id: str, number: int) -> Response:
    """The signed files of a finished part, each for itself, with a list of them and their SHA-256."""
    return _part(batch_id, number, "zip")


def _part(batch_id: str, number: int, kind: str) -> Response:
    name, content = batches.part(runtime(), caller(), batch_id, number, kind)
    answer = Response(content, mimetype=f"application/{kind}")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
