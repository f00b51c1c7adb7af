"""From the record of a case to the sheet of a document, and from the outbox to the finished PDF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tongban.engine.answers import show
from tongban.engine.fold import fold
from tongban.engine.layout import OWN
from tongban.engine.model import Document, Form, Version
from tongban.engine.rules.dates import date_of
from tongban.paper import gather, numbers, proof
from tongban.paper.sheet import Cell, Clause, Meta, Opinion, Seal, Section, Sheet, Signature, Value
from tongban.service import issuing, regions
from tongban.service.access import roles_of
from tongban.service.facts import Asking
from tongban.service.files import blobs
from tongban.service.runtime import Runtime
from tongban.service.seen import role_at
from tongban.store import cases, counters, people
from tongban.store.base import Row, canonical
from tongban.text import label, say

Events = list[Mapping[str, Any]]
UNPRINTED = frozenset({"signature", "declaration", "file", "photo", "group", "note", "position"})


def sheet_of(rt: Runtime, conn: Connection, row: Row, issuer: proof.Issuer | None = None, lang: str = "zh") -> Sheet:
    """Everything the document prints, as the case stood when it was issued."""
    events, _ = issuing.case_at(conn, row["id"])
    case = fold(events)
    version = rt.version(conn, case["version"])
    document = version.workflow.documents[row["name"]]
    asking = Asking(rt, conn, version, case["id"], counters.value(conn, "epoch"))
    own = {OWN + "issued_on": date_of(row["at"]) or ""}
    values = issuing.typed(asking, document, {**row["facts"]["values"], **own}, lang)
    names = _Names(conn, events)
    meta = _meta(rt, conn, _Subject(row, case, version, document, values, names, lang), issuer)
    acted = [e for e in events if e["type"] == "acted"]
    last = acted[-1] if acted else {}
    return Sheet(
        meta,
        document.layout,
        values,
        sections(asking, case, document, lang),
        _opinions(version, events, names, lang),
        _signatures(version, case, events, names, lang),
        clauses(version, last, lang),
        str(last.get("reason") or ""),
        marks(version, case, lang),
        _pictures(rt, version, case, events),
        _attachments(case, document, row),
    )


def preview_sheet(
    rt: Runtime, conn: Connection, case: Mapping[str, Any], version: Version, document: Document, lang: str = "zh"
) -> Sheet:
    """The same for a case as it stands now: no number, no signature, marked as a preview."""
    asking = Asking(rt, conn, version, case["id"], counters.value(conn, "epoch"))
    today = rt.today()
    raw = issuing.evaluate(asking, case, document, {OWN + "issued_on": today})
    values = issuing.typed(asking, document, raw, lang)
    meta = Meta(
        label(document.title, lang),
        document.kind,
        today,
        procedure=label(version.workflow.title, lang),
        to=case["subject"] or "",
        copy=True,
        lang=lang,
    )
    return Sheet(
        meta, document.layout, values, sections(asking, case, document, lang), marks=marks(version, case, lang)
    )


class _Names:
    """People and offices that a record names."""

    def __init__(self, conn: Connection, events: Events) -> None:
        self.rows = people.named(
            conn, {e[key] for e in events for key in ("by", "_by", "deputy_of") if isinstance(e.get(key), str)})
        self.instead = {(e["state"], e["by"]): e["deputy_of"] for e in events
                        if e["type"] == "acted" and e.get("deputy_of")}     # a deputy acts for the other one's office
        codes = {row["org"] for row in self.rows.values() if row["org"]}
        named = [held for e in events for held in (e.get("parties") or {}).values()]
        codes |= {held["org"] for held in named if held.get("org")}
        codes |= {seat["scope"] for e in events if e["type"] == "task_opened" for seat in e["task"]["seats"]
                  if seat.get("scope")}
        self.offices = {row["code"]: row["name"] for row in people.list_organisations(conn, codes)} if codes else {}

    def person(self, person_id: Any) -> str:
        row = self.rows.get(person_id)
        return str(row["name"]) if row else ""

    def doer(self, event: Mapping[str, Any], lang: str) -> str:
        """Who acted, and in whose place."""
        absent = event.get("deputy_of")
        return self.person(event["by"]) + (say("web.deputy", lang, name=self.person(absent)) if absent else "")

    def office(self, person_id: Any, lang: str) -> str:
        row = self.rows.get(person_id)
        return self.organisation(row["org"], lang) if row else ""

    def organisation(self, code: Any, lang: str) -> str:
        return label(self.offices.get(code), lang)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The document being printed, and the case as it stood when it was issued."""

    row: Row
    case: Mapping[str, Any]
    version: Version
    document: Document
    values: Mapping[str, Value]
    names: _Names
    lang: str


