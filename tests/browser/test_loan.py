"""The loan by clicking: an enterprise on a phone, the district and the bank at their desks, each through real pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import descend

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LAST_YEAR = (datetime.now(UTC) - timedelta(days=700)).strftime("%Y-%m-%d")
IN_A_YEAR = (datetime.now(UTC) + timedelta(days=360)).strftime("%Y-%m-%d")
TODAY = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d")
APPLICATION = {
    "name": "青岛海风家政服务有限公司", "uscc": "91370202MA3DEM001A", "region": "370202", "address.region": "370202",
    "address.detail": "香港中路 76 号 B 座 1702 室", "established": LAST_YEAR, "industry": "housekeeping",
    "categories": "livelihood", "legal_rep": "孙晓岚", "legal_rep_id": "11010519491231002X",
    "legal_rep_phone": "13805320180", "controller_same": "true", "handler": "周敏", "handler_phone": "13605320181",
    "staff_total": "46", "staff_now": "42", "staff_year_start": "35", "staff_year_end": "39", "insured_last": "39",
    "insured_before": "33", "graduates": "6", "returnees": "9", "veterans": "2", "unemployed": "11", "difficult": "5",
    "wages_ok": "true", "insurance_ok": "true", "small_micro": "true", "small_micro_on": TODAY,
    "branch": "boc-qd-shinan", "amount": "5000000", "use": "wages", "term_months": "12", "rate_asked": "3.5",
    "guarantee": "credit", "want_renewal": "false", "boc_clean": "true", "records_good": "true",
    "credit_consent.agreed": "true", "declaration.agreed": "true", "signature.typed": "孙晓岚",
}


VERIFICATION = {
    "checked_on": TODAY, "means": "registration", "staff_now": "42", "staff_year_start": "35", "staff_year_end": "39",
    "insured_last": "39", "insured_before": "33", "paid_ok": "true", "visit_note": "现场在岗人数与名册一致",
    "opinion": "经比对就业登记和参保信息，情况属实。", "officer": "陈思远",
}
QUALIFICATION = {
    "small_micro": "true", "small_micro_on": TODAY, "use_checked": "true", "boc_firm": "true", "boc_rep": "true",
    "boc_controller": "true", "record_firm": "true", "record_persons": "true", "record_on": TODAY, "policy_ok": "true",
    "policy_note": "符合", "opinion": "符合贷款资格条件。", "specialist": "许诺",
}
CREDIT = {
    "amount": "5000000", "inclusive": "true", "rate": "3.5", "term_months": "12", "security": "credit",
    "repayment": "bullet", "renewable": "true", "plan": "一户一策", "opinion": "同意授信。", "approver": "田野",
}
EXCEPTION = {"exception_opinion": "风险可控，同意按 4.5% 执行。", "exception_approver": "曹锐"}
CONTRACT = {
    "contract_no": "2026 年青中银普借字 0117 号", "signed_on": TODAY, "drawdown": TODAY, "maturity": IN_A_YEAR,
    "account": "217800123456789",
}
OTHER_FIRM = {"name": "青岛小海豚托育有限公司", "uscc": "91370202MA3DEM004K", "industry": "childcare"}

DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""What answers make visible stands there with the next frame."""

Arrive = Callable[..., Any]


def choose(control: Locator, value: str) -> None:
    """Choose in a list; where script made two lists of one, first what the value lies in."""
    above = control.locator("xpath=preceding-sibling::select[1]")
    for group in range(1, above.locator("option").count() if above.count() else 0):
        above.select_option(index=group)
        if control.locator(f'option[value="{value}"]').count():
            break
    control.select_option(value)


def fill(page: Page, answers: dict[str, str]) -> None:
    """Answer every question that is visible now and not answered so, by the names of the controls."""
    for place in page.locator("[data-levels]:visible").all():
        if (code := answers.get(str(place.get_attribute("data-name")))) is not None:
            descend(place, code)
    asked = page.evaluate("""answers => [...document.querySelectorAll('[name]')].flatMap((c, i) => {
        const pick = /radio|checkbox/.test(c.type), value = answers[c.name];
        if (value === undefined || c.disabled || !c.checkVisibility()) return [];
        if (pick ? c.value !== value || c.checked : c.value === value) return [];
        c.dataset.ask = i;
        return [[i, pick ? 'pick' : c.tagName === 'SELECT' ? 'select' : 'text', value]];
    })""", answers)
    for mark, kind, value in asked:
        control = page.locator(f'[data-ask="{mark}"]')
        if kind == "pick":
            control.check()
        elif kind == "select":
            choose(control, value)
        else:
            control.fill(value)


