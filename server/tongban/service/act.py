"""One submission, once through: key seen, load, decide, and everything it causes in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Connection

from tongban.engine.decide import decide
from tongban.engine.model import Actor, Command, Outcome, Version
from tongban.engine.problem import Problem
from tongban.service import unfold
from tongban.service.access import CaseSubject, Person, actor, may
from tongban.service.errors import Conflict, Denied, NotFound, Refused
from tongban.service.facts import Asking, settle
from tongban.service.people import valid_uscc
from tongban.service.runtime import Runtime
from tongban.service.views import Received
from tongban.service.words import fill
from tongban.store import cases, keys, messages, outbox, search, todo
from tongban.store.base import canonical, digest
from tongban.store.session import Stale


@dataclass(frozen=True, slots=True)
class ActRequest:
    """What somebody asks for; see engine.model.Command. `draft` = answers saved before are part of it."""

    kind: str = "act"
    task: str | None = None
    action: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    clauses: tuple[str, ...] = ()
    signature: str | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    to: tuple[str, ...] = ()
    then: str = ""
    place: str = "after"
    overrides: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    draft: bool = False


_ASKED = tuple(one.name for one in fields(ActRequest))     # asdict would copy every answer first

PEOPLE_MAY = frozenset({"act", "claim", "release", "transfer", "delegate", "add_sign", "remove_sign", "urge", "copy",
                        "take_back"})
"""Kinds of commands that people may send; events and timers come from within."""


def act(rt: Runtime, person: Person, case_id: str, request: ActRequest, expected: int | None = None,
        key: str | None = None, origin: Mapping[str, Any] | None = None) -> Received:
    """Do what a person asks. The same key gives the same answer; a case that moved on gives Conflict.

    `origin` says where the request came from (a phone: when it was captured, on whose behalf); it goes into the record
    and is no part of what is asked, for it may differ when the same request is sent again.
    """
    asked = digest(case_id, canonical({name: getattr(request, name) for name in _ASKED}))
    try:
        return rt.store.run(lambda conn: _act(rt, conn, person, (case_id, request, expected, key, asked), origin or {}))
    except Refused as error:        # it would cause what cannot be done, such as a document that lacks a value
        return Received(case_id, expected or 0, "", problems=error.problems)
    except Conflict:
        seen = _answered(rt, person, key, asked) if key else None
        if seen is None:
            raise
        return seen


def _act(rt: Runtime, conn: Connection, person: Person,
         what: tuple[str, ActRequest, int | None, str | None, str], origin: Mapping[str, Any]) -> Received:
    case_id, request, expected, key, asked = what
    loaded = cases.load(conn, case_id, person.id, key)
    if loaded is None:
        raise NotFound
    if loaded.seen is not None:
        return _repeat(loaded.seen, loaded.row, asked)
    case = loaded.row["snapshot"]
    version = rt.version(conn, loaded.row["version"])
    subject = CaseSubject(case, version)
    if not may(person, "case.act", subject):
        if may(person, "case.read", subject):
            raise Denied
        raise NotFound
    if request.kind not in PEOPLE_MAY:
        raise Denied
    if expected is not None and expected != case["seq"]:
        raise Conflict(seq=case["seq"])
    raw = _with_draft(conn, person, case, request) if request.draft else request.raw
    doer = actor(person, case, version, request.task)
    command = Command(
        request.kind, doer, request.task, request.action, raw, request.reason.strip(), request.clauses,
        request.signature, request.marks, request.to, request.then, request.place, request.overrides)
    outcome = run(rt, conn, loaded, version, command)
    if outcome.problems:
        return Received(case_id, case["seq"], loaded.row["number"], problems=outcome.problems)
    if not outcome.events:      # claiming what one has claimed already: as wanted, and nothing to write down
        return Received(case_id, case["seq"], loaded.row["number"], rt.clock(), status=case["status"],
                        outcome=case["outcome"])
    received = commit(rt, conn, loaded, version, outcome, Doing(doer, person.session, key, asked, origin=origin))
    if request.draft:
        _drop_draft(conn, person, case, request)
    return received


@dataclass(frozen=True, slots=True)
class Doing:
    """Who writes an entry, under which key. An actor of None is the system: a timer, a linked case."""

    actor: Actor | None = None
    session: str = ""
    key: str | None = None
    asked: str | None = None
    why: str = ""
    origin: Mapping[str, Any] = field(default_factory=dict)


def run(rt: Runtime, conn: Connection, loaded: cases.Loaded, version: Version, command: Command) -> Outcome:
    """Let the engine decide, with the facts that it asks for."""
    case, now = loaded.row["snapshot"], rt.clock()
    asking = Asking(rt, conn, version, case["id"], loaded.epoch, command.actor.id if command.actor else "")
    outcome = settle(asking, lambda facts: decide(version, case, command, facts, now))
    foreign = _not_own(version, case, outcome.case) if not outcome.problems else []
    if foreign:
        return Outcome(case, problems=tuple(foreign))
    if outcome.problems or outcome.case["keys"] == case["keys"]:
        return outcome
    taken = not_unique(rt, conn, version, outcome)
    return Outcome(case, problems=tuple(taken)) if taken else outcome


def _not_own(version: Version, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Problem]:
    """Organisations bound to a credit code that started a case and now name another code as theirs."""
    found = []
    for party in version.workflow.parties.values():
        held = after["parties"].get(party.id, {})
        own, key = held.get("org"), held.get("key")
        named = held.get("people") and own and key and key != before["parties"].get(party.id, {}).get("key")
        if named and key != own and valid_uscc(str(own)):
            at = "/" + str(party.key).rpartition(".")[2]
            found.append(Problem("service.not_own_code", at, {"own": own}))
    return found


def not_unique(rt: Runtime, conn: Connection, version: Version, outcome: Outcome) -> list[Problem]:
    """Keys of this case that another one occupies (C20). Whoever asks for the same key waits here for its turn."""
    found = []
    for name, value in sorted(unfold.keys(outcome.case, version).items()):
        rule = version.workflow.unique[int(name.rsplit("/", 1)[1])]
        rt.store.lock(conn, f"unique:{name}:{value}")
        if keys.holding_key(conn, name, value, outcome.case["id"], str(rule.get("within") or "all")):
            found.append(Problem("service.not_unique", "", {"value": value}, clause=rule.get("clause"),
                                 say=rule.get("say")))
    return found


def commit(rt: Runtime, conn: Connection, loaded: cases.Loaded, version: Version, outcome: Outcome,
           doing: Doing) -> Received:
    """Write what the engine decided: record, case, open work, outbox, key."""
    old, case, now = loaded.row["snapshot"], outcome.case, rt.clock()
    case_id, number, n = old["id"], loaded.row["number"], loaded.row["n"]
    row = unfold.row(case, now)
    try:
        cases.save(conn, loaded, row, entry(outcome, doing, now))
    except Stale:
        raise Conflict from None
    todo.put(conn, case_id, unfold.todo(case, number), len(unfold.todo(old, number)))
    copied = unfold.copied(outcome.events)
    if case["parties"] != old["parties"] or copied:
        cases.set_members(conn, case_id, unfold.members(old), unfold.members(case, copied))
    keys.set_keys(conn, case_id, unfold.keys(old, version), unfold.keys(case, version))
    names, before = unfold.names(case, number), unfold.names(old, number)
    if names != before:
        search.put(conn, n, names, before)
    cause(rt, conn, version, outcome, now)
    return Received(case_id, case["seq"], number, now, status=case["status"], outcome=case["outcome"],
                    dropped=outcome.dropped)


def entry(outcome: Outcome, doing: Doing, now: str) -> cases.Entry:
    """The journal entry of an outcome."""
    by: dict[str, Any] = {"version": outcome.case["version"]}
    if doing.actor is not None and doing.actor.deputy_of:
        by["deputy_of"] = doing.actor.deputy_of
    if doing.why:
        by["why"] = doing.why
    if doing.origin:
        by["origin"] = dict(doing.origin)
    return cases.Entry(now, doing.actor.id if doing.actor else None, outcome.events, by, doing.key, doing.asked)


def cause(rt: Runtime, conn: Connection, version: Version, outcome: Outcome, now: str) -> None:
    """Put the effects into the outbox; some do a part of their work (taking a number) in this commit already."""
    effects = [{**effect, **{key: fill(effect[key], version, outcome.case) for key in ("message", "title")
                             if isinstance(effect.get(key), Mapping)}} for effect in outcome.effects]
    for effect in effects:
        inline = rt.inline.get(effect["kind"])
        if inline is not None:
            inline(rt, conn, outcome.case, effect)
    outbox.put(conn, effects, now)


def _repeat(seen: Mapping[str, Any], row: Mapping[str, Any], asked: str) -> Received:
    if seen["digest"] != asked:
        problem = Problem("service.key_reused")
        return Received(row["id"], row["seq"], row["number"], problems=(problem,))
    return Received(row["id"], seen["seq"], row["number"], seen["at"], repeated=True, status=row["status"],
                    outcome=row["outcome"])


def _answered(rt: Runtime, person: Person, key: str, asked: str) -> Received | None:
    """After a lost race: the same submission may have won it."""
    with rt.store.reading() as conn:
        seen = cases.seen_key(conn, person.id, key)
    if seen is None or seen["digest"] != asked:
        return None
    return Received(seen["case_id"], seen["seq"], seen["number"], seen["at"], repeated=True, status=seen["status"],
                    outcome=seen["outcome"])


def form_of(case: Mapping[str, Any], task: str | None) -> str | None:
    """Key of the form that a task is filled in with."""
    found = next((t for t in case["tasks"] if task in (None, t["id"])), None)
    return found["form"] if found else None


def _with_draft(conn: Connection, person: Person, case: Mapping[str, Any], request: ActRequest) -> Mapping[str, Any]:
    form = form_of(case, request.task)
    saved = messages.list_drafts(conn, case["id"], person.id).get(form or "")
    return {**saved["raw"], **request.raw} if saved else request.raw


def _drop_draft(conn: Connection, person: Person, case: Mapping[str, Any], request: ActRequest) -> None:
    form = form_of(case, request.task)
    if form:
        messages.drop_draft(conn, case["id"], form, person.id)
