"""Who may do what: the one place that decides. What is not allowed here is denied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tongban.engine import people
from tongban.engine.model import Actor, Field, Grant, Text, Version, Workflow

Case = Mapping[str, Any]
PARTY_ROLES = frozenset({"enterprise", "school", "agency", "person"})
"""Roles that stand for a side of a case. All others are staff."""
OVERSEERS = frozenset({"auditor"})
EVERYBODY = frozenset({"person", "public"})
"""Roles that anybody may hold: a definition lets them object to a notice, but they never have an area in hand."""
READ, ACT, ADMIN = "read", "act", "admin"
"""Scopes of API tokens; a session in a browser has all."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, with the rights of this moment."""

    id: str
    login: str
    name: str
    lang: str = "zh"
    org: str | None = None
    org_name: Text | None = None
    region: str | None = None
    email: str | None = None
    phone: str | None = None                        # of a private person: seen by an office or proved by a code
    channels: tuple[str, ...] = ("inbox",)
    grants: tuple[Grant, ...] = ()
    lent: tuple[tuple[str, Grant], ...] = ()        # (whose it is, grant) that a deputy uses
    limits: frozenset[str] | None = None            # of an API token; None = a session
    session: str = ""

    @property
    def admin(self) -> bool:
        """Author of definitions and keeper of people."""
        return any(grant.role == "admin" for grant in self.grants)

    @property
    def staff(self) -> bool:
        """Somebody who reviews, or does so for another."""
        return any(g.role not in PARTY_ROLES for g in (*self.grants, *(grant for _, grant in self.lent)))

    @property
    def applies(self) -> bool:
        """Somebody who files in their own name or their organisation's, whatever else they do."""
        return any(grant.role in PARTY_ROLES for grant in self.grants)

    @property
    def standing(self) -> Text:
        """Where they work, in words."""
        return self.org_name or {}

    def holds(self, roles: Collection[str]) -> bool:
        """Whether they hold one of these roles anywhere."""
        return any(grant.role in roles for grant in self.grants)


@dataclass(frozen=True, slots=True)
class CaseSubject:
    """A case with what decides who may see it: its definition and the members beyond its parties (copies)."""

    case: Case
    version: Version
    members: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class RegisterSubject:
    """(role, column) pairs of a register's definition; the column holds the region or office of the role."""

    readers: tuple[tuple[str, str], ...] = ()
    keepers: tuple[tuple[str, str], ...] = ()


def may(person: Person | None, verb: str, subject: Any = None) -> bool:
    """Whether this person may do this to that. Unknown verbs are denied; so is whoever is not signed in."""
    rule = _RULES.get(verb)
    if rule is None:
        return False
    needed, allowed = rule
    if person is None:
        return needed is None and allowed(None, subject)
    if person.limits is not None and needed is not None and needed not in person.limits:
        return False
    return allowed(person, subject)


def actors(person: Person, case: Case, version: Version) -> list[Actor]:
    """The person as an actor of this case: as themselves, then once for everybody they are deputy of."""
    found = [Actor(person.id, person.grants, parties(person, case, version.workflow))]
    for lender in dict.fromkeys(of for of, _ in person.lent):
        grants = tuple(grant for of, grant in person.lent if of == lender)
        stand_in = replace(person, id=lender, grants=grants, lent=())
        found.append(Actor(person.id, grants, parties(stand_in, case, version.workflow), lender))
    return found


def actor(person: Person, case: Case, version: Version, task: str | None = None) -> Actor:
    """The actor whose rights fit the task; the person's own rights come first."""
    able = actors(person, case, version)
    for one in able:
        for item in case["tasks"]:
            if task in (None, item["id"]) and people.seat_for(item, one) is not None:
                return one
    return able[0]


def parties(person: Person, case: Case, flow: Workflow) -> tuple[str, ...]:
    """The sides of a case that this person stands for: named in it, or trusted by the organisation in it."""
    found = []
    for party, held in case["parties"].items():
        kind = flow.parties[party].kind if party in flow.parties else ""
        trusted = held.get("org") and any(g.role == kind and g.scope == held["org"] for g in person.grants)
        reached = kind == "person" and held.get("phone") and held["phone"] == person.phone
        if trusted or reached or person.id in (held.get("people") or ()):
            found.append(party)
    return tuple(found)


def roles_of(version: Version) -> frozenset[str]:
    """Every office that a definition names."""
    roles = version.built.get("roles")
    if roles is None:
        flow = version.workflow
        holders = [h for s in flow.states.values() if s.task for h in s.task.holders]
        holders += [h for s in flow.states.values() for t in s.transitions for h in t.by]
        roles = version.built["roles"] = frozenset(
            h.role for h in (*holders, *flow.starters) if h.role) - EVERYBODY
    return roles


def _sees_case(person: Person | None, subject: CaseSubject) -> bool:
    """Parties, whoever holds its open work, acted on it or got a copy, and the offices in whose area it lies."""
    if person is None:
        return False
    case, version = subject.case, subject.version
    if f"p:{person.id}" in subject.members or any(person.id in ids for ids in case["acted"].values()):
        return True
    for one in actors(person, case, version):
        if one.parties or any(people.fits(seat, one) for task in case["tasks"] for seat in people.open_seats(task)):
            return True
    if unsent(case):
        return False        # what an applicant is still writing is nobody else's business
    overseeing = roles_of(version) | OVERSEERS
    return any(g.role in overseeing and people.covers(g.scope, case["scope"]) for g in _all_grants(person))


def unsent(case: Case) -> bool:
    """Whether the side that opened it is still writing. A case that the system or an office opened is sent at once."""
    return case["submitted_at"] is None and any(held.get("people") for held in case["parties"].values())


