"""Search by name: who finds what, page by page, and an index that was made anew."""

from __future__ import annotations

import copy

import pytest
from sqlalchemy import text as sql
from tests.service.world import ANSWERS, OTHER_USCC, WORKFLOW, World

from tongban.engine.model import Grant
from tongban.service import finding, inbox, people
from tongban.service.access import Person
from tongban.store import search

STREET = "370202002000"


def found(world: World, person: Person, q: str, **filters: str) -> list[str]:
    return [row.case_id for row in inbox.page(world.rt, person, filters={"q": q, **filters}).rows]


def officer(role: str, scope: str) -> Person:
    return Person("u-officer", "officer", "办事员", grants=(Grant(role, scope),))


@pytest.mark.parametrize(("scope", "finds"), [
    ("370202", True), ("370200", True), ("370000", True), ("*", True), (STREET, True),
    ("370203", False), ("370100", False), ("410000", False), ("370202001000", False), ("hr-shinan", False)])
def test_an_area_holds_the_streets_in_it_and_no_neighbour(world: World, scope: str, finds: bool) -> None:
    case_id = world.submitted(region=STREET)
    seen = officer("auditor", scope)
    assert found(world, seen, "海风") == ([case_id] if finds else [])
    assert found(world, officer("city_hr", scope), "海风") == ([case_id] if finds else [])


def test_a_role_that_the_procedure_does_not_name_finds_nothing_in_its_area(world: World) -> None:
    world.submitted()
    assert found(world, officer("notary", "370202"), "海风") == []


def test_a_case_that_moves_to_another_area_is_found_there_and_no_longer_here(world: World) -> None:
    case_id = world.submitted()
    assert world.act("shinan", case_id, "return", to=("draft",), reason="地区填错了",
                     marks={"application.region": "应为市北区"}).ok
    assert world.act("boss", case_id, "submit", {**ANSWERS, "region": "370203"}).ok
    assert found(world, officer("auditor", "370203"), "海风") == [case_id]
    assert found(world, officer("auditor", "370202"), "海风") == []
    assert found(world, world.who("shinan"), "海风") == [case_id]       # who acted on it


def test_search_stays_within_the_procedure_that_is_asked_for(world: World) -> None:
    other = copy.deepcopy(WORKFLOW)
    other["id"], other["unique"] = "bonus", []
    world.publish(other)
    case_id, second = world.submitted(), world.start(slug="bonus")
    assert world.act("boss", second, "submit", ANSWERS).ok
    for login in ("shinan", "boss"):
        assert found(world, world.who(login), "海风") == [second, case_id]
        assert found(world, world.who(login), "海风", procedure="grant") == [case_id]
        assert found(world, world.who(login), "海风", procedure="bonus") == [second]


def many(world: World, count: int) -> list[str]:
    """Cases of one name, the newest first."""
    free = copy.deepcopy(WORKFLOW)
    free["id"], free["unique"] = "free", []
    world.publish(free)
    made = [world.start(slug="free") for _ in range(count)]
    for case_id in made:
        assert world.act("boss", case_id, "submit", ANSWERS).ok
    return made[::-1]


def pages(world: World, person: Person, limit: int) -> list[list[str]]:
    shown: list[list[str]] = []
    after: str | None = None
    while not shown or after:
        view = inbox.page(world.rt, person, filters={"q": "海风"}, after=after, limit=limit)
        shown.append([row.case_id for row in view.rows])
        after = view.after
        assert len(shown) < 20
    return shown


@pytest.mark.parametrize(("login", "newest"), [("shinan", 1), ("shinan", 4), ("boss", 1000), ("auditor", 1000)])
def test_pages_of_a_search_show_everything_once(
        world: World, login: str, newest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "BLOCK", newest)
    monkeypatch.setattr(search, "BLOCKS", 2)
    made = many(world, 7)
    shown = pages(world, world.who(login), 3)
    assert [case_id for page in shown for case_id in page] == made
    assert len(shown) == 3


def test_postgresql_finds_the_newest_of_a_word_by_its_index(world: World) -> None:
    if world.rt.store.sqlite:       # its index of words is in the order of cases anyway
        return
    with world.rt.store.reading() as conn:
        made = conn.execute(sql("SELECT pg_get_indexdef('ix_case_names_found'::regclass)")).scalar_one()
    assert f"(n / {search.BLOCK})" in made


@pytest.mark.parametrize(("missing", "found", "looked", "left", "blocks"), [
    (50, 0, 4096, 100, 1), (50, 0, 576, 1_000_000, 22), (50, 0, 2 * 4096, 10 ** 9, search.BLOCKS),     # nothing yet
    (1, 49, 4096, 1_000_000, 1), (20, 30, 131_072, 1_000_000, 32), (48, 2, 131_072, 1_000_000, 245)])
def test_a_search_goes_on_through_as_many_cases_as_promise_to_be_enough(
        missing: int, found: int, looked: int, left: int, blocks: int) -> None:
    assert search._next(missing, found, looked, left) == blocks


def test_who_has_no_area_goes_on_through_every_case_of_that_name(
        world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "SCAN", 2)
    made = many(world, 7)
    with world.rt.store.transaction() as conn:      # the open work of the oldest and of a later one is a bank's
        for case_id in (made[-1], made[3]):
            conn.execute(sql("UPDATE todo SET role = 'bank', region = 'bank-1' WHERE case_id = :id"), {"id": case_id})
    shown = pages(world, officer("bank", "bank-1"), 3)
    assert [case_id for page in shown for case_id in page] == [made[3], made[-1]]


def test_a_party_finds_its_own_cases_only(world: World) -> None:
    case_id = world.submitted()
    assert found(world, world.who("clerk"), "海风") == [case_id]
    assert found(world, world.who("rival"), "海风") == []
    assert found(world, Person("u-x", "x", "x", grants=(Grant("enterprise", OTHER_USCC),)), "海风") == []


def test_an_index_that_was_made_anew_is_filled_when_the_database_is_opened(world: World) -> None:
    case_id = world.submitted()
    with world.rt.store.transaction() as conn:
        conn.execute(sql("INSERT INTO case_names (case_names) VALUES ('delete-all')" if world.rt.store.sqlite
                         else "DELETE FROM case_names"))
    assert found(world, world.who("shinan"), "海风") == []
    finding.refill(world.rt)
    finding.refill(world.rt)
    assert found(world, world.who("shinan"), "海风") == [case_id]


def test_a_draft_is_in_no_area(world: World) -> None:
    with world.rt.store.transaction() as conn:
        people.grant(conn, world.clock(), "u-nobody", "person", "*")
    world.start()
    assert found(world, officer("auditor", "*"), "2026") == []


def test_words_of_the_index_itself_find_nothing(world: World) -> None:
    world.submitted()
    for q in ('"', "sent", "AND", "places:sent", '" OR "', "*", "NEAR(海 风)"):
        assert found(world, world.who("shinan"), q) == [], q
