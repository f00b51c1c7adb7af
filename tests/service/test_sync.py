"""What a phone kept is taken in by the path of everything else, under its keys, with both clocks."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.service.world import ANSWERS, WORKFLOW, World

from tongban.config import Config
from tongban.service import cases as case_views
from tongban.service import files, sync
from tongban.service.act import ActRequest
from tongban.service.errors import NotFound
from tongban.store import cases, definitions

SENT = "2026-11-23T01:00:00Z"


def new(world: World, key: str = "r-0000001", application: str = "a-0000001", **more: Any) -> sync.Captured:
    with world.rt.store.reading() as conn:
        version = definitions.procedure(conn, "grant")["current"]
    given = {"version": version, "procedure": "grant", "application": application, **more}
    raw = {**ANSWERS, **given.pop("answers", {})}
    return sync.Captured(key, ActRequest(action="submit", raw=raw), "2026-11-22T08:00:00Z", **given)


def take(world: World, *records: sync.Captured, login: str = "boss", sent_at: str = SENT) -> list[sync.Settled]:
    return sync.take(world.rt, world.who(login), sent_at, records)


def entry(world: World, case_id: str, key: str) -> dict[str, Any]:
    with world.rt.store.reading() as conn:
        assert cases.verify(conn, case_id) is None
        (line,) = [one for one in cases.record(conn, case_id) if one["key"] == key]
    return dict(line["body"]["by"])


def count(world: World) -> int:
    with world.rt.store.reading() as conn:
        return int(conn.exec_driver_sql("SELECT count(*) FROM cases").scalar_one())


def test_new_application_is_opened_and_submitted_once_however_often_it_is_sent(world: World) -> None:
    record = new(world)
    (first,), (again,) = take(world, record), take(world, record, sent_at="2026-11-23T05:00:00Z")
    assert (first.status, again.status) == ("received", "received")
    assert again.received.repeated
    assert again.received.case_id == first.received.case_id
    assert count(world) == 1


def test_refused_application_keeps_its_case_and_is_corrected_under_a_new_key(world: World) -> None:
    (wrong,) = take(world, new(world, answers={"staff": "9"}))
    assert (wrong.status, wrong.problems[0].clause) == ("problems", "一")
    (right,) = take(world, new(world, key="r-0000002"))
    assert right.status == "received"
    assert count(world) == 1


def test_form_of_an_older_version_is_a_conflict_and_opens_nothing(world: World) -> None:
    (settled,) = take(world, new(world, version="0" * 64))
    assert (settled.status, settled.reason) == ("conflict", "version")
    assert count(world) == 0


def test_application_that_had_begun_is_finished_under_its_own_version(world: World) -> None:
    record = new(world)
    take(world, new(world, answers={"staff": "9"}))
    world.publish({**WORKFLOW, "summary": {"zh": "新", "en": "n"}})
    assert take(world, record)[0].status == "received"


def test_work_on_a_case_that_moved_on_is_a_conflict_that_shows_it(world: World) -> None:
    case_id = world.start()
    seen = sync.Captured("r-0000001", ActRequest(action="submit", raw=ANSWERS), SENT, case_id=case_id, expected=1)
    assert world.act("boss", case_id, "submit", ANSWERS).ok
    (settled,) = take(world, seen)
    assert (settled.status, settled.reason, settled.view.id) == ("conflict", "moved", case_id)


def test_work_that_a_colleague_did_meanwhile_is_a_conflict_whether_one_still_sees_the_case_or_not(
        world: World) -> None:
    case_id = world.submitted()
    seen = case_views.view(world.rt, world.who("shinan"), case_id)
    mine = sync.Captured("r-0000001", ActRequest(action="approve", task=seen.tasks[0].id, raw={"words": "属实"}), SENT,
                         case_id=case_id, expected=seen.seq)
    assert world.act("shinan2", case_id, "approve", {"words": "好"}).ok
    (settled,) = take(world, mine, login="shinan")
    assert (settled.status, settled.reason) == ("conflict", "moved")
    assert settled.view.seq > seen.seq
    (settled,) = take(world, mine, login="shibei")
    assert (settled.status, settled.reason, settled.view) == ("conflict", "gone", None)


def test_one_bad_record_does_not_hold_up_the_others(world: World) -> None:
    foreign = sync.Captured("r-0000009", ActRequest(action="submit"), SENT, case_id="nothing", expected=1)
    assert [one.status for one in take(world, foreign, new(world))] == ["conflict", "received"]


@pytest.mark.parametrize(("sent_at", "off"), [(SENT, None), ("2026-11-24T01:00:00Z", 86_400),
                                              ("2026-11-22T01:00:00+00:00", -86_400)])
def test_clock_of_the_phone_is_compared_and_the_captured_time_set_right(
        world: World, sent_at: str, off: int | None) -> None:
    (settled,) = take(world, new(world), sent_at=sent_at)
    origin = entry(world, settled.received.case_id, "r-0000001")["origin"]
    assert origin["captured_at"] == "2026-11-22T08:00:00Z"
    assert origin.get("clock_off") == off
    right = {None: None, 86_400: "2026-11-21T08:00:00Z", -86_400: "2026-11-23T08:00:00Z"}
    assert origin.get("happened_at") == right[off]


def _drawn() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 24), "white").save(out, "PNG")
    return out.getvalue()


def test_only_staff_act_on_behalf_and_only_with_consent(world: World, tmp_path: Path) -> None:
    world.rt.config = Config(demo=True, data=tmp_path)
    behalf = {"name": "李桂英", "relation": "不会用手机", "consent": "a" * 64}
    assert take(world, new(world, on_behalf=behalf))[0].problems[0].code == "phone.behalf.staff_only"
    case_id = world.submitted()
    work = {"case_id": case_id, "expected": None}
    unseen = sync.Captured("r-0000002", ActRequest(action="approve"), SENT, on_behalf=behalf, **work)
    assert take(world, unseen, login="shinan")[0].problems[0].code == "phone.behalf.consent_missing"
    behalf["consent"] = files.whole(world.rt, world.who("shinan"), "签名.png", _drawn()).id
    bare = sync.Captured("r-0000002", ActRequest(action="approve"), SENT, on_behalf={"name": "李桂英"}, **work)
    assert take(world, bare, login="shinan")[0].problems[0].code == "phone.behalf.consent_missing"
    whole = sync.Captured("r-0000003", ActRequest(action="approve"), SENT, on_behalf=behalf, **work)
    assert take(world, whole, login="shinan")[0].status == "received"
    assert entry(world, case_id, "r-0000003")["origin"]["on_behalf"] == behalf
    told = [line for line in case_views.view(world.rt, world.who("shinan"), case_id).record if line.on_behalf]
    assert [(line.on_behalf, line.captured_at, line.on_behalf_signed) for line in told] == [
        ("李桂英", SENT, behalf["consent"])]
    assert files.read(world.rt, world.who("boss"), behalf["consent"], case_id).content
    with pytest.raises(NotFound):
        files.read(world.rt, world.who("rival"), behalf["consent"], case_id)


def test_menu_offers_open_work_and_what_may_be_started(world: World) -> None:
    case_id = world.submitted()
    assert [row.slug for row in sync.menu(world.rt, world.who("boss")).procedures] == ["grant"]
    assert [row.case_id for row, _view in sync.menu(world.rt, world.who("shinan")).tasks] == [case_id]


def test_blank_form_is_that_of_the_first_task_with_its_ends(world: World) -> None:
    blank = sync.blank(world.rt, world.who("boss"), "grant")
    assert (blank.key, [name for name, _label, _tone in blank.actions]) == ("application", ["submit"])


@pytest.mark.parametrize("written", ["", "yesterday", "2026-11-22T08:00:00", "9999-12-31T23:59Z", "0001-01-01T00:00Z"])
def test_what_is_no_instant_of_ours_is_not_taken_for_one(written: str) -> None:
    assert sync.instant(written) is None
