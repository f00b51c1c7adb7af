"""Documents of cases: delivered from the outbox, downloaded, verified by anybody, issued again, revoked."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from tongban.engine.model import Text
from tongban.engine.problem import Problem
from tongban.engine.rules.dates import date_of
from tongban.paper import bulk as printing_bulk
from tongban.paper import numbers, proof
from tongban.paper.sheet import PaperError
from tongban.service import issuing, printing
from tongban.service.access import CaseSubject, Person, may
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.files import blobs
from tongban.service.press import Press
from tongban.service.runtime import Effect, Runtime
from tongban.store import cases, counters, documents, registers
from tongban.store.base import Row

TRIES = 5  # renderings that fail for a passing reason, before the operator is told


@dataclass(frozen=True, slots=True)
class Verified:
    """What anybody with the code may see. state: genuine | revoked | replaced | expired | waiting | unknown."""

    state: str
    code: str
    title: Text | None = None
    kind: str = ""
    number: str | None = None
    issued_on: str = ""
    until: str | None = None
    reason: str = ""
    sha256: str | None = None
    index: int | None = None
    facts: tuple[tuple[Text, Text], ...] = ()
    demo: bool = False


def wire(rt: Runtime) -> Press:
    """Let the effects `issue` and `revoke` do their work in this runtime."""
    press = rt.paper = Press(rt)
    rt.inline["issue"], rt.inline["revoke"] = issuing.issue, issuing.revoke
    rt.outside["issue"] = lambda runtime, effect: deliver(runtime, effect, press_of(runtime))
    rt.handlers["revoke"] = lambda runtime, conn, effect: None  # done in the commit already
    return press


def press_of(rt: Runtime) -> Press:
    """The press of a wired runtime."""
    press: Press = rt.paper or wire(rt)
    return press


def deliver(rt: Runtime, effect: Effect, press: Press) -> None:
    """Render and keep a document. Twice is harmless. What cannot succeed is marked for the operator, not retried."""
    with rt.store.reading() as conn:
        row = documents.get(conn, effect["id"])
        if row is None or row["blob"] is not None or row["status"] == "revoked":
            return
        sheet = printing.sheet_of(rt, conn, row, proof.issuer(press.keys()[1]))
    try:
        printed = press.render(sheet)
    except PaperError as problem:
        if not problem.lasting:
            raise
        _note(
            rt,
            row["id"],
            {"status": "failed"} if row["status"] == "waiting" else {},
            problem={"code": problem.code, "params": problem.params},
        )
        return
    blob = blobs(rt).put(printed.pdf)
    _note(
        rt,
        row["id"],
        {"status": "issued"} if row["status"] in ("waiting", "failed") else {},
        blob=blob,
        lost=printed.lost,
        pages=printed.pages,
        problem=None,
    )


def _note(rt: Runtime, document_id: str, changes: Mapping[str, Any], blob: str | None = None, **facts: Any) -> None:
    """Write what came of it; the status is only changed if nobody else changed it meanwhile."""
    with rt.store.transaction() as conn:
        row = documents.get(conn, document_id)
        if row is None:
            return
        held = dict(changes) if row["status"] in ("waiting", "failed") else {}
        if blob:
            held["blob"] = blob
        documents.change(conn, document_id, **held, facts={**row["facts"], **facts})


def verify(rt: Runtime, given: str) -> Verified:
    """What anybody learns from a code. Unknown codes, and documents that are not ready, say nothing else."""
    code = numbers.typed(given)[:40]
    with rt.store.reading() as conn:
        row = documents.by_code(conn, code) if code else None
    return _verified(rt, row, code)


def verify_file(rt: Runtime, digest: str) -> Verified:
    """The same by the SHA-256 of a PDF."""
    with rt.store.reading() as conn:
        row = documents.by_blob(conn, digest) if len(digest) == 64 else None
    return _verified(rt, row, "")


def _verified(rt: Runtime, row: Row | None, code: str) -> Verified:
    if row is None:
        return Verified("unknown", numbers.spaced(code))
    state = {"issued": "genuine", "failed": "waiting"}.get(row["status"], row["status"])
    if state == "genuine" and row["until"] and row["until"] < rt.today():
        state = "expired"
    facts = tuple((item["label"], item["text"]) for item in row["facts"]["public"])
    return Verified(
        state,
        numbers.spaced(code),
        row["title"],
        row["kind"],
        row["number"],
        date_of(row["at"]) or "",
        row["until"],
        row["reason"],
        row["blob"],
        row["facts"]["n"],
        facts,
        rt.config.demo,
    )


def keys(rt: Runtime) -> dict[str, Any]:
    """The issuer's public keys: for payloads as JWK, for PDF signatures as certificates."""
    signer, payload = press_of(rt).keys()
    issuer = proof.issuer(payload)
    name = rt.config.issuer or "通办"
    return {
        "issuer": name,
        "demo": signer.demo,
        "keys": [issuer.jwk(name, signer.demo)],
        "certificates": [signer.certificate.read_text("ascii")],
    }


