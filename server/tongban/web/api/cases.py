"""/cases: one case, what may be done to it, and doing it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from flask import Response, make_response, request

from tongban.engine import answers
from tongban.service import cases, drafts, files, previews
from tongban.service.act import ActRequest, act
from tongban.service.errors import NotFound, Refused
from tongban.service.views import CaseView, FormView, Received
from tongban.web.api.acts import ActBody, DraftBody
from tongban.web.api.caller import KEY_HEADER, MATCH_HEADER, blueprint, caller, etag, expected, idempotency_key
from tongban.web.api.questions import QuestionsAnswer, questions
from tongban.web.api.schemas import Case, Change, FormQuery, Saved
from tongban.web.api.schemas import Received as ReceivedSchema
from tongban.web.language import current
from tongban.web.session import runtime

api = blueprint("cases", "Cases")


@api.get("/<case_id>")
@api.response(200, Case)
@api.alt_response(304, description="Not changed since the ETag in If-None-Match")
def get_case(case_id: str) -> Any:
    """A case as the caller may see it: where it stands, open tasks with their actions, answers, record, documents."""
    view = cases.view(runtime(), caller(), case_id)
    tag = etag(view.seq)
    if request.headers.get("If-None-Match") == tag["ETag"]:
        return make_response("", 304, tag)
    return as_answer(view), 200, tag


@api.post("/<case_id>/actions")
@api.doc(parameters=[KEY_HEADER, MATCH_HEADER])
@api.arguments(ActBody)
@api.response(200, ReceivedSchema)
def act_on_case(body: dict[str, Any], case_id: str) -> tuple[Received, int, dict[str, str]]:
    """Do something: an action of a task with its answers, or claim, transfer, delegate, urge, take back …

    An answer for a field that nobody knows is refused at its place, and everything stays as it was. One that is known
    but not asked now (hidden by another answer, not opened by a return, worked out by the system, of another step) is
    left out; `dropped` names each with its reason. A repeat under the same key does not tell it again.
    """
    received = act(runtime(), caller(), case_id, as_request(body), expected(), idempotency_key())
    if received.problems:
        raise Refused(*received.problems)
    return received, 200, etag(received.seq)


@api.get("/<case_id>/forms/<key>")
@api.response(200, QuestionsAnswer)
def get_questions(case_id: str, key: str) -> dict[str, Any]:
    """What a form of the case asks: every question with its type, its choices and an example of an answer."""
    view = next((one for one in cases.view(runtime(), caller(), case_id).forms if one.key == key), None)
    if view is None:
        raise NotFound
    return questions(view)


@api.get("/<case_id>/changes")
@api.arguments(FormQuery, location="query")
@api.response(200, Change(many=True))
def compare_rounds(query: dict[str, str], case_id: str) -> Any:
    """What changed in a form since the last round."""
    return cases.compare(runtime(), caller(), case_id, query["form"])


@api.get("/<case_id>/tasks/<task_id>/draft")
@api.response(200, DraftBody)
def get_draft(case_id: str, task_id: str) -> dict[str, Any]:
    """What the caller saved for this task."""
    return {"answers": drafts.load(runtime(), caller(), case_id, task_id)}


@api.put("/<case_id>/tasks/<task_id>/draft")
@api.arguments(DraftBody)
@api.response(200, Saved)
def save_draft(body: dict[str, Any], case_id: str, task_id: str) -> dict[str, str]:
    """Keep answers without submitting them; nothing is checked."""
    return {"at": drafts.save(runtime(), caller(), case_id, task_id, body["answers"])}


@api.get("/<case_id>/files/<sha>")
@api.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
def get_file(case_id: str, sha: str) -> Response:
    """An attachment that the case holds and the caller may read, by the id in the answers."""
    found = files.read(runtime(), caller(), sha, case_id)
    answer = Response(found.content, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=found.name)
    return answer


@api.get("/<case_id>/previews/<name>")
@api.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def preview(case_id: str, name: str) -> Response:
    """What a document of the case would look like now, marked as a preview."""
    return Response(previews.of_case(runtime(), caller(), case_id, name, current()), mimetype="application/pdf")


def as_request(body: dict[str, Any]) -> ActRequest:
    """A request body as the service takes it."""
    given = {**body, "raw": body["answers"], "clauses": tuple(body["clauses"]), "to": tuple(body["to"])}
    return ActRequest(**{f.name: given[f.name] for f in fields(ActRequest) if f.name in given})


def as_answer(view: CaseView) -> dict[str, Any]:
    """A case for programs: forms with their answers as they would be sent."""
    shown = {f.name: getattr(view, f.name) for f in fields(view)}
    return {**shown, "forms": [_form(form) for form in view.forms]}


def _form(view: FormView) -> dict[str, Any]:
    visible = {f.id: f for f in view.form.fields if view.modes.get(f.id) != "hidden"}
    return {
        "key": view.key, "id": view.form.id, "title": view.form.title, "task": view.task, "draft": view.raw,
        "answers": {name: answers.as_raw(visible[name], value) for name, value in view.values.items()
                    if name in visible and value is not None},
        "modes": {name: mode for name, mode in view.modes.items() if name in visible}, "marks": view.marks}
