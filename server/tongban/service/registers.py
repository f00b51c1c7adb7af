"""Registers for the people who may read them: lists, what stood there on a day, the history of one entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from tongban import text
from tongban.engine.rules.dates import end_of_day
from tongban.service import books
from tongban.service.access import CaseSubject, Person, may, scopes
from tongban.service.books import Book
from tongban.service.errors import NotFound, SignInNeeded
from tongban.service.runtime import Runtime
from tongban.service.views.registers import (
    BookRow,
    CellView,
    ColumnView,
    EntryRow,
    EntryView,
    RegisterView,
    ScreenLink,
    SpellView,
)
from tongban.store import cases, entries, people
from tongban.store.base import Row

PAGE = 50
HAND = ("hand", "import")
"""How the cause of an entry begins that no case made: then the person follows."""


def listed(rt: Runtime, person: Person) -> tuple[BookRow, ...]:
    """Every register that this person may read."""
    if not may(person, "register.list"):
        raise SignInNeeded
    with rt.store.reading() as conn:
        sizes, found = entries.sizes(conn), books.every(rt, conn).values()
    return tuple(BookRow(one.name, one.title, sizes.get(one.name, 0), tuple(one.procedures.values()),
                         may(person, "register.keep", one.subject))
                 for one in found if may(person, "register.read", one.subject))


def page(rt: Runtime, person: Person, name: str, on: str = "", q: str = "", after: str = "", lang: str = "zh"
         ) -> RegisterView:
    """What a register said at the end of a day (now, where none is given), searched by key and words."""
    with rt.store.reading() as conn:
        book = books.book(rt, conn, person, name)
        at, day = instant(rt, on)
        slices, search = reach(book, person), (q, book.searched)
        rows = entries.page(conn, name, at, slices, search, int(after) if after.isdecimal() else 0, PAGE + 1)
        count = entries.count(conn, name, at, slices, search)
        screens = _screens(rt, conn, name)
    masked = hidden(book, person)
    return RegisterView(
        name, book.title, columns(book, masked), tuple(entry_row(book, row, masked, lang) for row in rows[:PAGE]),
        day, day == rt.today(), q, min(count, entries.CAP), count > entries.CAP,
        str(rows[PAGE - 1]["n"]) if len(rows) > PAGE else None, may(person, "register.keep", book.subject), screens)


def entry(rt: Runtime, person: Person, name: str, entry_id: str, lang: str = "zh") -> EntryView:
    """One entry with all its dated rows: entered, changed, left, on what ground, by which case or hand."""
    with rt.store.reading() as conn:
        book = books.book(rt, conn, person, name)
        rows = entries.by_id(conn, name, entry_id)
        if not any(lies_within(row, reach(book, person)) for row in rows):
            raise NotFound
        masked = hidden(book, person)
        spells = tuple(_spell(_Telling(rt, conn, person, book, masked, lang), row, before)
                       for row, before in zip(rows, (None, *rows[:-1]), strict=True))
    last = rows[-1]
    return EntryView(name, book.title, entry_id, key_of(book, last, masked),
                     str(last["fields"].get("name") or "") or key_of(book, last, masked), last["left_at"] is None,
                     spells[::-1], may(person, "register.keep", book.subject), dict(last["fields"]))


def lookup(rt: Runtime, person: Person, name: str, key: str, on: str = "") -> Mapping[str, Any] | None:
    """The entry of a key on a day, for programs; None where it was not listed or lies outside what they may see."""
    with rt.store.reading() as conn:
        book = books.book(rt, conn, person, name)
        at, _ = instant(rt, on)
        found = [row for row in entries.page(conn, name, at, reach(book, person), (key, ()), 0, 200)
                 if row["key"] == key]
    masked = hidden(book, person)
    return next(({"id": row["id"], "key": key_of(book, row, masked), "entered_at": row["entered_at"],
                  "left_at": row["left_at"], "fields": plain(book, row, masked)} for row in found), None)


# --- shared by the modules of registers ---------------------------------------------------------------------------

def instant(rt: Runtime, on: str) -> tuple[str, str]:
    """The last instant of a day, and the day; now, where the day is today, to come, or none at all."""
    today = rt.today()
    closing = end_of_day(on) if on and on < today else None
    return (closing, on) if closing else (rt.clock(), today)


def reach(book: Book, person: Person, *, keeping: bool = False) -> list[entries.Slice]:
    """What of a register somebody may see, or change."""
    roles = book.subject.keepers if keeping else book.subject.readers + book.subject.keepers
    found = scopes(person, roles, overseers=not keeping)
    return [_slice(column, scope) for column, scope in found]


def _slice(column: str, scope: str) -> entries.Slice:
    if not column or len(scope) != 6 or not scope.isdigit():
        return entries.Slice(column, scope)
    stem = scope[:2] if scope.endswith("0000") else scope[:4] if scope.endswith("00") else scope
    return entries.Slice(column, stem, within=True)


def lies_within(row: Row | Mapping[str, Any], slices: Sequence[entries.Slice]) -> bool:
    """Whether an entry lies in one of the slices."""
    return any(not one.column or (value := str(row["fields"].get(one.column) or "")) == one.value
               or (one.within and value.startswith(one.value)) for one in slices)


def hidden(book: Book, person: Person) -> frozenset[str]:
    """Columns that are masked for this person: keepers see what they wrote."""
    return frozenset() if may(person, "register.keep", book.subject) else book.masked


def columns(book: Book, masked: frozenset[str]) -> tuple[ColumnView, ...]:
    """The columns in order."""
    return tuple(ColumnView(one.id, one.label, one.type, one.id in masked) for one in book.fields)


def entry_row(book: Book, row: Row, masked: frozenset[str], lang: str) -> EntryRow:
    """A row as people read it."""
    return EntryRow(row["id"], key_of(book, row, masked), cells(book, row, masked, lang), row["entered_at"],
                    row["left_at"])


def cells(book: Book, row: Row | Mapping[str, Any], masked: frozenset[str], lang: str) -> tuple[str, ...]:
    """The values in the order of the columns; the key's column shows the key where the entry does not repeat it."""
    values = {book.key: row["key"], **row["fields"]}
    return tuple(books.shown(one, values.get(one.id), lang, masked=one.id in masked) for one in book.fields)


