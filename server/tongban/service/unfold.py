"""What a case becomes in the tables beside it: open work, members, keys, the names it is found by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tongban.engine.model import Version
from tongban.engine.people import open_seats
from tongban.service.access import unsent
from tongban.store.search import Terms, lies, procedure, side
from tongban.store.todo import NEVER

Case = Mapping[str, Any]


def row(case: Case, now: str) -> dict[str, Any]:
    """The columns of the case's own row."""
    return {
        "seq": case["seq"], "status": case["status"], "outcome": case["outcome"], "scope": case["scope"],
        "subject": case["subject"] or "", "submitted": int(not unsent(case)),
        "version": case["version"], "updated_at": now, "snapshot": dict(case),
        "wake": min((timer["at"] for timer in case["timers"]), default=None) if case["status"] == "open" else None,
    }


def todo(case: Case, number: str) -> list[dict[str, Any]]:
    """One row per open seat and, for a party, per organisation or person in it."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    if case["status"] != "open":
        return []
    for task in case["tasks"]:
        base = {
            "task": task["id"], "state": task["state"], "workflow": case["workflow"], "version": case["version"],
            "number": number, "subject": case["subject"] or "", "seq": case["seq"], "round": case["round"],
            "claimed": task["claimed"], "opened": task["opened"], "due": task["due"] or NEVER,
            "provisional": task["provisional"], "role": None, "region": None, "scope": None, "who": None,
            "claimed_for": task.get("claimed_for") if task["claimed"] else None,
        }
        for seat in open_seats(task):
            for place in _places(case, seat):
                found.setdefault((task["id"], *place.items()), {**base, **place})
    return list(found.values())


def _places(case: Case, seat: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    if seat.get("person"):
        return [{"who": f"p:{seat['person']}"}]
    if seat.get("role"):
        scope = seat.get("scope")
        return [{"role": seat["role"], "region": region_of(scope), "scope": scope}]
    return [{"who": who} for who in _standing(case["parties"].get(seat.get("party"), {}))]


def region_of(scope: str | None) -> str | None:
    """What the inbox is indexed by: the county of a street, else the scope itself."""
    return scope[:6] if scope and scope[:6].isdigit() else scope


def _standing(held: Mapping[str, Any]) -> list[str]:
    if held.get("org"):
        return [f"o:{held['org']}"]
    if held.get("phone"):
        return [f"t:{held['phone']}"]
    return [f"p:{person}" for person in held.get("people") or ()]


def members(case: Case, copied: Iterable[str] = ()) -> set[tuple[str, str]]:
    """(who, party) for every side of the case; people that got a copy are party "copy"."""
    found = {(who, party) for party, held in case["parties"].items() for who in _standing(held)}
    return found | {(f"p:{person}", "copy") for person in copied}


def copied(events: Iterable[Mapping[str, Any]]) -> set[str]:
    """People whom these events gave a copy."""
    return {person for event in events if event["type"] == "copied" for person in event["to"]}


def keys(case: Case, version: Version) -> dict[str, str]:
    """Keys that the case occupies: name -> value."""
    return {f"{version.workflow.id}/{n}": str(value) for n, value in enumerate(case["keys"]) if value is not None}


def names(case: Case, number: str) -> Terms:
    """What the case is found by, and where: by its sides, and by the offices of its area once it was sent."""
    party_keys = [str(held["key"]) for held in case["parties"].values() if held.get("key")]
    places = [procedure(case["workflow"]), *sorted({side(who) for who, _ in members(case)})]
    if not unsent(case):
        places += lies(case["scope"], case["workflow"])
    return Terms((number, case["subject"] or "", *party_keys), tuple(places))
