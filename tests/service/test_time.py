"""Timers, outbox, registers, messages: once, whatever happens to the worker."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.service.world import ANSWERS, USCC, World, text

from tongban.service import account, inbox, messages, outbox, recurring, staff, timers
from tongban.service import cases as case_views
from tongban.service.act import ActRequest, act
from tongban.service.wiring import run_all, run_once, wire
from tongban.store import cases, people, registers, schema, todo
from tongban.store import outbox as table


class Post:
    """A mail server that keeps what it was given."""

    def __init__(self, failures: int = 0) -> None:
        self.sent: list[tuple[str, str, str, str]] = []
        self.failures = failures

    def send(self, to: str, subject: str, body: str, message_id: str) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("mail server away")
        self.sent.append((to, subject, body, message_id))


@pytest.fixture
def wired(world: World) -> World:
    wire(world.rt)
    return world


def _status(world: World, case_id: str) -> tuple[str, str | None, int]:
    with world.rt.store.reading() as conn:
        row = cases.get(conn, case_id)
        return row["status"], row["outcome"], len(cases.record(conn, case_id))


def test_timer_fires_when_due_and_not_before(wired: World) -> None:
    case_id = wired.start()
    wired.clock.move(days=29)
    assert timers.run_due(wired.rt) == 0
    wired.clock.move(days=2)
    assert timers.run_due(wired.rt) == 1
    assert _status(wired, case_id) == ("closed", "expired", 2)
    assert timers.run_due(wired.rt) == 0


def test_timer_of_a_state_that_was_left_never_fires(wired: World) -> None:
    case_id = wired.submitted()
    wired.act("boss", case_id, "withdraw")
    wired.clock.move(days=400)
    assert timers.run_due(wired.rt) == 0


def test_overdue_task_is_told_once(wired: World) -> None:
    wired.submitted()
    wired.clock.move(days=10)
    assert run_all(wired.rt) > 0
    told = [m.text["zh"] for m in messages.page(wired.rt, wired.who("shinan")).rows]
    assert told.count("超期") == 1
    wired.clock.move(days=1)
    run_all(wired.rt)
    told = [m.text["zh"] for m in messages.page(wired.rt, wired.who("shinan")).rows]
    assert told.count("超期") == 1


def test_several_workers_fire_each_timer_once(wired: World) -> None:
    made = [wired.start() for _ in range(12)]
    wired.clock.move(days=40)
    with ThreadPoolExecutor(4) as pool:
        fired = sum(pool.map(lambda _: timers.run_due(wired.rt), range(4)))
    assert fired == len(made)
    assert {_status(wired, case_id) for case_id in made} == {("closed", "expired", 2)}


def test_clock_that_jumps_back_fires_nothing_twice(wired: World) -> None:
    case_id = wired.start()
    wired.clock.move(days=365)
    assert timers.run_due(wired.rt) == 1
    wired.clock.move(days=-364)
    assert timers.run_due(wired.rt) == 0
    assert _status(wired, case_id)[2] == 2


def test_message_reaches_those_whom_the_procedure_names_with_the_answers_in_it(wired: World) -> None:
    wired.submitted()
    run_all(wired.rt)
    for login in ("shinan", "shinan2"):
        (message,) = messages.page(wired.rt, wired.who(login)).rows
        assert message.text["zh"] == "青岛海风家政服务有限公司 等待审核"
    for login in ("shibei", "city", "boss"):
        assert messages.page(wired.rt, wired.who(login)).rows == ()
    assert messages.unread(wired.rt, wired.who("shinan")) == 1
    messages.mark_read(wired.rt, wired.who("shinan"))
    assert messages.unread(wired.rt, wired.who("shinan")) == 0


def test_approval_enters_the_register_once_and_tells_the_enterprise(wired: World) -> None:
    case_id = wired.submitted()
    wired.act("shinan", case_id, "approve", {"words": "好"})
    wired.act("city", case_id, "approve")
    run_all(wired.rt)
    with wired.rt.store.transaction() as conn:     # the mark is lost, the row comes again
        conn.exec_driver_sql("UPDATE outbox SET done_at = NULL, lease = ''")
    run_all(wired.rt)
    with wired.rt.store.reading() as conn:
        (row,) = registers.history(conn, "granted", USCC)
        assert row["fields"]["uscc"] == USCC
        assert registers.lookup(conn, "granted", USCC, wired.clock()) is not None
        assert registers.lookup(conn, "granted", USCC, "2020-01-01T00:00:00Z") is None
        assert table.waiting(conn) == 0
    for login in ("boss", "clerk"):
        assert [m.text["zh"] for m in messages.page(wired.rt, wired.who(login)).rows] == ["通过了"]


def test_mail_goes_to_who_wants_it_and_is_tried_again(wired: World) -> None:
    wired.rt.mailer = post = Post(failures=2)
    with wired.rt.store.transaction() as conn:
        people.change_person(conn, "u-shinan", channels=["inbox", "email"], email="a@b.cn")
    wired.submitted()
    run_all(wired.rt)
    assert post.sent == []
    with wired.rt.store.reading() as conn:
        (row,) = [r for r in table.failing(conn, 1) if r["kind"] == "mail"]
        assert "mail server away" in row["error"]
    for _ in range(3):
        wired.clock.move(minutes=2)
        run_all(wired.rt)
    (mail,) = post.sent
    assert mail[0] == "a@b.cn"
    assert "青岛海风" in mail[1]


def test_bad_effect_does_not_stop_the_others(wired: World) -> None:
    good = wired.rt.handlers["notify"]

    def broken(*_: Any) -> None:
        raise RuntimeError("broken")

    wired.rt.handlers["notify"] = broken
    case_id = wired.submitted()
    wired.act("shinan", case_id, "approve", {"words": "好"})
    wired.act("city", case_id, "approve")
    run_all(wired.rt)
    with wired.rt.store.reading() as conn:
        assert registers.lookup(conn, "granted", USCC, wired.clock()) is not None
        assert table.waiting(conn) == 2
    wired.rt.handlers["notify"] = good
    wired.clock.move(hours=2)
    run_all(wired.rt)
    with wired.rt.store.reading() as conn:
        assert table.waiting(conn) == 0


def test_two_workers_never_apply_one_effect_twice(wired: World) -> None:
    applied: list[str] = []
    wired.rt.handlers["notify"] = lambda rt, conn, effect: applied.append(effect["id"])
    for _ in range(1):
        wired.submitted()
    for login in ("boss", "clerk"):
        for _ in range(4):
            case_id = wired.start(login)
            act(wired.rt, wired.who(login), case_id, ActRequest(kind="act", action="withdraw"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: outbox.deliver(wired.rt), range(8)))
    assert len(applied) == len(set(applied)) == 1


def test_list_by_list_each_standing_entry_gets_its_case_on_the_day_named(wired: World) -> None:
    form = {"id": "check-form", "title": text("评估"), "pages": [{"id": "p", "title": text("评估"), "fields": [
        {"id": "name", "type": "text", "label": text("企业")},
        {"id": "region", "type": "region", "label": text("地区")}]}]}
    quarterly = {
        "id": "list-check", "title": text("动态评估"), "starters": [{"role": "district_hr"}],
        "registers": {"granted": {"key": "uscc", "fields": {"uscc": "string", "name": "string", "district": "string"}}},
        "forms": {"check": "check-form"}, "variables": {"place": {"type": "string"}}, "scope": "place",
        "subject": "check.name", "initial": "open", "recurring": [{
            "id": "q", "every": "month", "on_day": 5, "for_each": "granted", "start": {
                "given": {"check": {"name": {"row": "name"}, "region": {"row": "district"}}},
                "variables": {"place": {"row": "district"}}}}],
        "states": {"open": {"label": text("评估"), "task": {"role": "district_hr", "scope": "place", "form": "check"},
                            "on": {"keep": {"target": "kept", "label": text("保留")}}},
                   "kept": {"type": "final", "outcome": "done", "label": text("保留")}}}
    wired.publish(quarterly, form)
    with wired.rt.store.transaction() as conn:
        for key, left in (("A1", None), ("A2", "2026-11-01T00:00:00Z")):
            registers.enter(conn, {"id": key, "register": "granted", "key": key, "entered_at": "2026-01-01T00:00:00Z",
                                   "left_at": left, "fields": {"uscc": key, "name": key, "district": "370202"}})
    wired.clock.now = "2026-12-04T01:00:00Z"
    assert recurring.run_recurring(wired.rt) == 1          # November's, which was due on the 5th
    wired.clock.now = "2026-12-05T01:00:00Z"
    assert recurring.run_recurring(wired.rt) == 1
    with wired.rt.store.reading() as conn:
        found = conn.exec_driver_sql("SELECT subject, scope FROM cases WHERE workflow = 'list-check'")
        assert list(map(tuple, found)) == [("A1", "370202"), ("A1", "370202")]


def test_rows_of_a_recurring_case_are_those_of_its_office_and_period(wired: World) -> None:
    form = {"id": "report", "title": text("季报"), "pages": [{"id": "rows", "title": text("明细"), "fields": [
        {"id": "region", "type": "region", "level": "county", "label": text("区")},
        {"id": "visits", "type": "group", "label": text("走访"), "max": 9, "fields": [
            {"id": "who", "type": "text", "label": text("姓名"), "required": True}]}]}]}
    quarterly = {
        "id": "visit-report", "title": text("季报"), "starters": [{"role": "district_hr"}],
        "forms": {"report": "report"},
        "registers": {"visits": {"key": "n", "fields": {"n": "string", "who": "string", "place": "string",
                                                        "quarter": "date"}}},
        "scope": "report.region", "initial": "open", "recurring": [{
            "id": "q", "every": "quarter", "for_each": "district_hr", "start": {"given": {"report": {
                "region": {"expr": "scope"},
                "visits": {"rows": "visits", "where": {"place": {"expr": "scope"}, "quarter": {"expr": "period"}}}}}}}],
        "states": {"open": {"label": text("填报"), "task": {"role": "district_hr", "scope": "report.region",
                                                          "form": "report"},
                            "on": {"send": {"target": "sent", "label": text("报送")}}},
                   "sent": {"type": "final", "outcome": "done", "label": text("已报")}}}
    wired.publish(quarterly, form)
    with wired.rt.store.transaction() as conn:
        for n, place, quarter in (("1", "370202", "2026-10-01"), ("2", "370203", "2026-10-01"),
                                  ("3", "370202", "2026-07-01")):
            registers.enter(conn, {"id": f"v{n}", "register": "visits", "key": n, "entered_at": "2026-01-01T00:00:00Z",
                                   "fields": {"n": n, "who": f"走访{n}", "place": place, "quarter": quarter}})
    wired.clock.now = "2026-12-04T01:00:00Z"
    assert recurring.run_recurring(wired.rt) == 2
    with wired.rt.store.reading() as conn:
        ids = [row[0] for row in conn.exec_driver_sql("SELECT id FROM cases WHERE workflow = 'visit-report'")]
        answers = [cases.get(conn, one)["snapshot"]["answers"]["report"] for one in ids]
    assert {one["region"]: one["visits"] for one in answers} == {
        "370202": [{"who": "走访1"}], "370203": [{"who": "走访2"}]}


@pytest.mark.parametrize(("valid", "opened"), [
    ({"from": "2025-01-01", "until": "2026-11-22"}, 0), ({"from": "2025-01-01", "until": "2026-11-23"}, 2),
    ({"from": "2026-11-24", "until": None}, 0), ({"until": "2026-11-22", "tested_on": "period"}, 2)])
def test_nothing_opens_by_itself_outside_the_window_of_its_policy(
        wired: World, caplog: pytest.LogCaptureFixture, valid: dict[str, str | None], opened: int) -> None:
    wired.publish({
        "id": "ended-list", "title": text("月报"), "starters": [{"role": "district_hr"}], "source": {"valid": valid},
        "variables": {"period": {"type": "date"}, "region": {"type": "string"}}, "scope": "region",
        "recurring": [{"id": "list", "every": "month", "for_each": "district_hr"}], "initial": "open",
        "states": {"open": {"label": text("填报"), "task": {"role": "district_hr", "scope": "region"},
                            "on": {"send": {"target": "sent", "label": text("报送")}}},
                   "sent": {"type": "final", "outcome": "done", "label": text("已报")}}})
    assert recurring.run_recurring(wired.rt) == opened
    assert not caplog.records


def test_recurring_procedure_opens_each_period_once_and_catches_up(wired: World) -> None:
    monthly = {
        "id": "monthly-list", "title": text("月报"), "starters": [{"role": "district_hr"}],
        "variables": {"period": {"type": "string"}, "region": {"type": "string"}}, "scope": "region",
        "recurring": [{"id": "list", "every": "month", "for_each": "district_hr"}], "initial": "open",
        "states": {"open": {"label": text("填报"), "task": {"role": "district_hr", "scope": "region"},
                            "on": {"send": {"target": "sent", "label": text("报送")}}},
                   "sent": {"type": "final", "outcome": "done", "label": text("已报")}}}
    wired.publish(monthly)
    assert recurring.run_recurring(wired.rt) == 2
    assert recurring.run_recurring(wired.rt) == 0
    wired.clock.move(days=60)
    assert recurring.run_recurring(wired.rt) == 4
    assert recurring.run_recurring(wired.rt) == 0
    with wired.rt.store.reading() as conn:
        found = conn.exec_driver_sql("SELECT scope, count(*) FROM cases WHERE workflow = 'monthly-list' GROUP BY scope")
        assert sorted(map(tuple, found)) == [("370202", 3), ("370203", 3)]


@pytest.mark.parametrize(("every", "days"), [
    ("week", ["2026-11-16", "2026-11-23"]), ("half_month", ["2026-11-16"]), ("month", ["2026-11-01"]),
    ("quarter", ["2026-10-01"]), ("half_year", ["2026-07-01"]), ("year", ["2026-01-01"])])
def test_periods_begin_where_the_calendar_says(every: str, days: list[str]) -> None:
    from datetime import date

    assert list(recurring.starts(every, date(2026, 11, 20), date(2026, 11, 24))) == days


def test_a_calendar_that_comes_in_moves_the_limits_that_were_counted_without_it(world: World) -> None:
    world.publish()
    world.clock.now = "2026-12-30T01:00:00Z"        # a Wednesday; 2027 has no calendar yet
    case_id = world.submitted()
    view = case_views.view(world.rt, world.who("shinan"), case_id)
    assert (view.tasks[0].due, view.tasks[0].provisional) == ("2027-01-04T15:59:59Z", True)
    assert [step.provisional for step in view.steps if step.status == "now"] == [True]
    run_once(world.rt)
    days = {"holidays": ["2027-01-01", "2027-01-04"], "workdays": ["2027-01-03"]}
    with world.rt.store.transaction() as conn:
        registers.put_calendar(conn, 2027, days, world.clock())
    assert timers.recount(world.rt) == 1
    view = case_views.view(world.rt, world.who("shinan"), case_id)
    assert (view.tasks[0].due, view.tasks[0].provisional) == ("2027-01-05T15:59:59Z", False)
    row = inbox.page(world.rt, world.who("shinan")).rows[0]
    assert (row.due, row.provisional) == ("2027-01-05T15:59:59Z", False)
    with world.rt.store.reading() as conn:
        held = cases.get(conn, case_id)["snapshot"]
        assert [t["at"] for t in held["timers"]] == ["2027-01-05T15:59:59Z"], "the alarm moves with the limit"
        assert cases.verify(conn, case_id) is None
    assert timers.recount(world.rt) == 0


def _claim(world: World, login: str, case_id: str) -> bool:
    with world.rt.store.reading() as conn:
        task = todo.of_case(conn, case_id)[0]["task"]
    return world.act(login, case_id, "", kind="claim", task=task).ok


def test_a_task_held_by_a_deputy_goes_back_to_the_pool_when_the_deputyship_ends_by_date(wired: World) -> None:
    account.appoint(wired.rt, wired.who("shinan"), "shibei", "2026-11-23", "2026-11-24")
    case_id = wired.submitted()
    assert case_views.view(wired.rt, wired.who("shibei"), case_id).tasks[0].instead_of == wired.who("shinan").name
    assert case_views.view(wired.rt, wired.who("shinan"), case_id).tasks[0].instead_of is None
    assert _claim(wired, "shibei", case_id)
    run_all(wired.rt)
    for login in ("shinan", "shibei"):
        found = inbox.page(wired.rt, wired.who(login), "mine")
        (row,) = found.rows
        assert (row.case_id, row.claimed_by, row.claimed_for) == (case_id, "shibei先生", "shinan先生")
        assert {box.name: box.count for box in found.boxes}["mine"] == "1"
    assert inbox.page(wired.rt, wired.who("shinan2"), "mine").rows == ()
    (task,) = case_views.view(wired.rt, wired.who("shinan2"), case_id).tasks
    assert (task.claimed_by, task.claimed_for) == ("shibei先生", "shinan先生")
    assert not _claim(wired, "shinan2", case_id)        # the deputy still may, and has it
    wired.clock.move(days=2)
    run_all(wired.rt)
    assert inbox.page(wired.rt, wired.who("shinan"), "mine").rows == ()
    assert _claim(wired, "shinan", case_id)
    (row,) = inbox.page(wired.rt, wired.who("shinan"), "mine").rows
    assert (row.claimed_by, row.claimed_for) == ("shinan先生", None)
    view = case_views.view(wired.rt, wired.who("shinan"), case_id)
    assert [line.who for line in view.record if "不再有权" in line.what["zh"]] == [None]
    with wired.rt.store.reading() as conn:
        assert cases.verify(conn, case_id) is None


def test_who_applied_is_told_of_a_return_with_its_reason_and_of_a_refusal(wired: World) -> None:
    case_id = wired.submitted()
    assert wired.act("shinan", case_id, "return", reason="人数不对", to=("draft",)).ok
    assert wired.act("boss", case_id, "submit", ANSWERS).ok
    assert wired.act("shinan", case_id, "refuse", reason="不足十人", clauses=("一",)).ok
    run_all(wired.rt)
    for login in ("boss", "clerk"):
        assert [m.text["zh"] for m in messages.page(wired.rt, wired.who(login)).rows] == [
            "稳岗补贴已办结：不予通过", "稳岗补贴已退回，请修改后重新提交。人数不对"]
    assert messages.page(wired.rt, wired.who("rival")).rows == ()


def test_what_deputies_held_before_the_upgrade_is_in_the_principals_box_after_it(wired: World) -> None:
    account.appoint(wired.rt, wired.who("shinan"), "shibei", "2026-11-23", "2026-11-24")
    case_id = wired.submitted()
    assert _claim(wired, "shibei", case_id)
    alembic = schema.config()
    with wired.rt.store.transaction() as conn:
        alembic.attributes |= {"connection": conn, "metadata": schema.metadata}
        schema.command.downgrade(alembic, "0016")
    schema.migrate(wired.rt.store)
    (row,) = inbox.page(wired.rt, wired.who("shinan"), "mine").rows
    assert (row.case_id, row.claimed_for) == (case_id, "shinan先生")


def test_a_task_held_by_somebody_who_left_goes_back_and_one_that_is_well_held_stays(wired: World) -> None:
    case_id = wired.submitted()
    assert _claim(wired, "shinan", case_id)
    run_all(wired.rt)
    assert case_views.view(wired.rt, wired.who("shinan"), case_id).tasks[0].claimed_by
    staff.set_active(wired.rt, wired.who("admin"), "u-shinan", active=False)
    run_all(wired.rt)
    assert _claim(wired, "shinan2", case_id)