def _manages(person: Person | None, subject: CaseSubject) -> bool:
    """An office of the case that has its whole area in hand may print a document again or revoke it."""
    if person is None or unsent(subject.case):
        return False
    offices = roles_of(subject.version) - PARTY_ROLES
    return any(g.role in offices and people.covers(g.scope, subject.case["scope"]) for g in _all_grants(person))


def _all_grants(person: Person) -> list[Grant]:
    return [*person.grants, *(grant for _, grant in person.lent)]


def readable(person: Person, case: Case, version: Version) -> dict[str, frozenset[str]]:
    """Form key -> ids of the fields that this person may read ("rows/amount" for a column of a group)."""
    known = {g.role for g in _all_grants(person)} | set(parties(person, case, version.workflow))
    if person.holds(OVERSEERS):
        known |= {reader for form in version.workflow.forms.values() for f in form.fields for reader in f.readers}
    return {key: frozenset(_open_to(known, form.fields)) for key, form in version.workflow.forms.items()}


def _open_to(known: Collection[str], fields: Collection[Field], prefix: str = "") -> list[str]:
    found: list[str] = []
    for one in fields:
        if not one.readers or any(reader in known for reader in one.readers):
            found += [prefix + one.id, *_open_to(known, one.fields, f"{prefix}{one.id}/")]
    return found


def only_readable(fields: Collection[Field], values: Mapping[str, Any], allowed: Collection[str]) -> dict[str, Any]:
    """Answers without the fields, and without the columns, that may not be read."""
    found: dict[str, Any] = {}
    for one in fields:
        if one.id not in allowed or one.id not in values:
            continue
        value = values[one.id]
        if one.fields and isinstance(value, list):
            columns = {c.id for c in one.fields if f"{one.id}/{c.id}" in allowed}
            value = [{k: v for k, v in row.items() if k in columns} for row in value]
        found[one.id] = value
    return found


def starting_parties(person: Person, flow: Workflow) -> list[tuple[str, str | None]]:
    """(party, organisation) as which this person may start a case."""
    found: list[tuple[str, str | None]] = []
    for party in flow.parties.values():
        if not party.starts:
            continue
        if party.kind == "person":
            found += [(party.id, None)] if person.holds({"person"}) else []
        else:
            found += [(party.id, g.scope) for g in person.grants if g.role == party.kind]
    return found


def _starts(person: Person | None, flow: Workflow) -> bool:
    if person is None:
        return False
    return bool(starting_parties(person, flow)) or any(h.role and person.holds({h.role}) for h in flow.starters)


def _signed_in(person: Person | None, _subject: Any) -> bool:
    return person is not None


def _anyone(_person: Person | None, _subject: Any) -> bool:
    return True


def _holding(*roles: str) -> Callable[[Person | None, Any], bool]:
    return lambda person, _subject: person is not None and person.holds(roles)


def _self_or_admin(person: Person | None, subject: Any) -> bool:
    return person is not None and (person.id == subject or person.admin)


def _of_own_enterprise(person: Person | None, org: str | None) -> bool:
    """Whom an enterprise itself trusts to stand for it; neither their deputies nor somebody of another organisation."""
    return person is not None and bool(org) and person.org == org and Grant("enterprise", str(org)) in person.grants


def _reads_register(person: Person | None, subject: RegisterSubject | None) -> bool:
    return person is not None and subject is not None and bool(scopes(person, subject.readers + subject.keepers))


def _keeps_register(person: Person | None, subject: RegisterSubject | None) -> bool:
    """Whom the definition names, and nobody else: an admin writes definitions, not entries."""
    return person is not None and subject is not None and bool(scopes(person, subject.keepers, overseers=False))


def scopes(person: Person, roles: Collection[tuple[str, str]], *, overseers: bool = True) -> list[tuple[str, str]]:
    """(column, scope) pairs of what somebody may see of a register; an empty column = all of it."""
    if overseers and person.holds(OVERSEERS | {"admin"}):
        return [("", "*")]
    return [("" if g.scope == "*" else column, g.scope) for role, column in roles
            for g in _all_grants(person) if g.role == role]


_RULES: dict[str, tuple[str | None, Callable[[Person | None, Any], bool]]] = {
    "procedure.read": (None, _anyone),
    "document.verify": (None, _anyone),
    "notice.read": (None, _anyone),
    "document.manage": (ACT, _manages),
    "procedure.start": (ACT, _starts),
    "case.read": (READ, _sees_case),
    "case.act": (ACT, _sees_case),
    "inbox.read": (READ, _signed_in),
    "message.read": (READ, _signed_in),
    "self.change": (ADMIN, _self_or_admin),
    "token.make": (ADMIN, _signed_in),
    "definition.read": (READ, _holding("admin", "auditor")),
    "definition.edit": (ADMIN, _holding("admin")),
    "people.read": (READ, _holding("admin", "auditor")),
    "people.edit": (ADMIN, _holding("admin")),
    "colleagues.read": (READ, _of_own_enterprise),
    "colleagues.edit": (ADMIN, _of_own_enterprise),
    "register.list": (READ, _signed_in),
    "register.read": (READ, _reads_register),
    "register.keep": (ACT, _keeps_register),
    "settings.read": (READ, _holding("admin", "auditor")),
    "settings.edit": (ADMIN, _holding("admin")),
    "audit.read": (READ, _holding("admin", "auditor")),
    "outbox.read": (READ, _holding("admin")),
    "outbox.retry": (ADMIN, _holding("admin")),
}
VERBS = frozenset(_RULES)
