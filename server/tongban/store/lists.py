"""Lists of cases that are not open work: what I did, what my side has, what a search found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, select, tuple_

from tongban.store.base import Row
from tongban.store.cases import cases, journal, members
from tongban.store.prepared import Prepared, among

_SHOWN = [c for c in cases.c if c.name != "head"]
_NUMBERED = Prepared(lambda sqlite_: select(*_SHOWN).where(among(cases.c.n, "numbers", sqlite_)).order_by(
    cases.c.n.desc()))


def started(conn: Connection, who: Sequence[str], limit: int, after: tuple[str, int] | None = None,
            workflow: str = "") -> Sequence[Row]:
    """Cases of somebody's side, the latest changed first."""
    values: dict[str, Any] = {"who": list(who), "workflow": workflow, "limit": limit}
    values |= dict(zip(("at", "n"), after or (), strict=False))
    numbers = [row["n"] for row in _started(bool(workflow), after is not None).all(conn, values)]
    rows = {row["n"]: row for row in numbered(conn, numbers)}
    return [rows[n] for n in numbers]


@cache
def _started(of: bool, later: bool) -> Prepared:
    return Prepared(lambda sqlite_: _latest(of, later, sqlite_))


def _latest(of: bool, later: bool, sqlite_: bool) -> Select[Any]:
    """Numbers alone are sorted, not whole cases."""
    mine = select(members.c.case_id).where(among(members.c.who, "who", sqlite_), members.c.party != "copy")
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
    return _NUMBERED.all(conn, {"numbers": list(numbers)}) if numbers else []