def status_list(rt: Runtime) -> str:
    """The signed list of revocations, as of now."""
    _, payload = press_of(rt).keys()
    with rt.store.reading() as conn:
        size = counters.value(conn, "status")
        revoked = [row["facts"]["n"] for row in _all_with(conn, "revoked")]
    return proof.status_list(proof.issuer(payload), revoked, size, rt.clock())


def _all_with(conn: Connection, status: str) -> list[Row]:
    found: list[Row] = []
    while rows := documents.with_status(conn, status, found[-1]["id"] if found else ""):
        found += rows
    return found


def download(rt: Runtime, person: Person, document_id: str) -> tuple[str, bytes]:
    """File name and content, for whoever may see the case."""
    with rt.store.reading() as conn:
        row = _seen(rt, conn, person, document_id)
    content = blobs(rt).get(row["blob"]) if row["blob"] else None
    if content is None or row["status"] not in ("issued", "replaced", "revoked"):
        raise NotFound
    name = row["number"] or row["title"].get("zh") or row["name"]
    return f"{name}.pdf", content


def _seen(rt: Runtime, conn: Connection, person: Person, document_id: str, verb: str = "case.read") -> Row:
    row = documents.get(conn, document_id)
    held = cases.get(conn, row["case_id"]) if row and row["case_id"] else None
    if row is None or held is None:
        raise NotFound
    subject = CaseSubject(held["snapshot"], rt.version(conn, held["version"]), cases.members_of(conn, held["id"]))
    if not may(person, "case.read", subject):
        raise NotFound
    readers = subject.version.workflow.documents[row["name"]].layout.get("readers")
    if not meant_for(person, subject, readers):
        raise NotFound
    if not may(person, verb, subject):
        raise Denied
    return row


def meant_for(person: Person, subject: CaseSubject, readers: list[str] | None) -> bool:
    """Whether a document with these readers may be seen by somebody who sees the case."""
    return not readers or may(person, "audit.read") or _one_of(person, subject, readers)


def _one_of(person: Person, subject: CaseSubject, readers: list[str]) -> bool:
    """Whether the person holds a role, or stands for a side, that the document is meant for."""
    held = subject.case["parties"]
    sides = {
        name
        for name, party in held.items()
        if person.id in (party.get("people") or ()) or (party.get("org") and party["org"] == person.org)
    }
    return bool(set(readers) & ({g.role for g in person.grants} | sides))


