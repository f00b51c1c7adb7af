"""The inbox: what waits for me, what is mine, what is late, what I did, what my side has. Paged by keyset."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from tongban.engine.model import Grant, Text
from tongban.engine.people import covers
from tongban.service import finding, regions
from tongban.service.access import PARTY_ROLES, Person, may
from tongban.service.act import ActRequest, act
from tongban.service.errors import Conflict, Denied, NotFound
from tongban.service.runtime import Runtime
from tongban.service.seen import both, both_or
from tongban.service.views import BoxView, BulkRow, ChoiceView, InboxRow, InboxView
from tongban.store import cases, lists, messages, people, todo
from tongban.store.base import Row
from tongban.store.search import Query, Way
from tongban.store.todo import NEVER, Reach, Wanted

PAGE, CAP, MANY = 50, 100, 200
LOOKS = 20          # pages of a search that are gone through at most to fill one in a region or by a due date
BOXES = ("open", "mine", "late", "done", "started")


def span(grant: Grant) -> tuple[str | None, str | None]:
    """A grant's scope as a half-open span of codes; see engine.people.covers, which says the same of one code."""
    scope = grant.scope
    if scope == "*":
        return None, None
    if len(scope) != 6 or not scope.isdigit():
        return scope, None
    stem = scope[:2] if scope.endswith("0000") else scope[:4] if scope.endswith("00") else scope
    return (scope, None) if len(stem) == 6 else (stem, stem.ljust(16, "9"))    # codes have 12 digits at most


def standing(person: Person) -> list[str]:
    """Under which names work is addressed to this person: themselves, and the organisations that trust them."""
    orgs = [f"o:{g.scope}" for g in person.grants if g.role in PARTY_ROLES and g.scope != "*"]
    return [f"p:{person.id}", *orgs, *([f"t:{person.phone}"] if person.phone else [])]


def reaches(person: Person) -> list[Reach]:
    """Everything that may wait for this person."""
    found = [Reach(who=who) for who in standing(person)]
    found += [Reach(who=f"p:{of}") for of in dict.fromkeys(of for of, _ in person.lent)]
    for grant in (*person.grants, *(grant for _, grant in person.lent)):
        if grant.role not in PARTY_ROLES:
            low, high = span(grant)
            found.append(Reach(grant.role, low, high))
    return list(dict.fromkeys(found))


def page(rt: Runtime, person: Person, box: str = "open", filters: Mapping[str, str] | None = None,
         after: str | None = None, *, limit: int = PAGE) -> InboxView:
    """One page of a box. filters: q, procedure, region, due ("late" | a date)."""
    if not may(person, "inbox.read"):
        raise Denied
    asked = {name: (filters or {}).get(name, "") for name in ("q", "procedure", "region", "due")}
    box = box if box in BOXES else "open"
    with rt.store.reading() as conn:
        every = todo.spread(conn, reaches(person))
        procedures = rt.procedures(conn)
        if asked["q"]:
            areas = finding.areas_of(rt, conn, person, procedures)
            rows, cursor = _searched(rt, conn, person, areas, asked, (after, limit))
        else:
            rows, cursor = _rows(rt, conn, person, every, (box, after, limit), asked)
        return InboxView(
            box, _boxes(rt, conn, person, every), tuple(rows), cursor, asked,
            tuple(ChoiceView(p["slug"], p["facts"]["title"]) for p in procedures),
            _regions(person), messages.unread(conn, person.id))


def _rows(rt: Runtime, conn: Connection, person: Person, every: list[Reach], shown: tuple[str, str | None, int],
          asked: Mapping[str, str]) -> tuple[list[InboxRow], str | None]:
    box, after, limit = shown[0], _cursor(shown[1], shown[0]), shown[2]
    workflow = asked["procedure"]
    if box in ("open", "mine", "late"):
        wanted = _wanted(rt, box, asked, after)
        work = todo.page(conn, _box_reaches(person, every, box), wanted, limit)
        last = work[-1] if len(work) == limit else None
        return _todo_rows(rt, conn, work), _token(last["due"], last["case_id"], last["slot"]) if last else None
    if box == "done":
        past = lists.done(conn, person.id, limit, (after[0], after[1]) if after else None, workflow)
        cursor = _token(past[-1]["acted"], past[-1]["id"]) if len(past) == limit else None
        return [case_row(rt, conn, row) for row in past], cursor
    mine = lists.started(conn, standing(person), limit, (after[0], after[1]) if after else None, workflow)
    cursor = _token(mine[-1]["updated_at"], mine[-1]["n"]) if len(mine) == limit else None
    return [case_row(rt, conn, row) for row in mine], cursor


def _searched(rt: Runtime, conn: Connection, person: Person, areas: Sequence[Way], asked: Mapping[str, str],
              shown: tuple[str | None, int]) -> tuple[list[InboxRow], str | None]:
    """The index knows names and procedures; region and due date are looked at row by row, until the page is full."""
    kept: list[InboxRow] = []
    after, limit = _cursor(shown[0], "search"), shown[1]
    before: int | None = after[0] if after else None
    for _ in range(LOOKS):
        query = Query(asked["q"], asked["procedure"], before)
        rows, before = finding.found(conn, person, standing(person), reaches(person), areas, query, limit)
        kept += [row for row in (case_row(rt, conn, one) for one in rows) if _fits(rt, row, asked)]
        if before is None or len(kept) >= limit:
            break
    return kept, None if before is None else _token(before)


