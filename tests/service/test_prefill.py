"""What a blank form begins with: from whom, said so, never of somebody else, and never an answer by itself."""

from __future__ import annotations

import copy

import pytest
from tests.service.world import ANSWERS, FORM, OPINION, USCC, WORKFLOW, World

from tongban.service import cases, drafts, people
from tongban.store import people as table

SOURCES = {"uscc": "profile.uscc", "name": ["earlier", "profile.name"], "region": "profile.region",
           "staff": "earlier", "account": "profile.account"}


@pytest.fixture
def begun(world: World) -> World:
    form = copy.deepcopy(FORM)
    for one in form["pages"][0]["fields"]:
        if one["id"] in SOURCES and one["type"] != "integer":
            one["prefill"] = SOURCES[one["id"]]
    world.publish(WORKFLOW, form, OPINION)
    return world


def prefilled(world: World, login: str, case_id: str) -> dict[str, object]:
    form = cases.to_fill(world.rt, world.who(login), case_id).form("application")
    return {name: value for name, (value, _) in form.prefilled.items()}


def test_profile_and_then_earlier_cases_begin_a_form(begun: World) -> None:
    first = begun.start()
    assert prefilled(begun, "boss", first) == {"uscc": USCC, "name": USCC, "region": "370202"}
    begun.act("boss", first, "submit", ANSWERS)
    second = begun.start("clerk")
    assert prefilled(begun, "clerk", second)["name"] == ANSWERS["name"]
    form = cases.to_fill(begun.rt, begun.who("clerk"), second).form("application")
    number = cases.view(begun.rt, begun.who("boss"), first).number
    assert form.prefilled["name"][1]["zh"] == f"已从以前的办件 {number} 带出，请核对"
    assert not any(form.values.values())        # offered, not answered


def test_nothing_comes_from_somebody_elses_case_and_what_does_not_fit_is_left_out(begun: World) -> None:
    begun.act("boss", begun.start(), "submit", ANSWERS)
    with begun.rt.store.transaction() as conn:
        mine = table.organisation(conn, USCC)
        table.put_organisation(conn, {**mine, "region": "nowhere"})
    assert "region" not in prefilled(begun, "boss", begun.start())
    assert ANSWERS["name"] not in prefilled(begun, "rival", begun.start("rival")).values()


def test_who_also_reviews_for_others_gets_the_own_profile_all_the_same(begun: World) -> None:
    with begun.rt.store.transaction() as conn:
        people.grant(conn, begun.clock(), begun.who("boss").id, "district_hr", "370203")
    assert begun.who("boss").staff
    assert prefilled(begun, "boss", begun.start())["uscc"] == USCC


def test_what_was_typed_wins(begun: World) -> None:
    case_id = begun.start()
    task = cases.to_fill(begun.rt, begun.who("boss"), case_id).tasks[0].id
    drafts.save(begun.rt, begun.who("boss"), case_id, task, {"name": ""})
    assert prefilled(begun, "boss", case_id) == {}
