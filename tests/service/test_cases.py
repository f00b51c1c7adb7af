"""What people see of a case, of their inbox and of the catalogue."""

from __future__ import annotations

import pytest
from tests.service.world import ANSWERS, OTHER_USCC, USCC, WORKFLOW, World

from tongban.service import cases, catalogue, drafts, inbox
from tongban.service.act import ActRequest
from tongban.service.errors import NotFound


def test_applicant_sees_the_form_to_fill_in_and_the_button(world: World) -> None:
    case_id = world.start()
    view = cases.view(world.rt, world.who("boss"), case_id)
    (task,) = view.tasks
    assert [a.name for a in task.actions] == ["submit"]
    assert view.form("application").modes == {"uscc": "must", "name": "must", "region": "must", "staff": "must",
                                               "account": "edit"}
    assert [(s.state, s.status) for s in view.steps] == [("draft", "now"), ("check", "next"), ("final_check", "next")]
    assert [a.name for a in view.actions] == ["withdraw"]


def test_reviewer_sees_answers_opinions_and_what_may_be_done(world: World) -> None:
    case_id = world.submitted()
    view = cases.view(world.rt, world.who("shinan"), case_id)
    (task,) = view.tasks
    assert [a.name for a in task.actions][:4] == ["approve", "return", "refuse", "claim"]
    back = next(a for a in task.actions if a.name == "return")
    assert (back.reason, back.marks, [r.value for r in back.returns]) == (True, True, ["draft"])
    assert view.form("application").values["staff"] == 12
    assert view.form("opinion").task == task.id
    assert (view.subject, view.scope, view.applicant) == (ANSWERS["name"], "370202", USCC)
    assert task.due.startswith("2026-11-26")


def test_fields_for_some_readers_are_nowhere_in_the_view_of_others(world: World) -> None:
    case_id = world.submitted(account="SECRET-6222")
    for login, seen in (("shinan", False), ("boss", True), ("city", True)):
        view = cases.view(world.rt, world.who(login), case_id)
        assert ("SECRET-6222" in repr(view)) is seen
        env = next(f.env for f in view.forms)
        assert ("SECRET-6222" in repr(env)) is seen


def test_return_opens_marked_fields_only_and_shows_the_round_before(world: World) -> None:
    case_id = world.submitted()
    assert world.act("shinan", case_id, "return", to=("draft",), reason="人数不对",
                     marks={"application.staff": "按社保人数填写"}).ok
    form = cases.view(world.rt, world.who("boss"), case_id).form("application")
    assert form.marks == {"staff": "按社保人数填写"}
    assert {k for k, mode in form.modes.items() if mode in ("edit", "must")} == {"staff"}
    assert world.act("boss", case_id, "submit", {**ANSWERS, "staff": "15", "name": "换了名字"}).ok
    view = cases.view(world.rt, world.who("shinan"), case_id)
    assert (view.round, view.subject) == (2, ANSWERS["name"])
    assert view.form("application").before == {"staff": 12}
    (change,) = cases.compare(world.rt, world.who("shinan"), case_id, "application")
    assert (change.field, change.before, change.now) == ("staff", 12, 15)
    assert any(line.marks and line.reason == "人数不对" for line in view.record)


def test_closed_case_tells_who_decided_what(world: World) -> None:
    case_id = world.submitted()
    world.act("shinan", case_id, "approve", {"words": "情况属实"})
    world.act("city", case_id, "approve")
    view = cases.view(world.rt, world.who("boss"), case_id)
    assert [(o.label["zh"], o.action_label["zh"], o.who) for o in view.opinions] == [
        ("审核", "同意", "shinan先生"), ("复核", "同意", "city先生")]
    assert view.opinions[0].values == {"words": "情况属实"}
    assert [s.status for s in view.steps] == ["done"] * 4
    assert view.tasks == ()
    assert view.actions == ()


