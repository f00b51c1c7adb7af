"""Cases that open by the calendar (C12): every period once, missed ones too, for each office or each entry of a list.

A definition says {"id", "every", "on_day", "for_each": role or register, "start": {"variables", "given"}}. A value is
written as it is, or as {"expr": "scope" | "period" | "today"} or, for a register, {"row": column}; a group of rows
in a form may be {"rows": register, "where": {column: value}}: what stands in it now, all of it or what fits.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from tongban.engine.model import Version, Workflow
from tongban.engine.people import covers
from tongban.engine.rules.dates import date_of
from tongban.service import regions
from tongban.service.act import Doing
from tongban.service.runtime import Runtime
from tongban.service.start import Opening, open_case
from tongban.store import definitions, outbox, people, registers

MOST_BACK = 24          # periods that are caught up at once
ALL_ROWS = 100_000
_log = logging.getLogger("tongban.recurring")


@dataclass(frozen=True, slots=True)
class Target:
    """For whom a period's case is opened: an office by its scope, or an entry of a register."""

    key: str
    scope: str | None = None
    row: Mapping[str, Any] | None = None


def run_recurring(rt: Runtime) -> int:
    """Open what is due; gives how many cases. A definition that cannot open its cases does not hold up the others."""
    with rt.store.reading() as conn:
        rows = [row for row in rt.procedures(conn) if row["status"] == "open"]
        versions = [(row, rt.version(conn, row["current"]).workflow) for row in rows]
        wanted = [(row, spec) for row, flow in versions if _in_force(flow, rt.today())
                  for spec in flow.meta.get("recurring") or ()]
    opened = 0
    for row, spec in wanted:
        try:
            opened += _recur(rt, row["slug"], row["current"], spec, row["published_at"])
        except (LookupError, TypeError, ValueError):
            _log.exception("recurring %s of %s cannot run", spec.get("id"), row["slug"])
    return opened


def _in_force(flow: Workflow, today: str) -> bool:
    """Whether a case may begin today (C21): where the policy is over, nothing opens by itself."""
    valid = flow.source.get("valid") or {}
    if valid.get("tested_on", "today") != "today":
        return True
    return (valid.get("from") or today) <= today <= (valid.get("until") or today)


def _recur(rt: Runtime, slug: str, current: str, spec: Mapping[str, Any], since: str) -> int:
    first, today = date.fromisoformat(date_of(since) or ""), date.fromisoformat(rt.today())
    wait = timedelta(days=int(spec.get("on_day", 1)) - 1)
    begun = starts(str(spec["every"]), first, today)
    periods = [day for day in begun if date.fromisoformat(day) + wait <= today][-MOST_BACK:]
    with rt.store.reading() as conn:
        targets = list(_targets(rt, conn, rt.version(conn, current), spec.get("for_each")))
    return sum(rt.store.run(partial(_open, rt, slug=slug, spec=spec, period=period, target=target))
               for period in periods for target in targets)


def _targets(rt: Runtime, conn: Connection, version: Version, each: Any) -> Iterator[Target]:
    if not each:
        yield Target("")
    elif each in version.workflow.registers:
        for row in registers.extract(conn, str(each), rt.clock(), limit=ALL_ROWS):
            yield Target(row["key"], row=row["fields"])
    else:
        found = people.colleagues(conn, str(each), rt.today())
        for scope in dict.fromkeys(row["scope"] for row in found if row["scope"] != "*"):
            if _lies_in(scope, version.workflow.region):
                yield Target(scope, scope)


def _lies_in(scope: str, region: str | None) -> bool:
    """Whether an office is one of the policy's own area; an organisation's code says nothing of where it lies."""
    return region is None or not regions.known(scope) or covers(region, scope)


def _open(rt: Runtime, conn: Connection, *, slug: str, spec: Mapping[str, Any], period: str, target: Target) -> int:
    name = f"{slug}/{spec['id']}/{target.key}"
    rt.store.lock(conn, f"recurring:{name}")
    row = definitions.procedure(conn, slug)
    if row is None or not outbox.first_time(conn, name, period, rt.clock()):
        return 0
    version, given = rt.version(conn, row["current"]), spec.get("start") or {}
    known = {"period": period, "scope": target.scope, "today": rt.today(),
             "region": target.scope if regions.known(target.scope) else None}
    variables = {k: v for k, v in known.items() if k in version.workflow.variables}
    variables.update(_filled(given.get("variables") or {}, known, target))
    answers = {form: {**_filled({k: v for k, v in values.items() if not _lists(v)}, known, target),
                      **{k: _rows(rt, conn, version, f"{form}.{k}", v, _filled(v.get("where") or {}, known, target))
                         for k, v in values.items() if _lists(v)}}
               for form, values in (given.get("given") or {}).items()}
    opening = Opening(given.get("parties") or {}, answers, variables)
    received = open_case(rt, conn, version, opening, Doing(why=f"{spec['id']} {period}"))
    if received.problems:
        _log.error("%s for %s cannot open: %s", name, period, [p.code for p in received.problems])
        return 0
    return 1


def _lists(value: Any) -> bool:
    return isinstance(value, Mapping) and "rows" in value and set(value) <= {"rows", "where"}


def _rows(rt: Runtime, conn: Connection, version: Version, at: str, value: Mapping[str, Any],
          where: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What stands in a register now and has what is wanted, as rows of a group: the columns that both have."""
    form, _, name = at.partition(".")
    group = next(one for one in version.workflow.forms[form].fields if one.id == name)
    columns = {one.id for one in group.fields}
    entries = [row["fields"] for row in registers.extract(conn, str(value["rows"]), rt.clock(), limit=ALL_ROWS)]
    fitting = [row for row in entries if all(row.get(column) == wanted for column, wanted in where.items())]
    return [{k: v for k, v in row.items() if k in columns} for row in fitting[: int(group.max or ALL_ROWS)]]


def _filled(values: Mapping[str, Any], known: Mapping[str, Any], target: Target) -> dict[str, Any]:
    return {name: _value(value, known, target) for name, value in values.items()}


def _value(value: Any, known: Mapping[str, Any], target: Target) -> Any:
    if isinstance(value, Mapping) and set(value) == {"expr"}:
        return known[value["expr"]]
    if isinstance(value, Mapping) and set(value) == {"row"}:
        return (target.row or {})[value["row"]]
    return value


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
