"""Uniqueness across cases (C20): the keys that a case occupies, and counts over the answers of other cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from tongban.store.base import Row, canonical, metadata
from tongban.store.cases import cases, members
from tongban.store.prepared import Prepared, among

_MOST = 100     # keys of one's own cases that a page is told

case_keys = Table(
    "case_keys", metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("name", String(160), primary_key=True),  # "<workflow>/<number of the `unique` entry>"
    Column("value", String(200), nullable=False),
)
Index(None, case_keys.c.name, case_keys.c.value)


def set_keys(conn: Connection, case_id: str, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Make the keys that a case occupies what `now` says (C20)."""
    if before == now:
        return
    conn.execute(delete(case_keys).where(case_keys.c.case_id == case_id))
    if now:
        conn.execute(insert(case_keys), [{"case_id": case_id, "name": n, "value": v} for n, v in sorted(now.items())])


def holding_key(conn: Connection, name: str, value: str, but: str, within: str) -> int:
    """How many other cases occupy a key. within: open | approved | all."""
    wanted = (select(func.count()).select_from(case_keys.join(cases, cases.c.id == case_keys.c.case_id))
              .where(case_keys.c.name == name, case_keys.c.value == value, case_keys.c.case_id != but))
    return int(conn.execute(_within(wanted, within)).scalar_one())


def of_side(conn: Connection, workflow: str, who: Sequence[str], but: str, within: str) -> Sequence[Row]:
    """Keys that the cases of somebody's side occupy, and the numbers of those cases; the latest where they are many."""
    return _OF_SIDE[within].all(conn, {"who": list(who), "workflow": workflow, "but": but})


def _of_side(within: str, sqlite: bool) -> Select[Any]:
    mine = select(members.c.case_id).where(among(members.c.who, "who", sqlite), members.c.party != "copy")
    wanted = (select(case_keys.c.name, case_keys.c.value, cases.c.number)
              .select_from(case_keys.join(cases, cases.c.id == case_keys.c.case_id))
              .where(cases.c.id.in_(mine), cases.c.workflow == bindparam("workflow"), cases.c.id != bindparam("but")))
    return _within(wanted, within).order_by(cases.c.n.desc()).limit(_MOST)


_OF_SIDE = {within: Prepared(partial(_of_side, within)) for within in ("open", "approved", "all")}


def counting(conn: Connection, workflow: str, path: tuple[str, str], value: Any, within: str, but: str = "") -> int:
    """How many cases of a workflow gave this answer. `path` = form, field."""
    form, field_id = path
    if conn.dialect.name == "sqlite":
        place = f'$.answers."{form}"."{field_id}"'
        same: ColumnElement[bool] = func.json_extract(cast(cases.c.snapshot, Text), place) == value
    else:
        same = cast(cast(cases.c.snapshot, Text), JSONB)["answers"][form][field_id] == cast(canonical(value), JSONB)
    wanted = select(func.count()).where(cases.c.workflow == workflow, cases.c.id != but, same)
    return int(conn.execute(_within(wanted, within)).scalar_one())


def _within(wanted: Select[Any], within: str) -> Select[Any]:
    if within == "open":
        return wanted.where(cases.c.status == "open")
    if within == "approved":
        return wanted.where(cases.c.outcome == "approved")
    return wanted