@pytest.mark.parametrize(("login", "sees"), [
    ("boss", True), ("clerk", True), ("shinan", True), ("shinan2", True), ("city", True), ("auditor", True),
    ("rival", False), ("shibei", False), ("admin", False), ("nobody", False)])
def test_who_sees_a_submitted_case(world: World, login: str, sees: bool) -> None:
    case_id = world.submitted()
    if sees:
        assert cases.view(world.rt, world.who(login), case_id).id == case_id
    else:
        with pytest.raises(NotFound):
            cases.view(world.rt, world.who(login), case_id)


def test_search_finds_two_characters_and_only_what_may_be_seen(world: World) -> None:
    case_id = world.submitted()
    for q in ("海风", "青岛海风", "2026-370200", USCC[:10]):
        assert [r.case_id for r in inbox.page(world.rt, world.who("shinan"), "open", {"q": q}).rows] == [case_id], q
    for login in ("shibei", "rival", "nobody", "admin"):
        assert inbox.page(world.rt, world.who(login), "open", {"q": "海风"}).rows == ()
    assert inbox.page(world.rt, world.who("shinan"), "open", {"q": "海云"}).rows == ()


def test_draft_of_an_applicant_is_not_found_by_offices(world: World) -> None:
    world.start()
    assert inbox.page(world.rt, world.who("auditor"), "open", {"q": "2026"}).rows == ()
    assert len(inbox.page(world.rt, world.who("boss"), "open", {"q": "2026"}).rows) == 1


def test_boxes_hold_what_waits_what_is_claimed_and_what_was_done(world: World) -> None:
    case_id = world.submitted()
    shinan, other = world.who("shinan"), world.who("shinan2")
    assert [r.case_id for r in inbox.page(world.rt, shinan, "open").rows] == [case_id]
    task = inbox.page(world.rt, shinan, "open").rows[0].task
    assert world.act("shinan", case_id, "", kind="claim", task=task).ok
    assert inbox.page(world.rt, other, "open").rows == ()
    (row,) = inbox.page(world.rt, shinan, "mine").rows
    assert row.claimed_by == "shinan先生"
    world.act("shinan", case_id, "approve", {"words": "好"}, task=task)
    assert inbox.page(world.rt, shinan, "mine").rows == ()
    assert [r.case_id for r in inbox.page(world.rt, shinan, "done").rows] == [case_id]
    assert [r.case_id for r in inbox.page(world.rt, world.who("city"), "open").rows] == [case_id]
    assert [r.case_id for r in inbox.page(world.rt, world.who("boss"), "started").rows] == [case_id]


def test_overdue_work_is_in_its_own_box(world: World) -> None:
    world.submitted()
    assert inbox.page(world.rt, world.who("shinan"), "late").rows == ()
    world.clock.move(days=10)
    (row,) = inbox.page(world.rt, world.who("shinan"), "late").rows
    assert row.overdue
    counts = {b.name: b.count for b in inbox.page(world.rt, world.who("shinan")).boxes}
    assert counts == {"open": "1", "mine": "0", "late": "1", "done": ""}


def test_inbox_pages_by_keyset_without_losing_or_repeating(world: World) -> None:
    made = {world.start() for _ in range(7)}
    seen, after = [], None
    while True:
        view = inbox.page(world.rt, world.who("boss"), "open", after=after, limit=3)
        seen += [row.case_id for row in view.rows]
        after = view.after
        if after is None:
            break
    assert sorted(seen) == sorted(made)
    started, after = [], None
    while True:
        view = inbox.page(world.rt, world.who("boss"), "started", after=after, limit=3)
        started += [row.case_id for row in view.rows]
        after = view.after
        if after is None:
            break
    assert sorted(started) == sorted(made)


def test_cursor_that_was_tampered_with_starts_over(world: World) -> None:
    world.start()
    for token in ("%%%", "W10", "e30", "x" * 500, "WzFd"):
        assert len(inbox.page(world.rt, world.who("boss"), "open", after=token).rows) <= 1


