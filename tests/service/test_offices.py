"""Offices, banks, schools and agencies: entered and changed by admins, told by field what is wrong."""

from __future__ import annotations

import pytest
from tests.service.world import World

from tongban.service import audit, offices, staff
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.views.audit import AuditFilter

BUREAU = {"code": "hr-370202", "zh": "市南区人社局", "en": "Shinan bureau", "kind": "office", "region": "370202"}


def _wrong(world: World, raw: dict[str, str], code: str = "") -> dict[str, str]:
    who = world.who("admin")
    with pytest.raises(Refused) as seen:
        offices.change(world.rt, who, code, raw) if code else offices.add(world.rt, who, raw)
    return {one.at: one.code for one in seen.value.problems}


def test_a_new_office_may_have_staff_and_offices_below_it(world: World) -> None:
    who = world.who("admin")
    assert offices.add(world.rt, who, BUREAU) == "hr-370202"
    offices.add(world.rt, who, {"code": "street-1", "zh": "八大关街道", "kind": "office", "parent": "hr-370202"})
    (row,) = offices.page(world.rt, who, "八大关").rows
    assert (row.code, row.name["en"], row.place) == ("street-1", "八大关街道", {})
    assert row.parent_name["zh"] == "市南区人社局"
    assert "市南区" in offices.one(world.rt, who, "hr-370202").place["zh"]
    person = staff.add(world.rt, who, {"login": "new.person", "name": "新人", "org": "street-1",
                                       "password": "long enough words"})
    assert staff.one(world.rt, who, person).office["zh"] == "八大关街道"


def test_an_office_changes_its_name_and_keeps_its_code(world: World) -> None:
    who = world.who("admin")
    offices.add(world.rt, who, BUREAU)
    offices.change(world.rt, who, "hr-370202", {**BUREAU, "code": "other", "zh": "市南区人力资源局", "region": ""})
    found = offices.one(world.rt, who, "hr-370202")
    assert (found.name["zh"], found.region) == ("市南区人力资源局", "")
    told = audit.page(world.rt, who, AuditFilter()).rows[:2]
    assert [(row.what["zh"], row.about["zh"]) for row in told] == [
        ("修改单位", "市南区人力资源局"), ("新增单位", "市南区人力资源局")]


def test_everything_wrong_is_told_at_once_and_nothing_is_entered(world: World) -> None:
    assert _wrong(world, {"code": "市南", "kind": "shop", "region": "999999", "parent": "nobody"}) == {
        "/code": "offices.code_form", "/zh": "service.needed", "/kind": "service.needed",
        "/region": "offices.region_unknown", "/parent": "service.office_unknown"}
    offices.add(world.rt, world.who("admin"), BUREAU)
    assert _wrong(world, BUREAU) == {"/code": "offices.code_taken"}
    assert offices.page(world.rt, world.who("admin"), "市南").rows[0].code == "hr-370202"


def test_an_office_never_lies_below_itself(world: World) -> None:
    who = world.who("admin")
    offices.add(world.rt, who, BUREAU)
    offices.add(world.rt, who, {"code": "street-1", "zh": "街道", "kind": "office", "parent": "hr-370202"})
    for parent in ("hr-370202", "street-1"):
        assert _wrong(world, {**BUREAU, "parent": parent}, "hr-370202") == {"/parent": "offices.in_itself"}


def test_enterprises_are_not_among_them_and_others_may_not_look(world: World) -> None:
    who = world.who("admin")
    enterprise = world.who("boss").org
    assert enterprise not in [row.code for row in offices.page(world.rt, who).rows]
    with pytest.raises(NotFound):
        offices.change(world.rt, who, str(enterprise), BUREAU)
    for login in ("boss", "shinan"):
        with pytest.raises(Denied):
            offices.page(world.rt, world.who(login))
    with pytest.raises(Denied):
        offices.add(world.rt, world.who("auditor"), BUREAU)
