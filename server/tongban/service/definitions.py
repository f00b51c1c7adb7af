"""Procedures for their authors: drafts, findings, versions, differences; publishing and withdrawing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from tongban import catalog
from tongban.engine.check import check_bundle
from tongban.engine.model import Version
from tongban.engine.people import covers
from tongban.engine.problem import Problem, escape
from tongban.engine.read import Reading, load_json, read_bundle
from tongban.engine.simulate import BadScript, simulate
from tongban.paper import layouts
from tongban.service import outside
from tongban.service.access import PARTY_ROLES, Person, may
from tongban.service.errors import Conflict, Denied, NotFound, Refused
from tongban.service.runtime import Runtime
from tongban.service.views import DefinitionRow, DefinitionView, DifferenceView, VersionView
from tongban.store import cases, messages, people
from tongban.store import definitions as table
from tongban.store.session import Stale

Json = Any
Files = Mapping[str, str]
WORKFLOW, FORMS = "workflow", "forms/"
MOST = 2_000_000        # characters of one file


def procedures(rt: Runtime, person: Person) -> list[DefinitionRow]:
    """Every procedure, published or only drafted."""
    _allow(person, "definition.read")
    with rt.store.reading() as conn:
        rows, drafts = rt.procedures(conn), {d["slug"]: d for d in table.list_drafts(conn)}
        running = cases.count_open(conn)
        found = [DefinitionRow(r["slug"], r["facts"]["title"], r["status"], r["no"], r["updated_at"],
                               sum(running.get(v["hash"], 0) for v in table.list_versions(conn, r["slug"])),
                               r["slug"] in drafts) for r in rows]
    published = {row.slug for row in found}
    found += [DefinitionRow(slug, {"zh": slug, "en": slug}, "draft", 0, d["saved_at"], 0, True)
              for slug, d in drafts.items() if slug not in published]
    return sorted(found, key=lambda row: row.slug)


def view(rt: Runtime, person: Person, slug: str, number: int | None = None) -> DefinitionView:
    """A definition's files: the draft where there is one, else the current version, or an old one by number."""
    _allow(person, "definition.read")
    with rt.store.reading() as conn:
        row, draft = table.procedure(conn, slug), table.draft(conn, slug)
        listed, running = table.list_versions(conn, slug), cases.count_open(conn)
        if row is None and draft is None:
            raise NotFound
        wanted = next((v["hash"] for v in listed if v["no"] == number), None)
        if number is not None and wanted is None:
            raise NotFound
        shown_hash = wanted or (row["current"] if row else None)
        shown = table.version(conn, shown_hash) if shown_hash else None
    use_draft = draft is not None and number is None
    files = dict(draft["files"]) if use_draft and draft else as_files(shown["bundle"]) if shown else {}
    return DefinitionView(
        slug, row["facts"]["title"] if row else {"zh": slug, "en": slug}, row["status"] if row else "draft", files,
        draft["rev"] if draft else 0, draft["saved_at"] if use_draft and draft else None,
        tuple(VersionView(v["no"], v["hash"], v["published_at"], v["published_by"] or "", v["note"],
                          bool(row and v["hash"] == row["current"]), running.get(v["hash"], 0)) for v in listed),
        findings(rt, files) if use_draft else (), row["current"] if row else None)


def as_files(bundle: Mapping[str, Any]) -> dict[str, str]:
    """A bundle as the texts that an author edits."""
    def pretty(value: Json) -> str:
        return json.dumps(value, ensure_ascii=False, indent=1)
    return {WORKFLOW: pretty(bundle["workflow"]),
            **{f"{FORMS}{name}": pretty(form) for name, form in sorted(bundle["forms"].items())}}


def as_bundle(files: Files) -> tuple[dict[str, Any] | None, tuple[Problem, ...]]:
    """Texts to a bundle; what is no JSON is reported in its file."""
    problems: list[Problem] = []
    read: dict[str, Json] = {}
    for name, text in files.items():
        if len(text) > MOST:
            problems.append(Problem("service.file_long", "", {"file": name, "most": MOST}))
            continue
        loaded = load_json(text)
        problems += [Problem(p.code, _at(name, p.at), p.params, p.level, p.clause, p.say) for p in loaded.problems]
        read[name] = loaded.value
    if WORKFLOW not in files:
        problems.append(Problem("service.no_workflow"))
    if problems:
        return None, tuple(problems)
    forms = {name.removeprefix(FORMS): form for name, form in read.items() if name.startswith(FORMS)}
    return {"workflow": read[WORKFLOW], "forms": forms}, ()