def test_many_cases_at_once_give_a_result_for_each(world: World) -> None:
    first, second = world.submitted(), world.submitted("rival", uscc=OTHER_USCC)
    rows = inbox.page(world.rt, world.who("shinan"), "open").rows
    picked = [(r.case_id, r.task, r.seq) for r in rows]
    picked += [("nothing", "t1", 1), (first, "t999", None)]
    picked[1] = (picked[1][0], picked[1][1], 1)
    results = inbox.act_many(world.rt, world.who("shinan"), picked, ActRequest(action="refuse", reason="材料不符",
                             clauses=("一",)), "many")
    assert [r.status for r in results] == ["done", "conflict", "missing", "problem"]
    assert {first, second} == {r.case_id for r in results[:2]}
    again = inbox.act_many(world.rt, world.who("shinan"), picked[:1], ActRequest(action="refuse", reason="材料不符",
                           clauses=("一",)), "many")
    assert again[0].received.repeated


def test_draft_is_kept_for_its_writer_and_dropped_with_the_submission(world: World) -> None:
    case_id = world.start()
    boss = world.who("boss")
    task = cases.view(world.rt, boss, case_id).tasks[0].id
    drafts.save(world.rt, boss, case_id, task, {"name": "写到一半", "staff": "不是数字"})
    assert cases.view(world.rt, boss, case_id).form("application").raw == {"name": "写到一半", "staff": "不是数字"}
    assert drafts.load(world.rt, world.who("clerk"), case_id, task) == {}
    assert world.act("boss", case_id, "submit", {**ANSWERS}, task=task, draft=True).ok
    with pytest.raises(NotFound):
        drafts.load(world.rt, boss, case_id, task)


def test_answers_saved_as_a_draft_are_submitted_with_it(world: World) -> None:
    case_id = world.start()
    boss = world.who("boss")
    task = cases.view(world.rt, boss, case_id).tasks[0].id
    drafts.save(world.rt, boss, case_id, task, ANSWERS)
    assert world.act("boss", case_id, "submit", {"staff": "20"}, task=task, draft=True).ok
    assert cases.view(world.rt, boss, case_id).form("application").values["staff"] == 20


def test_draft_for_a_foreign_case_is_not_taken(world: World) -> None:
    case_id = world.start()
    with pytest.raises(NotFound):
        drafts.save(world.rt, world.who("rival"), case_id, "t1", {})


def test_catalogue_is_searched_and_says_who_may_start(world: World) -> None:
    (row,) = catalogue.page(world.rt, world.who("boss"), q="补贴").rows
    assert (row.slug, row.status, row.can_start) == ("grant", "open", True)
    assert catalogue.page(world.rt, world.who("boss"), q="贷款").rows == ()
    assert catalogue.page(world.rt, None).rows[0].can_start is False
    assert catalogue.page(world.rt, None, audience="school").rows == ()
    assert len(catalogue.page(world.rt, None, region="370202").rows) == 1
    assert catalogue.page(world.rt, None, region="440000").rows == ()


def test_catalogue_lists_the_readers_own_region_first(world: World) -> None:
    world.publish({**WORKFLOW, "id": "a-far-one", "region": "440000"})
    assert [row.slug for row in catalogue.page(world.rt, None).rows] == ["a-far-one", "grant"]
    assert [row.slug for row in catalogue.page(world.rt, world.who("boss")).rows] == ["grant", "a-far-one"]


def test_procedure_is_told_whole_with_my_open_cases(world: World) -> None:
    case_id = world.start()
    view = catalogue.procedure(world.rt, world.who("boss"), "grant")
    assert [s.state for s in view.steps] == ["draft", "check", "final_check"]
    assert view.steps[1].waits_for["zh"] == "区（市）人社局"
    assert [r.case_id for r in view.running] == [case_id]
    with pytest.raises(NotFound):
        catalogue.procedure(world.rt, None, "nothing")
