"""The shipped loan and the shipped field visit on a phone whose network is cut from opening to submission."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Site
from tests.browser.phone.kit import photo, until
from tests.browser.phone.person import Phone
from tests.browser.test_loan import APPLICATION, TODAY, go_through
from tests.browser.walker import HELD

from tongban.service import inbox, people
from tongban.service.act import ActRequest, act
from tongban.service.cases import view
from tongban.service.start import begin
from tongban.service.views import CaseView, InboxRow
from tongban.store import registers

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOAN = "“青岗贷”稳岗扩岗专项贷款申请"
INKED = """() => { const pad = document.querySelector("[data-on-behalf] canvas");
    return pad.getContext("2d").getImageData(0, 0, pad.width, pad.height).data.some(Boolean); }"""
TURNED = f"""here => document.querySelector(`section.page[data-page="${{here}}"]`).hidden || ({HELD})()"""
"""The page that was open is left, or its button held up once."""
FIRMS = {"青岛海风家政服务有限公司": "91370202MA3DEM001A", "青岛小海豚托育有限公司": "91370202MA3DEM004K",
         "青岛八大关咖啡有限公司": "91370202MA3C000177"}


def test_loan_is_opened_filled_in_and_submitted_without_a_network_and_arrives_once(
        site: Site, phone: Callable[[str], Phone]) -> None:
    before = {row.case_id for row in _rows(site, "lanwan", "started")}
    firm = phone("lanwan")
    firm.take_along("new", LOAN)
    firm.cut()
    firm.open_kept(LOAN)
    page = firm.page
    go_through(page, {**APPLICATION, "name": "青岛蓝湾餐饮管理有限公司", "uscc": "91370211MA3DEM002E",
                      "industry": "catering"})
    expect(page.locator(".foretell.notice-done")).to_be_visible()
    for words in ("5,000,000.00 元", "山东省 青岛市 市南区", "已确认"):        # as the server will write them
        expect(page.locator("[data-check]")).to_contain_text(words)
    firm.picture("check")
    _change_staff(page, "8")
    expect(page.locator(".foretell.notice-no li").first).to_contain_text("用工人数 8 人，少于 10 人 二.2")
    firm.picture("check-refused")
    _change_staff(page, "42")
    expect(page.locator(".foretell.notice-no")).to_have_count(0)
    firm.submit("提交申请")
    firm.picture("kept")
    page.goto("/phone/queue")
    expect(page.locator("#waiting > li")).to_have_count(1)
    firm.picture("queue-offline")
    assert {row.case_id for row in _rows(site, "lanwan", "started")} == before
    firm.cut(False)
    page.locator("#sent-list > li").wait_for()
    firm.picture("queue-sent")
    (row,) = [row for row in _rows(site, "lanwan", "started") if row.case_id not in before]
    case = _case(site, "lanwan", row.case_id)
    assert case.status == "open"
    (application,) = [form for form in case.forms if form.key == "application"]
    assert len(application.values["licence"]) == 1
    (line,) = [line for line in case.record if line.captured_at]
    assert line.captured_at <= line.at
    expect(page.locator("#sent-list > li")).to_contain_text("收到于")


def test_three_field_visits_of_a_day_are_done_without_a_network_and_arrive_once_in_the_evening(
        site: Site, phone: Callable[[str], Phone]) -> None:
    cases = [_due_for_a_visit(site, name, uscc) for name, uscc in FIRMS.items()]
    officer = phone("hr_shinan")
    officer.take_along("task", *FIRMS)
    officer.cut()
    page = officer.page
    for n, name in enumerate(FIRMS):
        officer.open_kept(name)
        _visit(officer, n)
        officer.picture(f"visit-{n}")
        officer.submit("提交核实")
    officer.picture("visit-kept")
    page.goto("/phone/queue")
    expect(page.locator("#waiting > li")).to_have_count(3)
    officer.picture("queue-visits")
    _correct(officer, "49")
    officer.cut(False)
    until(lambda: page.locator("#sent-list > li").count() == 3)
    officer.picture("queue-visits-sent")
    seen: list[str] = []
    helped: list[tuple[str, str, bool]] = []
    found: list[int] = []
    for case in [_case(site, "hr_shinan", case_id) for case_id in cases]:
        (visit,) = [form.values for form in case.forms if form.key == "visit"]
        assert visit["place"]["accuracy"] == 12
        assert visit["place"]["at"]
        assert visit["firm_signature"]["image"]
        found.append(visit["staff_found"])
        seen += [one["id"] for one in visit["visit_photo"]]
        (line,) = [line for line in case.record if line.captured_at]
        assert line.who == "陈思远"
        helped.append((line.on_behalf, line.on_behalf_why, bool(line.on_behalf_signed)))
    assert (len(seen), len(set(seen))) == (6, 6)
    assert found == [49, 41, 42]
    assert helped == [("李桂英", "不会用手机", True), ("", "", False), ("", "", False)]
    page.goto(f"/cases/{cases[0]}")
    expect(page.locator(".record img.sign-was")).to_have_js_property("complete", True)
    officer.picture("record-behalf")


def _change_staff(page: Page, staff: str) -> None:
    """From the answers back to the page of the question, and on to the answers."""
    here = page.locator("section.page", has=page.locator("[name=staff_now]")).get_attribute("data-page")
    page.locator(f'.sum button[name=_go][value="{here}"]').click()
    page.fill("[name=staff_now]", staff)
    while here != "check":
        page.locator("[data-next]:visible").click()
        page.wait_for_function(TURNED, arg=here)
        here = page.locator("section.page:visible").get_attribute("data-page")


def _visit(officer: Phone, n: int) -> None:
    page = officer.page
    page.fill("[name=visited_on]", TODAY)
    page.fill("[name=staff_found]", str(40 + n))
    page.set_input_files("input[data-attach=visit_photo]", [photo(20 + 2 * n), photo(21 + 2 * n)])
    expect(page.locator(".held-one img")).to_have_count(2)
    page.click("[data-locate]")
    expect(page.locator('[name="place.lat"]')).to_have_value("36.067100")
    _sign(page, ".q[data-field=firm_signature]", n)
    page.fill("[name=visit_officer]", "陈思远")
    if n == 0:      # for somebody beside them, who agrees by signing
        page.click("[data-on-behalf] summary")
        page.fill('[name="_behalf.name"]', "李桂英")
        page.fill('[name="_behalf.relation"]', "不会用手机")
        page.click("[data-next]")
        page.locator("[data-last] button:visible", has_text="提交核实").click()
        expect(page.locator("[data-on-behalf] [data-missing]")).to_be_visible()
        _sign(page, "[data-on-behalf]", 7)
    else:
        page.click("[data-next]")


def _correct(officer: Phone, staff: str) -> None:
    """The first visit once more, still without a network: all of it is there, on any page, loaded anew or not."""
    page = officer.page
    page.locator("#waiting > li").first.get_by_role("link", name="修改").click()
    page.wait_for_selector("form[data-ready]", state="attached")
    page.fill("[name=staff_found]", staff)
    expect(page.locator("[data-tell=saved]")).to_be_visible()
    expect(page.locator('[name="_behalf.name"]')).to_have_value("李桂英")
    page.wait_for_function(INKED)
    page.click("[data-next]")
    expect(page.locator("[data-check]")).to_contain_text(staff)
    officer.picture("correct")
    page.reload()
    page.wait_for_selector("form[data-ready]", state="attached")
    expect(page.locator("[data-check]")).to_contain_text(staff)
    officer.submit("提交核实")
    page.goto("/phone/queue")
    expect(page.locator("#waiting > li")).to_have_count(3)


def _sign(page: Page, where: str, n: int) -> None:
    """Like nobody else: two signatures are two pictures."""
    pad = page.locator(f"{where} canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    for step in range(14):
        page.mouse.move(box["x"] + 40 + 12 * step, box["y"] + 60 + (15 if step % 2 else -15) + n)
    page.mouse.up()
    expect(page.locator(f"{where} [data-image]")).not_to_have_value("")


def _due_for_a_visit(site: Site, name: str, uscc: str) -> str:
    """The case of a running loan whose quarterly check has been called."""
    rt, bank = site.rt, _person(site, "boc_shinan")
    rt.store.run(lambda conn: registers.enter(conn, {
        "id": f"loan-{uscc}", "register": "qd-loans", "key": uscc, "entered_at": "2026-01-10T01:00:00Z",
        "fields": {"case": uscc, "uscc": uscc, "name": name, "maturity": "2027-01-10", "staff": 40}}))
    opened = begin(rt, bank, "qd-loan-post")
    case = view(rt, bank, opened.case_id)
    raw = {"loan": uscc, "name": name, "uscc": uscc, "region": "370202", "branch": "boc-qd-shinan",
           "maturity": "2027-01-10", "staff_start": "40"}
    assert act(rt, bank, case.id, ActRequest("act", case.tasks[0].id, "open", raw)).ok
    assert act(rt, bank, case.id, ActRequest("act", None, "check_now")).ok
    return case.id


def _person(site: Site, login: str) -> Any:
    who = people.session(site.rt, people.sign_in(site.rt, login, site.rt.config.demo_password))
    assert who is not None
    return who


def _rows(site: Site, login: str, box: str) -> tuple[InboxRow, ...]:
    return inbox.page(site.rt, _person(site, login), box, {}, None).rows


def _case(site: Site, login: str, case_id: str) -> CaseView:
    return view(site.rt, _person(site, login), case_id)