def _at(name: str, pointer: str) -> str:
    return pointer if name == WORKFLOW else f"/forms/{escape(name.removeprefix(FORMS))}{pointer}"


def findings(rt: Runtime, files: Files) -> tuple[Problem, ...]:
    """Everything that is wrong with these files: as JSON, as a definition, and what the proof finds."""
    bundle, problems = as_bundle(files)
    return problems if bundle is None else _proved(rt, bundle)


def _proved(rt: Runtime, bundle: Mapping[str, Any]) -> tuple[Problem, ...]:
    return (*check_bundle(bundle, world(rt, bundle)), *layouts.problems(bundle),
            *outside.unnamed(rt, bundle["workflow"]))


def world(rt: Runtime, bundle: Mapping[str, Any]) -> Json:
    """Who holds which role where, for the proof: the people of today, in the regions that have offices.

    None for a database without staff: then there is nothing to hold a definition against.
    """
    workflow = bundle["workflow"]
    region = workflow.get("region") if isinstance(workflow, Mapping) else None
    with rt.store.reading() as conn:
        rows = people.granted(conn, rt.today())
    staff = [row for row in rows if row["role"] not in PARTY_ROLES]
    if not staff:
        return None
    held: dict[str, list[str]] = {row["id"]: [] for row in staff}
    scopes: dict[str, set[str]] = {}
    for row in rows:        # staff who also stand for an enterprise may not act on its cases
        if row["id"] in held:
            held[row["id"]].append(f"{row['role']}@{row['scope']}")
    for row in staff:
        if row["scope"] != "*" and (not region or covers(str(region), row["scope"]) or not row["scope"].isdigit()):
            scopes.setdefault(row["role"], set()).add(row["scope"])
    return {"people": {name: {"grants": grants} for name, grants in held.items()}, "regions": [],
            "scopes": {role: sorted(codes) for role, codes in scopes.items()}}


def check(rt: Runtime, person: Person, files: Files) -> tuple[Problem, ...]:
    """The findings for files that were not saved."""
    _allow(person, "definition.read")
    return findings(rt, files)


def dry_run(rt: Runtime, person: Person, files: Files, script: Json) -> list[dict[str, Any]]:
    """Play a script (see `tongban simulate`) on files that were not published. Nothing is written anywhere."""
    _allow(person, "definition.read")
    bundle, problems = as_bundle(files)
    reading = read_bundle(bundle) if bundle is not None else Reading(None, problems)
    if reading.version is None:
        raise Refused(*reading.problems)
    try:
        return list(simulate(reading.version, script))
    except BadScript as error:
        raise Refused(*error.problems) from None


def save(rt: Runtime, person: Person, slug: str, files: Files, rev: int) -> DefinitionView:
    """Keep a draft, right or wrong. `rev` = the revision that the author started from."""
    _allow(person, "definition.edit")
    _fit(slug, files)
    try:
        rt.store.run(lambda conn: table.save_draft(conn, slug, files, rev, rt.clock(), person.id))
    except Stale:
        raise Conflict from None
    return view(rt, person, slug)


def _fit(slug: str, files: Files) -> None:
    if not slug or len(slug) > 80 or not all(c.isascii() and (c.isalnum() or c == "-") for c in slug):
        raise Refused(Problem("service.slug_wrong", "/slug"))
    if len(files) > 60 or any(len(text) > MOST for text in files.values()):
        raise Refused(Problem("service.file_long", "", {"file": slug, "most": MOST}))


def discard(rt: Runtime, person: Person, slug: str) -> None:
    """Throw a draft away."""
    _allow(person, "definition.edit")
    rt.store.run(lambda conn: table.drop_draft(conn, slug))


