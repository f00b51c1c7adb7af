"""Lists of cases that are not open work: what I did, what my side has, what a search found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, exists, false, or_, select, tuple_

from tongban.store.base import Row
from tongban.store.cases import cases, journal, members
from tongban.store.todo import Reach, todo

_SHOWN = [c for c in cases.c if c.name != "head"]


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may find: their side's cases, what they acted on, what waits for them, areas they oversee.

    areas: (workflows or None = all, low, high) as spans of region codes; high None = low alone; low None = everywhere.
    """

    person: str
    who: Sequence[str]
    reaches: Sequence[Reach] = ()
    areas: Sequence[tuple[Collection[str] | None, str | None, str | None]] = ()


def started(conn: Connection, who: Sequence[str], limit: int, after: tuple[str, int] | None = None,
            workflow: str = "") -> Sequence[Row]:
    """Cases of somebody's side, the latest changed first."""
    mine = cases.c.id.in_(select(members.c.case_id).where(members.c.who.in_(list(who)), members.c.party != "copy"))
    return _page(conn, mine, limit, after, workflow)


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


def found(conn: Connection, numbers: Sequence[int], sight: Sight, limit: int) -> Sequence[Row]:
    """Those of the cases with these running numbers that somebody may see, newest first."""
    if not numbers:
        return []
    wanted = select(*_SHOWN).where(cases.c.n.in_(list(numbers)), _may_see(sight))
    return conn.execute(wanted.order_by(cases.c.n.desc()).limit(limit)).mappings().all()


def _page(conn: Connection, test: ColumnElement[bool], limit: int, after: tuple[str, int] | None,
          workflow: str) -> Sequence[Row]:
    wanted = select(*_SHOWN).where(test)
    if workflow:
        wanted = wanted.where(cases.c.workflow == workflow)
    if after:
        wanted = wanted.where(tuple_(cases.c.updated_at, cases.c.n) < tuple_(*after))
    return conn.execute(wanted.order_by(cases.c.updated_at.desc(), cases.c.n.desc()).limit(limit)).mappings().all()


def _may_see(sight: Sight) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = [
        exists().where(members.c.case_id == cases.c.id, members.c.who.in_(list(sight.who))),
        exists().where(journal.c.case_id == cases.c.id, journal.c.actor == sight.person),
        exists().where(todo.c.case_id == cases.c.id, or_(false(), *(_held(reach) for reach in sight.reaches))),
    ]
    for workflows, low, high in sight.areas:
        parts: list[ColumnElement[bool]] = [cases.c.submitted == 1]
        if workflows is not None:
            parts.append(cases.c.workflow.in_(list(workflows)))
        if high is not None:
            parts += [cases.c.scope >= low, cases.c.scope < high]
        elif low is not None:
            parts.append(cases.c.scope == low)
        ways.append(and_(*parts))
    return or_(*ways)


def _held(reach: Reach) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = []
    if reach.role is not None:
        parts.append(todo.c.role == reach.role)
    if reach.who is not None:
        parts.append(todo.c.who == reach.who)
    if reach.high is not None:
        parts += [todo.c.region >= reach.low, todo.c.region < reach.high]
    elif reach.low is not None:
        parts.append(todo.c.region == reach.low)
    return and_(*parts)
