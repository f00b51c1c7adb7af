"""The author at the editor: words offered, findings at their lines, a version published, compared and withdrawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Arrive = Callable[..., Any]
SLUG, TITLE, RENAMED = "layoff-report", "企业裁减人员方案报告", "企业裁减人员方案报告（新版）"


def paste(page: Page, change: Callable[[str], str]) -> None:
    """Paste another text over the one in the editor."""
    text = change(page.locator("textarea[data-schema]").input_value())
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.locator(".cm-content").evaluate("""(place, text) => {
        const held = new DataTransfer();
        held.setData("text/plain", text);
        place.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));
    }""", text)


def begin(page: Page) -> str:
    """An enterprise opens a case; gives its address."""
    page.goto(page.url.partition("/cases")[0].rstrip("/") + f"/procedures/{SLUG}")
    page.locator("button:visible", has_text="开始").first.click()
    page.wait_for_url("**/tasks/*")
    return page.url.partition("/tasks/")[0]


def test_the_editor_offers_the_words_of_the_schema_and_shows_findings_at_their_lines(arrive: Arrive) -> None:
    visitor = arrive("admin")
    page = visitor.open(f"/admin/procedures/{SLUG}")
    page.locator(".cm-line").first.click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type('"reg')
    offered = page.locator(".cm-tooltip-autocomplete li")
    expect(offered.first).to_have_text(re.compile("^registers|^region"))
    offered.first.click()
    expect(page.locator(".cm-line").nth(1)).to_have_text(re.compile('^ *"(registers|region)": $'))
    found = page.get_by_role("region", name="检查结果").get_by_role("listitem")
    expect(found).to_contain_text("workflow : 第 3 行")     # where the reader stumbled: nothing follows the key
    expect(page.locator(".cm-lintRange-error")).to_contain_text('"id"')
    page.reload()
    paste(page, lambda text: text.replace('"initial": "draft"', '"initial": "darft"'))
    expect(found).to_contain_text("darft")
    found.get_by_role("link").click()
    expect(page.locator(".cm-lintRange-error")).to_contain_text("darft")
    page.get_by_role("button", name="发布").click()
    expect(page.locator(".findings .error")).to_contain_text("darft")       # refused, and what was typed is there
    assert '"darft"' in page.locator("textarea[data-schema]").input_value()
    visitor.wrong = [line for line in visitor.wrong if "422" not in line]   # the browser's own line about the refusal


def test_a_running_case_keeps_its_version_when_a_new_one_is_published_and_withdrawn(arrive: Arrive) -> None:
    firm = arrive("lanwan", 390).page
    case = begin(firm)
    admin = arrive("admin").page
    admin.goto(firm.url.partition("/cases")[0] + f"/admin/procedures/{SLUG}")
    paste(admin, lambda text: text.replace(TITLE, RENAMED, 1))
    admin.get_by_label("版本说明").fill("改名")
    admin.get_by_role("button", name="发布").click()
    admin.wait_for_url("**said=published**")
    expect(admin.locator("h1")).to_have_text(RENAMED)
    admin.get_by_role("link", name="比较").click()
    expect(admin.locator("main")).to_contain_text("/title/zh")
    expect(admin.locator("main")).to_contain_text(RENAMED)

    firm.goto(case)
    expect(firm.locator("h1")).to_contain_text(TITLE)
    expect(firm.locator("main")).not_to_contain_text("新版")
    admin.go_back()
    admin.get_by_role("button", name="停用").click()
    admin.wait_for_url("**said=withdrawn**")
    expect(admin.locator(".head .chip")).to_contain_text("停用")
    firm.goto(case.partition("/cases")[0] + f"/procedures/{SLUG}")
    expect(firm.locator("main")).to_contain_text("停")
    expect(firm.locator("button:visible", has_text="开始")).to_have_count(0)
    firm.goto(case)
    firm.get_by_role("link", name=re.compile("继续填写|填写")).first.click()
    expect(firm.get_by_role("button", name="保存并继续")).to_be_visible()
    admin.get_by_role("button", name="重新开放").click()
    expect(admin.locator(".head .chip")).to_contain_text("已发布")
