"""Tasks that were claimed by somebody who may no longer do them go back to the pool: a deputyship or a role has ended.

Looked at where people, roles or deputies have changed, and once a day because both end by date.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from tongban.engine import people as seats
from tongban.engine.model import Command, Grant
from tongban.service.access import Person, actors
from tongban.service.act import Doing, commit, run
from tongban.service.inbox import standing
from tongban.service.runtime import Runtime
from tongban.store import cases, counters, outbox, todo
from tongban.store import people as table
from tongban.store.base import Row

_NAME = "claims"
_NOT_LENT = ("admin", "auditor")


def free(rt: Runtime) -> int:
    """Put back what nobody can do any more; gives how many tasks. A worker that is killed on the way begins again."""
    today = rt.today()
    with rt.store.reading() as conn:
        period = f"{today}/{counters.value(conn, 'epoch'):012d}"
        if outbox.last_period(conn, _NAME) == period:
            return 0
        known: dict[str, Person | None] = {}
        lost = []
        for row in todo.claimed(conn):
            if row["claimed"] not in known:
                known[row["claimed"]] = _person(conn, row["claimed"], today)
            if not _reaches(known[row["claimed"]], row):
                lost.append((row["case_id"], row["task"], row["claimed"]))
    freed = sum(rt.store.run(partial(_free, rt, known[one[2]], one)) for one in dict.fromkeys(lost))
    rt.store.run(lambda conn: outbox.first_time(conn, _NAME, period, rt.clock()))
    return freed


def _free(rt: Runtime, person: Person | None, lost: tuple[str, str, str], conn: Connection) -> int:
    case_id, task_id, claimed = lost
    loaded = cases.load(conn, case_id, None, None)
    case = loaded.row["snapshot"] if loaded else None
    task = next((t for t in case["tasks"] if t["id"] == task_id), None) if case else None
    if loaded is None or case is None or task is None or task["claimed"] != claimed:
        return 0
    version = rt.version(conn, loaded.row["version"])
    if person is not None and any(seats.seat_for(task, one) for one in actors(person, case, version)):
        return 0
    outcome = run(rt, conn, loaded, version, Command("release", task=task_id))
    if outcome.problems or not outcome.events:
        return 0
    commit(rt, conn, loaded, version, outcome, Doing(why=f"claim of {claimed}"))
    return 1


def _reaches(person: Person | None, row: Row) -> bool:
    """What the row of open work alone can tell; where it cannot, the case is asked."""
    if person is None:
        return False
    held = (*person.grants, *(grant for _, grant in person.lent))
    return row["who"] in standing(person) or any(
        grant.role == row["role"] and seats.covers(grant.scope, row["scope"]) for grant in held)


def _person(conn: Connection, person_id: str, today: str) -> Person | None:
    """Somebody with what they hold and what they are lent today; None where they are kept out."""
    row = table.person(conn, person_id)
    if row is None or not row["active"]:
        return None
    lent = []
    for given in table.list_deputies(conn, person_id):
        lender = table.person(conn, given["person"])
        if given["deputy"] == person_id and given["starts"] <= today <= given["ends"] and lender and lender["active"]:
            lent += [(lender["id"], grant) for grant in _grants(conn, lender["id"], today)
                     if grant.role not in _NOT_LENT]
    return Person(row["id"], row["login"], row["name"], org=row["org"], phone=row["phone"],
                  grants=tuple(_grants(conn, person_id, today)), lent=tuple(lent))


def _grants(conn: Connection, person_id: str, today: str) -> list[Grant]:
    return [Grant(row["role"], row["scope"]) for row in table.list_grants(conn, person_id)
            if row["starts"] <= today <= row["ends"]]
