"""Shipped procedures that start each other, through the real service: a list becomes one case for each row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.service.world import World

from tongban.service import people
from tongban.service.errors import NotFound
from tongban.service.wiring import run_all, wire
from tongban.store import cases, registers

ROOT = Path(__file__).resolve().parents[2]
STAFF = {"center": ("city_center", "370200"), "bank": ("bank_city", "370200"),
         "branch": ("bank_branch", "boc-qd-shinan"), "jimo": ("bank_branch", "boc-qd-jimo")}
LISTED = ("91370202MA3C0001AG", "91370203MA3C0002B3")


def shipped(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / kind / f"{name}.json").read_text("utf-8"))
    return found


@pytest.fixture
def city(world: World) -> World:
    """The small world with a city centre, a bank with two branches, and the procedures of the list."""
    wire(world.rt)
    world.clock.now = "2026-03-10T01:00:00Z"
    with world.rt.store.transaction() as conn:
        for login, (role, scope) in STAFF.items():
            people.add_person(conn, world.clock(), f"u-{login}", login, login, "", None)
            people.grant(conn, world.clock(), f"u-{login}", role, scope)
            world.tokens[login] = people.open_session(world.rt, conn, f"u-{login}")
        for key in LISTED:
            registers.enter(conn, {"id": key, "register": "qd-recommended", "key": key, "cause": None,
                                   "fields": {"uscc": key, "district": "370202"}, "entered_at": "2026-01-01T00:00:00Z"})
    for slug in ("qd-loan-apply", "qd-loan-offer", "qd-recommend-push"):
        workflow = shipped("workflows", slug)
        world.publish(workflow, *(shipped("forms", name) for name in workflow["forms"].values()))
    return world


@pytest.mark.slow
def test_a_pushed_list_opens_a_case_for_each_row_at_its_own_branch(city: World) -> None:
    answers = shipped("tests/catalog", "qd-recommend-push.scenario")["answers"]
    pushed = city.start("shinan", "qd-recommend-push")
    for login, action, raw in (("shinan", "push", answers["list"]), ("center", "consolidate", answers["merge"]),
                               ("bank", "distribute", {})):
        received = city.act(login, pushed, action, raw)
        assert received.ok, received.problems
    run_all(city.rt)
    with city.rt.store.reading() as conn:
        sql = "SELECT scope, subject, id FROM cases WHERE workflow = 'qd-loan-offer'"
        opened = conn.exec_driver_sql(sql).fetchall()
        kept = [registers.history(conn, "qd-monthly", f"2026-03/{key}") for key in LISTED]
    assert sorted((scope, subject) for scope, subject, _ in opened) == [
        ("boc-qd-jimo", "乙公司"), ("boc-qd-shinan", "甲公司")]
    assert [rows[0]["fields"]["district"] for rows in kept] == ["370202", "370202"]
    offer = next(case_id for scope, _, case_id in opened if scope == "boc-qd-shinan")
    with pytest.raises(NotFound):       # another branch's row is not there for it
        city.act("jimo", offer, "enter")
    assert city.act("branch", offer, "enter").ok


def test_a_ranking_tells_each_case_that_it_names(world: World) -> None:
    wire(world.rt)
    words = {"zh": "项目", "en": "Project"}
    entry: dict[str, Any] = {
        "id": "entry", "title": words, "starters": [{"role": "district_hr"}], "initial": "waiting",
        "variables": {"rank": {"type": "int", "initial": "0"}},
        "states": {"waiting": {"label": words, "on": {"chosen": "chosen", "left": "left"}},
                   "chosen": {"type": "final", "outcome": "approved", "label": words},
                   "left": {"type": "final", "outcome": "refused", "label": words}}}
    form = {"id": "ranking", "title": words, "pages": [{"id": "rows", "title": words, "fields": [
        {"id": "rows", "type": "group", "label": words, "required": True, "min": 1, "max": 9, "fields": [
            {"id": "case", "type": "text", "label": words, "required": True},
            {"id": "rank", "type": "integer", "label": words, "required": True}]}]}]}
    told = [{"tell": {"for_each": {"expr": f"ranking.rows.filter(r, r.rank {test} 1)"}, "cases": {"row": "case"},
                      "event": event, "data": {"rank": {"row": "rank"}}}} for test, event in (("<=", "chosen"),
                                                                                             (">", "left"))]
    ranking: dict[str, Any] = {
        "id": "ranking", "title": words, "starters": [{"role": "district_hr"}], "forms": {"ranking": "ranking"},
        "variables": {"starter": {"type": "string", "initial": "actor_id"}}, "initial": "rank",
        "states": {"rank": {"label": words, "task": {"person": "starter", "form": "ranking", "own_case": "allow"},
                            "on": {"decide": {"target": "decided", "label": words}}},
                   "decided": {"type": "final", "outcome": "done", "label": words, "entry": told}}}
    world.publish(entry)
    world.publish(ranking, form)
    first, second, third = (world.start("shinan", "entry") for _ in range(3))
    received = world.act("shinan", world.start("shinan", "ranking"), "decide", {
        "rows": [{"case": second, "rank": "1"}, {"case": first, "rank": "2"}, {"case": "nobody", "rank": "3"}]})
    assert received.ok, received.problems
    run_all(world.rt)
    with world.rt.store.reading() as conn:
        found = {one: cases.get(conn, one) for one in (first, second, third)}
    assert {one: (row["outcome"], row["snapshot"]["vars"]["rank"]) for one, row in found.items()} == {
        first: ("refused", 2), second: ("approved", 1), third: (None, 0)}
