"""The demo's cases under way, played through the same calls as people's: for trying out only, into an empty database.

`demo/cases.json`: for each case its procedure and steps; a step says who does what with which answers, how many days
ago (`days`) or on which day (`on`, where a policy is in force for a time only), and which files go to which field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from tongban.engine.problem import Problem
from tongban.service import act, demo, effects, files, people, start
from tongban.service.access import Person
from tongban.service.runtime import Runtime
from tongban.store import cases
from tongban.store import people as table

_SCAN = demo.FOLDER / "licence.png"


def play(rt: Runtime) -> Mapping[str, tuple[Problem, ...]]:
    """Bring the demo's cases to where they stand, once; gives the problems of those that could not be, by procedure."""
    with rt.store.reading() as conn:
        if cases.any_there(conn):
            return {}
    failed = {}
    for case in demo.read("cases"):
        problems = _played(rt, case)
        if problems:
            failed[case["workflow"]] = problems
    return failed


def _played(rt: Runtime, case: Mapping[str, Any]) -> tuple[Problem, ...]:
    case_id = ""
    for step in case["steps"]:
        then = replace(rt, clock=_at(rt, step))
        if "event" in step:
            then.store.run(partial(_told, then, case_id, step))
            continue
        who = _person(then, step["by"])
        case_id = case_id or start.begin(then, who, case["workflow"]).case_id
        raw = {name: demo.dated(value, then.today()) for name, value in step.get("answers", {}).items()}
        for name, file_name in step.get("files", {}).items():
            raw[name] = [files.whole(then, who, file_name, _SCAN.read_bytes()).as_answer()]
        asked = act.ActRequest(action=step["do"], raw=raw, reason=step.get("reason", ""), marks=step.get("marks", {}),
                               clauses=tuple(step.get("clauses", ())))
        received = act.act(then, who, case_id, asked)
        if not received.ok:
            return received.problems
    return ()


def _told(rt: Runtime, case_id: str, step: Mapping[str, Any], conn: Connection) -> None:
    effects.send(rt, conn, case_id, step["event"], step["data"], "demo")


def _at(rt: Runtime, step: Mapping[str, Any]) -> Callable[[], str]:
    """A clock that stands still on the day of a step."""
    now = rt.clock()
    day = step.get("on") or date.fromisoformat(now[:10]) - timedelta(days=step["days"])
    return lambda: f"{day}{now[10:]}"


def _person(rt: Runtime, login: str) -> Person:
    """Somebody of the demo, as if signed in; the session is ended at once."""
    def work(conn: Connection) -> str:
        row = table.by_login(conn, login)
        if row is None:
            raise LookupError(f"nobody of the demo signs in as {login}")
        return people.open_session(rt, conn, str(row["id"]))
    token = rt.store.run(work)
    found = people.session(rt, token)
    people.sign_out(rt, token)
    if found is None:
        raise LookupError(f"{login} cannot sign in")
    return found
