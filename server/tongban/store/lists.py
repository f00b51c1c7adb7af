"""Lists of cases that are not open work: what I did, what my side has, what a search found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, exists, or_, select, tuple_

from tongban.store.base import Row
from tongban.store.cases import cases, journal, members

_SHOWN = [c for c in cases.c if c.name != "head"]
_NUMBERS: BindParameter[int] = bindparam("numbers", expanding=True)
_WHO: BindParameter[str] = bindparam("who", expanding=True)
_NUMBERED = select(*_SHOWN).where(cases.c.n.in_(_NUMBERS)).order_by(cases.c.n.desc())
_NEAR = select(cases.c.n).where(cases.c.n.in_(_NUMBERS), or_(
    exists().where(members.c.case_id == cases.c.id, members.c.who.in_(_WHO)),
    exists().where(journal.c.case_id == cases.c.id, journal.c.actor == bindparam("person"))))


def started(conn: Connection, who: Sequence[str], limit: int, after: tuple[str, int] | None = None,
            workflow: str = "") -> Sequence[Row]:
    """Cases of somebody's side, the latest changed first."""
    values: dict[str, Any] = {"who": list(who), "workflow": workflow, "limit": limit}
    values |= dict(zip(("at", "n"), after or (), strict=False))
    numbers = conn.execute(_started(bool(workflow), after is not None), values).scalars().all()
    rows = {row["n"]: row for row in numbered(conn, numbers)}
    return [rows[n] for n in numbers]


@cache
def _started(of: bool, later: bool) -> Select[Any]:
    """Numbers alone are sorted, not whole cases; built once, for that takes longer than running it."""
    mine = select(members.c.case_id).where(members.c.who.in_(_WHO), members.c.party != "copy")
    wanted = select(cases.c.n).where(cases.c.id.in_(mine))
    if of:
        wanted = wanted.where(cases.c.workflow == bindparam("workflow"))
    if later:
        wanted = wanted.where(tuple_(cases.c.updated_at, cases.c.n) < tuple_(bindparam("at"), bindparam("n")))
    return wanted.order_by(cases.c.updated_at.desc(), cases.c.n.desc()).limit(bindparam("limit"))


def done(conn: Connection, person: str, limit: int, before: tuple[str, str] | None = None,
         workflow: str = "") -> list[Row]:
    """Cases that somebody acted on, the latest act first; `acted` is when. `before` = (acted, id) of the last row seen.

    Read along the index of the person's acts: an act counts where it is the person's last one on its case.
    """
    later = journal.alias("later")
    last = ~exists().where(later.c.case_id == journal.c.case_id, later.c.actor == person, later.c.seq > journal.c.seq)
    wanted = (select(*_SHOWN, journal.c.at.label("acted")).join(cases, cases.c.id == journal.c.case_id)
              .where(journal.c.actor == person, last))
    if before:
        wanted = wanted.where(tuple_(journal.c.at, journal.c.case_id) < tuple_(*before))
    if workflow:
        wanted = wanted.where(cases.c.workflow == workflow)
    order = (journal.c.at.desc(), journal.c.case_id.desc())
    return list(conn.execute(wanted.order_by(*order).limit(limit)).mappings())


def numbered(conn: Connection, numbers: Sequence[int]) -> Sequence[Row]:
    """The cases with these running numbers, newest first."""
    return conn.execute(_NUMBERED, {"numbers": list(numbers)}).mappings().all() if numbers else []


def near(conn: Connection, person: str, who: Sequence[str], numbers: Sequence[int]) -> list[int]:
    """Those of the cases with these running numbers that somebody acted on or got a copy of."""
    return list(conn.execute(_NEAR, {"numbers": list(numbers), "person": person, "who": list(who)}).scalars())