def apply(page: Page, **answers: str) -> str:
    """Start the loan from its page in the catalogue, fill it in page by page and submit; gives the case's number."""
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="办事目录").click()
    page.locator("a.item", has_text="“青岗贷”稳岗扩岗专项贷款申请").click()
    page.locator("button:visible", has_text="开始申请").first.click()
    page.wait_for_url(re.compile("/tasks/"))
    go_through(page, {**APPLICATION, **answers})
    page.locator("[data-last] button:visible", has_text="提交申请").click()
    page.wait_for_url(re.compile("said=submitted"))
    expect(page.locator("#said")).to_contain_text("已收到")
    return str(page.locator(".case-head .num").inner_text())


def go_through(page: Page, answers: dict[str, str]) -> None:
    """Every page of the form, by its own button, to the list of answers."""
    for _ in range(12):
        fill(page, answers)
        page.evaluate(DRAWN)
        fill(page, answers)     # what the first answers made visible
        licence = page.locator('[data-attach="licence"]:visible')
        if licence.count():
            scan = {"name": "营业执照.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF"}
            licence.set_input_files(scan)
            expect(page.locator('[data-field="licence"] .held-one')).to_have_count(1)
        onward = page.locator("[data-next]:visible")
        if not onward.count():
            return
        here = page.locator("section.page:visible").get_attribute("data-page")
        onward.click()
        expect(page.locator(f'section.page[data-page="{here}"]')).to_be_hidden()
    raise AssertionError("the form has no end")


def open_beside(page: Page, number: str) -> Locator:
    """From the inbox, the case with this number in the pane beside the list."""
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="待办").click()
    page.locator("a.item", has_text=number).click()
    pane = page.locator("#pane")
    expect(pane.locator("#case")).to_contain_text(number)
    return pane


def decide(page: Page, number: str, answers: dict[str, str], label: str, *, press: bool = True) -> Locator:
    """Fill in the opinion beside the application, choose the decision, send it."""
    pane = open_beside(page, number)
    fill(page, answers)
    fill(page, answers)
    pane.get_by_label(label, exact=True).check()
    if press:
        send(page)
    return pane


def send(page: Page) -> None:
    """Press the button of the decision; it was taken."""
    page.get_by_role("button", name="提交决定").click()
    page.wait_for_url(re.compile(r"/inbox\?said="))
    expect(page.locator("#said")).to_be_visible()


def answer(page: Page, answers: dict[str, str], button: str) -> None:
    """The enterprise fills in what it is asked for and sends it."""
    page.locator('a.btn[href*="/tasks/"]:visible').first.click()
    page.wait_for_url(re.compile("/tasks/"))
    go_through(page, answers)
    page.locator("[data-last] button:visible", has_text=button).click()
    page.wait_for_url(re.compile("said=submitted"))


