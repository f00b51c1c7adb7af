"""/cases: where a case stands, filling in its forms, acting on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from tongban.engine.problem import Problem
from tongban.service import act, cases, drafts, foretelling, inbox, sync
from tongban.service.access import Person
from tongban.service.errors import Conflict, Denied, NotFound
from tongban.service.views import CaseView, FormView, Received, RecordView, TaskView
from tongban.web import fields, htmx, present, templating, uploads
from tongban.web.asked import asked, helped
from tongban.web.bodies import filled_in
from tongban.web.language import say
from tongban.web.render import said
from tongban.web.session import runtime, signed_in
from tongban.web.sheet import inside

pages = Blueprint("cases", __name__, url_prefix="/cases")
_SAID = {"claim": "claimed", "release": "released", "transfer": "transferred", "delegate": "delegated", "urge": "urged",
         "add_sign": "signers_added", "remove_sign": "signers_removed", "take_back": "taken_back"}
_ROW_BUTTONS = ("_add", "_copy", "_drop")


@pages.get("")
def mine() -> ResponseReturnValue:
    """Every case that this person's side has."""
    after, q = request.args.get("after"), request.args.get("q", "")[:80]
    view = inbox.page(runtime(), signed_in(), "started", {"q": q}, after)
    return htmx.page("page/cases.html", block="rows" if after else None, view=view)


@pages.get("/<case_id>")
def one(case_id: str) -> ResponseReturnValue:
    """Where it stands, who acts next, everything on record; beside the inbox only the case itself."""
    who = signed_in()
    return _page(who, cases.view(runtime(), who, case_id))


@pages.get("/<case_id>/tasks/<task_id>")
def fill(case_id: str, task_id: str) -> ResponseReturnValue:
    """The form of a task, page by page; what came of it, where it was sent meanwhile from another device."""
    who = signed_in()
    found = cases.to_fill(runtime(), who, case_id)
    if _with_others(found.task(task_id)):
        return htmx.go(f"/cases/{case_id}")
    case, task, form = _open(found, task_id)
    return _fill(case, task, form, page=request.args.get("page") or _first_marked(form))


@pages.post("/<case_id>/tasks/<task_id>")
@filled_in
def send(case_id: str, task_id: str) -> ResponseReturnValue:
    """A page turned (the draft is kept) or the form submitted (the engine decides)."""
    who = signed_in()
    found = cases.to_fill(runtime(), who, case_id)
    raw, lost = uploads.take(runtime(), who, fields.gather(request.form))
    if _with_others(found.task(task_id)):
        return _late(who, case_id, task_id, raw)
    case, task, form = _open(found, task_id)
    if lost:
        drafts.save(runtime(), who, case_id, task_id, raw)
        told = fields.with_lost(present.look(case, form, raw), lost)
        here = "" if request.form.get("action") else request.form.get("_here", "")
        return _fill(case, task, form, raw, told, 422, here)
    if not request.form.get("action"):
        return _turn(who, case, task, form, raw)
    whom = helped(request.form)
    wrong = sync.behalf_problem(runtime(), who, whom)
    if wrong:
        drafts.save(runtime(), who, case_id, task_id, raw)
        return _fill(case, task, form, raw, (wrong,), 422)
    try:
        wanted = asked(request.form, "act", task_id, raw)
        received = act.act(runtime(), who, case_id, wanted, _expected(), present.given_key(),
                           {"by": "page", "on_behalf": whom} if whom else None)
    except Conflict:
        return _moved(who, case_id, task_id, raw)
    if not received.ok:
        return _fill(case, task, form, raw, received.problems, 422)
    return _done(who, received, "submitted")


@pages.post("/<case_id>/tasks/<task_id>/draft")
@filled_in
def draft(case_id: str, task_id: str) -> ResponseReturnValue:
    """What is typed, as it is typed: kept for this person, checked for what cannot be read."""
    who = signed_in()
    raw = fields.gather(request.form)
    try:
        drafts.save(runtime(), who, case_id, task_id, raw)
        case, _task, form = _open(cases.to_fill(runtime(), who, case_id), task_id)
    except NotFound:
        return _not_kept(who, case_id, task_id)
    return jsonify(fields.draft_answer(fields.sheet(present.look(case, form, raw))))


@pages.post("/<case_id>/actions")
@filled_in
def do(case_id: str) -> ResponseReturnValue:
    """A decision, or one of the other things that people do with a case (claim, transfer, withdraw, urge …)."""
    who, task_id = signed_in(), request.form.get("task") or None
    kind = request.form.get("kind", "act")
    raw, lost = uploads.take(runtime(), who, fields.gather(request.form))
    if lost:
        case = cases.view(runtime(), who, case_id)
        task = case.task(task_id) if task_id else None
        form = case.form(task.form) if task and task.form else None
        return _again(who, case, task_id, raw, fields.with_lost(present.look(case, form, raw), lost) if form else lost)
    try:
        wanted = asked(request.form, kind, task_id, raw)
        received = act.act(runtime(), who, case_id, wanted, _expected(), present.given_key())
    except Conflict:
        return _moved(who, case_id, task_id, raw)
    if received.ok:
        return _done(who, received, _SAID.get(kind, "decided"))
    return _again(who, cases.view(runtime(), who, case_id), task_id, raw, received.problems)


def _with_others(task: TaskView | None) -> bool:
    """Done meanwhile, or claimed by a colleague."""
    return task is None or (task.claimed_by is not None and not task.actions)


