"""Reading the audit: who did what to whom or what and when, newest first, in words. Whether the chain is whole is
told by `tongban verify-record`, which reads all of it; a page that is opened often does not."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection

from tongban import text
from tongban.engine import answers
from tongban.engine.model import Field, Text
from tongban.engine.rules.dates import date_of, end_of_day, start_of_day
from tongban.service import books, people, regions, tables
from tongban.service.access import Person, may
from tongban.service.books import Book
from tongban.service.errors import Denied
from tongban.service.registers import hidden
from tongban.service.runtime import Runtime
from tongban.service.seen import both_or
from tongban.service.views import ChoiceView
from tongban.service.views.audit import AuditFilter, AuditRow, AuditView
from tongban.store import messages
from tongban.store import people as table
from tongban.store.base import Row

PAGE = 50
_VERB, _DETAIL = "audit.verb.", "audit.detail."
_ALWAYS = frozenset({"", "0001-01-01", people.FOREVER})
"""Days that say no more than "from the beginning" and "for good"."""
_DAYS = frozenset({"starts", "ends", "day"})
_WORDS = {"role": "role.", "scopes": "web.scope.", "what": "audit.what.", "by": "audit.by."}
_DAY = Field("day", "date", {})


@cache
def verbs() -> tuple[str, ...]:
    """Everything that is audited, in the order of the catalogue."""
    return tuple(key.removeprefix(_VERB) for key in text.catalogue() if key.startswith(_VERB))


def page(rt: Runtime, person: Person, wanted: AuditFilter, before: int = 0) -> AuditView:
    """A page of what fits the filter. A day or a verb that there is not is no filter, and is not told as one."""
    if not may(person, "audit.read"):
        raise Denied
    since, until = start_of_day(wanted.since), end_of_day(wanted.until)
    verb, q = wanted.verb if wanted.verb in verbs() else "", wanted.q.strip()
    with rt.store.reading() as conn:
        rows = messages.latest_audit(conn, PAGE + 1, before, verb=verb, q=q, since=since, until=until)
        telling = _Telling(rt, conn, person, rows[:PAGE])
        found = tuple(telling.row(row) for row in rows[:PAGE])
    fits = AuditFilter(verb, q, wanted.since if since else "", wanted.until if until else "")
    return AuditView(found, found[-1].number if len(rows) > PAGE else None, fits,
                     tuple(ChoiceView(name, both_or(_VERB + name, name)) for name in verbs()))


class _Telling:
    """The names that a page of entries needs, looked up together."""

    def __init__(self, rt: Runtime, conn: Connection, person: Person, rows: Sequence[Row]) -> None:
        self.reader = person
        self.people = table.named(conn, {one for row in rows for one in (row["actor"], row["subject"]) if one})
        codes = {one["org"] for one in self.people.values() if one["org"]}
        codes |= {row["subject"] for row in rows} | {str(row["detail"].get("scope")) for row in rows}
        self.offices = {one["code"]: one["name"] for one in table.list_organisations(conn, codes)}
        listed = rt.procedures(conn)
        self.procedures: dict[str, Text] = {one["slug"]: one["facts"]["title"] for one in listed}
        spoken = {row["verb"].partition(".")[0] for row in rows}
        self.books = books.every(rt, conn) if "register" in spoken else {}
        self.parameters = tables.declared(rt, conn) if "parameter" in spoken else {}

    def row(self, row: Row) -> AuditRow:
        """An entry in words."""
        actor = self.people.get(row["actor"] or "")
        by = _same(actor["name"]) if actor else both_or(f"audit.actor.{row['actor'] or 'system'}", row["actor"] or "")
        office = self.offices.get(actor["org"], {}) if actor else {}
        return AuditRow(row["n"], row["at"], by, actor["login"] if actor else "", office, row["verb"],
                        both_or(_VERB + row["verb"], row["verb"]), row["subject"], self._about(row),
                        self._details(row))

    def _about(self, row: Row) -> Text:
        subject, kind = row["subject"], row["verb"].partition(".")[0]
        if subject == row["actor"]:
            return {}
        if kind == "register":
            return self.books[subject].title if subject in self.books else _same(subject)
        if kind == "parameter":
            known = self.parameters.get(subject)
            return (known.label if known else None) or _same(subject)
        someone = self.people.get(subject)
        if someone is not None:
            return {lang: someone["name"] + text.say("web.aside", lang, words=someone["login"])
                    for lang in text.LANGUAGES}
        return self.procedures.get(subject) or self.offices.get(subject) or _same(subject)

    def _details(self, row: Row) -> tuple[Text, ...]:
        book, found = self.books.get(row["subject"]), []
        for name in sorted(row["detail"], key=_place):
            value, key = row["detail"][name], _DETAIL + name
            if name == "value" and row["subject"] in self.parameters:
                value = self.parameters[row["subject"]].told(value)
            if key in text.catalogue() and value not in ("", None) and not (name in _DAYS and value in _ALWAYS):
                found.append({lang: text.say(key, lang, value=self._words(name, value, lang, book))
                              for lang in text.LANGUAGES})
        return tuple(found)

    def _words(self, name: str, value: Any, lang: str, book: Book | None) -> Any:
        if name in _WORDS:
            return [both_or(_WORDS[name] + one, one) for one in (value if isinstance(value, list) else [str(value)])]
        if name in ("scope", "region"):
            return self._scope(str(value))
        if name in _DAYS or name == "made_at":
            return answers.show(_DAY, date_of(value) if name == "made_at" else value, lang)
        if name in ("key", "q") and (book is None or book.key in hidden(book, self.reader)):
            return books.mask(str(value))
        return value

    def _scope(self, scope: str) -> Text:
        if scope == "*":
            return both_or("service.everywhere", scope)
        return self.offices.get(scope) or (regions.name(scope) if regions.known(scope) else _same(scope))


def _place(name: str) -> int:
    """Details stand in the order of the catalogue, whatever order the database gives its JSON in."""
    return next((at for at, key in enumerate(_order()) if key == name), len(_order()))


@cache
def _order() -> tuple[str, ...]:
    return tuple(key.removeprefix(_DETAIL) for key in text.catalogue() if key.startswith(_DETAIL))


def _same(words: str) -> Text:
    return dict.fromkeys(text.LANGUAGES, words)