def _meta(rt: Runtime, conn: Connection, of: _Subject, issuer: proof.Issuer | None) -> Meta:
    row, case, layout, lang = of.row, of.case, of.document.layout, of.lang
    held = cases.get(conn, case["id"])
    signed = label(layout.get("office"), lang) or gather.signed_as(layout.get("blocks"), of.values, lang)
    office = signed or _deciding_office(of, lang)
    title, issued = label(of.document.title, lang), date_of(row["at"]) or ""
    sealed = layout.get("seal", True) and of.document.kind not in ("table", "agreement")
    note = label(layout.get("seal"), lang) if isinstance(layout.get("seal"), Mapping) else ""
    return Meta(
        title=title,
        kind=of.document.kind,
        issued_on=issued,
        number=row["number"] or "",
        serial=f"{row['serial']:08d}",
        code=numbers.spaced(row["code"]),
        verify_url=f"{rt.config.base_url}/verify/{row['code']}",
        payload=_payload(row, title, issued, office, issuer) if issuer else "",
        office=office,
        seal=Seal(office, note) if office and sealed else None,
        to=case["subject"] or "",
        case_number=held["number"] if held else "",
        procedure=label(of.version.workflow.title, lang),
        submitted_on=date_of(case["submitted_at"] or "") or "",
        valid_until=row["until"] or "",
        demo=rt.config.demo,
        lang=lang,
    )


def _payload(row: Row, title: str, issued: str, office: str, issuer: proof.Issuer) -> str:
    """The facts that the offline QR code carries: what the verify page shows, no more."""
    public = {label(item["label"], "zh"): label(item["text"], "zh") for item in row["facts"]["public"]}
    return issuer.jws(
        proof.claims(
            code=row["code"],
            number=row["number"] or "",
            title=title,
            issued=issued,
            until=row["until"] or "",
            office=office,
            index=row["facts"]["n"],
            public=public,
        )
    )


def _deciding_office(of: _Subject, lang: str) -> str:
    """The office of whoever acted last for one; else the one that the case waits for; where no office has a part in
    the procedure, the organisation whose case it is; else the case's region."""
    case, names, flow = of.case, of.names, of.version.workflow
    sides = sorted(held["org"] for held in case["parties"].values() if held.get("org"))
    for state, ids in reversed(list(case["acted"].items())):
        task = flow.states[state].task if state in flow.states else None
        acted = (names.instead.get((state, by), by) for by in reversed(ids))
        for row in [names.rows[by] for by in acted if by in names.rows]:
            by_role = task is not None and all(holder.role for holder in task.holders)
            if row["org"] and (by_role or row["org"] not in sides):
                return names.organisation(row["org"], lang)
    for seat in [seat for task in case["tasks"] for seat in task["seats"] if seat.get("role")]:
        return names.organisation(seat["scope"], lang) or label(role_at(str(seat["role"]), seat["scope"]), lang)
    if sides and not roles_of(of.version):
        return names.organisation(sides[0], lang)
    return label(regions.full_name(str(case["scope"])) if case["scope"] else None, lang)


def sections(asking: Asking, case: Mapping[str, Any], document: Document, lang: str) -> tuple[Section, ...]:
    """The case's forms, filled in. A field with readers of its own is printed if all readers of the document may."""
    found: list[Section] = []
    flow = asking.version.workflow
    wanted = {b["form"] for b in document.layout.get("blocks") or () if isinstance(b.get("form"), str)}
    wanted |= gather.subject_forms(flow)
    for key, form in flow.forms.items():
        if key not in case["answers"] or key not in wanted:
            continue
        readers = set(document.layout.get("readers") or ())
        ids = frozenset(f.id for f in form.fields if not f.readers or (readers and readers <= set(f.readers)))
        env = {f"{k}.{n}": v for k, answers in case["answers"].items() for n, v in answers.items()} | case["vars"]
        found += gather.sections(
            key,
            form,
            case["answers"][key],
            env,
            lang,
            ids,
            lambda one, value: issuing.shown(asking, one, value, lang).text,
        )
    return tuple(found)


def clauses(version: Version, last: Mapping[str, Any], lang: str) -> tuple[Clause, ...]:
    """The clauses that the last action named, in the order of the notice (I-22)."""
    words = version.workflow.source.get("clauses") or {}
    named = [c for c in words if c in (last.get("clauses") or ())]
    named += [c for c in last.get("clauses") or () if c not in words]
    return tuple(Clause(c, label(words.get(c), lang)) for c in named)


