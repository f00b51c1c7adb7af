"""Public notices (公示): opened by the effect `publish`, masked by the definition, open to objection while they run.

What the case does during a notice (days, suspension, decision from the day after the last) is its definition's; here
its dates are read from the case's own record, so page and clock cannot disagree (C14, I-26).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from tongban.engine.model import Action, Actor, Command, Expr, Field, Grant, Text, Version
from tongban.engine.problem import Problem
from tongban.engine.rules.dates import add_days, add_working_days, date_of
from tongban.paper import gather
from tongban.service import issuing, regions
from tongban.service.access import CaseSubject, Person, may
from tongban.service.act import Doing, commit, run
from tongban.service.books import MASKED, mask
from tongban.service.effects import Undeliverable
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.facts import Asking
from tongban.service.runtime import Effect, Runtime
from tongban.service.views.notices import NoticeRow, NoticesView, NoticeView, ObjectionView, TableView
from tongban.store import cases, counters, notices, outbox, registers
from tongban.store.base import Row, digest

PAGE = 20
A_DAY = 50              # objections to one notice that are taken in a day
PUBLIC = Actor("public", (Grant("public", "*"),))
RUNNING, SUSPENDED, OVER, ENDED = "running", "suspended", "over", "ended"


def publish(rt: Runtime, conn: Connection, effect: Effect) -> None:
    """Open the notice that an effect asks for; the same effect opens one."""
    row = cases.get(conn, effect["case"])
    if row is None:
        return
    version = rt.version(conn, row["version"])
    state, action = _action(version, effect)
    starts = date_of(str(effect["at"])) or rt.today()
    until = effect.get("until") or _last_day(conn, starts, effect.get("days") or {})
    if until is None:
        raise Undeliverable("the notice has no last day: its rule is unknown, or the calendar of that year is missing")
    asking = Asking(rt, conn, version, row["id"], counters.value(conn, "epoch"))
    notices.add(conn, {
        "id": secrets.token_hex(8), "cause": effect["id"], "case_id": row["id"], "workflow": version.workflow.id,
        "state": state, "title": effect["title"], "facts": _facts(asking, effect, action), "starts": starts,
        "region": row["scope"], "until": str(until)[:10], "event": _event(version, effect), "at": effect["at"]})


def page(rt: Runtime, after: str = "") -> NoticesView:
    """Notices, newest first, for everybody."""
    at, _, notice_id = after.partition("|")
    with rt.store.reading() as conn:
        rows = notices.latest(conn, (at, notice_id) if notice_id else None, PAGE + 1)
        found = tuple(_row(rt, conn, row) for row in rows[:PAGE])
    return NoticesView(found, f"{rows[PAGE - 1]['at']}|{rows[PAGE - 1]['id']}" if len(rows) > PAGE else None)


def one(rt: Runtime, person: Person | None, notice_id: str) -> NoticeView:
    """One notice. Its content is shown while it runs; who may see the case also sees who objected."""
    if not may(person, "notice.read"):
        raise Denied
    with rt.store.reading() as conn:
        row = notices.get(conn, notice_id)
        if row is None:
            raise NotFound
        shown, case = _row(rt, conn, row), cases.get(conn, row["case_id"])
        inside = person is not None and case is not None and person.staff and may(
            person, "case.read", CaseSubject(case["snapshot"], rt.version(conn, case["version"])))
        told = notices.objections_to(conn, notice_id) if inside else ()
    facts = row["facts"] if shown.status != ENDED or inside else ()
    plain = tuple((fact["label"], fact["text"]) for fact in facts if "rows" not in fact)
    tables = tuple(TableView(fact["label"], fact["head"], fact["rows"]) for fact in facts if "rows" in fact)
    return NoticeView(
        shown, plain, tables, case["outcome"] if case is not None else None, _objectable(rt, row, shown),
        row["case_id"] if inside else None,
        tuple(ObjectionView(o["at"], o["name"], o["contact"], o["reason"], o["status"]) for o in told))


def object_to(rt: Runtime, notice_id: str, given: Mapping[str, str], key: str) -> str:
    """Take an objection of the public in. The case hears of it at once, or when it has dealt with the one before."""
    name, contact, reason = (given.get(part, "").strip() for part in ("name", "contact", "reason"))
    problems = [Problem(f"notices.need.{part}", f"/{part}") for part, value in
                (("name", name), ("contact", contact), ("reason", reason)) if not value]
    problems += [Problem("notices.long", f"/{part}", {"max": most}) for part, value, most in
                 (("name", name, 80), ("contact", contact, 120), ("reason", reason, 2000)) if len(value) > most]
    if problems:
        raise Refused(*problems)
    objection_id = digest("objection", notice_id, key)[:32]

    def work(conn: Connection) -> str:
        row = notices.get(conn, notice_id)
        if row is None:
            raise NotFound
        if notices.objection(conn, objection_id) is not None:
            return objection_id
        now = rt.clock()
        rt.store.lock(conn, f"notice:{notice_id}")
        if not _objectable(rt, row, _row(rt, conn, row)):
            raise Refused(Problem("notices.closed"))
        if notices.count_since(conn, notice_id, (rt.today() or "")) >= A_DAY:
            raise Refused(Problem("notices.many"))
        notices.object_to(conn, {"id": objection_id, "notice": notice_id, "at": now, "name": name, "contact": contact,
                                 "reason": reason, "status": "waiting"})
        if not _raise(rt, conn, row, objection_id, reason):
            outbox.put(conn, [{"id": f"objection:{objection_id}", "kind": "objection", "case": row["case_id"],
                               "at": now, "objection": objection_id}], now)
        return objection_id
    return rt.store.run(work)


def again(rt: Runtime, conn: Connection, effect: Effect) -> None:
    """An objection that waited because the case was examining another: raise it now, or try later."""
    held = notices.objection(conn, effect["objection"])
    row = notices.get(conn, held["notice"]) if held is not None else None
    if held is None or row is None or held["status"] != "waiting":
        return
    case = cases.get(conn, row["case_id"])
    if case is None or case["status"] != "open" or _status(row, case["snapshot"], rt.today(), row["until"]) == ENDED:
        notices.mark(conn, held["id"], "closed")
    elif not _raise(rt, conn, row, held["id"], held["reason"]):
        raise Undeliverable("the case is still examining another objection")


def wire(rt: Runtime) -> None:
    """Put the effects of notices into the runtime."""
    rt.handlers.update(publish=publish, objection=again)


# --- the case behind a notice --------------------------------------------------------------------------------------

def _raise(rt: Runtime, conn: Connection, row: Row, objection_id: str, reason: str) -> bool:
    """Let the case hear of an objection as its definition says; False where it cannot now."""
    loaded = cases.load(conn, row["case_id"], None, None)
    if loaded is None or not row["event"]:
        return False
    version = rt.version(conn, loaded.row["version"])
    outcome = run(rt, conn, loaded, version, Command("act", PUBLIC, action=row["event"], reason=reason))
    if outcome.problems or not outcome.events:
        return False
    commit(rt, conn, loaded, version, outcome, Doing(PUBLIC, why=f"objection {objection_id}"))
    notices.mark(conn, objection_id, "raised")
    return True


def _row(rt: Runtime, conn: Connection, row: Row) -> NoticeRow:
    held = cases.get(conn, row["case_id"])
    case = held["snapshot"] if held is not None else None
    until = _moved(conn, row)
    version = rt.version(conn, held["version"]) if held is not None else None
    state = _status(row, case, rt.today(), until, version) if case is not None else ENDED
    return NoticeRow(row["id"], row["title"], version.workflow.title if version else {}, regions.name(row["region"]),
                     row["starts"], until, state)


def _status(row: Row, case: Mapping[str, Any], today: str, until: str, version: Version | None = None) -> str:
    if case["status"] != "open" or not _inside(row["state"], case, version):
        return ENDED
    if case["suspended"]:
        return SUSPENDED
    return RUNNING if today <= until else OVER


def _inside(state: str | None, case: Mapping[str, Any], version: Version | None) -> bool:
    """Whether the case is in the state that published, or in one inside it."""
    if state is None or version is None or state in case["conf"]:
        return True
    for name in case["conf"]:
        held = version.workflow.states.get(name)
        while held is not None and held.parent:
            if held.parent == state:
                return True
            held = version.workflow.states.get(held.parent)
    return False


def _objectable(rt: Runtime, row: Row, shown: NoticeRow) -> bool:
    return bool(row["event"]) and (shown.status == SUSPENDED or (
        shown.status == RUNNING and row["starts"] <= rt.today() <= shown.until))


def _moved(conn: Connection, row: Row) -> str:
    """The last day as it stands: moved on with the timer that ends on it, each time that the clock stood still."""
    until, timers = str(row["until"]), {}
    for entry in cases.record(conn, row["case_id"]):
        for event in entry["body"]["events"]:
            if event["type"] == "timer_set":
                timers[event["timer"]["id"]] = event["timer"]["at"]
            elif event["type"] == "deadline_moved" and entry["at"] > row["at"]:
                moved = {name: change["at"] for name, change in event["changes"].items()
                         if "at" in change and name in timers}
                ends = [date_of(at) for name, at in moved.items() if date_of(timers[name]) == until]
                until = next((day for day in ends if day), None) or add_days(until, event["days"]) or until
                timers.update(moved)
    return until


# --- what the definition says --------------------------------------------------------------------------------------

def _action(version: Version, effect: Effect) -> tuple[str | None, Action | None]:
    """The `publish` that caused the effect, and the state that it belongs to where it runs on entry."""
    for state in version.workflow.states.values():
        entered = [(state.id, action) for action in state.entry]
        passed = [(None, action) for arrow in state.transitions for action in arrow.actions]
        for owner, action in (*entered, *passed):
            if action.kind == "publish" and set(action.args.get("show") or ()) == set(effect.get("show") or ()):
                return owner, action
    return None, None


def _event(version: Version, effect: Effect) -> str | None:
    """The action that the public takes: named, or the only one that the public may take."""
    if effect.get("objection"):
        return str(effect["objection"])
    open_to_all = {arrow.event for state in version.workflow.states.values() for arrow in state.transitions
                   if any(holder.role == "public" for holder in arrow.by)}
    return open_to_all.pop() if len(open_to_all) == 1 else None


def _last_day(conn: Connection, starts: str, days: Mapping[str, Any]) -> str | None:
    """The last day by a day count that begins on the day after (I-03)."""
    if "working_days" in days:
        return add_working_days(starts, int(days["working_days"]), lambda year: registers.calendar(conn, year))
    return add_days(starts, int(days["days"])) if "days" in days else None


def _facts(asking: Asking, effect: Effect, action: Action | None) -> list[dict[str, Any]]:
    """What is shown, in words, masked before it is stored; a list of rows becomes a table of the columns named."""
    found: list[dict[str, Any]] = []
    redact, labels = effect.get("redact") or {}, effect.get("labels") or {}
    for name, value in (effect.get("show") or {}).items():
        expr = action.args["show"].get(name) if action is not None else None
        one = issuing.field_of(asking.version, expr.source, expr) if isinstance(expr, Expr) else None
        label = labels.get(name) or (one.label if one is not None else None) or {"zh": name, "en": name}
        if isinstance(value, list) and one is not None and one.fields:
            wanted = (effect.get("columns") or {}).get(name, ())
            columns = [column for column in one.fields if column.id in wanted]
            found.append({"label": label, "text": {}, "head": [column.label for column in columns], "rows": [
                [_hidden({lang: _cell(asking, column, row.get(column.id), lang) for lang in ("zh", "en")}, column,
                         redact.get(column.id)) for column in columns] for row in value]})
            continue
        words = {lang: _words(asking, expr, value, lang) for lang in ("zh", "en")}
        found.append({"label": label, "text": _hidden(words, one, redact.get(name))})
    return found


def _hidden(words: Text, one: Field | None, redact: str | None) -> Text:
    """Words as the public may read them."""
    kind = redact or ("number" if one is not None and (one.type in MASKED or one.sensitive) else "none")
    if kind == "none":
        return words
    hide = _first if kind == "name" else _masked
    return {lang: hide(word) for lang, word in words.items()}


def _cell(asking: Asking, column: Field, value: Any, lang: str) -> str:
    return gather.printed(issuing.shown(asking, column, value, lang), "text", lang)


def _words(asking: Asking, expr: Any, value: Any, lang: str) -> str:
    if not isinstance(expr, Expr):
        return "" if value is None else str(value)
    one = issuing.field_of(asking.version, expr.source, expr)
    shown = issuing.shown(asking, one, value, lang) if one is not None else gather.of_type(value, expr.type)
    return gather.printed(shown, "text", lang)


def _masked(word: str) -> str:
    """A number without its middle."""
    return mask("".join(word.split()))


def _first(name: str) -> str:
    """The family name; the rest is masked."""
    return name[:1] + "*" * (len(name) - 1)