def reissue(rt: Runtime, person: Person, document_id: str, reason: str) -> str:
    """Print again: same number, new print serial (I-27). The earlier print is marked replaced. Gives the new id."""
    with rt.store.transaction() as conn:
        row = _managed(rt, conn, person, document_id, reason)
        held = cases.get(conn, row["case_id"])
        if row["status"] == "revoked" or held is None:
            raise Refused(Problem("paper.revoked_stays"))
        seq = row["id"].rsplit(":", 2)[1]
        scope = f"{held['workflow']}/{row['name']}"
        serial = numbers.serial(scope, lambda name: counters.take(conn, name))
        fresh = f"{row['case_id']}:{seq}:r{serial}"
        documents.change(conn, document_id, status="replaced", reason=reason)
        facts = {key: row["facts"][key] for key in ("values", "public")}
        documents.add(
            conn,
            {
                **{key: row[key] for key in ("case_id", "name", "kind", "title", "number", "until")},
                "id": fresh,
                "code": numbers.code(),
                "serial": serial,
                "at": rt.clock(),
                "facts": {**facts, "n": counters.take(conn, "status") - 1, "by": person.id},
            },
        )
    with contextlib.suppress(PaperError):       # it stands and has its number; the case page offers to try again
        deliver(rt, {"id": fresh}, press_of(rt))
    return fresh


def revoke(rt: Runtime, person: Person, document_id: str, reason: str) -> None:
    """From this moment the verify page says revoked. The number is never used again."""
    with rt.store.transaction() as conn:
        row = _managed(rt, conn, person, document_id, reason)
        documents.change(
            conn,
            row["id"],
            status="revoked",
            reason=reason,
            facts={**row["facts"], "revoked": {"by": person.id, "at": rt.clock()}},
        )
        _leave_registers(rt, conn, row, reason)


def _leave_registers(rt: Runtime, conn: Connection, row: Row, reason: str) -> None:
    """Entries that stand on this document leave their registers with it."""
    case = cases.get(conn, row["case_id"])
    flow = rt.version(conn, case["version"]).bundle["workflow"] if case is not None else {}
    for name, register in (flow.get("registers") or {}).items():
        if register.get("document") != row["name"]:
            continue
        for entry in registers.caused_by(conn, name, row["case_id"]):
            registers.leave(conn, name, entry["key"], rt.clock(), reason, f"revoked:{row['id']}"[-80:])


def _managed(rt: Runtime, conn: Connection, person: Person, document_id: str, reason: str) -> Row:
    if not reason.strip():
        raise Refused(Problem("paper.reason_needed", "/reason"))
    return _seen(rt, conn, person, document_id, "document.manage")


def again(rt: Runtime, person: Person, document_id: str) -> None:
    """Try a failed rendering again."""
    with rt.store.reading() as conn:
        row = _seen(rt, conn, person, document_id, "document.manage")
    try:
        deliver(rt, {"id": row["id"]}, press_of(rt))
    except PaperError as error:
        raise Refused(Problem(error.code, "", error.params)) from error


def bulk(
    rt: Runtime, ids: list[str], folder: Path, progress: printing_bulk.Progress | None = None
) -> printing_bulk.Batch:
    """Render and collect many documents: single files, a merged one and a manifest. Can be killed and run again."""
    press = press_of(rt)
    with rt.store.reading() as conn:
        rows = [row for one in ids if (row := documents.get(conn, one)) is not None]
    orders = [
        printing_bulk.Order(row["id"], str(row["number"] or row["code"]), partial(_finished, rt, press, row["id"]))
        for row in rows
    ]
    return printing_bulk.run(orders, folder, rt.config.paper_processes + 1, progress)    # one writes while one renders


def _finished(rt: Runtime, press: Press, document_id: str) -> bytes:
    return finished(rt, press, document_id)[1]


def finished(rt: Runtime, press: Press, document_id: str) -> tuple[Row, bytes]:
    """The record and the PDF, rendered now where the outbox did not come to it yet."""
    for last in (False, True):
        with rt.store.reading() as conn:
            row = documents.get(conn, document_id)
        content = blobs(rt).get(row["blob"]) if row and row["blob"] else None
        if row is not None and content is not None:
            return row, bytes(content)
        if not last:
            deliver(rt, {"id": document_id}, press)
    problem = row["facts"].get("problem") if row else None
    raise PaperError(problem["code"] if problem else "paper.failed", **(problem["params"] if problem else {}))
