"""Whose phone it is, what changed meanwhile, and what the person decides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page
from tests.browser.conftest import CHROMIUM
from tests.browser.phone.kit import (
    FORM,
    Rig,
    fill,
    kept,
    opened,
    photo,
    picture,
    prepared,
    queue,
    send_now,
    submit,
    until,
)
from tests.service.world import SECRET

BUSY = """() => {
    const ask = navigator.locks.request.bind(navigator.locks);
    navigator.locks.request = (name, how, work) => { navigator.locks.request = ask; return work(null); };
}"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_two_people_on_one_phone_see_and_send_nothing_of_each_other(rig: Rig) -> None:
    context = rig.phone("boss")
    page = prepared(rig, context)
    rig.cut()
    fill(page, "第一人的企业", 12, (photo(1),))
    submit(page)
    kept(page)
    rig.mend()
    rig.sign_in(context, "rival")           # the first one's session ended without signing out
    other = opened(rig, context.new_page())
    page.evaluate("dispatchEvent(new Event('online'))")       # the first one's page is still open and has a network now
    page.wait_for_selector("[data-sign-in-to-send]", state="visible")
    assert rig.submitted() == []
    page.close()
    assert other.input_value("[name=name]") == ""
    queue(rig, other)
    other.evaluate("dispatchEvent(new Event('online'))")
    queue(rig, other)       # whatever the first opening and the network's return set off had its time
    assert other.locator("#waiting > li").count() == 0
    assert "第一人的企业" not in other.content()
    assert rig.submitted() == []
    rig.cut()
    other.goto(rig.net.url + FORM)
    assert "第一人的企业" not in other.content()
    rig.mend()
    rig.sign_in(context, "boss")
    queue(rig, other)
    until(lambda: [one["name"] for one in rig.submitted()] == ["第一人的企业"])


def test_signing_out_warns_of_what_is_unsent_and_wipes_the_device(rig: Rig) -> None:
    page = prepared(rig, rig.phone())
    rig.net.lose = lambda method, path: path == "/phone/me"
    fill(page, "没有送出的企业", 12, (photo(1),))
    submit(page)
    kept(page)
    page.click("details.menu > summary")
    page.click("[data-sign-out] button")
    page.wait_for_selector("#unsent-dialog[open]")
    page.click('#unsent-dialog button[value="stay"]')
    queue(rig, page)
    assert page.locator("#waiting > li").count() == 1
    begun = opened(rig, page.context.new_page())        # in another tab, on this device alone
    begun.fill("[name=name]", "没有填完的企业")
    begun.wait_for_selector("[data-tell=saved]", state="visible")
    page.goto(rig.net.url + "/")
    page.click("details.menu > summary")
    page.click("[data-sign-out] button")
    page.wait_for_selector("#unsent-dialog[open]")
    assert page.inner_text("#unsent-title") == "还有 1 份没有送达。有 1 份没有填完，只在本机。"
    rig.net.lose = lambda method, path: False
    page.click('#unsent-dialog button[value="leave"]')
    page.wait_for_selector('a[href="/sign-in"]')
    begun.fill("[name=name]", "接着填的企业")
    begun.wait_for_selector("[data-ended]", state="visible")        # nothing is kept any more: said at once
    assert not begun.locator("[data-tell=saved]").is_visible()
    names = page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))")
    assert [name for name in names if name.startswith("tongban:")] == []
    assert page.evaluate("fetch('/phone/me').then((r) => r.json()).then((me) => me.account)") is None
    for name in ("queue", "take"):      # nobody is signed in, which is not the browser's fault
        page.goto(f"{rig.net.url}/phone/{name}")
        page.wait_for_selector("[data-nobody]", state="visible")
        assert page.locator("[data-nothing-kept]:visible, [data-listed]:visible").count() == 0
    rig.cut()
    page.goto(rig.net.url + FORM)
    page.wait_for_selector("#kept-new", state="attached")
    assert "没有送出的企业" not in page.content()


def test_photo_chosen_after_another_tab_signed_out_stays_and_is_kept_when_its_person_is_back(rig: Rig) -> None:
    context = rig.phone(service_workers="block")
    begun, other = opened(rig, context.new_page()), opened(rig, context.new_page())
    other.click("details.menu > summary")
    other.click("[data-sign-out] button")
    other.wait_for_selector('a[href="/sign-in"]')
    begun.set_input_files("input[data-attach=photos]", [photo(1)])
    begun.wait_for_selector("[data-ended]", state="visible")
    chosen = begun.eval_on_selector("input[data-attach=photos]", "(one) => [one.disabled, one.files.length]")
    assert chosen == [False, 1]
    other.goto(rig.net.url + "/sign-in")
    other.get_by_label("账号").fill("boss")
    other.get_by_label("密码").fill(SECRET)
    with other.expect_navigation():
        other.locator("main").get_by_role("button", name="登录").click()
    begun.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    begun.wait_for_selector(".held-one img")
    assert not begun.locator("[data-ended]").is_visible()


