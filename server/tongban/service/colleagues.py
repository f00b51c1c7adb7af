"""To whom work may be handed: people who hold the same roles today."""

from __future__ import annotations

from tongban.service.access import PARTY_ROLES, Person
from tongban.service.runtime import Runtime
from tongban.service.views import ChoiceView
from tongban.store import people as table

_NEVER = PARTY_ROLES | {"admin", "auditor", "public"}


def colleagues(rt: Runtime, person: Person) -> tuple[ChoiceView, ...]:
    """Everybody else who holds a role of this person's, by name with their office."""
    roles = sorted({grant.role for grant in person.grants} - _NEVER)
    with rt.store.reading() as conn:
        rows = {row["id"]: row for role in roles for row in table.colleagues(conn, role, rt.today())}
        offices = {row["code"]: row["name"] for row in table.list_organisations(
            conn, {row["org"] for row in rows.values() if row["org"]})} if rows else {}
    found = []
    for row in rows.values():
        if row["id"] != person.id:
            office = offices.get(row["org"]) or {}
            words = {lang: f"{row['name']} {office.get(lang, '')}".strip() for lang in ("zh", "en")}
            found.append(ChoiceView(row["id"], words))
    return tuple(sorted(found, key=lambda one: one.label["zh"]))