def publish(rt: Runtime, person: Person, slug: str, files: Files, note: str = "") -> int:
    """Make files an immutable version and the current one; gives its number. Refused while anything is wrong."""
    _allow(person, "definition.edit")
    bundle, problems = as_bundle(files)
    if bundle is None:
        raise Refused(*problems)
    reading = read_bundle(bundle)
    wrong = [p for p in _proved(rt, bundle) if p.level == "error"]
    if reading.version is None or wrong:
        raise Refused(*(wrong or reading.problems))
    if reading.version.workflow.id != slug:
        raise Refused(Problem("service.slug_differs", "/id", {"id": reading.version.workflow.id, "slug": slug}))
    version = reading.version

    def work(conn: Connection) -> int:
        number = publish_version(rt, conn, version, person.id, note)
        table.drop_draft(conn, slug)
        return number
    return rt.store.run(work)


def publish_version(rt: Runtime, conn: Connection, version: Version, by: str | None, note: str) -> int:
    """Write a version that was read and proved."""
    now, flow = rt.clock(), version.workflow
    valid = flow.source.get("valid") or {}
    facts = {"title": dict(flow.title), "summary": dict(flow.summary or {}), "audience": list(flow.audience),
             "region": flow.region, "from": valid.get("from"), "until": valid.get("until"),
             "tested_on": valid.get("tested_on", "today"), "capabilities": list(flow.meta.get("capabilities") or ())}
    row = {"hash": version.hash, "bundle": dict(version.bundle), "published_at": now, "published_by": by, "note": note}
    number = table.publish(conn, flow.id, row, facts)
    messages.note(conn, now, by, "published", flow.id, version=version.hash, number=number, note=note)
    return number


def set_open(rt: Runtime, person: Person, slug: str, *, opened: bool) -> None:
    """Withdraw a procedure, or open it again. Running cases go on under their own version."""
    _allow(person, "definition.edit")

    def work(conn: Connection) -> None:
        if not table.set_status(conn, slug, "open" if opened else "withdrawn", rt.clock()):
            raise NotFound
        messages.note(conn, rt.clock(), person.id, "opened" if opened else "withdrawn", slug)
    rt.store.run(work)


def diff(rt: Runtime, person: Person, slug: str, before: int, now: int) -> list[DifferenceView]:
    """What differs between two versions, place by place."""
    _allow(person, "definition.read")
    with rt.store.reading() as conn:
        by_number = {v["no"]: v["hash"] for v in table.list_versions(conn, slug)}
        if before not in by_number or now not in by_number:
            raise NotFound
        old, new = (table.version(conn, by_number[number]) for number in (before, now))
    return list(differences(old["bundle"] if old else {}, new["bundle"] if new else {}))


def differences(old: Json, new: Json, at: str = "") -> Iterator[DifferenceView]:
    """Places at which two JSON values differ."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            place = f"{at}/{escape(key)}"
            if key not in new:
                yield DifferenceView(place, "removed", before=old[key])
            elif key not in old:
                yield DifferenceView(place, "added", now=new[key])
            else:
                yield from differences(old[key], new[key], place)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (left, right) in enumerate(zip(old, new, strict=True)):
            yield from differences(left, right, f"{at}/{index}")
    else:
        yield DifferenceView(at, "changed", old, new)


def load_shipped(rt: Runtime) -> dict[str, tuple[Problem, ...]]:
    """Publish what comes with the program, where it changed. Gives the problems of what could not be, by slug."""
    failed: dict[str, tuple[Problem, ...]] = {}
    for shipped in catalog.bundles():
        reading = read_bundle(shipped.bundle) if not shipped.broken else Reading(None, ())
        version = reading.version
        if version is None:
            failed[shipped.slug] = reading.problems or (Problem("service.unreadable", "", {"why": shipped.broken}),)
            continue
        _publish_shipped(rt, version)
    return failed


def _publish_shipped(rt: Runtime, version: Version) -> None:
    def work(conn: Connection) -> None:
        rt.store.lock(conn, "shipped")
        if table.version(conn, version.hash) is None:
            publish_version(rt, conn, version, None, "")
    rt.store.run(work)


def _allow(person: Person | None, verb: str) -> None:
    if not may(person, verb):
        raise Denied