def test_a_loan_above_the_rate_goes_from_the_phone_over_the_city_branch_to_the_money(arrive: Arrive) -> None:
    firm = arrive("haifeng", 390).page
    number = apply(firm)
    case_url = firm.url.partition("?")[0]
    expect(firm.locator(".rail .now")).to_contain_text("人社部门核实")

    decide(arrive("hr_shinan").page, number, VERIFICATION, "核实无误，推送银行")
    specialist = arrive("boc_shinan")
    decide(specialist.page, number, QUALIFICATION, "资格审查通过")
    decide(arrive("boc_shinan2").page, number, {**CREDIT, "rate": "4.5", "inclusive": "false"}, "同意授信")
    city = arrive("boc_qingdao")
    decide(city.page, number, EXCEPTION, "同意例外", press=False)
    expect(city.page.locator(".soft")).to_contain_text("高于原则上的 4%")        # before anybody runs into it
    city.page.get_by_role("button", name="提交决定").click()
    expect(city.page.locator("#problems").first).to_contain_text("高于原则上的 4%")
    expect(city.page.get_by_label("同意例外", exact=True)).to_be_checked()
    expect(city.page.get_by_label("市分行意见")).to_have_value(EXCEPTION["exception_opinion"])
    city.page.get_by_label("请写明准予例外的理由").fill("信用贷款，风险定价，市分行贷审会 12 号纪要")
    send(city.page)
    city.wrong = [line for line in city.wrong if "422" not in line]     # the browser's own line about the first answer

    firm.goto(case_url)
    expect(firm.locator(".rail .now")).to_contain_text("企业确认贷款条件")
    expect(firm.locator(".opinions")).to_contain_text("青岛市市南区人力资源和社会保障局")
    expect(firm.locator("body")).not_to_contain_text("符合贷款资格条件")    # the bank's own words stay with the bank
    expect(firm.locator("#record ~ *")).to_contain_text("12 号纪要")
    answer(firm, {"accept_text.agreed": "true", "accept_signature.typed": "孙晓岚",
                  "_signature.accept": "孙晓岚"}, "接受条件")
    pane = open_beside(specialist.page, number)
    fill(specialist.page, CONTRACT)
    pane.get_by_role("button", name="登记放款").click()
    specialist.page.wait_for_url(re.compile(r"/inbox\?said="))
    firm.goto(case_url)
    expect(firm.locator(".case-head")).to_contain_text("已通过")


def test_what_is_returned_is_mended_then_refused_by_its_clause_then_asked_for_again_and_withdrawn(arrive: Arrive,
                                                                                                ) -> None:
    firm = arrive("tuoyu", 390).page
    number = apply(firm, **OTHER_FIRM)
    case_url = firm.url.partition("?")[0]
    district = arrive("hr_shinan").page
    pane = open_beside(district, number)
    pane.get_by_label("退回修改", exact=True).check()
    pane.locator('input[name="_mark"][value="application.staff_year_end"]').check()
    pane.locator('input[name="_note.application.staff_year_end"]').fill("与参保记录不一致，请核对")
    pane.locator('textarea[name="_reason.return"]').fill("上年末人数请按参保记录填写")
    send(district)
    firm.goto(case_url)
    expect(firm.locator(".case > .notice")).to_contain_text("上年末人数请按参保记录填写")
    firm.locator("a:visible", has_text="继续填写").first.click()
    expect(firm.locator(".fill > .notice")).to_contain_text(re.compile("以下 1 处.*与参保记录不一致，请核对", re.S))
    expect(firm.locator("[name=staff_year_end]")).to_be_visible()       # the page where there is something to correct
    firm.locator("[data-back]").click()
    firm.locator(".fill > .notice a").click()
    expect(firm.locator("[name=staff_year_end]")).to_be_focused()
    go_through(firm, {"staff_year_end": "40"})
    firm.locator("[data-last] button:visible", has_text="提交申请").click()
    firm.wait_for_url(re.compile("said=submitted"))

    pane = open_beside(district, number)
    expect(pane.locator(".answers .changed")).to_contain_text("40")
    decide(district, number, {**VERIFICATION, "staff_year_end": "40"}, "核实无误，推送银行")
    bank = arrive("boc_shinan").page
    pane = open_beside(bank, number)
    pane.get_by_label("不予通过", exact=True).check()
    pane.locator(".clause-picks:visible label", has_text="三.2").locator("input").check()
    pane.locator('textarea[name="_reason.refuse"]').fill("贷款用途不属于生产经营领域")
    send(bank)
    firm.goto(case_url)
    expect(firm.locator(".case > .notice")).to_contain_text("贷款用途不属于生产经营领域")
    expect(firm.locator(".case > .notice")).to_contain_text("三.2")

    again = apply(firm, **OTHER_FIRM)
    assert again != number
    firm.locator("summary:visible", has_text="撤回申请").click()
    firm.locator("button:visible", has_text="撤回申请").click()
    expect(firm.locator(".case > .notice")).to_contain_text("申请已撤回")
    expect(firm.locator(".case > .notice")).not_to_contain_text("已通过")
