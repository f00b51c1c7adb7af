"""What phones send and take: records of the outbox, the list of what may be taken along, a blank form to fill in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from tongban.engine.problem import Problem
from tongban.service import drafts, foretelling, sync
from tongban.service.act import ActRequest
from tongban.service.errors import NotFound
from tongban.service.start import begin as open_case
from tongban.service.views import CaseView, FormView
from tongban.web import fields as forms
from tongban.web import htmx, present, show
from tongban.web.asked import HELPED, asked
from tongban.web.bodies import filled_in
from tongban.web.language import current, label, problem, say
from tongban.web.session import runtime, signed_in
from tongban.web.sheet import inside

pages = Blueprint("phone_sync", __name__, url_prefix="/phone")
MOST = 50


def _answers(value: Any) -> None:
    """Answers come as a page sends them: a name and its text, or its texts."""
    texts = [one for held in value.values() for one in (held if isinstance(held, list) else [held])]
    if not all(isinstance(one, str) for one in texts):
        raise ValidationError("not text")


def _instant(value: str) -> None:
    if sync.instant(value) is None:
        raise ValidationError("not an instant")


class RecordSchema(Schema):
    """One record of the outbox; bounded, so that a broken phone is told instead of believed."""

    class Meta:
        unknown = EXCLUDE

    key = fields.Str(required=True, validate=validate.Length(8, 80))
    case = fields.Str(load_default="", validate=validate.Length(max=40))
    task = fields.Str(load_default=None, allow_none=True, validate=validate.Length(max=40))
    expected = fields.Int(load_default=None, allow_none=True)
    procedure = fields.Str(load_default="", validate=validate.Length(max=80))
    application = fields.Str(load_default="", validate=validate.Length(max=80))
    version = fields.Str(load_default="", validate=validate.Length(max=64))
    action = fields.Str(required=True, validate=validate.Length(1, 80))
    raw = fields.Dict(keys=fields.Str(), required=True, validate=_answers)
    captured_at = fields.Str(required=True, validate=[validate.Length(16, 40), _instant])
    on_behalf = fields.Dict(keys=fields.Str(validate=validate.OneOf(HELPED)),
                            values=fields.Str(validate=validate.Length(max=200)), load_default=dict)


@pages.post("/sync")
def send() -> ResponseReturnValue:
    """Take in what a phone kept. Each record gets its own answer; the same key gives the same answer again."""
    who = signed_in()
    body = request.get_json(silent=True)
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list) or sync.instant(str(body.get("sent_at"))) is None or len(records) > MOST:
        abort(400)
    if body.get("account") != who.id:
        abort(403)      # another person signed in on this phone meanwhile: nothing is entered in their name
    return jsonify({"results": [_one(one, body["sent_at"]) for one in records]})


def _one(given: Any, sent_at: str) -> dict[str, Any]:
    try:
        record = RecordSchema().load(given)
    except ValidationError:
        key = given.get("key") if isinstance(given, dict) else None
        return {"key": key, "status": "refused", "detail": say("phone.sync.unreadable")}
    settled, = sync.take(runtime(), signed_in(), sent_at, [_captured(record)])
    return {"key": record["key"], "status": settled.status, **_told(settled, record)}


def _captured(record: Mapping[str, Any]) -> sync.Captured:
    given: MultiDict[str, str] = MultiDict(
        (name, one) for name, held in record["raw"].items() for one in (held if isinstance(held, list) else [held]))
    given.setlist("action", [record["action"]])
    wanted: ActRequest = asked(given, "act", record["task"], forms.gather(given))
    return sync.Captured(record["key"], wanted, record["captured_at"], record["version"], record["case"],
                         record["expected"], record["procedure"], record["application"], record["on_behalf"])


def _told(settled: sync.Settled, record: Mapping[str, Any]) -> dict[str, Any]:
    if settled.status == "received" and settled.received:
        got = settled.received
        return {"url": f"/cases/{got.case_id}?said=submitted", "number": got.number, "at": got.at,
                "repeated": got.repeated}
    if settled.reason == "version":
        slug = record["procedure"]
        return {"reason": "version", "url_form": f"/phone/new/{slug}", "draft": f"new:{slug}", "answers": []}
    if settled.reason == "gone":
        return {"reason": "gone", "answers": []}
    if settled.view:
        return _moved(settled.view, record)
    told = [_problem(one) for one in settled.problems]
    return {"problems": told, "detail": told[0]["text"] if settled.status == "refused" and told else ""}


def _problem(found: Problem) -> dict[str, Any]:
    return {"at": found.at, "text": problem(found), "clause": found.clause}


def _moved(view: CaseView, record: Mapping[str, Any]) -> dict[str, Any]:
    """The case as it stands now, beside which the phone puts what its person filled in."""
    task = next((one for one in view.tasks if one.actions and one.form), None)
    form = (view.form(task.form) if task and task.form else None) or _likely(view, record["raw"])
    since = [line for line in view.record if line.seq > (record["expected"] or 0)]
    return {
        "reason": "moved", "seq": view.seq, "version": view.version,
        "state": label(view.next_step) or "、".join(label(one.label) for one in view.tasks),
        "answers": _texts(form) if form else [],
        "since": [{"at": line.at, "who": _who(line.who, line.role), "what": label(line.what), "why": line.reason}
                  for line in since],
        "url": f"/cases/{view.id}", "url_form": f"/cases/{view.id}/tasks/{task.id}" if task else None,
        "draft": f"{view.id}:{task.id}" if task else None}


def _texts(form: FormView) -> list[list[str]]:
    """Each answered question with its answer as people read it."""
    lines = ((one, present.value_text(one, form.values.get(one.id))) for one in form.form.fields)
    return [[one.id, label(one.label), text] for one, text in lines if text]


def _who(name: str | None, role: Any) -> str:
    if name is None:
        return say("web.system")
    return f"{name}({label(role)})" if role else name


def _likely(view: CaseView, raw: Mapping[str, Any]) -> FormView | None:
    """The form that was filled in, where its task is gone: the one that shares the most questions with the record."""
    asked_for = {name.partition(".")[0] for name in raw}
    found = max(view.forms, key=lambda form: len(asked_for & {one.id for one in form.form.fields}), default=None)
    return found if found and asked_for & {one.id for one in found.form.fields} else None


@pages.get("/menu")
def menu() -> ResponseReturnValue:
    """What this person may take along now."""
    offered = sync.menu(runtime(), signed_in())
    items: list[dict[str, Any]] = []
    until = time.monotonic() + _PATIENCE
    for row, view in offered.tasks:
        day = show.short_day(row.due, current(), show.today(runtime().clock())) if row.due else ""
        due = say("phone.take.due", day=day) if day else ""
        items += [{"kind": "task", "url": f"/cases/{view.id}/tasks/{task.id}", "version": view.version, "seq": view.seq,
                   "title": f"{label(task.label)} · {view.subject or label(view.title)}", "note": due,
                   "size": _size(f"{view.version}/{task.form}", partial(_look_of, view, task.form), until)}
                  for task in view.tasks if task.id == row.task and task.form and task.actions]
    for row in offered.procedures:
        weighed = _weighed(row.slug, until)
        if weighed is not None:
            items.append({"kind": "new", "url": f"/phone/new/{row.slug}", "seq": None, "title": label(row.title),
                          "note": label(row.region_name), **weighed})
    return jsonify({"items": items})


def _weighed(slug: str, until: float) -> dict[str, Any] | None:
    """Version and size of a blank form; None where the procedure begins without one."""
    if time.monotonic() >= until:
        return {"version": "", "size": None}
    try:
        found = sync.blank(runtime(), signed_in(), slug)
    except NotFound:
        return None
    version = found.procedure.version
    return {"version": version, "size": _size(version, partial(_blank_look, found, {}, None, ""), until)}


_FRAME = 14_000     # characters of a page around its form
_PATIENCE = 0.4     # seconds for drawing forms to weigh them; the others are weighed at the next visit
_sizes: dict[tuple[str, str], int] = {}


def _size(form: str, look: Callable[[], forms.Look], until: float) -> int | None:
    """About how much a page takes on the phone, said before it is taken; drawn once for each form."""
    known = _sizes.get((form, current()))
    if known is None and time.monotonic() < until:
        known = _sizes[(form, current())] = len(forms.edit(forms.sheet(look()))) + _FRAME
    return known


def _look_of(view: CaseView, key: str | None) -> forms.Look:
    form = view.form(key) if key else None
    if form is None:
        raise NotFound
    return present.look(view, form)


@pages.get("/new/<slug>")
def blank(slug: str) -> ResponseReturnValue:
    """The first form of a procedure before there is a case: a phone fills it in anywhere and starts the case later."""
    return _blank(sync.blank(runtime(), signed_in(), slug), {}, page=request.args.get("page", ""))


@pages.post("/new/<slug>")
@filled_in
def begin(slug: str) -> ResponseReturnValue:
    """Without script: the case is opened now, with what was filled in as its draft."""
    who = signed_in()
    raw = forms.gather(request.form)
    received = open_case(runtime(), who, slug, present.given_key())
    opened = sync.first_task(runtime(), who, received.case_id)
    if opened is None:
        return htmx.go(f"/cases/{received.case_id}")
    drafts.save(runtime(), who, received.case_id, opened, raw)
    return htmx.go(f"/cases/{received.case_id}/tasks/{opened}?page={request.form.get('_go', '')[:80]}")


def _blank(found: sync.Blank, raw: Mapping[str, Any], problems: Sequence[Problem] | None = None,
           page: str = "") -> ResponseReturnValue:
    look = _blank_look(found, raw, problems, page)
    told = foretelling.foretold(runtime(), signed_in(), found.procedure.version, found.state, found.env)
    return htmx.page("page/phone_new.html", foretold=inside(told), procedure=found.procedure,
                     sheet=forms.sheet(look), buttons=found.actions, key=present.key(), subject=found.subject)


def _blank_look(found: sync.Blank, raw: Mapping[str, Any], problems: Sequence[Problem] | None, page: str) -> forms.Look:
    begun = {} if raw else found.prefilled
    return forms.Look(
        form=found.form, lang=current(), raw=raw, env=dict(found.env), prefix=f"{found.key}.", problems=problems,
        values={name: one.value for name, one in begun.items()},
        prefilled={name: one.source for name, one in begun.items()},
        page=page, clauses={item.id: item.words for item in found.procedure.clauses}, children=present.regions.children)
