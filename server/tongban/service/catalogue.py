"""The catalogue of procedures: searched by words, audience and region; one procedure whole."""

from __future__ import annotations

from sqlalchemy import Connection

from tongban import text
from tongban.engine.model import Text
from tongban.service import asked, books, tables
from tongban.service import regions as places
from tongban.service.access import Person, may, roles_of
from tongban.service.case_rail import outline, party_labels
from tongban.service.cases import clauses
from tongban.service.errors import NotFound
from tongban.service.inbox import case_row, standing
from tongban.service.runtime import Runtime
from tongban.service.seen import both_or
from tongban.service.views import CatalogueView, ChoiceView, InboxRow, ProcedureRow, ProcedureView
from tongban.store import definitions, lists
from tongban.store.base import Row
from tongban.store.search import fold


def page(rt: Runtime, person: Person | None, q: str = "", audience: str = "", region: str = "") -> CatalogueView:
    """Every procedure that fits, those of the reader's own region first.

    A region shows what holds in it: its own, its city's, its province's, and below.
    """
    with rt.store.reading() as conn:
        rows, today = rt.procedures(conn), rt.today()
        found = [_row(rt, conn, person, row, today) for row in rows if _fits(row, q, audience, region)]
    audiences = dict.fromkeys(a for row in rows for a in row["facts"]["audience"])
    known = sorted({row["facts"]["region"] for row in rows if row["facts"]["region"]})
    order = {"open": 0, "early": 1, "ended": 2, "withdrawn": 3}
    home = person.region if person else None
    found.sort(key=lambda row: (order[row.status], not _holds_in(row.region, home), row.slug))
    return CatalogueView(
        tuple(r for r in found if r.status != "withdrawn" or (person and person.admin)), q, audience, region,
        tuple(ChoiceView(a, both_or(f"audience.{a}", a)) for a in audiences),
        tuple(ChoiceView(code, places.name(code)) for code in known))


def _fits(row: Row, q: str, audience: str, region: str) -> bool:
    facts = row["facts"]
    if audience and audience not in facts["audience"]:
        return False
    if not _holds_in(facts["region"], region):
        return False
    wanted = fold(q).split()
    words = fold(" ".join([row["slug"], *facts["title"].values(), *facts["summary"].values()])) if wanted else ""
    return all(word in words for word in wanted)


def _holds_in(region: str | None, place: str | None) -> bool:
    """Whether a procedure of the region is of use at the place: it covers the place, or lies within it."""
    if not region or not place:
        return True
    return region in places.chain(place) or place in places.chain(region)


def _row(rt: Runtime, conn: Connection, person: Person | None, row: Row, today: str) -> ProcedureRow:
    facts, status = row["facts"], standing_of(row, today)
    flow = rt.version(conn, row["current"]).workflow
    return ProcedureRow(
        row["slug"], facts["title"], facts["summary"], tuple(facts["audience"]), facts["region"],
        places.name(facts["region"]), status, tuple(facts["capabilities"]),
        status == "open" and may(person, "procedure.start", flow))


def standing_of(row: Row, today: str) -> str:
    """open | early | ended | withdrawn, by its window of validity (C21)."""
    facts = row["facts"]
    if row["status"] != "open":
        return "withdrawn"
    if facts["tested_on"] != "today":
        return "open"
    if facts["from"] and today < facts["from"]:
        return "early"
    return "ended" if facts["until"] and today > facts["until"] else "open"


def procedure(rt: Runtime, person: Person | None, slug: str) -> ProcedureView:
    """One procedure as whoever wants to apply reads it."""
    with rt.store.reading() as conn:
        row = definitions.procedure(conn, slug)
        if row is None or not may(person, "procedure.read", row):
            raise NotFound
        version = rt.version(conn, row["current"])
        flow, facts, status = version.workflow, row["facts"], standing_of(row, rt.today())
        mine, others = asked.conditions(flow)
        return ProcedureView(
            slug=slug, title=facts["title"], summary=facts["summary"], status=status,
            audience=tuple(facts["audience"]), region=facts["region"], region_name=places.name(facts["region"]),
            version=version.hash, version_no=row["no"], published_at=row["published_at"], source=flow.source,
            clauses=clauses(flow.source), valid_from=facts["from"], valid_until=facts["until"],
            parties=party_labels(flow), steps=outline(flow), forms=tuple(flow.forms.values()), rules=mine,
            checks=others, papers=asked.papers(flow),
            documents=tuple(ChoiceView(d.id, d.title) for d in flow.documents.values()),
            capabilities=tuple(facts["capabilities"]), chart=version.bundle["workflow"],
            can_start=status == "open" and may(person, "procedure.start", flow),
            running=_running(rt, conn, person, slug), tested_later=facts["tested_on"] != "today",
            offices=tuple(both_or(f"role.{role}", role) for role in sorted(roles_of(version))),
            registers=tuple(ChoiceView(name, book.title) for name, book in books.every(rt, conn).items()
                            if name in flow.registers),
            parameters=tables.in_force(rt, conn, version))


def _running(rt: Runtime, conn: Connection, person: Person | None, slug: str) -> tuple[InboxRow, ...]:
    if person is None:
        return ()
    rows = lists.started(conn, standing(person), 20, workflow=slug)
    return tuple(case_row(rt, conn, row) for row in rows if row["status"] == "open")


def regions(rt: Runtime) -> tuple[ChoiceView, ...]:
    """Counties of the cities that have procedures: for an enterprise to say where it is registered."""
    with rt.store.reading() as conn:
        codes = {row["facts"]["region"] for row in rt.procedures(conn) if row["facts"]["region"]}
    found: dict[str, Text] = {}
    for code in sorted(codes):
        for below, _ in places.children(code) or ((code, ""),):
            found[below] = _long(below)
    return tuple(ChoiceView(code, label) for code, label in found.items())


def _long(code: str) -> Text:
    return places.full_name(code) or {lang: code for lang in text.LANGUAGES}

