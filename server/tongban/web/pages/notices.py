"""/notices: public notices, without signing in, and the objection form."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from tongban.engine.problem import Problem
from tongban.service import notices
from tongban.service.errors import Refused
from tongban.web import htmx, present
from tongban.web.language import say
from tongban.web.session import person, runtime

pages = Blueprint("notices", __name__, url_prefix="/notices")


@pages.get("")
def listed() -> ResponseReturnValue:
    """Every notice, newest first."""
    return htmx.page("page/notices.html", view=notices.page(runtime(), request.args.get("after", "")[:80]))


@pages.get("/<notice_id>")
def one(notice_id: str) -> ResponseReturnValue:
    """One notice."""
    return _page(notice_id)


@pages.post("/<notice_id>/objections")
def object_to(notice_id: str) -> ResponseReturnValue:
    """Object to it."""
    try:
        notices.object_to(runtime(), notice_id, request.form.to_dict(), present.given_key())
    except Refused as error:
        return _page(notice_id, error.problems, 422)
    return htmx.go(f"/notices/{notice_id}?said=objected")


def _page(notice_id: str, problems: Sequence[Problem] = (), status: int = 200) -> Response:
    said = say("notices.said.objected") if request.args.get("said") == "objected" else ""
    return htmx.page("page/notice.html", status, view=notices.one(runtime(), person(), notice_id), problems=problems,
                     raw=request.form, key=request.form.get("key") or present.key(), said=said)