def test_session_that_ended_keeps_the_queue_and_asks_to_sign_in(rig: Rig) -> None:
    context = rig.phone()
    page = prepared(rig, context)
    rig.cut()
    fill(page, "青岛海风", 12, (photo(1),))
    submit(page)
    kept(page)
    before = queue(rig, context.new_page())     # opened while there was no network
    assert before.locator("#waiting > li").count() == 1
    context.clear_cookies(name="tb-session")
    rig.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_selector("[data-sign-in-to-send]", state="visible")
    before.wait_for_selector("[data-signed-out]", state="visible")
    assert before.locator("#waiting > li, [data-listed]:visible").count() == 0
    assert rig.submitted() == []
    page.goto(rig.net.url + "/phone/queue")
    page.wait_for_selector("[data-signed-out]", state="visible")
    assert page.locator("#waiting > li").count() == 0
    assert not page.locator("[data-do=export-all]").is_visible()        # whoever holds the phone gets no file of it
    rig.sign_in(context, "boss")
    page.goto(rig.net.url + "/")
    until(lambda: len(rig.submitted()) == 1)


def test_app_that_was_closed_is_still_signed_in_where_asked_for_and_sends_what_waits(rig: Rig, tmp_path: Path) -> None:
    def phone() -> BrowserContext:
        return rig.browser.browser_type.launch_persistent_context(
            tmp_path / "profile", executable_path="/usr/bin/chromium", args=CHROMIUM, locale="zh-CN")
    first = phone()
    page = first.new_page()
    page.goto(rig.net.url + "/sign-in")
    page.get_by_label("账号").fill("boss")
    page.get_by_label("密码").fill(SECRET)
    page.get_by_label("在本机保持登录").check()
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name="登录").click()
    page = prepared(rig, first)
    rig.cut()
    fill(page, "青岛海风", 12, (photo(1),))
    submit(page)
    kept(page)
    first.close()
    rig.mend()
    again = phone()
    again.new_page().goto(rig.net.url + "/")
    until(lambda: len(rig.submitted()) == 1)
    again.close()


def test_procedure_that_changed_meanwhile_keeps_the_record_and_carries_it_into_the_new_form(rig: Rig) -> None:
    page = prepared(rig, rig.phone())
    rig.cut()
    fill(page, "青岛海风", 12, (photo(1),))
    submit(page)
    kept(page)
    rig.kill()
    (rig.folder / "publish").write_text("第二版")
    rig.start()
    rig.mend()
    queue(rig, page)
    send_now(page)
    page.click('#waiting a[href^="/phone/conflict"]')
    page.wait_for_selector("[data-version]", state="visible")
    assert rig.submitted() == []
    page.click("[data-do=again]")
    page.wait_for_selector("form[data-ready]", state="attached")
    assert page.input_value("[name=name]") == "青岛海风"
    page.wait_for_selector(".held-one")
    submit(page)
    until(lambda: len(rig.submitted()) == 1)
    (version,) = rig.rows("SELECT version FROM cases WHERE workflow = 'visit'")
    (current,) = rig.rows("SELECT current FROM procedures WHERE slug = 'visit'")
    assert version == current


def test_case_that_moved_on_shows_both_sides_and_the_person_decides(rig: Rig, tmp_path: Path) -> None:
    context = rig.phone()
    page = prepared(rig, context)
    fill(page, "青岛海风", 12, (photo(1),))
    submit(page)
    until(lambda: len(rig.submitted()) == 1)
    case_id = _returned(rig)
    task = _task(rig, case_id)
    page = prepared(rig, context, f"/cases/{case_id}/tasks/{task}")
    rig.cut()
    fill(page, "手机上改的名称")
    submit(page)
    kept(page)
    desk = rig.phone(service_workers="block").new_page()        # from the office, which has a network, it is submitted
    opened(rig, desk, f"http://localhost:{rig.port}/cases/{case_id}/tasks/{task}")
    fill(desk, "电脑上改的名称")
    submit(desk)
    until(lambda: rig.submitted()[0]["name"] == "电脑上改的名称")
    rig.mend()
    queue(rig, page)
    send_now(page)
    page.click('#waiting a[href^="/phone/conflict"]')
    page.wait_for_selector("#sides > li.differs")
    sides = page.inner_text("#sides > li.differs")
    assert "手机上改的名称" in sides
    assert "电脑上改的名称" in sides
    assert "提交核查" in page.inner_text("#since")
    picture(page, "conflict")
    assert rig.submitted()[0]["name"] == "电脑上改的名称"
    queue(rig, page)
    picture(page, "queue-conflict")
    assert page.locator("#waiting > li").count() == 1        # nothing is dropped


