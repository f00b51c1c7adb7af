"""Attachments over HTTP: begun, continued where they broke off, asked for by whoever may read them."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, jsonify, make_response, request

from tongban.service import files
from tongban.service.errors import Refused
from tongban.text import problem
from tongban.web.language import current
from tongban.web.session import runtime, signed_in

pages = Blueprint("files", __name__, url_prefix="/files")
_SHOWN = ("image/jpeg", "image/png", "application/pdf")      # what a browser may open itself; the rest is saved


@pages.post("")
def begin() -> Response:
    """{sha256, size, name}: says in Upload-Offset from which byte to go on."""
    said = request.get_json(silent=True)
    said = said if isinstance(said, dict) else {}
    size = said.get("size")
    try:
        stands = files.begin(runtime(), signed_in(), str(said.get("sha256", "")), size if isinstance(size, int) else 0,
                             str(said.get("name", "")))
    except Refused as no:
        return _refused(no)
    return _stands(stands, 201)


@pages.patch("/<sha>")
def append(sha: str) -> Response:
    """One piece at Upload-Offset. 409 with the wanted offset where the server has another part."""
    given = request.headers.get("Upload-Offset", "")
    offset = int(given) if given.isdecimal() else -1
    try:
        piece = request.get_data(cache=False)
        stands = files.append(runtime(), signed_in(), sha, offset, piece)
    except Refused as no:
        return _refused(no)
    return _stands(stands, 204 if stands.offset == offset + len(piece) else 409)


@pages.route("/<sha>", methods=["HEAD"])
def stands(sha: str) -> Response:
    """How much of an upload has arrived."""
    return _stands(files.status(runtime(), signed_in(), sha), 204)


@pages.get("/<sha>")
@pages.get("/<sha>/<any(thumb):size>")
@pages.get("/case/<case_id>/<sha>")
@pages.get("/case/<case_id>/<sha>/<any(thumb):size>")
def read(sha: str, case_id: str | None = None, size: str = "") -> Response:
    """The content, or a small picture of it."""
    found = files.read(runtime(), signed_in(), sha, case_id, thumb=bool(size))
    answer = make_response(found.content)
    how = "inline" if found.media in _SHOWN else "attachment"
    answer.headers["Content-Type"] = found.media
    answer.headers["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(found.name, safe='')}"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-store"       # rights change at the next request
    return answer


def _stands(upload: files.Upload, status: int) -> Response:
    answer = make_response(b"", status)
    answer.headers["Upload-Offset"] = str(upload.offset)
    answer.headers["Upload-Length"] = str(upload.size)
    answer.headers["Cache-Control"] = "no-store"
    if status == 201:
        answer.headers["Location"] = f"/files/{upload.id}"
    return answer


def _refused(no: Refused) -> Response:
    """Why the file is not taken, for good."""
    words = [problem(found, current()) for found in no.problems]
    answer = jsonify(title=words[0], detail=words[0], code=no.problems[0].code)
    answer.status_code = 422
    answer.headers["Content-Type"] = "application/problem+json"
    return answer
