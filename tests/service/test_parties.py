"""Sides of a case that did not open it are bound by code or mobile; a person needs no account but a one-time code."""

from __future__ import annotations

import copy

import pytest
from tests.service.world import ANSWERS, FORM, OPINION, OTHER_USCC, USCC, WORKFLOW, World, text

from tongban.service import cases, codes, inbox, people
from tongban.service.access import Person
from tongban.service.act import ActRequest, act
from tongban.service.errors import NotFound, Refused, Throttled
from tongban.store import people as table

PHONE = "13800138001"
PAIR = copy.deepcopy(FORM)
PAIR["id"] = "pair"
PAIR["pages"][0]["fields"] += [
    {"id": "partner", "type": "uscc", "label": text("合作企业"), "required": True},
    {"id": "worker", "type": "text", "label": text("劳动者"), "required": True},
    {"id": "mobile", "type": "mobile", "label": text("手机号"), "required": True}]
SIGNED = {
    **WORKFLOW, "id": "pair", "forms": {"application": "pair", "opinion": "grant-opinion"}, "unique": [],
    "parties": {**WORKFLOW["parties"],
                "partner": {"kind": "enterprise", "label": text("合作企业"), "key": "application.partner"},
                "worker": {"kind": "person", "label": text("劳动者"), "key": "application.worker",
                           "phone": "application.mobile"}},
    "states": {**WORKFLOW["states"], "check": {
        "label": text("签署"), "task": {"who": [{"party": "worker"}, {"party": "partner"}], "decide": "sequence"},
        "on": {"sign": {"target": "approved", "label": text("签署"), "signature": True},
               "revise": {"return": {"to": ["draft"], "then": "redo"}, "label": text("修改"), "reason": True}}}}}
SENT = {**ANSWERS, "partner": OTHER_USCC, "worker": "李想", "mobile": PHONE}


@pytest.fixture
def pair(world: World) -> World:
    world.publish(SIGNED, PAIR, OPINION)
    return world


def offered(world: World, **answers: str) -> str:
    case_id = world.start("boss", "pair")
    received = world.act("boss", case_id, "submit", {**SENT, **answers})
    assert received.ok, received.problems
    return case_id


def by_code(world: World, phone: str = PHONE, name: str = "李想") -> Person:
    shown = codes.ask(world.rt, phone).shown
    person = people.session(world.rt, codes.enter(world.rt, phone, shown, name))
    assert person is not None
    return person


def sign(world: World, person: Person, case_id: str) -> bool:
    return act(world.rt, person, case_id, ActRequest(action="sign", signature=person.name)).ok


def test_a_worker_signs_by_code_and_then_the_partner_with_its_account(pair: World):
    case_id = offered(pair)
    with pytest.raises(NotFound):
        cases.view(pair.rt, pair.who("nobody"), case_id)
    worker = by_code(pair)
    assert [row.case_id for row in inbox.page(pair.rt, worker).rows] == [case_id]
    assert not inbox.page(pair.rt, pair.who("rival")).rows          # the partner's turn comes after
    assert sign(pair, worker, case_id)
    assert [row.case_id for row in inbox.page(pair.rt, pair.who("rival")).rows] == [case_id]
    assert sign(pair, pair.who("rival"), case_id)
    assert cases.view(pair.rt, worker, case_id).outcome == "approved"


def test_another_mobile_and_another_enterprise_see_nothing(pair: World):
    case_id = offered(pair)
    offered(pair, mobile="13900139001", worker="何静")
    other = by_code(pair, "13900139001", "何静")
    with pytest.raises(NotFound):
        cases.view(pair.rt, other, case_id)
    with pair.rt.store.transaction() as conn:
        code = "91370202MA3C0003CR"
        table.put_organisation(conn, {"code": code, "kind": "enterprise", "name": text("丙"), "region": "370202"})
        people.add_person(conn, pair.clock(), "u-third", "third", "第三人", None, code)
        people.grant(conn, pair.clock(), "u-third", "enterprise", code)
        token = people.open_session(pair.rt, conn, "u-third")
    third = people.session(pair.rt, token)
    assert third is not None
    with pytest.raises(NotFound):
        cases.view(pair.rt, third, case_id)


def test_a_changed_mobile_binds_another_person_and_the_first_loses_sight(pair: World):
    case_id = offered(pair)
    first = by_code(pair)
    assert act(pair.rt, first, case_id, ActRequest(action="revise", reason="手机号不对")).ok
    second_phone = "13900139001"
    assert pair.act("boss", case_id, "submit", {**SENT, "mobile": second_phone}).ok
    second = by_code(pair, second_phone, "李想二")
    assert sign(pair, second, case_id)
    assert case_id not in {row.case_id for row in inbox.page(pair.rt, first).rows}


def test_no_code_goes_to_a_mobile_that_nothing_waits_for_and_wrong_codes_end_it(pair: World):
    assert codes.ask(pair.rt, "13700000000").shown == ""
    offered(pair)
    shown = codes.ask(pair.rt, PHONE).shown
    wrong = "000000" if shown != "000000" else "111111"
    for _ in range(codes.TRIES):
        with pytest.raises(Refused):
            codes.enter(pair.rt, PHONE, wrong, "李想")
    with pytest.raises(Refused):
        codes.enter(pair.rt, PHONE, shown, "李想")


def test_a_code_is_good_once_and_for_ten_minutes_and_is_not_asked_for_without_end(pair: World):
    offered(pair)
    shown = codes.ask(pair.rt, PHONE).shown
    with pytest.raises(Refused):
        codes.enter(pair.rt, PHONE, shown)                  # no name, no account yet
    codes.enter(pair.rt, PHONE, shown, "李想")
    with pytest.raises(Refused):
        codes.enter(pair.rt, PHONE, shown, "李想")
    late = codes.ask(pair.rt, PHONE).shown
    pair.clock.move(minutes=11)
    with pytest.raises(Refused):
        codes.enter(pair.rt, PHONE, late, "李想")
    codes.ask(pair.rt, PHONE)
    with pytest.raises(Throttled):
        codes.ask(pair.rt, PHONE)


def test_the_mobile_of_an_enterprises_clerk_is_not_taken_for_a_private_person(pair: World):
    with pair.rt.store.transaction() as conn:
        table.change_person(conn, "u-rival", phone=PHONE)
    case_id = offered(pair)
    assert not any(row.case_id == case_id for row in inbox.page(pair.rt, pair.who("rival")).rows)


def test_an_enterprise_cannot_apply_under_the_code_of_another(pair: World):
    case_id = pair.start("boss", "pair")
    received = pair.act("boss", case_id, "submit", {**SENT, "uscc": OTHER_USCC})
    assert [(p.code, p.at) for p in received.problems] == [("service.not_own_code", "/uscc")]
    assert pair.act("boss", case_id, "submit", {**SENT, "uscc": USCC}).ok
