"""What was submitted without a network arrives, whole and once, whatever happens on the way."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import Route
from tests.browser.phone.kit import STORED, Rig, fill, kept, opened, photo, prepared, queue, send_now, submit, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_form_opens_fills_and_keeps_its_draft_offline(rig: Rig) -> None:
    page = prepared(rig, rig.phone())
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")      # the worker's own cache has to do
    rig.cut()
    page.reload()
    page.wait_for_selector("form[data-ready]", state="attached")
    page.fill("[name=staff]", "三十")
    page.click("[data-next]")       # nobody else says what is wrong with it: the next page is not reached
    page.wait_for_selector("text=现场在岗人数（人）应填整数，例如 12 或 1,200")
    fill(page, "青岛海风家政服务有限公司", 4, (photo(1),))
    page.wait_for_selector('.q[data-field="noted"]:not([hidden])')      # the rule is evaluated on the phone
    page.fill("[name=noted]", "两人外出")
    typed = page.evaluate("Date.now()")
    until(lambda: any(row["made"] >= typed for row in page.evaluate(STORED, "drafts")))
    assert page.is_visible("[data-tell=saved]")
    assert not page.is_visible(".saved.is-failed")      # "keep this page open" would be untrue
    context = page.context
    page.close()
    again = opened(rig, context.new_page())
    assert again.input_value("[name=name]") == "青岛海风家政服务有限公司"
    assert again.input_value("[name=noted]") == "两人外出"
    again.wait_for_selector(".held-one")
    assert rig.submitted() == []


def test_what_is_typed_before_the_draft_is_back_goes_before_it(rig: Rig) -> None:
    page = opened(rig, rig.phone(service_workers="block").new_page())
    fill(page, "旧的名称", 57)
    typed = page.evaluate("Date.now()")
    until(lambda: any(row["made"] >= typed for row in page.evaluate(STORED, "drafts")))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)
    page.route("**/field-file.js", hold)        # until the fields' modules are here no draft is put back
    page.reload(wait_until="commit")
    page.wait_for_selector("[data-form][data-begun]")
    page.click("[name=name]")
    page.keyboard.insert_text("新的名称")
    until(lambda: held)
    assert page.locator("form[data-ready]").count() == 0
    held[0].continue_()
    page.wait_for_selector("form[data-ready]", state="attached")
    assert page.input_value("[name=name]") == "新的名称"
    assert page.input_value("[name=staff]") == "57"


def test_ten_with_twenty_photos_arrive_once_through_two_tabs_a_killed_server_and_lost_answers(rig: Rig) -> None:
    context = rig.phone()
    page = prepared(rig, context)
    rig.cut()
    for n in range(10):
        opened(rig, page)
        fill(page, f"企业{n}", 20 + n, (photo(2 * n), photo(2 * n + 1)))
        submit(page)
        kept(page)
    page.close()
    one, two = queue(rig, context.new_page()), queue(rig, context.new_page())
    assert one.locator("#waiting > li").count() == 10

    lost: list[str] = []
    killed: list[str] = []
    pieces = threading.Semaphore(7)

    def before(method: str, path: str) -> None:
        if method == "PATCH" and not pieces.acquire(blocking=False) and not killed:
            rig.kill()              # with a piece of a photo on its way to it
            killed.append(path)

    def lose(method: str, path: str) -> bool:
        if path == "/phone/sync" and len(lost) < 2:
            lost.append(path)
            return True
        return False

    rig.net.before, rig.net.lose = before, lose
    rig.mend()

    def arrived() -> bool:
        if len(killed) == 1:
            rig.start()
            killed.append("back")
        for tab in (one, two):
            tab.evaluate("dispatchEvent(new Event('online'))")
        return one.locator("#sent-list > li").count() == 10
    until(arrived, 90, 1)
    assert ("PATCH", killed[0], 0) in rig.net.log       # that piece did not arrive
    assert len(lost) == 2
    visits = rig.submitted()
    assert sorted(visit["name"] for visit in visits) == sorted(f"企业{n}" for n in range(10))
    photos = [one["id"] for visit in visits for one in visit["photos"]]
    assert (len(photos), len(set(photos))) == (20, 20)
    assert rig.rows("SELECT count(*) FROM cases WHERE workflow = 'visit'") == [(10,)]
    assert one.locator("#waiting > li").count() == 0
    assert rig.rows("SELECT count(*), count(DISTINCT blob) FROM files WHERE status = 'ready'") == [(20, 20)]


def test_answer_lost_after_the_commit_is_asked_for_again_and_enters_nothing_twice(rig: Rig) -> None:
    page = prepared(rig, rig.phone())
    rig.net.lose = lambda method, path: path == "/phone/sync"
    fill(page, "青岛海风", 12, (photo(1),))
    submit(page)
    kept(page)
    assert len(rig.submitted()) == 1
    queue(rig, page)
    assert "确认" in page.inner_text("#waiting .chip")
    assert page.locator('#waiting a[href*="record="]').count() == 0       # what may have arrived cannot be changed
    rig.net.lose = lambda method, path: False
    send_now(page)
    page.wait_for_selector("#sent-list > li")
    assert len(rig.submitted()) == 1
    assert rig.rows("SELECT count(*) FROM cases WHERE workflow = 'visit'") == [(1,)]


def test_clock_that_is_a_day_off_is_seen_and_holds_nothing_up(rig: Rig) -> None:
    context = rig.phone(service_workers="block")     # a worker has the machine's own clock here: it must not be quicker
    context.clock.install()
    page = context.new_page()
    with page.expect_event("requestfinished", lambda asked: asked.url.endswith("/later.js")):
        opened(rig, page)
    rig.cut()
    context.clock.set_system_time("2031-05-01T08:00:00Z")
    fill(page, "青岛海风", 12, (photo(1),))
    submit(page)
    kept(page)
    rig.mend()
    queue(rig, page)
    send_now(page)
    page.wait_for_selector("#sent-list > li")
    (origin,) = rig.origins()
    assert origin["captured_at"].startswith("2031-05-01")
    assert origin["clock_off"] > 86_400
    assert not origin["happened_at"].startswith("2031")
    (at,) = rig.rows("SELECT at FROM journal WHERE body LIKE '%\"phone\"%'")[0]
    assert not at.startswith("2031")


def test_full_device_says_so_and_keeps_what_is_on_the_page(rig: Rig) -> None:
    context = rig.phone(service_workers="block")
    page = context.new_page()
    browser = context.new_cdp_session(page)
    browser.send("Storage.overrideQuotaForOrigin", {"origin": rig.net.url, "quotaSize": 400_000})
    opened(rig, page)
    page.fill("[name=name]", "青岛海风")
    page.fill("[name=staff]", "12")
    page.set_input_files("input[data-attach=photos]", [photo(1, (1600, 1200))])
    page.wait_for_selector("[data-tell=full]", state="visible")
    assert page.input_value("[name=name]") == "青岛海风"
    browser.send("Storage.overrideQuotaForOrigin", {"origin": rig.net.url, "quotaSize": 500_000_000})
    page.set_input_files("input[data-attach=photos]", [photo(2, (1600, 1200))])
    page.wait_for_selector(".held-one")
    submit(page)
    until(lambda: len(rig.submitted()) == 1)


def test_without_a_service_worker_everything_but_reopening_works(rig: Rig) -> None:
    context = rig.phone(service_workers="block")
    page = context.new_page()
    with page.expect_event("requestfinished", lambda asked: asked.url.endswith("/later.js")):
        opened(rig, page)       # without a worker what sends is fetched while there is a network
    rig.cut()
    fill(page, "青岛海风", 12, (photo(1),))
    submit(page)
    kept(page)
    rig.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    until(lambda: len(rig.submitted()) == 1)
    page.goto(rig.net.url + "/")
    page.wait_for_selector("[data-no-worker]", state="visible")
    page.goto(rig.net.url + "/phone/here")
    page.wait_for_selector('[data-ability="worker"] p[data-no]', state="visible")
    page.wait_for_selector('[data-ability="store"] [data-yes]', state="visible")