def marks(version: Version, case: Mapping[str, Any], lang: str) -> tuple[Cell, ...]:
    """Fields that were sent back, under their labels."""
    found = []
    for place, note in case["marks"].items():
        form, _, field_id = place.partition(".")
        known: Form | None = version.workflow.forms.get(form)
        one = next((f for f in known.fields if f.id == field_id.split("/")[0]), None) if known else None
        found.append(Cell(label(one.label, lang) if one else place, note))
    return tuple(found)


def _opinions(version: Version, events: Events, names: _Names, lang: str) -> tuple[Opinion, ...]:
    """The last decision of each review step, in the order of the chart; steps still to come as empty boxes."""
    decided = {e["state"]: e for e in events if e["type"] == "acted" and e.get("task") and not e.get("party")}
    found = []
    for state, task in gather.review_steps(version.workflow):
        event = decided.get(state.id)
        if event is None:
            found.append(Opinion(state.id, label(state.label, lang)))
            continue
        office = names.office(event.get("deputy_of") or event["by"], lang)
        action = next((t.label for t in state.transitions if t.event == event["action"]), None)
        found.append(
            Opinion(
                state.id,
                label(state.label, lang),
                label(action, lang),
                _words(version, task.form, event, events, lang),
                names.doer(event, lang),
                office,
                event["_at"],
                f"sign:{event['by']}:{event['_at']}",
                Seal(office) if office else None,
            )
        )
    return tuple(found)


def _words(version: Version, form: str | None, event: Mapping[str, Any], events: Events, lang: str) -> str:
    """The reason given, then what was filled in for the opinion: long texts as they are, the rest under labels."""
    reason = str(event.get("reason") or "")
    answered = [e for e in events if e["type"] == "answered" and e["form"] == form]
    known = version.workflow.forms.get(form or "")
    if not answered or known is None:
        return reason
    values = answered[-1]["values"]
    lines = [reason] if reason else []
    for one in known.fields:
        if values.get(one.id) is None or one.readers or one.type in UNPRINTED:
            continue
        said = regions.shown(one, values[one.id], lang) or show(one, values[one.id], lang)
        lines.append(said if one.type == "longtext" else f"{label(one.label, lang)}：{said}")
    return "\n".join(lines)


def _signatures(
    version: Version, case: Mapping[str, Any], events: Events, names: _Names, lang: str
) -> tuple[Signature, ...]:
    """Each side of the case, with its latest act that carried a signature or was an agreement to the text."""
    found = []
    for party in version.workflow.parties.values():
        held = case["parties"].get(party.id)
        if held is None:
            continue
        acted = [e for e in events if e["type"] == "acted" and e.get("party") == party.id]
        last = acted[-1] if acted else None
        org = names.organisation(held.get("org"), lang)
        by = names.person(last["by"]) if last else ""
        found.append(
            Signature(
                party.id,
                label(party.label, lang),
                org or by,
                by,
                last["_at"] if last else "",
                f"sign:{last['by']}:{last['_at']}" if last else "",
                Seal(org) if org and last else None,
                party.kind == "person",
            )
        )
    return tuple(found)


def _pictures(rt: Runtime, version: Version, case: Mapping[str, Any], events: Events) -> dict[str, bytes]:
    """Signatures and photos that the document may print."""
    wanted = {
        f"sign:{e['by']}:{e['_at']}": e["signature"] for e in events if e["type"] == "acted" and e.get("signature")
    }
    for key, form in version.workflow.forms.items():
        for field_id, content in gather.pictures_of(form, case["answers"].get(key) or {}).items():
            wanted[field_id] = wanted[f"{key}.{field_id}"] = content
    found = {}
    for name, content in wanted.items():
        held = blobs(rt).get(content) if isinstance(content, str) and len(content) == 64 else None
        if held:
            found[name] = held
    return found


def _attachments(case: Mapping[str, Any], document: Document, row: Row) -> dict[str, bytes]:
    """The answers as JSON inside the PDF, where the definition asks for it."""
    wanted = document.layout.get("attach")
    if not wanted:
        return {}
    forms = case["answers"] if wanted is True else {key: case["answers"].get(key) for key in wanted}
    body = {
        "procedure": case["workflow"],
        "version": case["version"],
        "document": row["number"] or row["code"],
        "answers": forms,
    }
    return {"case.json": canonical(body).encode()}
