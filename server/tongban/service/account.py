"""What people settle for themselves: password, channels, deputies, API tokens."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Connection

from tongban.engine.problem import Problem
from tongban.service import outside, people
from tongban.service.access import ACT, ADMIN, READ, Person, may
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.runtime import Runtime
from tongban.store import messages
from tongban.store import people as table


def change_password(rt: Runtime, person: Person, old: str, new: str) -> None:
    """A new password; every other session of this person ends."""
    if not may(person, "self.change", person.id):
        raise Denied
    with rt.store.reading() as conn:
        row = table.person(conn, person.id)
    if row is None or not people.check_password(row["password"], old):
        raise Refused(Problem("service.wrong_password", "/old"))
    people.fit_password(new)
    hashed = people.hash_password(new)

    def work(conn: Connection) -> None:
        table.change_person(conn, person.id, password=hashed)
        table.drop_sessions(conn, person.id, keep=person.session)
        messages.note(conn, rt.clock(), person.id, "password_changed", person.id)
    rt.store.run(work)


def choose_channels(rt: Runtime, person: Person, channels: tuple[str, ...], email: str) -> None:
    """Where this person wants to be told. The inbox is always one of them."""
    wanted = ["inbox", *(c for c in ("email", *outside.channels(rt)) if c in channels)]
    if (email or "email" in wanted) and ("@" not in email or len(email) > 200 or any(c in email for c in " \r\n,;<>")):
        raise Refused(Problem("service.email_wrong", "/email"))
    rt.store.run(lambda conn: table.change_person(conn, person.id, channels=wanted, email=email or None))


def choose_language(rt: Runtime, person: Person, lang: str) -> None:
    """What mails and messages outside are written in from now on: what this person reads here."""
    if lang != person.lang:
        rt.store.run(lambda conn: table.change_person(conn, person.id, lang=lang))


def appoint(rt: Runtime, person: Person, deputy: str, starts: str, ends: str) -> None:
    """Let somebody else act for this person from one day to another, both included."""
    def work(conn: Connection) -> None:
        other = table.by_login(conn, deputy.strip().lower())
        if other is None or not other["active"] or other["id"] == person.id:
            raise Refused(Problem("service.no_such_person", "/deputy"))
        if not (len(starts) == len(ends) == 10 and starts <= ends):
            raise Refused(Problem("service.dates_wrong", "/ends"))
        table.add_deputy(conn, {"person": person.id, "deputy": other["id"], "starts": starts, "ends": ends})
        messages.note(conn, rt.clock(), person.id, "deputy_named", other["id"], starts=starts, ends=ends)
    rt.store.run(work)


def dismiss(rt: Runtime, person: Person, number: int) -> None:
    """End a deputyship."""
    def work(conn: Connection) -> None:
        given = next((row for row in table.list_deputies(conn, person.id) if row["n"] == number), None)
        if given is None or not table.drop_deputy(conn, person.id, number):
            raise NotFound
        messages.note(conn, rt.clock(), person.id, "deputy_dismissed", given["deputy"], starts=given["starts"],
                      ends=given["ends"])
    rt.store.run(work)


def deputies(rt: Runtime, person: Person) -> list[dict[str, Any]]:
    """Deputyships given and taken, with names."""
    with rt.store.reading() as conn:
        rows = table.list_deputies(conn, person.id)
        names = table.named(conn, {i for row in rows for i in (row["person"], row["deputy"])})
    return [{**row, "person_name": names[row["person"]]["name"], "deputy_name": names[row["deputy"]]["name"],
             "mine": row["person"] == person.id} for row in rows]


def make_token(rt: Runtime, person: Person, label: str, scopes: tuple[str, ...], days: int = 90) -> str:
    """An API token, shown once."""
    if not may(person, "token.make"):
        raise Denied
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= {READ, ACT, ADMIN}:
        raise Refused(Problem("service.scopes_wrong", "/scopes"))
    if not 1 <= days <= 366:
        raise Refused(Problem("service.days_wrong", "/days"))
    token, now = "tb_" + secrets.token_urlsafe(32), rt.clock()

    def work(conn: Connection) -> None:
        table.add_session(conn, {
            "id": people.digest(token), "person": person.id, "kind": "token", "made_at": now, "seen_at": now,
            "ends_at": people.later(now, days * 86400), "scopes": wanted, "label": label.strip()[:120] or "API"})
        messages.note(conn, now, person.id, "token_made", person.id, scopes=wanted, days=days)
    rt.store.run(work)
    return token


def tokens(rt: Runtime, person: Person) -> list[dict[str, Any]]:
    """This person's API tokens; `id` is what `drop_token` takes."""
    with rt.store.reading() as conn:
        return [dict(row) for row in table.list_tokens(conn, person.id)]


def drop_token(rt: Runtime, person: Person, hashed: str) -> None:
    """Revoke a token."""
    def work(conn: Connection) -> None:
        if hashed not in {row["id"] for row in table.list_tokens(conn, person.id)}:
            raise NotFound
        table.drop_session(conn, hashed)
        messages.note(conn, rt.clock(), person.id, "token_dropped", person.id)
    rt.store.run(work)