def test_first_page_follows_what_was_sent_and_what_came_meanwhile(rig: Rig) -> None:
    context = rig.phone()
    home, page = context.new_page(), prepared(rig, context)
    home.goto(rig.net.url + "/")
    home.wait_for_selector("[data-fresh] .empty")
    rig.cut()
    fill(page, "青岛海风", 12, (photo(1),))
    submit(page)
    kept(page)
    assert "青岛海风" not in home.inner_text("main")
    rig.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    home.wait_for_selector("[aria-labelledby=running] a:has-text('青岛海风')")
    _returned(rig)
    home.evaluate("document.dispatchEvent(new Event('visibilitychange'))")      # somebody looks at it again
    home.wait_for_selector("[aria-labelledby=waiting]:has-text('青岛海风')")
    assert home.inner_text("h1") == "有 1 件事等您办理"
    rig.sign_in(context, "shinan")
    home.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    home.wait_for_selector(".lead:has-text('shinan')")      # loaded anew: nothing of the first person stays


def test_export_on_the_phone_arrives_from_a_computer_once(rig: Rig, tmp_path: Path) -> None:
    page = prepared(rig, rig.phone())
    rig.cut()
    fill(page, "青岛海风", 12, (photo(1), photo(2)))
    submit(page)
    kept(page)
    assert "本机待发送" in _foretold(rig, page)      # a second one of the same name would be refused
    queue(rig, page)
    with page.expect_download() as waiting:
        page.click("[data-do=export-all]")
    file = tmp_path / "outbox.json"
    waiting.value.save_as(file)
    desk = rig.phone("boss", service_workers="block").new_page()
    desk.goto(f"http://localhost:{rig.port}/phone/queue")       # the computer has a network, the phone still has none
    desk.wait_for_selector("[data-empty]:not([hidden])")
    desk.set_input_files("#import", file)
    until(lambda: len(rig.submitted()) == 1)
    page.evaluate(BUSY)         # another tab is at it, since before the network was back, and will fail
    rig.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_selector("#sent-list > li")
    assert rig.rows("SELECT count(*) FROM cases WHERE workflow = 'visit'") == [(1,)]
    assert rig.rows("SELECT count(*) FROM files WHERE status = 'ready'") == [(2,)]
    (number,) = rig.rows("SELECT number FROM cases WHERE workflow = 'visit'")[0]
    assert number in (opened(rig, page).text_content("[data-foretold]") or "")      # as the server draws it


def test_staff_take_a_task_along_and_do_it_without_a_network(rig: Rig) -> None:
    phone = rig.phone()
    first = prepared(rig, phone)
    fill(first, "青岛海风", 12, (photo(1),))
    submit(first)
    until(lambda: len(rig.submitted()) == 1)
    officer = rig.phone("shinan").new_page()
    officer.goto(rig.net.url + "/phone/take")
    officer.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    box = officer.locator("#take-task input").first
    box.check()
    officer.wait_for_selector("#take-task [data-slot=size]")
    address = officer.locator("#take-task a").first.get_attribute("href")
    officer.reload()
    officer.wait_for_function("() => navigator.serviceWorker.controller")
    rig.cut()
    opened(rig, officer, address or "")
    officer.fill("[name=words]", "现场看过，属实")
    submit(officer)
    kept(officer)
    rig.mend()
    officer.evaluate("dispatchEvent(new Event('online'))")
    until(lambda: rig.rows("SELECT status FROM cases WHERE workflow = 'visit'") == [("closed",)])


def _foretold(rig: Rig, page: Page) -> str:
    """What the page of answers to check says is in the way of one more of the same name."""
    opened(rig, page)
    fill(page, "青岛海风", 12, (photo(3),))
    page.click("[data-next]")
    return page.locator(".foretell.notice-no li", has_text="已有一份核查正在办理").inner_text()


def _returned(rig: Rig) -> str:
    """The one case, sent back by the district."""
    (case_id,) = rig.rows("SELECT id FROM cases WHERE workflow = 'visit'")[0]
    desk = rig.phone("shinan", service_workers="block").request
    desk.get(rig.net.url + "/")             # the visitor's cookie that the token belongs to
    token = desk.get(rig.net.url + "/phone/me").json()["csrf"]
    desk.post(f"{rig.net.url}/cases/{case_id}/actions", form={
        "csrf": token, "action": "return", "_to.return": "draft", "_reason.return": "请补照片"})
    until(lambda: _open(rig, case_id) == "draft")
    return str(case_id)


def _open(rig: Rig, case_id: str) -> str:
    (snapshot,) = rig.rows("SELECT snapshot FROM cases WHERE id = ?", case_id)[0]
    return str(json.loads(snapshot)["conf"][0])


def _task(rig: Rig, case_id: str) -> str:
    (snapshot,) = rig.rows("SELECT snapshot FROM cases WHERE id = ?", case_id)[0]
    return str(json.loads(snapshot)["tasks"][0]["id"])
