"""One submission, once through: right, wrong, twice, at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event
from tests.service.world import ANSWERS, OTHER_USCC, World

from tongban.engine.fold import fold
from tongban.service.act import ActRequest, act
from tongban.service.errors import Conflict, Denied, NotFound
from tongban.store import cases, outbox, prepared, todo


def test_case_goes_from_start_to_approval_and_its_chain_holds(world: World) -> None:
    case_id = world.submitted()
    assert world.act("shinan", case_id, "approve", {"words": "同意"}).ok
    done = world.act("city", case_id, "approve")
    assert (done.status, done.outcome) == ("closed", "approved")
    with world.rt.store.reading() as conn:
        assert cases.verify(conn, case_id) is None
        row = cases.get(conn, case_id)
        events = [e for line in cases.record(conn, case_id) for e in line["body"]["events"]]
        assert fold(events) == row["snapshot"]
        assert todo.of_case(conn, case_id) == []
        assert {r["kind"] for r in outbox.of_case(conn, case_id)} == {"notify", "register"}


def test_changed_record_is_found(world: World) -> None:
    case_id = world.submitted()
    with world.rt.store.transaction() as conn:
        conn.exec_driver_sql("UPDATE journal SET body = replace(body, '12', '13') WHERE seq > 10")
    with world.rt.store.reading() as conn:
        assert cases.verify(conn, case_id) is not None


def test_claiming_what_one_has_claimed_already_is_well_and_writes_nothing(world: World) -> None:
    case_id = world.submitted()
    with world.rt.store.reading() as conn:
        task = todo.of_case(conn, case_id)[0]["task"]
    first = world.act("shinan", case_id, "", kind="claim", task=task)
    again = world.act("shinan", case_id, "", kind="claim", task=task, key="another-key")
    assert (first.ok, again.ok, again.seq) == (True, True, first.seq)
    with world.rt.store.reading() as conn:
        assert cases.verify(conn, case_id) is None


def test_problems_come_all_at_once_and_change_nothing(world: World) -> None:
    case_id = world.start()
    received = world.act("boss", case_id, "submit", {**ANSWERS, "staff": "9", "uscc": "123"})
    assert {p.at for p in received.problems} >= {"/uscc"}
    with world.rt.store.reading() as conn:
        assert len(cases.record(conn, case_id)) == 1


def test_failing_rule_names_its_clause(world: World) -> None:
    case_id = world.start()
    (problem,) = world.act("boss", case_id, "submit", {**ANSWERS, "staff": "9"}).problems
    assert (problem.clause, problem.say["zh"]) == ("一", "少于 10 人")


def test_same_key_gives_the_same_answer_and_acts_once(world: World) -> None:
    case_id = world.start()
    first = world.act("boss", case_id, "submit", ANSWERS, key="k1", expected=None)
    again = world.act("boss", case_id, "submit", ANSWERS, key="k1", expected=first.seq - 1)
    assert again.repeated
    assert (again.seq, again.at, again.number) == (first.seq, first.at, first.number)
    with world.rt.store.reading() as conn:
        assert len(cases.record(conn, case_id)) == 2


def test_key_used_for_something_else_is_refused(world: World) -> None:
    case_id = world.start()
    world.act("boss", case_id, "submit", ANSWERS, key="k1")
    (problem,) = world.act("boss", case_id, "withdraw", key="k1").problems
    assert problem.code == "service.key_reused"


def test_start_with_the_same_key_opens_one_case(world: World) -> None:
    assert world.start(key="s1") == world.start(key="s1")
    assert world.start(key="s2") != world.start(key="s1")


def test_stale_version_conflicts(world: World) -> None:
    case_id = world.submitted()
    with pytest.raises(Conflict):
        world.act("shinan", case_id, "approve", {"words": "同意"}, expected=1)


def _race(world: World, case_id: str, seq: int, logins: list[str], keys: list[str | None]) -> list[str]:
    def one(pair: tuple[str, str | None]) -> str:
        try:
            received = world.act(pair[0], case_id, "approve", {"words": "同意"}, expected=seq, key=pair[1])
        except Conflict:
            return "conflict"
        return "repeated" if received.repeated else "done" if received.ok else "problem"

    with ThreadPoolExecutor(len(logins)) as pool:
        return sorted(pool.map(one, zip(logins, keys, strict=True)))


def test_of_actions_at_the_same_time_exactly_one_wins(world: World) -> None:
    for case_id in (world.submitted(), world.submitted("rival", uscc=OTHER_USCC)):
        with world.rt.store.reading() as conn:
            seq = cases.get(conn, case_id)["seq"]
        results = _race(world, case_id, seq, ["shinan", "shinan2"] * 3, [None] * 6)
        assert results == ["conflict"] * 5 + ["done"]
        with world.rt.store.reading() as conn:
            assert cases.verify(conn, case_id) is None
            assert len(cases.record(conn, case_id)) == 3


def test_phone_that_sends_the_same_thing_five_times_at_once_acts_once(world: World) -> None:
    case_id = world.submitted()
    with world.rt.store.reading() as conn:
        seq = cases.get(conn, case_id)["seq"]
    results = _race(world, case_id, seq, ["shinan"] * 5, ["same"] * 5)
    assert results == ["done"] + ["repeated"] * 4


def test_approval_takes_six_statements_with_the_sign_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = world.submitted()
    other = world.submitted("rival", uscc=OTHER_USCC)
    world.act("shinan", other, "approve", {"words": "同意"})     # what the process remembers is warm
    seen: list[str] = []
    event.listen(world.rt.store.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    send = prepared._run
    monkeypatch.setattr(prepared, "_run", lambda conn, execute, sql, values: (
        seen.append(sql), send(conn, execute, sql, values)))
    received = world.act("shinan", case_id, "approve", {"words": "同意"}, key="k")
    assert received.ok
    counted = [s for s in seen if not s.startswith("BEGIN")]
    assert 4 <= len(counted) <= 6, counted


def test_foreign_case_is_not_there(world: World) -> None:
    case_id = world.submitted()
    for login in ("rival", "shibei", "nobody", "admin"):
        with pytest.raises(NotFound):
            world.act(login, case_id, "approve")
    with pytest.raises(NotFound):
        world.act("boss", "no-such-case", "approve")


def test_draft_of_an_applicant_is_nobody_elses(world: World) -> None:
    case_id = world.start()
    for login in ("shinan", "city", "auditor", "rival"):
        with pytest.raises(NotFound):
            world.act(login, case_id, "submit")


def test_reader_who_may_not_act_gets_a_reason(world: World) -> None:
    case_id = world.submitted()
    (problem,) = world.act("boss", case_id, "approve").problems
    assert problem.code == "engine.not_yours"


def test_event_of_the_clock_is_no_action(world: World) -> None:
    case_id = world.submitted()
    (problem,) = world.act("shinan", case_id, "late").problems
    assert problem.code == "engine.no_such_action"


def test_system_commands_are_not_for_people(world: World) -> None:
    case_id = world.submitted()
    for kind in ("event", "timer"):
        with pytest.raises(Denied):
            world.act("shinan", case_id, "late", kind=kind)


def test_second_open_case_with_the_same_key_is_refused_in_the_authors_words(world: World) -> None:
    world.submitted()
    second = world.start("clerk")
    (problem,) = world.act("clerk", second, "submit", ANSWERS).problems
    assert problem.say["zh"] == "已有在办申请"


def test_key_is_free_again_when_its_case_is_closed(world: World) -> None:
    first = world.submitted()
    world.act("boss", first, "withdraw")
    assert world.submitted("clerk")


def test_colleague_of_the_same_enterprise_may_go_on_with_a_case(world: World) -> None:
    case_id = world.start("boss")
    assert world.act("clerk", case_id, "submit", ANSWERS).ok


def test_numbers_of_cases_have_no_gap(world: World) -> None:
    for _ in range(3):
        world.start()
    with world.rt.store.reading() as conn:
        numbers = [r[0] for r in conn.exec_driver_sql("SELECT number FROM cases ORDER BY n")]
    assert numbers == ["2026-370200-000001", "2026-370200-000002", "2026-370200-000003"]


def test_where_a_request_came_from_is_kept_in_the_record_and_may_differ_when_it_is_sent_again(world: World) -> None:
    case_id, clerk = world.start(), world.who("boss")
    request = ActRequest(action="submit", raw=ANSWERS)
    for sent_at in ("2026-11-23T01:00:00Z", "2026-11-23T02:00:00Z"):
        assert act(world.rt, clerk, case_id, request, None, "k1", {"by": "phone", "sent_at": sent_at}).ok
    with world.rt.store.reading() as conn:
        (line,) = [one for one in cases.record(conn, case_id) if one["key"] == "k1"]
        assert line["body"]["by"]["origin"] == {"by": "phone", "sent_at": "2026-11-23T01:00:00Z"}
        assert cases.verify(conn, case_id) is None
