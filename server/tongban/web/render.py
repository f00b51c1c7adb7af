"""What every template may ask: dates in the reader's language, days left, where the person may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request

from tongban.engine.rules.dates import working_days_between
from tongban.service import calendars
from tongban.service.access import may
from tongban.web import fields, language, present, show
from tongban.web.session import person, runtime


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation."""

    href: str
    text: str
    icon: str
    here: bool
    count: str = ""


def init(app: Flask) -> None:
    """Offer them to the templates."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=lambda value, week=True: show.day(value or "", language.current(), week),
        short_day=lambda value: show.short_day(value or "", language.current(), show.today(now())),
        moment=lambda value: show.instant(value or "", language.current()),
    )
    app.jinja_env.globals.update(
        days_left=days_left, work_left=work_left, nav=nav, now=now, key=present.key, value_of=present.value_text,
        left_out=present.left_out,
        visible_fields=present.filled_fields, colleagues=present.colleagues, form_edit=fields.edit,
        form_errors=fields.errors, question=fields.question)
    app.context_processor(_person)


def now() -> str:
    """The instant of this request, by the runtime's clock."""
    if "now" not in g:
        g.now = runtime().clock()
    return str(g.now)


def days_left(instant: str) -> int:
    """Calendar days until the deadline; negative where it has passed."""
    return show.days_between(now(), instant)


def work_left(instant: str) -> int | None:
    """Working days until the deadline; None where a year's calendar is missing (I-18)."""
    if "workdays" not in g:
        g.workdays = calendars.every(runtime())
    return working_days_between(show.today(now()), show.today(instant), g.workdays.get)


def nav(most: int = 10) -> list[Link]:
    """Where this person's work is, most needed first."""
    who = person()
    if who is None:
        return []
    wanted = [("/", "web.nav.home", "home")]
    wanted.append(("/inbox", "web.nav.inbox", "inbox") if who.staff else ("/cases", "web.nav.cases", "case"))
    wanted.append(("/procedures", "web.nav.procedures", "book"))
    if who.admin:
        wanted += [("/admin/procedures", "web.nav.definitions", "flow"), ("/admin/people", "web.nav.people", "people"),
                   ("/admin/tables", "web.tables", "list")]
    else:
        wanted.append(("/messages", "web.nav.messages", "bell"))
    if may(who, "outbox.read"):
        wanted.append(("/admin/deliveries", "outbox.title", "send"))
    if may(who, "audit.read"):
        wanted.append(("/admin/audit", "web.nav.audit", "clock"))
    if who.staff:
        wanted.append(("/registers", "web.nav.registers", "case"))
        wanted.append(("/batches", "web.nav.batches", "seal"))
    return [Link(href, text, icon, _here(href)) for href, text, icon in wanted[:most]]


SAID = frozenset({"registered", "submitted", "saved", "decided", "claimed", "signed_out", "password", "published",
                  "withdrawn", "colleague_added", "colleague_ended", "colleague_restored",
                  "colleague_password", "retry", "released", "transferred", "delegated", "urged", "signers_added",
                  "signers_removed", "taken_back"})


def said(**words: Any) -> str:
    """What the page before did, from the address; only sentences that we have."""
    what = request.args.get("said", "")
    if what not in SAID:
        return ""
    shown = {**words, "at": show.instant(str(words.get("at", "")), language.current())}
    return language.say(f"web.said.{what}", **shown)


def _here(href: str) -> bool:
    return request.path == href or (href != "/" and request.path.startswith(href + "/"))


def _person() -> dict[str, object]:
    who = person()
    return {"person": who, "standing": language.label(who.standing) if who else "", "said": said(at="")}
