"""What somebody typed and has not submitted: apart from the record, never validated, never lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongban.engine.problem import Problem
from tongban.service.access import CaseSubject, Person, actors, may
from tongban.service.errors import NotFound, Refused
from tongban.service.runtime import Runtime
from tongban.store import cases, messages
from tongban.store.base import canonical

MOST = 2_000_000        # characters


def save(rt: Runtime, person: Person, case_id: str, task_id: str, raw: Mapping[str, Any]) -> str:
    """Keep what was typed for a task; gives the time. Each person has drafts of their own."""
    if len(canonical(raw)) > MOST:
        raise Refused(Problem("service.too_long"))
    now, form = rt.clock(), _form(rt, person, case_id, task_id)
    rt.store.run(lambda conn: messages.save_draft(conn, case_id, form, person.id, raw, now))
    return now


def load(rt: Runtime, person: Person, case_id: str, task_id: str) -> dict[str, Any]:
    """What this person typed for a task; empty for nothing."""
    form = _form(rt, person, case_id, task_id)
    with rt.store.reading() as conn:
        saved = messages.list_drafts(conn, case_id, person.id).get(form)
    return dict(saved["raw"]) if saved else {}


def _form(rt: Runtime, person: Person, case_id: str, task_id: str) -> str:
    with rt.store.reading() as conn:
        row = cases.get(conn, case_id)
        if row is None:
            raise NotFound
        case, version = row["snapshot"], rt.version(conn, row["version"])
        if not may(person, "case.act", CaseSubject(case, version)):
            raise NotFound
    task = next((t for t in case["tasks"] if t["id"] == task_id), None)
    if task is None or not task["form"] or not actors(person, case, version):
        raise NotFound
    return str(task["form"])
