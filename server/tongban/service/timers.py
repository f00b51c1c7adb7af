"""Timers of cases: each fires once, whatever happens to the worker."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection

from tongban.engine.model import Command
from tongban.engine.problem import Problem
from tongban.service.act import Doing, commit, run
from tongban.service.errors import Refused
from tongban.service.people import later
from tongban.service.runtime import Runtime
from tongban.store import cases, outbox, registers

_log = logging.getLogger("tongban.timers")
BATCH = 500             # cases looked at in one go when a calendar came in
STUCK = 3600            # seconds until a timer that the definition cannot take is tried again


class _Stuck(Exception):
    """What a timer causes cannot be done, such as a document that lacks a value; nothing of it was kept."""

    def __init__(self, case_id: str, problems: Sequence[Problem]) -> None:
        self.case_id, self.problems = case_id, problems
        super().__init__(case_id)


def run_due(rt: Runtime, limit: int = 200) -> int:
    """Fire what is due, one timer a transaction; gives how many fired. Several workers pass each other's cases by."""
    fired = 0
    while fired < limit:
        try:
            found = rt.store.run(lambda conn: _next(rt, conn))
        except _Stuck as stuck:
            _log.error("timer of case %s cannot fire: %s", stuck.case_id, [p.code for p in stuck.problems])
            rt.store.run(partial(cases.put_off, case_id=stuck.case_id, wake=later(rt.clock(), STUCK)))
            found = 0
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
    try:
        commit(rt, conn, loaded, version, outcome, Doing(why=f"timer {due[0][1]} due {due[0][0]}"))
    except Refused as error:
        raise _Stuck(case_id, error.problems) from error
    return 1


def recount(rt: Runtime) -> int:
    """Limits counted without a calendar, counted again where it has come in since (I-18); gives how many cases moved.

    A year is noted when every case is done: a worker that is killed on the way begins again, and changes nothing twice.
    """
    with rt.store.reading() as conn:
        years = [(int(row["year"]), str(row["loaded_at"])) for row in registers.list_calendars(conn)]
        fresh = [(year, at) for year, at in years if (outbox.last_period(conn, f"calendar/{year}") or "") < at]
    moved = 0
    for year, at in fresh:
        last = 0
        while True:
            with rt.store.reading() as conn:
                batch = cases.provisional(conn, last, BATCH)
            for case_id in batch.ids:
                moved += rt.store.run(partial(_recounted, rt, case_id, year))
            if batch.last is None:
                break
            last = batch.last
        rt.store.run(partial(_noted, rt, year, at))
    return moved


def _recounted(rt: Runtime, case_id: str, year: int, conn: Connection) -> int:
    loaded = cases.load(conn, case_id, None, None)
    if loaded is None or loaded.row["status"] != "open":
        return 0
    version = rt.version(conn, loaded.row["version"])
    outcome = run(rt, conn, loaded, version, Command("recount", data={"year": year}))
    if not outcome.events:
        return 0
    commit(rt, conn, loaded, version, outcome, Doing(why=f"calendar {year}"))
    return 1


def _noted(rt: Runtime, year: int, at: str, conn: Connection) -> None:
    outbox.first_time(conn, f"calendar/{year}", at, rt.clock())
