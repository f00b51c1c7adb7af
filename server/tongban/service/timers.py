"""Time: timers of cases, and cases that open by the calendar. Everything fires once, whatever happens to the worker."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from tongban.engine.model import Command
from tongban.engine.rules.dates import date_of
from tongban.service import regions
from tongban.service.act import Doing, commit, run
from tongban.service.people import later
from tongban.service.runtime import Runtime
from tongban.service.start import Opening, open_case
from tongban.store import cases, definitions, outbox, people

_log = logging.getLogger("tongban.timers")
STUCK = 3600            # seconds until a timer that the definition cannot take is tried again
MOST_BACK = 24          # periods that are caught up at once


def run_due(rt: Runtime, limit: int = 200) -> int:
    """Fire what is due, one timer a transaction; gives how many fired. Several workers pass each other's cases by."""
    fired = 0
    while fired < limit:
        found = rt.store.run(lambda conn: _next(rt, conn))
        if found is None:
            break
        fired += found
    return fired


def _next(rt: Runtime, conn: Connection) -> int | None:
    """Fire the earliest timer of one case; None where nothing is due."""
    now = rt.clock()
    case_id = cases.next_due(conn, now)
    if case_id is None:
        return None
    loaded = cases.load(conn, case_id, None, None)
    case = loaded.row["snapshot"] if loaded else None
    if loaded is None or case is None or case["status"] != "open":
        return 0
    due = sorted((t["at"], t["id"]) for t in case["timers"] if t["at"] <= now)
    if not due:
        return 0
    version = rt.version(conn, loaded.row["version"])
    outcome = run(rt, conn, loaded, version, Command("timer", task=due[0][1]))
    if outcome.problems or not outcome.events:
        _log.error("timer %s of case %s cannot fire: %s", due[0][1], case_id, [p.code for p in outcome.problems])
        cases.put_off(conn, case_id, later(now, STUCK))
        return 0
    commit(rt, conn, loaded, version, outcome, Doing(why=f"timer {due[0][1]} due {due[0][0]}"))
    return 1


# --- recurring --------------------------------------------------------------------------------------------------

def run_recurring(rt: Runtime) -> int:
    """Open the cases that procedures open by the calendar, each period once, missed ones too (C12)."""
    with rt.store.reading() as conn:
        rows = [row for row in definitions.list_procedures(conn) if row["status"] == "open"]
        wanted = [(row, spec) for row in rows
                  for spec in rt.version(conn, row["current"]).workflow.meta.get("recurring") or ()]
    return sum(_recur(rt, row["slug"], spec, row["published_at"]) for row, spec in wanted)


def _recur(rt: Runtime, slug: str, spec: Mapping[str, Any], since: str) -> int:
    opened = 0
    first, today = date.fromisoformat(date_of(since) or ""), date.fromisoformat(rt.today())
    periods = [p for p in starts(str(spec["every"]), first, today)][-MOST_BACK:]
    for period in periods:
        for scope in _scopes(rt, spec):
            opened += rt.store.run(partial(_open, rt, slug=slug, spec=spec, period=period, scope=scope))
    return opened


def _scopes(rt: Runtime, spec: Mapping[str, Any]) -> list[str | None]:
    if not spec.get("for_each"):
        return [None]
    with rt.store.reading() as conn:
        rows = people.colleagues(conn, str(spec["for_each"]), rt.today())
    return list(dict.fromkeys(row["scope"] for row in rows if row["scope"] != "*"))


def _open(rt: Runtime, conn: Connection, *, slug: str, spec: Mapping[str, Any], period: str, scope: str | None) -> int:
    name = f"{slug}/{spec['id']}/{scope or ''}"
    rt.store.lock(conn, f"recurring:{name}")
    row = definitions.procedure(conn, slug)
    if row is None or not outbox.first_time(conn, name, period, rt.clock()):
        return 0
    version, given = rt.version(conn, row["current"]), spec.get("start") or {}
    told = {"period": period, "scope": scope, "region": scope if regions.known(scope) else None}
    variables = {**{k: v for k, v in told.items() if k in version.workflow.variables}, **(given.get("variables") or {})}
    opening = Opening(given.get("parties") or {}, given.get("answers") or {}, variables)
    received = open_case(rt, conn, version, opening, Doing(why=f"{spec['id']} {period}"))
    if received.problems:
        _log.error("%s for %s cannot open: %s", name, period, [p.code for p in received.problems])
        return 0
    return 1


def starts(every: str, first: date, today: date) -> Iterator[str]:
    """First days of the periods from the one that holds `first` to the one that holds `today`."""
    day = _floor(every, first)
    while day <= today:
        yield day.isoformat()
        day = _floor(every, day + timedelta(days=_LONGER[every]))


_LONGER = {"day": 1, "week": 7, "half_month": 16, "month": 31, "quarter": 92, "half_year": 184, "year": 366}


def _floor(every: str, day: date) -> date:
    """The first day of the period that holds a day."""
    if every == "day":
        return day
    if every == "week":
        return day - timedelta(days=day.weekday())
    if every == "half_month":
        return day.replace(day=1 if day.day < 16 else 16)
    months = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[every]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)
