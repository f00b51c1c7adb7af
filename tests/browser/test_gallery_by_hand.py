"""The form with every field type on a phone: by keyboard alone and without script, from the first page to sent."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.test_by_hand import FOCUS, HERE, LICENCE, Keys, write
from werkzeug.serving import make_server

from tongban.engine.answers import sample
from tongban.web.gallery import gallery
from tongban.web.preview import create

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOW = "2026-11-22T00:30:00Z"
SENT = "没有发现问题"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = create(Path(__file__).parents[2] / "pwa", now=lambda: NOW)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def typed() -> dict[str, str]:
    """Valid answers by the names of their controls."""
    found: dict[str, str] = {}

    def put(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for part, inner in value.items():
                put(f"{name}.{part}", inner)
        elif isinstance(value, list):
            put(f"{name}.0" if isinstance(value[0], dict) else name, value[0])
        else:
            found[name] = str(value).lower() if isinstance(value, bool) else str(value)
    for name, value in sample.valid(gallery(), {"today": NOW[:10], "now": NOW}, 7).items():
        put(name, value)
    return {**found, "signature.typed": "罗珺", "declaration.typed": "罗珺"}


def test_by_keyboard_alone_every_type_is_answered_and_sent(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("[data-live]")
    hands = Keys(page, typed())
    while (here := page.evaluate(HERE)) != "check":
        if here == "papers":        # the system's own file dialogue, not the page's
            page.set_input_files('[name="_file.file"]', LICENCE)
        hands.tab_to(lambda at: at["next"])
        page.keyboard.press("Enter")
        expect(page.locator(f'section.page[data-page="{here}"]')).to_be_hidden()
    hands.tab_to(lambda at: at["text"].startswith("提交申请"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text=SENT)).to_be_visible()
    assert hands.bad == set()
    context.close()


def test_by_keyboard_rows_are_added_copied_and_removed_in_their_place(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}?state=filled&page=roster")
    page.wait_for_selector("[data-live]")
    for button, rows, at in (("添加", 2, "rows.1.who"), ("复制此行", 3, "rows.1.who"), ("删除此行", 2, "rows.0.who")):
        page.focus("#page-roster")
        Keys(page, {}).tab_to(lambda one, words=button: words in one["text"])
        page.keyboard.press("Enter")
        expect(page.locator("[data-row]")).to_have_count(rows)
        assert page.evaluate(FOCUS)["name"] == at
    context.close()


def test_without_script_every_type_is_answered_a_roster_imported_and_all_sent(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    for _ in range(14):
        if page.locator('section.page[data-page="check"]:visible').count():
            break
        if page.locator('section.page[data-page="roster"]:visible').count():
            _import(page)
        write(page, typed())
        if page.locator('[name="_file.file"]:visible').count():
            page.set_input_files('[name="_file.file"]', LICENCE)
        with page.expect_navigation():     # else the next look may still see the page just answered
            page.locator("[data-next]").click()
    expect(page.locator('[data-line="/household"] dd')).to_contain_text("街道")
    expect(page.locator('[data-line="/rows"] tbody tr')).to_have_count(2)
    page.locator("[data-last] button").last.click()
    expect(page.get_by_role("status").filter(has_text=SENT)).to_be_visible()
    context.close()


def _import(page: Page) -> None:
    """A spreadsheet with two good lines, one with a wrong number, one with a formula."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for line in (["姓名", "身份证号", "培训等级", "月工资"], ["王伟", "37020219900101004X", "高级工", 3500],
                 ["张三", "123", "中级工", 4000], ["李娜", "370202199001010015", "中级工", 4000],
                 ["=1+1", "370202199001010031", "中级工", 4000]):
        book.active.append(line)
    book.save(out)
    page.locator(".rows-import summary").click()
    page.set_input_files('[name="_sheet.rows"]', {"name": "名册.xlsx", "mimeType": "application/zip",
                                                  "buffer": out.getvalue()})
    page.locator("button[name=_import]").click()
    told = page.locator("#problems")
    expect(told).to_contain_text("表格第 3 行：公民身份号码应为 18 位，现为 3 位")
    expect(told).to_contain_text("表格第 5 行：姓名是公式")
    expect(page.locator("[data-row]")).to_have_count(2)