def _open(case: CaseView, task_id: str) -> tuple[CaseView, TaskView, FormView]:
    task = case.task(task_id)
    form = case.form(task.form) if task and task.form else None
    if task is None or form is None or not task.actions:
        raise NotFound
    return case, task, form


def _page(who: Person, case: CaseView, status: int = 200, **more: Any) -> Response:
    context = present.context(case, not who.staff, **more)
    context["said"] = said(number=case.number, at=case.updated_at)
    return htmx.page("page/case.html", status, block="case", **context)


def _fill(case: CaseView, task: TaskView, form: FormView, raw: Mapping[str, Any] | None = None,
          problems: Sequence[Problem] | None = None, status: int = 200, page: str = "") -> Response:
    own = present.own_problems(problems or (), form)
    sheet = fields.sheet(present.look(case, form, raw, own or None,
                                      page=page or ("check" if problems and not own else "")))
    loose = [one for one in problems or () if one not in own]
    told = foretelling.foretold(runtime(), signed_in(), case.version, task.state, form.env, case.id)
    return htmx.page("page/fill.html", status, case=case, task=task, form=form, sheet=sheet, loose=loose,
                     foretold=inside(told), soft=partial(present.soft_rules, problems=problems or ()),
                     typed=request.form, clause_words={item.id: item.words for item in case.clauses})


def _first_marked(form: FormView) -> str:
    """The page where there is something to correct, "" for the first."""
    return next((page.id for page in form.form.pages for one in page.fields if one.id in form.marks), "")


def _turn(who: Person, case: CaseView, task: TaskView, form: FormView, raw: dict[str, Any]) -> Response:
    """Without script: keep the draft, then add a row or go to another page."""
    if request.form.get("_import"):
        raw, told = uploads.imported(form.form, raw, dict(form.env))
        drafts.save(runtime(), who, case.id, task.id, raw)
        return _fill(case, task, form, raw, told, page=request.form.get("_here", ""))
    pressed = {name: request.form.get(name, "") for name in _ROW_BUTTONS}
    if any(pressed.values()):
        raw = fields.edited(raw, pressed, form.form)
    drafts.save(runtime(), who, case.id, task.id, raw)
    here = request.form.get("_here", "")
    sheet = fields.sheet(present.look(case, form, raw, page=here))
    go = request.form.get("_go", "next")
    page, problems = (here, ()) if any(pressed.values()) else fields.next_page(sheet, here, go)
    return _fill(case, task, form, raw, problems or None, 422 if problems else 200, page)


def _again(who: Person, case: CaseView, task_id: str | None, raw: Mapping[str, Any],
           problems: Sequence[Problem]) -> Response:
    """The case once more with everything that was wrong and everything that was typed."""
    task = case.task(task_id) if task_id else None
    form = case.form(task.form) if task and task.form else None
    context = present.context(case, not who.staff, problems=problems, problem_task=task_id)
    if context["fields"].get(task_id, "link") == "link":     # no panel that could show them
        context |= {"problem_task": "", "leftover": present.typed_words(case, raw)}
    elif task and form:
        context["fields"][task.id] = present.inline(case, task, raw, present.own_problems(problems, form))
    return htmx.page("page/case.html", 422, block="case", said="", **context)


def _late(who: Person, case_id: str, task_id: str, raw: Mapping[str, Any]) -> ResponseReturnValue:
    """A form that waits no longer: pressed twice it was sent once; what another device sent meanwhile is told."""
    if request.form.get("action"):
        try:
            wanted = asked(request.form, "act", task_id, raw)
            received = act.act(runtime(), who, case_id, wanted, _expected(), present.given_key())
            if received.ok:
                return _done(who, received, "submitted")
        except (Conflict, Denied):
            pass        # told below, with what was typed
    return _moved(who, case_id, task_id, raw)


def _moved(who: Person, case_id: str, task_id: str | None, raw: Mapping[str, Any]) -> Response:
    """The case moved on meanwhile: what happened, and what was typed; in its form where it can still be sent."""
    case = cases.view(runtime(), who, case_id)
    task = case.task(task_id) if task_id else None
    open_still = task is not None and task.form is not None and any(a.kind == "act" for a in task.actions)
    if task is not None and open_still and raw:
        drafts.save(runtime(), who, case_id, task.id, raw)
        case = cases.view(runtime(), who, case_id)
    since = _since(case)
    left = () if open_still else present.typed_words(case, raw)
    return _page(who, case, 409, conflict=True, gone=not open_still, since=since, leftover=left)


def _not_kept(who: Person, case_id: str, task_id: str) -> ResponseReturnValue:
    """A draft of a form that waits no longer: its person is told while typing, and not only when sending."""
    try:
        case = cases.view(runtime(), who, case_id)
        seen = _with_others(case.task(task_id))
    except NotFound:
        seen = False
    told = templating.render("part/moved.html", seen=seen, since=_since(case) if seen else ())
    return jsonify(told=told, line=say("web.moved.line")), 409 if seen else 404


def _since(case: CaseView) -> list[RecordView]:
    """What happened after the page was opened."""
    expected = _expected()
    return [line for line in case.record if expected is not None and line.seq > expected]


def _expected() -> int | None:
    given = request.form.get("expected", "")
    return int(given) if given.isdecimal() else None


def _done(who: Person, received: Received, what: str) -> ResponseReturnValue:
    if request.form.get("from") == "inbox" and who.staff:
        return htmx.go(f"/inbox?said={what}")
    return htmx.go(f"/cases/{received.case_id}?said={what}")
