"""Open work: one row per open seat, and the lists that are read from it alone.

A million cases must not slow an inbox down, so nothing here looks at the cases themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    delete,
    func,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from tongban.store.base import Row, metadata

todo = Table(
    "todo", metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),     # rows of a case are reused in place
    Column("task", String(40), nullable=False),
    Column("state", String(80), nullable=False),
    Column("workflow", String(80), nullable=False),
    Column("version", String(64), nullable=False),
    Column("number", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("role", String(40)),
    Column("region", String(60)),                   # of the task's scope: the county of a street, else the scope
    Column("scope", String(60)),
    Column("who", String(60)),                      # addressed to one person or organisation
    Column("claimed", String(40)),
    Column("opened", String(30), nullable=False),
    Column("due", String(30), nullable=False),      # "9999" = none, so that it sorts last
    Column("provisional", Boolean, nullable=False),
)
Index(None, todo.c.role, todo.c.region, todo.c.due, todo.c.case_id)
Index(None, todo.c.role, todo.c.due, todo.c.case_id)
Index("ix_todo_who", todo.c.who, todo.c.due, todo.c.case_id,
      sqlite_where=todo.c.who.is_not(None), postgresql_where=todo.c.who.is_not(None))
Index("ix_todo_claimed", todo.c.claimed, todo.c.due, todo.c.case_id,
      sqlite_where=todo.c.claimed.is_not(None), postgresql_where=todo.c.claimed.is_not(None))

NEVER = "9999"
_COLUMNS = [column.name for column in todo.c]


@dataclass(frozen=True, slots=True)
class Reach:
    """One branch of an inbox: a role over a span of regions, or what is addressed to somebody.

    low..high is a half-open span of region codes; low alone is one code; neither = everywhere.
    """

    role: str | None = None
    low: str | None = None
    high: str | None = None
    who: str | None = None
    claimed: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows an inbox. `after` = (due, case id, slot) of the last row seen."""

    claimed: bool | None = None         # None = any; False = only what nobody has taken
    workflow: str = ""
    region: str = ""
    due_before: str = ""
    after: tuple[str, str, int] | None = None


def _branch(reach: Reach, wanted: Wanted) -> ColumnElement[bool]:
    """The rows of one branch."""
    parts = [*_place(reach), *(column == value for column, value in (
        (todo.c.role, reach.role), (todo.c.who, reach.who), (todo.c.claimed, reach.claimed),
        (todo.c.workflow, wanted.workflow or None), (todo.c.region, wanted.region or None)) if value is not None)]
    if wanted.claimed is False:
        parts.append(todo.c.claimed.is_(None))
    if wanted.due_before:
        parts.append(todo.c.due < wanted.due_before)
    if wanted.after:
        parts.append(tuple_(todo.c.due, todo.c.case_id, todo.c.slot) > tuple_(*wanted.after))
    return and_(true(), *parts)


def _place(reach: Reach) -> list[ColumnElement[bool]]:
    if reach.high is not None:
        return [todo.c.region >= reach.low, todo.c.region < reach.high]
    if reach.low is None:
        return []
    if len(reach.low) > 6 and reach.low.isdigit():      # a street: its county's rows, then those of the street
        return [todo.c.region == reach.low[:6], todo.c.scope.startswith(reach.low.rstrip("0"))]
    return [todo.c.region == reach.low]


def page(conn: Connection, reaches: Sequence[Reach], wanted: Wanted, limit: int) -> list[Row]:
    """The next rows by due date. Every branch reads its own index; the branches are merged, each row once."""
    if not reaches:
        return []
    order = (todo.c.due, todo.c.case_id, todo.c.slot)
    branches = [select(todo).where(_branch(reach, wanted)).order_by(*order).limit(limit).subquery()
                for reach in reaches]
    merged = union_all(*(select(branch) for branch in branches)).subquery()
    rows = conn.execute(select(merged).order_by(merged.c.due, merged.c.case_id, merged.c.slot)
                        .limit(limit * len(reaches))).mappings()
    once = {(row["case_id"], row["slot"]): row for row in rows}
    return list(once.values())[:limit]


def count(conn: Connection, reaches: Sequence[Reach], wanted: Wanted, cap: int) -> int:
    """How many rows there are, counted up to a cap: a badge says "999+" and costs the same at a million."""
    if not reaches:
        return 0
    branches = [select(todo.c.case_id, todo.c.slot).where(_branch(reach, wanted)).limit(cap).subquery()
                for reach in reaches]
    merged = union_all(*(select(branch) for branch in branches)).subquery()
    once = select(merged.c.case_id, merged.c.slot).distinct().limit(cap).subquery()
    return int(conn.execute(select(func.count()).select_from(once)).scalar_one())


def of_case(conn: Connection, case_id: str) -> Sequence[Row]:
    """The open work of one case."""
    return conn.execute(select(todo).where(todo.c.case_id == case_id).order_by(todo.c.slot)).mappings().all()


@cache
def _upsert(sqlite_: bool) -> Any:
    put_ = (sqlite if sqlite_ else postgresql).insert(todo)
    return put_.on_conflict_do_update(
        index_elements=["case_id", "slot"],
        set_={name: put_.excluded[name] for name in _COLUMNS if name not in ("case_id", "slot")})


def put(conn: Connection, case_id: str, rows: Sequence[Mapping[str, Any]], before: int) -> None:
    """Make the open work of a case what `rows` says; `before` = how many rows it had."""
    if rows:
        conn.execute(_upsert(conn.dialect.name == "sqlite"),
                     [{**row, "case_id": case_id, "slot": slot} for slot, row in enumerate(rows)])
    if before > len(rows):
        conn.execute(delete(todo).where(todo.c.case_id == case_id, todo.c.slot >= len(rows)))
