"""Offices, banks, schools and agencies, kept by admins; an enterprise enters itself when it registers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from tongban.engine.model import Text
from tongban.engine.problem import Problem
from tongban.service import regions
from tongban.service.access import Person, may
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.runtime import Runtime
from tongban.service.seen import both, both_or
from tongban.service.views import ChoiceView
from tongban.store import messages
from tongban.store import people as table
from tongban.store.base import Row

PAGE = 50
KINDS = ("office", "bank", "school", "agency")
MOST_NAME = 80
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,59}")


@dataclass(frozen=True, slots=True)
class OfficeView:
    """One organisation as an admin sees it."""

    code: str
    kind: str
    kind_name: Text
    name: Text
    region: str
    place: Text             # where the region is; {} = it has none
    parent: str             # code of the organisation above, "" for none
    parent_name: Text


@dataclass(frozen=True, slots=True)
class OfficePage:
    rows: tuple[OfficeView, ...]
    after: str | None
    q: str


def kinds() -> tuple[ChoiceView, ...]:
    """What an organisation can be."""
    return tuple(ChoiceView(kind, both(f"offices.kind.{kind}")) for kind in KINDS)


def page(rt: Runtime, person: Person, q: str = "", after: str = "") -> OfficePage:
    """Organisations by code, a page at a time; `q` is a part of a code or a name."""
    _allow(person, "people.read")
    with rt.store.reading() as conn:
        rows = table.list_offices(conn, q, after, PAGE + 1)
        above = _named(conn, rows[:PAGE])
    found = tuple(_view(row, above) for row in rows[:PAGE])
    return OfficePage(found, found[-1].code if len(rows) > PAGE else None, q)


def one(rt: Runtime, person: Person, code: str) -> OfficeView:
    """One organisation; enterprises are not among them."""
    _allow(person, "people.read")
    with rt.store.reading() as conn:
        row = _found(conn, code)
        return _view(row, _named(conn, [row]))


def add(rt: Runtime, person: Person, raw: Mapping[str, str]) -> str:
    """A new organisation; gives its code."""
    _allow(person, "people.edit")
    given = _tidy(raw)

    def work(conn: Connection) -> None:
        problems = list(_problems(conn, given["code"], given))
        if not _CODE.fullmatch(given["code"]):
            problems.insert(0, Problem("offices.code_form" if given["code"] else "service.needed", "/code"))
        elif table.organisation(conn, given["code"]) is not None:
            problems.insert(0, Problem("offices.code_taken", "/code", {"code": given["code"]}))
        _write(rt, conn, person, given, problems)
    rt.store.run(work)
    return given["code"]


def change(rt: Runtime, person: Person, code: str, raw: Mapping[str, str]) -> None:
    """Another name, kind, region or organisation above; the code stays, for roles and cases name it."""
    _allow(person, "people.edit")
    given = {**_tidy(raw), "code": code}

    def work(conn: Connection) -> None:
        row = _found(conn, code)
        _write(rt, conn, person, given, list(_problems(conn, code, given)), row)
    rt.store.run(work)


def _tidy(raw: Mapping[str, str]) -> dict[str, str]:
    return {name: raw.get(name, "").strip() for name in ("code", "zh", "en", "kind", "region", "parent")}


def _problems(conn: Connection, code: str, given: Mapping[str, str]) -> Iterator[Problem]:
    if not given["zh"]:
        yield Problem("service.needed", "/zh")
    for name in ("zh", "en"):
        if len(given[name]) > MOST_NAME:
            yield Problem("service.too_long", f"/{name}")
    if given["kind"] not in KINDS:
        yield Problem("service.needed", "/kind")
    if given["region"] and not regions.known(given["region"]):
        yield Problem("offices.region_unknown", "/region", {"region": given["region"]})
    if given["parent"]:
        above = _above(conn, given["parent"])
        if not above:
            yield Problem("service.office_unknown", "/parent", {"code": given["parent"]})
        elif code in above:
            yield Problem("offices.in_itself", "/parent")


def _above(conn: Connection, code: str | None) -> list[str]:
    """This organisation and those above it, nearest first; none where there is no such organisation."""
    found: list[str] = []
    while code and code not in found and (row := table.organisation(conn, code)) is not None:
        found.append(code)
        code = row["parent"]
    return found


def _write(rt: Runtime, conn: Connection, person: Person, given: Mapping[str, str], problems: list[Problem],
           row: Row | None = None) -> None:
    if problems:
        raise Refused(*problems)
    table.put_organisation(conn, {
        "code": given["code"], "kind": given["kind"], "name": {"zh": given["zh"], "en": given["en"] or given["zh"]},
        "parent": given["parent"] or None, "region": given["region"] or None,
        "details": row["details"] if row else {}})
    messages.note(conn, rt.clock(), person.id, "office_changed" if row else "office_added", given["code"])


def _found(conn: Connection, code: str) -> Row:
    row = table.organisation(conn, code)
    if row is None or row["kind"] not in KINDS:
        raise NotFound
    return row


def _named(conn: Connection, rows: Sequence[Row]) -> dict[str, Text]:
    above = table.list_organisations(conn, {row["parent"] for row in rows if row["parent"]})
    return {row["code"]: row["name"] for row in above}


def _view(row: Row, above: Mapping[str, Text]) -> OfficeView:
    region, parent = row["region"] or "", row["parent"] or ""
    return OfficeView(
        row["code"], row["kind"], both_or(f"offices.kind.{row['kind']}", row["kind"]), row["name"], region,
        (regions.full_name(region) or {}) if region else {}, parent, above.get(parent, {}))


def _allow(person: Person, verb: str) -> None:
    if not may(person, verb):
        raise Denied
