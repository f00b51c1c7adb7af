"""Rosters and files where the device keeps what is typed: it undoes nothing that the server took."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HEAD = ["姓名", "公民身份号码", "出生日期", "人员类别", "毕业日期", "招用日期"]
LEFT = "离校 2 年内未就业高校毕业生"


def roster(*lines: list[str]) -> dict[str, Any]:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for line in (HEAD, *lines):
        book.active.append(line)
    book.save(out)
    return {"name": "名册.xlsx", "mimeType": "application/zip", "buffer": out.getvalue()}


def opened(page: Page, where: str) -> str:
    """A new application's form at one of its pages."""
    page.locator("button:visible", has_text="开始申请").first.click()
    page.wait_for_url("**/tasks/*")
    address = page.url.split("?")[0] + f"?page={where}"
    page.goto(address)
    page.wait_for_selector("form[data-ready]")
    return address


def test_imported_rows_are_there_on_every_device_with_what_was_typed_just_before(arrive: Callable[..., Any]) -> None:
    desk = arrive("xiaoxiang", 1280)
    page = desk.open("/procedures/yz-expand-subsidy")
    address = opened(page, "people")
    line = ["1990-01-01", LEFT, "2024-06-30", "2025-01-05"]
    page.fill('[name="rows.0.person"]', "张三丰")     # nobody has it yet when the next button goes
    page.locator(".rows-import summary").click()
    page.set_input_files('[name="_sheet.rows"]', roster(["王伟", "37020219900101004X", *line], ["李娜", "123", *line]))
    page.locator("button[name=_import]").click()
    expect(page.locator("#problems")).to_contain_text("表格第 3 行：公民身份号码应为 18 位，现为 3 位")
    page.wait_for_selector("form[data-ready]")
    for device in (desk, arrive("xiaoxiang", 390)):
        page = device.open(address.removeprefix(desk.site.url))
        page.wait_for_selector("form[data-ready]")
        names = page.locator('[data-row] input[name$=".person"]')
        assert [name.input_value() for name in names.all()] == ["张三丰", "王伟"]
        expect(page.locator('[name="rows.1.category"][value="left"]')).to_be_checked()


def test_a_web_page_named_jpg_is_refused_at_its_field_before_it_is_kept(arrive: Callable[..., Any]) -> None:
    page = arrive("haifeng", 390).open("/procedures/qd-loan-apply")
    opened(page, "papers")
    place = page.locator('[data-field="licence"]')
    for content, words in ((b"<html><script>alert(1)</script>", "只改后缀名不起作用"), (b"", "文件是空的"),
                           (b"RIFF0000WEBPVP8 ", "类型不符")):
        page.set_input_files('[name="_file.licence"]',
                             {"name": "执照.jpg", "mimeType": "image/jpeg", "buffer": content})
        expect(place.locator(".q-error")).to_contain_text(words)
        expect(place.locator(".held-one")).to_have_count(0)
    page.set_input_files('[name="_file.licence"]', {"name": "a.pdf", "mimeType": "application/pdf",
                                                    "buffer": b"%PDF-1.4\n%%EOF"})
    expect(place.locator(".held-one")).to_have_count(1)
    expect(place.locator(".q-error")).to_be_hidden()


def test_of_several_files_each_that_is_not_taken_is_told_and_the_others_are_there(arrive: Callable[..., Any]) -> None:
    page = arrive("haifeng", 390).open("/procedures/qd-loan-apply")
    opened(page, "papers")
    place = page.locator('[data-field="statements"]')
    place.locator("input[type=file]").evaluate("input => { input.multiple = true; }")
    page.set_input_files('[name="_file.statements"]', [
        {"name": f"{n}.pdf", "mimeType": "application/pdf", "buffer": content}
        for n, content in enumerate((b"<html>", b"", b"%PDF-1.4\n%%EOF", b"%PDF-1.4\n%%EOF "))])
    expect(place.locator(".held-one")).to_have_count(1)
    for words in ("只改后缀名不起作用", "文件是空的", "最多 1 个文件，其余的没有加上"):
        expect(place.locator(".q-error")).to_contain_text(words)
