"""People and their roles, for admins: who there is, what they may do, since when; every change is audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from tongban import text
from tongban.engine.model import Text
from tongban.engine.problem import Problem
from tongban.service import people, regions
from tongban.service.access import Person, may
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.runtime import Runtime
from tongban.service.seen import both_or
from tongban.service.views import ChoiceView
from tongban.store import messages
from tongban.store import people as table
from tongban.store.base import Row

PAGE = 50
_ROLE = "role."


@dataclass(frozen=True, slots=True)
class GrantView:
    """A role held somewhere for some time."""

    number: int
    role: Text
    scope: str
    place: Text
    starts: str
    ends: str | None        # None = without end
    now: bool
    key: str                # of the role


@dataclass(frozen=True, slots=True)
class StaffView:
    """One person as an admin sees them."""

    id: str
    login: str
    name: str
    office: Text
    active: bool
    grants: tuple[GrantView, ...]


@dataclass(frozen=True, slots=True)
class StaffPage:
    rows: tuple[StaffView, ...]
    after: str | None
    q: str


def page(rt: Runtime, person: Person, q: str = "", after: str = "") -> StaffPage:
    """People by login, a page at a time."""
    _allow(person, "people.read")
    with rt.store.reading() as conn:
        rows = table.list_people(conn, q, after, PAGE + 1)
        found = tuple(_view(rt, conn, row) for row in rows[:PAGE])
    return StaffPage(found, found[-1].login if len(rows) > PAGE else None, q)


def one(rt: Runtime, person: Person, person_id: str) -> StaffView:
    """One person."""
    _allow(person, "people.read")
    with rt.store.reading() as conn:
        row = table.person(conn, person_id)
        if row is None:
            raise NotFound
        return _view(rt, conn, row)


def by_login(rt: Runtime, person: Person, login: str) -> StaffView:
    """One person by the name that they sign in with."""
    _allow(person, "people.read")
    with rt.store.reading() as conn:
        row = table.by_login(conn, login.strip().lower())
        if row is None:
            raise NotFound
        return _view(rt, conn, row)


def roles() -> tuple[ChoiceView, ...]:
    """Every role that the product knows by name."""
    names = sorted(key.removeprefix(_ROLE) for key in text.catalogue() if key.startswith(_ROLE))
    return tuple(ChoiceView(name, both_or(f"{_ROLE}{name}", name)) for name in names)


def offices(rt: Runtime, person: Person) -> tuple[ChoiceView, ...]:
    """Organisations that staff may belong to."""
    _allow(person, "people.read")
    with rt.store.reading() as conn:
        return tuple(ChoiceView(row["code"], row["name"]) for row in table.list_organisations(conn)
                     if row["kind"] != "enterprise")


def add(rt: Runtime, person: Person, raw: Mapping[str, str]) -> str:
    """A new member of staff with a first password; gives the id."""
    _allow(person, "people.edit")
    login, name, org = raw.get("login", "").strip().lower(), raw.get("name", "").strip(), raw.get("org", "")
    problems = people.entry_problems({"login": login, "name": name}, raw.get("password", ""))
    if problems:
        raise Refused(*problems)
    hashed, person_id = people.hash_password(raw["password"]), people.new_id("u")

    def work(conn: Connection) -> None:
        if table.by_login(conn, login) is not None:
            raise Refused(Problem("service.login_taken", "/login"))
        if org and table.organisation(conn, org) is None:
            raise Refused(Problem("service.office_unknown", "/org", {"code": org}))
        people.add_person(conn, rt.clock(), person_id, login, name, hashed, org or None)
        messages.note(conn, rt.clock(), person.id, "person_added", person_id, login=login)
    rt.store.run(work)
    return person_id


def grant(rt: Runtime, person: Person, person_id: str, role: str, scope: str, starts: str, ends: str) -> None:
    """Give a role at a region or organisation, from a day on, to a day or for good."""
    _allow(person, "people.edit")
    scope, starts, ends = scope.strip(), starts or rt.today(), ends or people.FOREVER
    known = [one.value for one in roles()]
    if role not in known:
        raise Refused(Problem("service.role_unknown", "/role", {"role": role, "known": known}))
    if len(starts) != 10 or len(ends) != 10 or starts > ends:
        raise Refused(Problem("service.dates_wrong", "/ends"))

    def work(conn: Connection) -> None:
        if table.person(conn, person_id) is None:
            raise NotFound
        if scope != "*" and not regions.known(scope) and table.organisation(conn, scope) is None:
            raise Refused(Problem("service.scope_unknown", "/scope", {"scope": scope}))
        people.grant(conn, rt.clock(), person_id, role, scope, starts=starts, ends=ends, by=person.id)
    rt.store.run(work)


def revoke(rt: Runtime, person: Person, person_id: str, number: int) -> None:
    """Take a role away; it counts from the next request on."""
    _allow(person, "people.edit")

    def work(conn: Connection) -> None:
        held = next((row for row in table.list_grants(conn, person_id) if row["n"] == number), None)
        if held is None:
            raise NotFound
        table.drop_grant(conn, number)
        messages.note(conn, rt.clock(), person.id, "revoked", person_id, grant=number, role=held["role"],
                      scope=held["scope"], starts=held["starts"], ends=held["ends"])
    rt.store.run(work)


def set_active(rt: Runtime, person: Person, person_id: str, *, active: bool) -> None:
    """Let somebody in or keep them out; nobody shuts themselves out."""
    _allow(person, "people.edit")
    if person_id == person.id and not active:
        raise Refused(Problem("service.not_yourself"))

    def work(conn: Connection) -> None:
        if not people.set_active(conn, rt.clock(), person_id, active=active, by=person.id):
            raise NotFound
    rt.store.run(work)


def reset_password(rt: Runtime, person: Person, person_id: str, password: str) -> None:
    """A new first password; the person's sign-ins end."""
    _allow(person, "people.edit")
    people.fit_password(password)
    hashed = people.hash_password(password)

    def work(conn: Connection) -> None:
        if not people.give_password(conn, rt.clock(), person_id, hashed, by=person.id, name=person.name):
            raise NotFound
    rt.store.run(work)


def _view(rt: Runtime, conn: Connection, row: Row) -> StaffView:
    office = table.organisation(conn, row["org"]) if row["org"] else None
    return StaffView(row["id"], row["login"], row["name"], office["name"] if office else {}, row["active"],
                     tuple(_grant(rt, conn, held) for held in table.list_grants(conn, row["id"])))


def _grant(rt: Runtime, conn: Connection, row: Row) -> GrantView:
    scope, today = row["scope"], rt.today()
    office = table.organisation(conn, scope) if scope != "*" else None
    place = both_or("service.everywhere", "*") if scope == "*" else office["name"] if office else regions.name(scope)
    return GrantView(row["n"], both_or(f"{_ROLE}{row['role']}", row["role"]), scope, place, row["starts"],
                     None if row["ends"] == people.FOREVER else row["ends"],
                     row["starts"] <= today <= row["ends"], row["role"])


def _allow(person: Person, verb: str) -> None:
    if not may(person, verb):
        raise Denied
