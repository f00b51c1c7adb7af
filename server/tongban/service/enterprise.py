"""The people of one's own enterprise: who there is, adding one, ending and restoring a colleague's access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from tongban.engine.problem import Problem
from tongban.service import codes, people
from tongban.service.access import Person, may
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.runtime import Runtime
from tongban.store import messages
from tongban.store import people as table
from tongban.store.base import Row

PAGE = 50
ROLE = "enterprise"         # what registration gives, and all that a colleague gets


@dataclass(frozen=True, slots=True)
class ColleagueView:
    """Somebody of the same enterprise."""

    id: str
    login: str
    name: str
    phone: str | None
    active: bool
    me: bool
    elsewhere: bool         # holds other roles too: the account is the administrators' business


@dataclass(frozen=True, slots=True)
class ColleaguePage:
    rows: tuple[ColleagueView, ...]
    after: str | None
    alone: bool


def page(rt: Runtime, person: Person, after: str = "") -> ColleaguePage:
    """The people of one's own enterprise by login, a page at a time."""
    org = _own(person, "colleagues.read")
    with rt.store.reading() as conn:
        rows = table.people_of(conn, org, ROLE, after, PAGE + 1)
    found = tuple(ColleagueView(row["id"], row["login"], row["name"], row["phone"], row["active"],
                                row["id"] == person.id, bool(row["more"])) for row in rows[:PAGE])
    return ColleaguePage(found, found[-1].login if len(rows) > PAGE else None, not after and len(rows) == 1)


def add(rt: Runtime, person: Person, raw: Mapping[str, str]) -> str:
    """A colleague with a first password and the role that registration gives, nothing else; gives the id."""
    org = _own(person, "colleagues.edit")
    entry = {key: raw.get(key, "").strip() for key in ("name", "login", "phone")}
    entry["login"], password = entry["login"].lower(), raw.get("password", "")
    problems, phone = people.entry_problems(entry, password), codes.mobile(entry["phone"])
    if entry["phone"] and not codes.is_mobile(phone):
        problems.append(Problem("service.phone_wrong", "/phone"))
    with rt.store.reading() as conn:        # told with the rest; decided below, where nobody comes in between
        if table.by_login(conn, entry["login"]) is not None:
            problems.append(Problem("service.login_taken", "/login"))
    if problems:
        raise Refused(*people.in_order(problems, entry))
    hashed, now, person_id = people.hash_password(password), rt.clock(), people.new_id("u")

    def work(conn: Connection) -> None:
        people.count_made(conn, f"colleagues:{org}", now)
        if table.by_login(conn, entry["login"]) is not None:
            raise Refused(Problem("service.login_taken", "/login"))
        people.add_person(conn, now, person_id, entry["login"], entry["name"], hashed, org, phone=phone or None)
        messages.note(conn, now, person.id, "person_added", person_id, login=entry["login"])
        people.grant(conn, now, person_id, ROLE, org, by=person.id)
    rt.store.run(work)
    return person_id


def set_active(rt: Runtime, person: Person, person_id: str, *, active: bool) -> None:
    """End or restore a colleague's access; nobody ends their own, and the enterprise keeps somebody."""
    org = _own(person, "colleagues.edit")
    if person_id == person.id and not active:
        raise Refused(Problem("service.colleague_yourself"))

    def work(conn: Connection) -> None:
        rt.store.lock(conn, f"colleagues:{org}")        # two who end each other at once: the second is refused
        row = _kept(conn, org, person_id)
        if row["active"] == active:
            return
        if active and _closed_elsewhere(conn, org, person_id):
            raise Refused(Problem("service.colleague_closed", params={"name": row["name"]}))
        if not active and not set(_left(conn, org, rt.today())) - {person_id}:
            raise Refused(Problem("service.colleague_last"))
        people.set_active(conn, rt.clock(), person_id, active=active, by=person.id)
    rt.store.run(work)


def reset_password(rt: Runtime, person: Person, person_id: str, password: str) -> None:
    """A new first password for a colleague who lost theirs; one's own is changed with the old one, under Settings."""
    org = _own(person, "colleagues.edit")
    if person_id == person.id:
        raise Refused(Problem("service.colleague_own_password"))
    people.fit_password(password)
    hashed = people.hash_password(password)

    def work(conn: Connection) -> None:
        row = _kept(conn, org, person_id)
        if not row["active"]:
            raise Refused(Problem("service.colleague_restore_first", params={"name": row["name"]}))
        if _stands_in_elsewhere(conn, org, person_id, rt.today()):
            raise Refused(Problem("service.colleague_deputy", params={"name": row["name"]}))
        people.give_password(conn, rt.clock(), person_id, hashed, by=person.id, name=person.name)
    rt.store.run(work)


def _kept(conn: Connection, org: str, person_id: str) -> Row:
    """A colleague whose account is the enterprise's own business."""
    row = table.person(conn, person_id)
    if row is None or row["org"] != org:
        raise NotFound
    if any((held["role"], held["scope"]) != (ROLE, org) for held in table.list_grants(conn, person_id)):
        raise Refused(Problem("service.colleague_elsewhere", params={"name": row["name"]}))
    return row


def _stands_in_elsewhere(conn: Connection, org: str, person_id: str, today: str) -> bool:
    """Whether somebody of another organisation lends them rights: a password would open those too."""
    lenders = {row["person"] for row in table.list_deputies(conn, person_id)
               if row["deputy"] == person_id and row["ends"] >= today}
    return any(row["org"] != org for row in table.named(conn, lenders).values())


def _closed_elsewhere(conn: Connection, org: str, person_id: str) -> bool:
    """Whether somebody outside the enterprise ended this access: it is theirs to give back."""
    ended = messages.latest_audit(conn, 1, verb="deactivated", subject=person_id)
    by = table.person(conn, ended[0]["actor"] or "") if ended else None
    return bool(ended) and (by is None or by["org"] != org)


def _left(conn: Connection, org: str, today: str) -> list[str]:
    """Those of the enterprise who may still sign in for it."""
    trusted = [row["id"] for row in table.trusted(conn, org, today)]
    known = table.named(conn, trusted)
    return [one for one in trusted if known[one]["org"] == org]


def _own(person: Person, verb: str) -> str:
    if person.org is None or not may(person, verb, person.org):
        raise Denied
    return person.org
