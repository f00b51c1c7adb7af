"""Entering and taking out by hand, and from spreadsheets: by whom the definition names, with a ground, audited."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from tongban.engine import answers
from tongban.engine.model import Field, Form, Json, Page
from tongban.engine.problem import Problem
from tongban.service import books, regions, rosters
from tongban.service.access import Person, may
from tongban.service.books import Book
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.registers import lies_within, reach
from tongban.service.runtime import Runtime
from tongban.service.views.registers import ImportView
from tongban.store import entries, messages, registers

ENTERED, CHANGED, SAME = "entered", "changed", "same"
MOST_GROUND = 400


def form(book: Book) -> Form:
    """What is asked for an entry: its columns, the key required."""
    asked = tuple(replace(one, required=one.id == book.key) for one in book.fields if _askable(one))
    return Form(book.name, book.title, (Page("entry", book.title, asked),))


def opened(rt: Runtime, person: Person, name: str, entry_id: str = "") -> tuple[Book, dict[str, Json]]:
    """A register that this person keeps, and the values of one of its entries."""
    with rt.store.reading() as conn:
        book = _kept(rt, conn, person, name)
        rows = entries.by_id(conn, name, entry_id) if entry_id else []
        if entry_id and not any(lies_within(row, reach(book, person, keeping=True)) for row in rows):
            raise NotFound
        return book, {book.key: rows[-1]["key"], **rows[-1]["fields"]} if rows else {}


def enter(rt: Runtime, person: Person, name: str, raw: Mapping[str, Json], ground: str) -> str:
    """Enter one thing, or correct what stands: each gives a new dated row under the same id. Gives the id."""
    def work(conn: Connection) -> str:
        book = _kept(rt, conn, person, name)
        values, problems = _read(rt, book, raw)
        if not ground.strip():
            problems.append(Problem("registers.ground_needed", "/ground"))
        problems += _outside(book, person, values)
        if problems:
            raise Refused(*problems)
        what, entry_id = _put(_Writing(rt, conn, person, book, "hand", ground), values, 0)
        messages.note(conn, rt.clock(), person.id, "register.enter", name, entry=entry_id, key=str(values[book.key]),
                      what=what, ground=ground.strip()[:MOST_GROUND])
        return entry_id
    return rt.store.run(work)


def leave(rt: Runtime, person: Person, name: str, entry_id: str, ground: str) -> None:
    """Take an entry out, on a ground that its history keeps."""
    def work(conn: Connection) -> None:
        book = _kept(rt, conn, person, name)
        rows = entries.by_id(conn, name, entry_id)
        if not rows or not lies_within(rows[-1], reach(book, person, keeping=True)):
            raise NotFound
        if not ground.strip():
            raise Refused(Problem("registers.ground_needed", "/ground"))
        if rows[-1]["left_at"] is not None:
            raise Refused(Problem("registers.left_already"))
        cause = f"hand:{person.id}:{secrets.token_hex(8)}"
        registers.leave(conn, name, rows[-1]["key"], rt.clock(), ground.strip()[:MOST_GROUND], cause)
        messages.note(conn, rt.clock(), person.id, "register.exit", name, entry=entry_id, key=rows[-1]["key"],
                      ground=ground.strip()[:MOST_GROUND])
    rt.store.run(work)


def load(rt: Runtime, person: Person, name: str, content: bytes, ground: str, *, keep: bool) -> ImportView:
    """Read a spreadsheet: good rows are entered, every other is told with its number. Without `keep` only checked."""
    with rt.store.reading() as conn:
        book = _kept(rt, conn, person, name)
    asked = form(book)
    sheet = rosters.raw_rows(Field(name, "group", book.title, fields=asked.fields), content)
    problems = list(sheet.problems)
    if keep and not ground.strip():
        problems.append(Problem("registers.ground_needed", "/ground"))
        return ImportView(False, 0, 0, 0, tuple(problems), sheet.ignored)
    good: list[tuple[int, dict[str, Json]]] = []
    seen: dict[str, int] = {}
    for number, raw in zip(sheet.numbers, sheet.rows, strict=True):
        values, wrong = _read(rt, book, {c.id: _typed(c, raw.get(c.id)) for c in asked.fields})
        wrong += _outside(book, person, values)
        first = seen.setdefault(str(values.get(book.key)), number)
        if not wrong and first != number:
            wrong = [Problem("registers.twice", f"/{book.key}", {"row": first})]
        problems += [rosters.at_row(f"/{name}", number, found) for found in wrong]
        if not wrong:
            good.append((number, values))
    counts = rt.store.run(lambda conn: _take(rt, conn, person, book, good, ground if keep else None))
    return ImportView(keep, counts[ENTERED], counts[CHANGED], counts[SAME], tuple(problems), sheet.ignored)


def _take(rt: Runtime, conn: Connection, person: Person, book: Book, rows: Sequence[tuple[int, dict[str, Json]]],
          ground: str | None) -> dict[str, int]:
    """Enter the good rows in one transaction; without a ground only say what each would come to."""
    writing = _Writing(rt, conn, person, _kept(rt, conn, person, book.name), "import", ground or "",
                       dry=ground is None, run=secrets.token_hex(6))
    counts = {ENTERED: 0, CHANGED: 0, SAME: 0}
    for number, values in rows:
        counts[_put(writing, values, number)[0]] += 1
    if not writing.dry:
        messages.note(conn, rt.clock(), person.id, "register.import", book.name, ground=(ground or "")[:MOST_GROUND],
                      run=writing.run, **counts)
    return counts


@dataclass(frozen=True, slots=True)
class _Writing:
    """Who writes into which register, by hand or from a file."""

    rt: Runtime
    conn: Connection
    person: Person
    book: Book
    kind: str
    ground: str
    dry: bool = False
    run: str = ""


def _put(writing: _Writing, values: Mapping[str, Json], number: int) -> tuple[str, str]:
    """A new dated row where anything differs; a thing that comes back keeps its id (I-29)."""
    rt, conn, book = writing.rt, writing.conn, writing.book
    key = str(values[book.key])
    if not writing.dry:
        rt.store.lock(conn, f"register:{book.name}:{key}")
    past = registers.history(conn, book.name, key)
    standing = next((row for row in reversed(past) if row["left_at"] is None), None)
    given = {name: value for name, value in values.items() if value is not None}
    merged = {**(standing["fields"] if standing is not None else {}), **given}
    if standing is not None and merged == {book.key: key, **standing["fields"]}:
        return SAME, standing["id"]
    what = CHANGED if standing is not None else ENTERED
    entry_id = past[0]["id"] if past else secrets.token_hex(10)
    if writing.dry:
        return what, entry_id
    now = rt.clock()
    cause = f"{writing.kind}:{writing.person.id}:{writing.run or secrets.token_hex(6)}:{number}"
    if standing is not None:
        registers.leave(conn, book.name, key, now, None, None)
    registers.enter(conn, {"id": entry_id, "register": book.name, "key": key, "fields": merged, "entered_at": now,
                           "cause": cause})
    return what, entry_id


def _kept(rt: Runtime, conn: Connection, person: Person, name: str) -> Book:
    """The register, if this person keeps it; missing for whoever may not even read it."""
    book = books.book(rt, conn, person, name)
    if not may(person, "register.keep", book.subject):
        raise Denied
    return book


def _read(rt: Runtime, book: Book, raw: Mapping[str, Json]) -> tuple[dict[str, Json], list[Problem]]:
    step = answers.Step(lookups=answers.Lookups(region=regions.full_name))
    asked = form(book)
    known = {one.id for one in asked.fields}
    raw = {name: value for name, value in answers.nested(raw).items() if name in known}
    found = answers.read(asked, raw, {"today": rt.today()}, "submit", step)
    return found.values, [problem for problem in found.problems if problem.level == "error"]


def _outside(book: Book, person: Person, values: Mapping[str, Json]) -> list[Problem]:
    """An entry outside this person's region or office."""
    slices = reach(book, person, keeping=True)
    if lies_within({"fields": values}, slices):
        return []
    column = next((one.column for one in slices if one.column), book.key)
    held = book.field(column)
    return [Problem("registers.outside", f"/{column}", {"label": held.label if held else column})]


def _askable(one: Field) -> bool:
    return not (one.type == "text" and one.value_type.kind in ("list", "map", "any")) and one.type not in (
        "group", "file", "photo", "signature", "declaration", "note")


def _typed(one: Field, raw: Json) -> Json:
    """A cell as an input would send it: choices by value or by word, several of them apart by 、 , ; or space."""
    known = {word.strip(): choice.value for choice in one.choices for word in (choice.value, *choice.label.values())}
    if one.type == "choices" and isinstance(raw, str):
        return [known.get(word, word) for word in re.split(r"[、,，;；\s]+", raw) if word]
    return known.get(raw.strip(), raw) if isinstance(raw, str) and known else raw
