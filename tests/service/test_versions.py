"""Editing a number in a definition changes new cases and no running one: through the service, as an author does it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.service.world import USCC, World

from tongban.service.wiring import wire
from tongban.store import cases, registers

ROOT = Path(__file__).resolve().parents[2]
SLUG = "qd-loan-apply"


def shipped(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / kind / f"{name}.json").read_text("utf-8"))
    return found


def applied(world: World, login: str, uscc: str, *, submit: bool = True) -> tuple[str, list[str]]:
    """A loan of an enterprise with exactly ten people."""
    case_id = world.start(login, SLUG)
    return case_id, send(world, login, case_id, uscc) if submit else []


def send(world: World, login: str, case_id: str, uscc: str) -> list[str]:
    book = shipped("tests/catalog", f"{SLUG}.scenario")
    ten = {"staff_now": "10", "staff_year_start": "10", "staff_year_end": "10", "uscc": uscc,
           "small_micro_on": "2026-11-20", "established": "2020-05-06", "licence": None}
    received = world.act(login, case_id, "submit", {**book["answers"]["application"], **ten})
    return [p.clause or p.at for p in received.problems]


@pytest.mark.slow
def test_a_raised_headcount_refuses_new_cases_and_leaves_running_ones(world: World) -> None:
    wire(world.rt)
    flow = shipped("workflows", SLUG)
    forms = [shipped("forms", name) for name in flow["forms"].values()]
    for form in forms:      # the licence is a file, of no matter here
        for page in form["pages"]:
            page["fields"] = [{**one, "required": False} if one["type"] == "file" else one for one in page["fields"]]
    first = world.publish(flow, *forms)
    with world.rt.store.transaction() as conn:
        registers.enter(conn, {"id": "r", "register": "qd-recommended", "key": USCC, "cause": None, "fields": {},
                               "entered_at": "2026-01-01T00:00:00Z"})
    writing, _ = applied(world, "boss", USCC, submit=False)
    flow["rules"]["headcount"]["test"] = "application.staff_now >= 11"
    second = world.publish(flow, *forms)
    assert second != first
    assert send(world, "boss", writing, USCC) == []                     # begun before: the old number holds
    new = world.start("rival", SLUG)
    assert send(world, "rival", new, "91370202MA3C000252") == ["二.2"]      # begun after: the new one
    with world.rt.store.reading() as conn:
        assert [cases.get(conn, one)["version"] for one in (writing, new)] == [first, second]