def _fits(rt: Runtime, row: InboxRow, asked: Mapping[str, str]) -> bool:
    if asked["region"] and not covers(asked["region"], row.scope):
        return False
    if not asked["due"]:
        return True
    due = rt.clock() if asked["due"] == "late" else f"{asked['due']}T15:59:59Z"
    return row.due is not None and row.due <= due


def _box_reaches(person: Person, every: list[Reach], box: str) -> list[Reach]:
    if box == "mine":
        own = [Reach(who=f"p:{person.id}")] if person.staff else []
        return [Reach(claimed=person.id), Reach(lent=person.id), *own]
    return every


def _wanted(rt: Runtime, box: str, asked: Mapping[str, str], after: Sequence[Any] | None) -> Wanted:
    late = box == "late" or asked["due"] == "late"
    before = rt.clock() if late else f"{asked['due']}T15:59:59Z" if asked["due"] else ""
    return Wanted(claimed=False if box == "open" else None, workflow=asked["procedure"], region=asked["region"],
                  due_before=before, after=(after[0], after[1], after[2]) if after else None)


def _boxes(rt: Runtime, conn: Connection, person: Person, every: list[Reach]) -> tuple[BoxView, ...]:
    names = BOXES[:4] if person.staff else ("open", "started")
    found = []
    for name in names:
        number = None
        if name in ("open", "mine", "late"):
            number = todo.count(conn, _box_reaches(person, every, name), _wanted(rt, name, _NOTHING, None), CAP)
        count = "" if number is None else f"{CAP - 1}+" if number >= CAP else str(number)
        found.append(BoxView(name, both(f"service.box.{name}"), count))
    return tuple(found)


_NOTHING = {"q": "", "procedure": "", "region": "", "due": ""}


def _todo_rows(rt: Runtime, conn: Connection, rows: Sequence[Row]) -> list[InboxRow]:
    names = people.named(conn, {row[name] for row in rows for name in ("claimed", "claimed_for") if row[name]})
    now, found = rt.clock(), []
    for row in rows:
        flow = rt.version(conn, row["version"]).workflow
        state = flow.states.get(row["state"])
        label = (state.task.label if state and state.task else None) or (state.label if state else None)
        claimed = names.get(row["claimed"])
        whose = names.get(row["claimed_for"]) if row["claimed_for"] != row["claimed"] else None
        found.append(InboxRow(
            row["case_id"], row["number"], row["subject"], flow.title, row["state"], label or {}, row["task"],
            row["opened"], row["seq"], None if row["due"] == NEVER else row["due"], row["due"] < now,
            row["provisional"], claimed["name"] if claimed else None, scope=row["scope"],
            scope_name=regions.name(row["scope"]), round=row["round"], claimed_for=whose["name"] if whose else None))
    return found


def case_row(rt: Runtime, conn: Connection, row: Row) -> InboxRow:
    """A case as a row of a list."""
    flow, case = rt.version(conn, row["version"]).workflow, row["snapshot"]
    state = next((s for s in case["conf"] if s in flow.states), "")
    task = case["tasks"][0] if case["tasks"] and row["status"] == "open" else None
    label: Text = (flow.states[state].label if state else None) or both_or(state, state)
    return InboxRow(
        row["id"], row["number"], row["subject"], flow.title, state, label, task["id"] if task else None,
        row["updated_at"], row["seq"], task["due"] if task else None,
        bool(task and task["due"] and task["due"] < rt.clock()), bool(task and task["provisional"]), None,
        row["status"], row["outcome"], row["scope"], regions.name(row["scope"]), case["round"])


def _regions(person: Person) -> tuple[ChoiceView, ...]:
    found: dict[str, Text] = {}
    for grant in person.grants:
        if grant.role in PARTY_ROLES or not regions.known(grant.scope):
            continue
        below = regions.children(grant.scope)
        found.update({code: {"zh": name, "en": name} for code, name in below})
    return tuple(ChoiceView(code, label) for code, label in found.items())


def _token(*parts: Any) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _cursor(token: str | None, box: str) -> Sequence[Any] | None:
    """A cursor that was tampered with, or is of another box, starts from the beginning."""
    if not token:
        return None
    try:
        parts = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        return None
    wanted = _CURSORS[box]
    fits = isinstance(parts, list) and len(parts) == len(wanted)
    return parts if fits and all(type(part) is kind for part, kind in zip(parts, wanted, strict=True)) else None


_CURSORS: dict[str, tuple[type, ...]] = {
    "open": (str, str, int), "mine": (str, str, int), "late": (str, str, int), "done": (str, str),
    "started": (str, int), "search": (int,)}


def act_many(rt: Runtime, person: Person, picked: Sequence[tuple[str, str, int | None]], request: ActRequest,
             key: str) -> tuple[BulkRow, ...]:
    """The same action on many tasks, each in its own transaction; a result for each. The key makes a repeat safe."""
    found = []
    for case_id, task, expected in picked[:MANY]:
        wanted = ActRequest(kind=request.kind, task=task or None, action=request.action, raw=request.raw,
                            reason=request.reason, clauses=request.clauses, to=request.to)
        try:
            received = act(rt, person, case_id, wanted, expected, f"{key[:40]}:{case_id[:36]}")
        except Conflict:
            found.append(BulkRow(case_id, "conflict"))
        except (NotFound, Denied):
            found.append(BulkRow(case_id, "missing"))
        else:
            found.append(BulkRow(case_id, "done" if received.ok else "problem", received))
    seen = [row.case_id for row in found if row.status != "missing"]
    with rt.store.reading() as conn:
        subjects = cases.subjects(conn, seen)
    return tuple(replace(row, subject=subjects.get(row.case_id, "")) for row in found)
