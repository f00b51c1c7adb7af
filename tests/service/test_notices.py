"""Public notices: opened by the effect, masked, open to objection; suspension keeps the days."""

from __future__ import annotations

from typing import Any

import pytest
from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, World, text

from tongban.service import notices
from tongban.service.errors import NotFound, Refused
from tongban.service.wiring import run_all, wire
from tongban.store import cases

ON_NOTICE: dict[str, Any] = {
    "type": "parallel", "label": text("公示"), "entry": [{"publish": {
        "title": text("补贴公示"), "until": {"expr": "notice_last"}, "redact": {"name": "name"}, "objection": "object",
        "show": {"name": {"expr": "application.name"}, "staff": {"expr": "application.staff"},
                 "mobile": {"expr": "application.mobile"}}}}],
    "states": {
        "days": {"initial": "running", "states": {
            "running": {"after": [{"delay": {"working_days": 5}, "target": "last_day"}]},
            "last_day": {"after": [{"at": "start_of_day(add_days(today, 1))", "target": "over"}]},
            "over": {"always": [{"guard": "in_state('undisputed')", "target": "approved"}]}}},
        "talk": {"initial": "undisputed", "states": {
            "undisputed": {"on": {"object": {"target": "disputed", "by": {"role": "public"}, "reason": True}}},
            "disputed": {"suspends": True, "task": {"role": "city_hr", "scope": "'370200'"}, "on": {
                "reject": "undisputed", "uphold": {"target": "refused", "reason": True}}}}}}}
FLOW: dict[str, Any] = {
    **WORKFLOW, "variables": {"notice_last": {"type": "date"}},
    "states": {**WORKFLOW["states"], "notice": ON_NOTICE, "check": {
        **WORKFLOW["states"]["check"], "on": {"approve": {
            "target": "notice", "actions": [{"set": {"notice_last": "add_working_days(today, 5)"}}]}}}}}
FLOW["states"] = {name: state for name, state in FLOW["states"].items() if name != "final_check"}
WORDS = {"name": "王先生", "contact": "13800000000", "reason": "人数不实"}


@pytest.fixture
def shown(world: World) -> tuple[World, str, str]:
    """A case on notice from Monday 23 November 2026 for five working days: until Monday the 30th."""
    page = FORM["pages"][0]
    mobile = {"id": "mobile", "type": "mobile", "label": text("手机")}
    world.publish(FLOW, {**FORM, "pages": [{**page, "fields": [*page["fields"], mobile]}]}, OPINION)
    wire(world.rt)
    case_id = world.start()
    assert world.act("boss", case_id, "submit", {**ANSWERS, "mobile": "13812345678"}).ok
    assert world.act("shinan", case_id, "approve", {"words": "属实"}).ok
    run_all(world.rt)
    return world, case_id, notices.page(world.rt).rows[0].id


def status(world: World, case_id: str) -> tuple[str, str | None]:
    with world.rt.store.reading() as conn:
        row = cases.get(conn, case_id)
        return row["status"], row["outcome"]


def test_a_notice_shows_masked_facts_and_its_days_to_everybody(shown: tuple[World, str, str]) -> None:
    world, _case, notice = shown
    view = notices.one(world.rt, None, notice)
    assert [value["zh"] for _label, value in view.facts] == ["青" + "*" * 11, "12", "1381***5678"]
    assert [label["zh"] for label, _value in view.facts] == ["企业名称", "用工人数", "手机"]
    assert (view.row.starts, view.row.until, view.row.status, view.objectable) == (
        "2026-11-23", "2026-11-30", "running", True)
    assert view.case_id is None
    with pytest.raises(NotFound):
        notices.one(world.rt, None, "none")


def test_the_decision_falls_on_the_day_after_the_last_day(shown: tuple[World, str, str]) -> None:
    world, case_id, notice = shown
    world.clock.now = "2026-11-30T15:59:00Z"       # 23:59 on the last day
    run_all(world.rt)
    assert status(world, case_id) == ("open", None)
    assert notices.one(world.rt, None, notice).objectable
    world.clock.now = "2026-11-30T16:00:00Z"
    run_all(world.rt)
    assert status(world, case_id) == ("closed", "approved")
    view = notices.one(world.rt, None, notice)
    assert (view.row.status, view.facts, view.objectable) == ("ended", (), False)
    with pytest.raises(Refused):
        notices.object_to(world.rt, notice, WORDS, "late")


def test_an_objection_stops_the_clock_and_a_rejected_one_lets_the_rest_run_on(shown: tuple[World, str, str]) -> None:
    world, case_id, notice = shown
    world.clock.now = "2026-11-25T02:00:00Z"
    notices.object_to(world.rt, notice, WORDS, "key-1")
    assert notices.one(world.rt, None, notice).row.status == "suspended"
    world.clock.now = "2026-12-02T02:00:00Z"       # the old last day is over
    run_all(world.rt)
    assert status(world, case_id) == ("open", None)
    assert world.act("city", case_id, "reject").ok
    view = notices.one(world.rt, None, notice)
    assert (view.row.status, view.row.until) == ("running", "2026-12-07")
    world.clock.now = "2026-12-07T15:00:00Z"
    run_all(world.rt)
    assert status(world, case_id)[0] == "open"
    world.clock.now = "2026-12-07T16:00:00Z"
    run_all(world.rt)
    assert status(world, case_id) == ("closed", "approved")


def test_an_upheld_objection_refuses(shown: tuple[World, str, str]) -> None:
    world, case_id, notice = shown
    notices.object_to(world.rt, notice, WORDS, "key-1")
    assert world.act("city", case_id, "uphold", reason="属实").ok
    assert status(world, case_id) == ("closed", "refused")
    assert notices.one(world.rt, None, notice).row.status == "ended"


def test_one_objection_sent_twice_counts_once_and_a_second_waits_its_turn(shown: tuple[World, str, str]) -> None:
    world, case_id, notice = shown
    notices.object_to(world.rt, notice, WORDS, "key-1")
    notices.object_to(world.rt, notice, WORDS, "key-1")
    world.clock.move(minutes=1)
    notices.object_to(world.rt, notice, {**WORDS, "name": "李女士"}, "key-2")
    seen = notices.one(world.rt, world.who("city"), notice)
    assert [(o.name, o.status) for o in seen.objections] == [("王先生", "raised"), ("李女士", "waiting")]
    assert notices.one(world.rt, None, notice).objections == ()
    assert notices.one(world.rt, world.who("boss"), notice).objections == ()
    assert world.act("city", case_id, "reject").ok
    world.clock.move(hours=2)
    run_all(world.rt)
    assert [o.status for o in notices.one(world.rt, world.who("city"), notice).objections] == ["raised", "raised"]
    assert notices.one(world.rt, None, notice).row.status == "suspended"


def test_an_objection_needs_a_name_a_contact_and_a_reason(shown: tuple[World, str, str]) -> None:
    world, _case, notice = shown
    with pytest.raises(Refused) as refused:
        notices.object_to(world.rt, notice, {"name": " ", "reason": "x" * 2001}, "key")
    assert [p.at for p in refused.value.problems] == ["/name", "/contact", "/reason"]
