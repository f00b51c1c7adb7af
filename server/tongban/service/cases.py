"""One case as one person may see it; comparing rounds; finding cases by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tongban.engine import people
from tongban.engine.model import Actor, Field, Text
from tongban.engine.offers import Offer
from tongban.engine.problem import Problem
from tongban.service import regions
from tongban.service.access import CaseSubject, Person, may, readable
from tongban.service.case_forms import changed, forms
from tongban.service.case_rail import party_labels, steps, visited
from tongban.service.case_record import opinions, record
from tongban.service.documents import meant_for
from tongban.service.errors import NotFound
from tongban.service.messages import message
from tongban.service.runtime import Runtime
from tongban.service.seen import Seen, both, holder_words, look, offered
from tongban.service.views import (
    ActionView,
    CaseView,
    ChangeView,
    ChoiceView,
    ClauseView,
    DocumentView,
    LinkView,
    MessageView,
    TaskView,
    VoteView,
)
from tongban.store import cases, documents, messages
from tongban.store import definitions as versions
from tongban.store.base import Row

BESIDE = ("claim", "release", "transfer", "delegate", "add_sign", "remove_sign", "copy")
ASK_PEOPLE = frozenset({"transfer", "delegate", "add_sign", "remove_sign", "copy"})


def view(rt: Runtime, person: Person, case_id: str) -> CaseView:
    """Everything about a case that this person may see."""
    with rt.store.reading() as conn:
        seen = look(rt, conn, person, case_id)
        return _view(seen)


def to_fill(rt: Runtime, person: Person, case_id: str) -> CaseView:
    """A case as the page of a form needs it: tasks, forms, clauses; no record, no documents, no messages."""
    with rt.store.reading() as conn:
        seen = look(rt, conn, person, case_id)
        able, flow = offered(seen), seen.version.workflow
        offers = [offer for _, offer in able]
        drafts = messages.list_drafts(conn, case_id, person.id)
        return CaseView(
            **_head(seen), version_no=0, applicant="", steps=(), active=(), visited=(), actions=(), opinions=(),
            record=(), documents=(), messages=(), links=(), chart={},
            tasks=_tasks(seen, able), clauses=clauses(flow.source),
            forms=forms(seen, offers, readable(person, seen.case, seen.version), drafts))


def _head(seen: Seen) -> dict[str, Any]:
    """What every view of a case begins with."""
    row, case = seen.row, seen.case
    return {
        "id": case["id"], "number": row["number"], "procedure": row["workflow"],
        "title": seen.version.workflow.title, "subject": row["subject"], "status": case["status"],
        "outcome": case["outcome"], "seq": case["seq"], "round": case["round"], "version": row["version"],
        "started_at": row["started_at"], "updated_at": row["updated_at"], "submitted_at": case["submitted_at"],
        "scope": case["scope"], "scope_name": regions.name(case["scope"])}


def _view(seen: Seen) -> CaseView:
    row, case, flow = seen.row, seen.case, seen.version.workflow
    may_read = readable(seen.person, case, seen.version)
    able = offered(seen)
    offers = [offer for _, offer in able]
    drafts = messages.list_drafts(seen.conn, case["id"], seen.person.id)
    tasks = _tasks(seen, able)
    return CaseView(
        **_head(seen), version_no=versions.number(seen.conn, row["version"]),
        applicant=_applicant(seen), steps=steps(seen), active=tuple(case["conf"]), visited=visited(seen), tasks=tasks,
        actions=_loose(seen, offers), forms=forms(seen, offers, may_read, drafts), opinions=opinions(seen, may_read),
        record=record(seen), documents=_documents(seen), previews=_previews(seen), messages=_messages(seen),
        links=_links(seen), clauses=clauses(flow.source), chart=seen.version.bundle["workflow"],
        next_step=_next_step(tasks))


def _applicant(seen: Seen) -> str:
    for held in seen.case["parties"].values():
        if held.get("org"):
            return str(seen.offices.get(held["org"], {}).get("zh") or held["org"])
        if held.get("people"):
            return seen.name(held["people"][0]) or ""
    return ""


def clauses(source: Mapping[str, Any]) -> tuple[ClauseView, ...]:
    """The clauses of the notice with their words."""
    return tuple(ClauseView(key, words) for key, words in (source.get("clauses") or {}).items())


def _tasks(seen: Seen, able: list[tuple[Actor, Offer]]) -> tuple[TaskView, ...]:
    found, parties = [], party_labels(seen.version.workflow)
    for task in seen.case["tasks"]:
        mine = [(doer, offer) for doer, offer in able if offer.task == task["id"]]
        spec = seen.version.workflow.states[task["state"]].task
        seat = next((s for s in task["seats"] if s["action"] is None), task["seats"][0] if task["seats"] else {})
        found.append(TaskView(
            id=task["id"], state=task["state"], label=(spec.label if spec else None) or seen.label(task["state"]),
            holder=holder_words(parties, seat, seen.name), opened=task["opened"], hint=spec.hint if spec else None,
            due=task["due"], provisional=task["provisional"], overdue=bool(task["due"] and task["due"] < seen.now),
            form=task["form"], claimed_by=seen.name(task["claimed"]),
            mine=task["claimed"] == seen.person.id or any(s.get("person") == seen.person.id for s in task["seats"]),
            actions=_actions(seen, task, mine), need=task["need"], mode=task["mode"],
            instead_of=seen.name(mine[0][0].deputy_of) if mine else None,
            claimed_for=seen.name(task.get("claimed_for")) if task["claimed"] not in (None, task.get("claimed_for"))
            else None,
            votes=tuple(VoteView(seen.name(s["by"]) or "", seen.action_label(task["state"], s["action"]), s["at"])
                        for s in task["seats"] if s["action"])))
    return tuple(found)


def _actions(seen: Seen, task: Mapping[str, Any], mine: list[tuple[Actor, Offer]]) -> tuple[ActionView, ...]:
    if not mine:
        return ()
    found = [_action(seen, offer) for _, offer in mine]
    party = any(s.get("party") for s in task["seats"])
    for kind in BESIDE:
        if party or (kind == "claim" and task["claimed"]) or (kind == "release" and not task["claimed"]):
            continue
        added = any(s.get("added_by") == seen.person.id and s["action"] is None for s in task["seats"])
        if kind == "remove_sign" and not added:
            continue
        found.append(ActionView(kind, kind, both(f"service.kind.{kind}"), task["id"], form=False,
                                people=kind in ASK_PEOPLE))
    return tuple(found)


def _action(seen: Seen, offer: Offer) -> ActionView:
    spec = offer.spec
    return ActionView(
        "act", offer.action, spec.label or seen.action_label(offer.state, offer.action), offer.task, spec.tone,
        spec.reason, spec.clauses, spec.signature, spec.marks, spec.form and offer.form is not None,
        tuple(ChoiceView(state, seen.label(state)) for state in offer.back), spec.back.then if spec.back else "",
        soft=offer.soft)


def _loose(seen: Seen, offers: list[Offer]) -> tuple[ActionView, ...]:
    """Actions beside the tasks: withdraw, object; take back one's own last step, or what a deputy has claimed; urge
    whoever is waited for."""
    found = [_action(seen, offer) for offer in offers if offer.task is None]
    case, me = seen.case, seen.person.id
    if case["status"] != "open":
        return tuple(found)
    if case["last"] is not None and case["last"]["by"] == me:
        found.append(ActionView("take_back", "take_back", both("service.kind.take_back"), form=False))
    found += [ActionView("claim", "claim", both("service.kind.claim_back", name=seen.name(t["claimed"])), t["id"],
                         form=False) for t in case["tasks"] if people.lent_claim(t, me)]
    waiting = next((t for t in case["tasks"] if all(o.task != t["id"] for o in offers)), None)
    if waiting is not None and any(doer.parties for doer in seen.doers):
        found.append(ActionView("urge", "urge", both("service.kind.urge"), waiting["id"], form=False))
    return tuple(found)


def _documents(seen: Seen) -> tuple[DocumentView, ...]:
    managed = may(seen.person, "document.manage", CaseSubject(seen.case, seen.version))
    return tuple(DocumentView(d["id"], d["kind"], d["title"], d["status"], d["at"], d["number"], d["code"],
                              _why(d) if managed else None, managed)
                 for d in documents.of_case(seen.conn, seen.case["id"]))


def _previews(seen: Seen) -> tuple[tuple[str, Text], ...]:
    """What may still be issued: for an office of the case, while it is open."""
    if seen.case["status"] != "open" or not may(seen.person, "document.manage", CaseSubject(seen.case, seen.version)):
        return ()
    return tuple((one.id, one.title) for one in seen.version.workflow.documents.values()
                 if meant_for(seen.person, CaseSubject(seen.case, seen.version), one.layout.get("readers")))


def _why(row: Row) -> Problem | None:
    """Why a document could not be made."""
    said = row["facts"].get("problem") if row["status"] == "failed" else None
    return Problem(said["code"], "", said["params"]) if said else None


def _messages(seen: Seen) -> tuple[MessageView, ...]:
    rows = messages.of_case(seen.conn, seen.person.id, seen.case["id"])
    return tuple(message(row) for row in rows)


def _links(seen: Seen) -> tuple[LinkView, ...]:
    parent = cases.get(seen.conn, seen.row["parent"]) if seen.row["parent"] else None
    rows = [(parent, "parent")] if parent else []
    rows += [(child, "child") for child in cases.children(seen.conn, seen.case["id"])]
    return tuple(LinkView(row["id"], row["number"], seen.rt.version(seen.conn, row["version"]).workflow.title,
                          row["status"], row["outcome"], relation) for row, relation in rows)


def _next_step(tasks: tuple[TaskView, ...]) -> Text | None:
    if not tasks:
        return None
    return both("service.waits_for", who=[task.holder for task in tasks], what=[task.label for task in tasks])


def questions(rt: Runtime, person: Person, case_id: str) -> dict[str, Field]:
    """The fields of the case's forms, for words typed into a form that is no longer open."""
    with rt.store.reading() as conn:
        forms_ = look(rt, conn, person, case_id).version.workflow.forms
    return {one.id: one for form in forms_.values() for one in form.fields}


def compare(rt: Runtime, person: Person, case_id: str, form: str) -> list[ChangeView]:
    """What a form says now against what it said in the round before."""
    with rt.store.reading() as conn:
        seen = look(rt, conn, person, case_id)
        wanted = seen.version.workflow.forms.get(form)
        if wanted is None:
            raise NotFound
        allowed: Collection[str] = readable(person, seen.case, seen.version).get(form, ())
        now = seen.case["answers"].get(form, {})
        before = changed(seen, form, wanted, allowed)
        return [ChangeView(f.id, f.label, before[f.id], now.get(f.id)) for f in wanted.fields if f.id in before]