def plain(book: Book, row: Row | Mapping[str, Any], masked: frozenset[str]) -> dict[str, Any]:
    """The values for programs, masked where this person may not read them."""
    values = {book.key: row["key"], **row["fields"]}
    return {name: books.mask(str(value)) if name in masked and value is not None else value
            for name, value in values.items()}


def key_of(book: Book, row: Row | Mapping[str, Any], masked: frozenset[str]) -> str:
    """The key, masked where its column is."""
    return books.mask(row["key"]) if book.key in masked else str(row["key"])


def _screens(rt: Runtime, conn: Connection, name: str) -> tuple[ScreenLink, ...]:
    found = []
    for row in rt.procedures(conn):
        flow = rt.version(conn, row["current"]).bundle["workflow"]
        if row["status"] == "open" and (flow.get("screen") or {}).get("register") == name:
            found.append(ScreenLink(row["slug"], row["facts"]["title"]))
    return tuple(found)


class _Telling:
    """Who reads the history of an entry, in which language."""

    def __init__(self, rt: Runtime, conn: Connection, person: Person, book: Book, masked: frozenset[str], lang: str
                 ) -> None:
        self.rt, self.conn, self.person, self.book, self.masked, self.lang = rt, conn, person, book, masked, lang

    def cause(self, cause: str | None) -> tuple[str | None, str | None, str | None]:
        """(case, its number, person) behind a change; cases only where this person may see them."""
        kind, _, rest = (cause or "").partition(":")
        if kind in HAND:
            row = people.person(self.conn, rest.split(":")[0])
            return None, None, row["name"] if row else None
        row = cases.get(self.conn, kind) if rest else None
        if row is None:
            return None, None, None
        subject = CaseSubject(row["snapshot"], self.rt.version(self.conn, row["version"]))
        return row["id"] if may(self.person, "case.read", subject) else None, row["number"], None


def _spell(telling: _Telling, row: Row, before: Row | None) -> SpellView:
    book, masked, lang = telling.book, telling.masked, telling.lang
    case_id, number, by = telling.cause(row["cause"])
    left_case, left_number, left_by = telling.cause(row["left_cause"])
    now = cells(book, row, masked, lang)
    old = cells(book, before, masked, lang) if before is not None else now
    continued = before is not None and before["left_at"] == row["entered_at"]
    changed = tuple(text.label(one.label, lang) for one, a, b in zip(book.fields, now, old, strict=True) if a != b)
    return SpellView(row["entered_at"], row["left_at"], row["ground"], case_id, number, by,
                     tuple(CellView(one.label, value) for one, value in zip(book.fields, now, strict=True) if value),
                     changed if continued else (), left_case, left_number, left_by)
