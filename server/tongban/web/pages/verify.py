"""/verify: whether a document is genuine, for anybody. /documents: the PDFs of a case, for those who may see it."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from tongban.service import documents, previews
from tongban.service.errors import NotFound
from tongban.web import htmx
from tongban.web.language import current
from tongban.web.session import runtime, signed_in

pages = Blueprint("verify", __name__)
MARKS = {
    "genuine": ("done", "tick"),
    "revoked": ("no", "stop"),
    "replaced": ("wait", "return"),
    "expired": ("wait", "clock"),
    "waiting": ("wait", "clock"),
    "unknown": ("no", "alert"),
}


@pages.get("/verify")
def ask() -> ResponseReturnValue:
    """Type the code of a document, or drop its file."""
    code = request.args.get("code", "").strip()[:80]
    if code:
        return redirect(url_for("verify.one", code=code), 303)
    return htmx.page("page/verify.html", view=None, look=None)


@pages.get("/verify/<code>")
def one(code: str) -> ResponseReturnValue:
    """One document: genuine, revoked, replaced, expired or unknown, with what may be shown."""
    view = documents.verify(runtime(), code)
    status = 404 if view.state == "unknown" else 200
    answer = htmx.page("page/verify.html", status, view=view, look=MARKS[view.state])
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@pages.get("/verify/file/<digest>")
def file(digest: str) -> ResponseReturnValue:
    """The state of a document by the SHA-256 of its file. The file itself never leaves the reader's device."""
    view = documents.verify_file(runtime(), digest)
    answer = jsonify(state=view.state, code=view.code, number=view.number, title=view.title, issued_on=view.issued_on)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/verify/keys.json")
def keys() -> ResponseReturnValue:
    """The issuer's public keys, for checking without this server."""
    return _open(jsonify(documents.keys(runtime())))


@pages.get("/verify/status.jws")
def status() -> ResponseReturnValue:
    """The signed list of revocations."""
    return _open(Response(documents.status_list(runtime()), mimetype="application/jose"))


def _open(answer: Response) -> Response:
    """Public data that any page may fetch."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@pages.get("/documents/<path:document_id>")
def download(document_id: str) -> ResponseReturnValue:
    """A document of a case as PDF."""
    name, content = documents.download(runtime(), signed_in(), document_id)
    return _pdf(name, content)


@pages.post("/documents/<path:document_id>")
def manage(document_id: str) -> ResponseReturnValue:
    """Print a document again, revoke it, or try again what failed: for an office of its case."""
    who, do, reason = signed_in(), request.form.get("do", ""), request.form.get("reason", "")[:400]
    if do == "reissue":
        documents.reissue(runtime(), who, document_id, reason)
    elif do == "revoke":
        documents.revoke(runtime(), who, document_id, reason)
    elif do == "retry":
        documents.again(runtime(), who, document_id)
    else:
        raise NotFound
    return htmx.go(f"/cases/{document_id.split(':', maxsplit=1)[0]}#docs")


@pages.get("/cases/<case_id>/preview/<name>")
def preview(case_id: str, name: str) -> ResponseReturnValue:
    """What a document of a case would look like now, marked as a preview."""
    return _pdf(f"{name}.pdf", previews.of_case(runtime(), signed_in(), case_id, name, current()))


@pages.get("/admin/procedures/<slug>/documents/<name>")
def with_samples(slug: str, name: str) -> ResponseReturnValue:
    """A document of a procedure with sample answers."""
    return _pdf(f"{slug}-{name}.pdf", previews.with_samples(runtime(), signed_in(), slug, name, current()))


def _pdf(name: str, content: bytes) -> Response:
    answer = make_response(content)
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
