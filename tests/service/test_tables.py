"""Parameters and calendars as an admin keeps them: checked whole, in force from their day, read by rules at once."""

from __future__ import annotations

import json

import pytest
from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, World, text

from tongban.service import audit, tables
from tongban.service.errors import Denied, Refused
from tongban.service.views.audit import AuditFilter
from tongban.store import registers

PAID = {**WORKFLOW, "id": "paid", "unique": [], "parameters": {
        "least-staff": {"type": "integer", "label": text("最少人数"), "unit": text("人")}, "least-pay": "money"},
        "rules": {"ten": {"clause": "一", "test": "application.staff >= parameter('least-staff', application.region)",
                          "say": text("人数不足")}}}
GOOD = {"name": "least-staff", "region": "370200", "starts": "2026-01-01", "value": "20", "source": "测试"}


@pytest.fixture
def paid(world: World) -> World:
    world.publish(PAID, FORM, OPINION)
    return world


def submit(world: World, staff: str) -> list[str]:
    case_id = world.start("boss", "paid")
    return [p.level for p in world.act("boss", case_id, "submit", {**ANSWERS, "staff": staff}).problems]


def test_a_value_counts_from_its_day_and_at_its_place(paid: World) -> None:
    assert submit(paid, "12") == ["unknown"]                        # no value yet: it waits (I-11)
    tables.put(paid.rt, paid.who("admin"), GOOD)
    assert submit(paid, "12") == ["error"]
    tables.put(paid.rt, paid.who("admin"), {**GOOD, "region": "370202", "value": "12"})     # nearer wins
    assert submit(paid, "12") == []
    tables.put(paid.rt, paid.who("admin"), {**GOOD, "region": "370202", "value": "13", "starts": "2026-11-24"})
    assert submit(paid, "12") == []
    paid.clock.move(days=1)
    assert submit(paid, "12") == ["error"]
    held = {one.name: one for one in tables.parameters(paid.rt, paid.who("admin"))}
    assert [(row.starts, row.current) for row in held["least-staff"].rows] == [
        ("2026-11-24", True), ("2026-01-01", False), ("2026-01-01", True)]


def test_without_a_region_the_cases_own_counts_from_the_first_submission_on(world: World) -> None:
    rules = {"ten": {**PAID["rules"]["ten"], "test": "application.staff >= parameter('least-staff')"}}
    world.publish({**PAID, "rules": rules}, FORM, OPINION)
    tables.put(world.rt, world.who("admin"), {**GOOD, "region": "370202", "value": "13"})
    assert submit(world, "12") == ["error"]
    assert submit(world, "13") == []


def test_money_is_typed_in_yuan_and_kept_in_fen(paid: World) -> None:
    tables.put(paid.rt, paid.who("admin"), {**GOOD, "name": "least-pay", "region": "*", "value": "2,520.00"})
    with paid.rt.store.reading() as conn:
        assert registers.parameter(conn, "least-pay", ["370202", "*"], "2026-11-23") == 252000
    tables.put(paid.rt, paid.who("admin"), GOOD)
    said = [[one["zh"] for one in row.details if one["zh"].startswith("值")]
            for row in audit.page(paid.rt, paid.who("auditor"), AuditFilter(verb="parameter.put")).rows]
    assert said == [["值 20 人"], ["值 2,520.00 元"]]


@pytest.mark.parametrize(("change", "code"), [
    ({"name": "nothing"}, "tables.unknown_name"), ({"region": "999999"}, "tables.unknown_region"),
    ({"starts": "2026-02-30"}, "tables.bad_day"), ({"value": ""}, "tables.needed"), ({"value": "ten"}, None)])
def test_a_wrong_value_is_refused_at_its_place(paid: World, change: dict[str, str], code: str | None) -> None:
    with pytest.raises(Refused) as error:
        tables.put(paid.rt, paid.who("admin"), {**GOOD, **change})
    (problem,) = error.value.problems
    assert problem.at == "/" + next(iter(change))
    assert code in (None, problem.code)


def test_a_file_is_loaded_whole_or_not_at_all(paid: World) -> None:
    bad = "name,region,starts,value,source\nleast-staff,*,2026-01-01,5,x\nleast-staff,*,nine,5,x\n"
    with pytest.raises(Refused) as error:
        tables.load_file(paid.rt, paid.who("admin"), bad.encode())
    assert [p.at for p in error.value.problems] == ["/1/starts"]
    assert submit(paid, "12") == ["unknown"]
    assert tables.load_file(paid.rt, paid.who("admin"), json.dumps([{**GOOD, "region": "*", "value": 5}]).encode()) == 1
    assert submit(paid, "12") == []


@pytest.mark.parametrize(("content", "code"), [
    (b"", "tables.file_size"), (b"\xff\xfe", "tables.unreadable"), (b"[1", "tables.unreadable"),
    (b'{"holidays": []}', "tables.no_days"), (b'{"holidays": ["2026-01-01"]}', "tables.bad_days"),
    (b'{"holidays": ["2027-01-01"], "workdays": ["2027-01-01"]}', "tables.both"),
    (b"2027-01-04,workday\n", "tables.no_weekend"), (b"2027-01-01,holiday\n2027-01-04,feast\n", "tables.bad_kind")])
def test_a_wrong_calendar_is_refused(world: World, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as error:
        tables.load_calendar(world.rt, world.who("admin"), "2027", content)
    assert code in [p.code for p in error.value.problems]
    assert [one.year for one in tables.calendars(world.rt, world.who("auditor"))] == [2026]


def test_only_admins_change_tables(world: World) -> None:
    with pytest.raises(Denied):
        tables.load_calendar(world.rt, world.who("shinan"), "2027", b"2027-01-01,holiday\n")
    with pytest.raises(Denied):
        tables.put(world.rt, world.who("auditor"), GOOD)
    loaded = tables.load_calendar(world.rt, world.who("admin"), "2027", b"2027-01-01,holiday\n")
    assert loaded.holidays == ("2027-01-01",)
