"""/inbox: what waits for a reviewer, beside it the chosen case; acting on many at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from tongban.service import act, cases, inbox
from tongban.service.access import Person
from tongban.service.errors import NotFound
from tongban.service.views import ActionView, CaseView, ChoiceView, InboxView
from tongban.web import htmx, present
from tongban.web.language import say
from tongban.web.render import said
from tongban.web.session import runtime, signed_in

pages = Blueprint("inbox", __name__, url_prefix="/inbox")
_FILTERS = ("q", "procedure", "region", "due")
_MANY = 200
Picked = tuple[str, str, int | None]     # case, task, the case version that was looked at


@pages.get("")
def box() -> ResponseReturnValue:
    """One box, filtered; `case` opens one beside it."""
    return _page(signed_in())


@pages.post("/actions")
def many() -> ResponseReturnValue:
    """The same action on every ticked case: first what they have in common, then a result for each row."""
    who = signed_in()
    rows = [row.split("|") for row in request.form.getlist("row")[:_MANY]]
    picked = [(row[0], row[1], _number(row[2])) for row in rows if len(row) == 3]
    kind, action = request.form.get("kind", ""), request.form.get("action", "")
    if not picked:
        return _page(who, 422, wrong=say("web.bulk.none"))
    if kind == "choose" or (kind == "act" and not action):
        return _choose(who, picked, say("web.bulk.no_action") if kind == "act" else "")
    wanted = act.ActRequest(kind=kind, action=action if kind == "act" else kind, reason=request.form.get("reason", ""))
    results = inbox.act_many(runtime(), who, picked, wanted, present.given_key())
    return _page(who, 200, results=[{
        "name": row.subject or row.case_id, "case": row.case_id if row.subject else "", "status": row.status,
        "problems": row.received.problems if row.received else ()} for row in results])


def _choose(who: Person, picked: list[Picked], wrong: str) -> Response:
    """The ticked cases and the actions that every one of them offers without asking for more than a reason."""
    found = [(row, case) for row in picked if (case := _seen(who, row[0])) is not None]
    offers = [{action.name: action.label for action in _plain(case, row[1])} for row, case in found]
    shared = [ChoiceView(name, label) for name, label in (offers[0].items() if offers else ())
              if all(name in offer for offer in offers)]
    box, kept = request.form.get("box", "open"), _kept(_filters())
    back = f"/inbox{kept}{'&' if kept else '?'}{urlencode({'box': box})}"
    return htmx.page("page/many.html", 422 if wrong else 200, picked=found, actions=shared, wrong=wrong,
                     key=present.key(), box=box, kept=kept, back=back)


def _plain(case: CaseView, task_id: str) -> list[ActionView]:
    task = case.task(task_id)
    return [a for a in (task.actions if task else ()) if a.kind == "act"
            and not (a.clauses or a.signature or a.returns or a.marks or (a.form and task and task.form))]


def _seen(who: Person, case_id: str) -> CaseView | None:
    try:
        return cases.view(runtime(), who, case_id)
    except NotFound:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _page(who: Person, status: int = 200, **more: Any) -> Response:
    name = request.values.get("box", "open")
    filters = _filters()
    view = inbox.page(runtime(), who, name, filters, request.args.get("after") or None)
    case = _seen(who, request.args["case"]) if request.args.get("case") else None
    return htmx.page("page/inbox.html", status, block="rows" if request.args.get("part") == "rows" else None, **{
        "view": view, "case": case, "pane": _pane(who, case), "said": said(), "results": (), "wrong": "",
        "filtered": any(filters.values()), "kept": _kept(filters), "inbox_url": _links(view, filters), **more})


def _filters() -> dict[str, str]:
    return {key: request.args.get(key, "").strip()[:80] for key in _FILTERS}


def _kept(filters: Mapping[str, str]) -> str:
    """The filters for an address that is posted to, so that what comes after it is filtered alike."""
    asked = urlencode({key: value for key, value in filters.items() if value})
    return f"?{asked}" if asked else ""


def _links(view: InboxView, filters: dict[str, str]) -> Any:
    """Addresses within this box, filters kept."""
    def url(**changes: str) -> str:
        ask = {"box": view.box, **filters, **changes}
        return "/inbox?" + urlencode({key: value for key, value in ask.items() if value})
    return url


def _pane(who: Person, case: CaseView | None) -> Markup:
    if case is None:
        return Markup()
    return Markup(htmx.render_block("page/case.html", "case", **present.context(case, not who.staff)))  # noqa: S704 - a template
