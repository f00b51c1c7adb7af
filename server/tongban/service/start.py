"""Opening a case: by an applicant, by staff, by the system."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from tongban.engine import decide as engine
from tongban.engine.model import Actor, Version
from tongban.engine.problem import Problem
from tongban.service import unfold
from tongban.service.access import Person, may, starting_parties
from tongban.service.act import Doing, cause, entry, not_unique
from tongban.service.cases import view
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.facts import Asking, settle
from tongban.service.runtime import Runtime
from tongban.service.views import CaseView, Received
from tongban.store import cases, counters, definitions, keys, search, todo
from tongban.store.base import canonical, digest


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case is opened with."""

    parties: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, Any] = field(default_factory=dict)


def start(rt: Runtime, person: Person, slug: str, key: str | None = None, org: str | None = None) -> CaseView:
    """Open a case for this person and show it."""
    return view(rt, person, begin(rt, person, slug, key, org).case_id)


def begin(rt: Runtime, person: Person, slug: str, key: str | None = None, org: str | None = None) -> Received:
    """Open a case for this person. `org` says for which organisation, where they stand for several."""
    asked = digest("start", slug, canonical(org))

    def work(conn: Connection) -> Received:
        if key and (seen := cases.seen_key(conn, person.id, key)) is not None:
            if seen["digest"] != asked:
                raise Refused(Problem("service.key_reused"))
            return Received(seen["case_id"], seen["seq"], seen["number"], seen["at"], repeated=True,
                            status=seen["status"], outcome=seen["outcome"])
        row = definitions.procedure(conn, slug)
        if row is None:
            raise NotFound
        if row["status"] != "open":
            raise Refused(Problem("service.procedure_withdrawn"))
        version = rt.version(conn, row["current"])
        if not may(person, "procedure.start", version.workflow):
            raise Denied
        opening = Opening(_parties(person, version, org))
        doer = Actor(person.id, person.grants, tuple(opening.parties))
        received = open_case(rt, conn, version, opening, Doing(doer, person.session, key, asked))
        if received.problems:
            raise Refused(*received.problems)
        return received
    return rt.store.run(work)


def _parties(person: Person, version: Version, org: str | None) -> dict[str, Any]:
    able = [(party, code) for party, code in starting_parties(person, version.workflow) if org in (None, code)]
    if not able:
        if org is not None:
            raise Denied
        return {}
    party, code = able[0]
    return {party: {"people": [person.id], **({"org": code} if code else {})}}


def open_case(rt: Runtime, conn: Connection, version: Version, opening: Opening, doing: Doing) -> Received:
    """Write a new case, in the transaction of whatever asked for it."""
    now, case_id = rt.clock(), new_case_id(rt.clock())
    epoch = counters.value(conn, "epoch")
    asking = Asking(rt, conn, version, case_id, epoch, doing.actor.id if doing.actor else "")
    outcome = settle(asking, lambda facts: engine.start(
        version, case_id, doing.actor, opening.parties, facts, now, answers=opening.answers,
        variables=opening.variables, links=opening.links))
    problems = outcome.problems or not_unique(rt, conn, version, outcome)
    if problems:
        return Received("", 0, problems=tuple(problems))
    case = outcome.case
    number = next_number(conn, version, case, now)
    row = {**unfold.row(case, now), "id": case_id, "number": number, "workflow": version.workflow.id,
           "parent": (opening.links or {}).get("parent"), "started_at": now}
    n = cases.create(conn, row, entry(outcome, doing, now), unfold.members(case))
    todo.put(conn, case_id, unfold.todo(case, number), 0)
    keys.set_keys(conn, case_id, {}, unfold.keys(case, version))
    search.put(conn, n, unfold.names(case, number))
    cause(rt, conn, version, outcome, now)
    return Received(case_id, case["seq"], number, now, status=case["status"], outcome=case["outcome"])


def next_number(conn: Connection, version: Version, case: Mapping[str, Any], now: str) -> str:
    """Year, region and a running number without gaps, e.g. 2026-370200-000017."""
    region = (version.workflow.region or case["scope"] or "000000")[:6]
    serial = counters.take(conn, f"case:{now[:4]}:{region}")
    return f"{now[:4]}-{region}-{serial:06d}"


def new_case_id(now: str) -> str:
    """Ids that sort by time: neighbours in time are neighbours on disk."""
    moment = datetime.fromisoformat(now)
    return f"{int(moment.timestamp()):09x}{secrets.token_hex(10)}"
