"""The sign-in ends in the middle of a form: it is said at once, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACE = '[name="address.detail"]'


def opened(visitor: Any) -> Page:
    """The long form, begun, with something typed."""
    page = visitor.open("/procedures/qd-loan-apply")
    page.locator("button:visible", has_text="开始申请").first.click()
    page.wait_for_url("**/tasks/**")
    page.wait_for_selector("[data-live]")
    return page


def sign_out_elsewhere(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url.partition("/cases")[0] + "/")
    other.locator("details.menu summary").last.click()
    other.locator("form[data-sign-out] button:visible").click()
    expect(other.locator("body:not([data-person])")).to_be_attached()
    other.close()


def sign_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(password)
    page.locator("main").get_by_role("button", name="登录", exact=True).click()


def test_signed_out_in_another_tab_is_said_at_once_and_nothing_typed_is_lost(arrive: Callable[..., Any]) -> None:
    visitor = arrive("mohe", 390)
    page, password = opened(visitor), visitor.site.rt.config.demo_password
    sign_out_elsewhere(page)
    page.locator(PLACE).fill("香港中路 76 号")
    told = page.locator("[data-ended]")
    expect(told).to_be_visible()
    field = page.locator(PLACE).bounding_box()
    box = told.bounding_box()
    assert field
    assert box
    assert field["y"] >= box["y"] + box["height"], "not over the field that somebody is in"

    other = page.context.new_page()         # signed in again in another tab: it goes on by itself
    other.goto(visitor.site.url + "/sign-in")
    sign_in(other, "mohe", password)
    expect(other.locator("body[data-person]")).to_be_attached()
    other.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(told).to_be_hidden()
    expect(page.locator("[data-saved]")).to_contain_text("已自动保存")

    sign_out_elsewhere(page)                # and by the button on the page itself
    page.locator(PLACE).fill("香港中路 78 号")
    told.get_by_role("button").click()
    sign_in(page, "mohe", password)
    page.get_by_role("button", name="继续").click()
    expect(page.locator(PLACE)).to_have_value("香港中路 78 号")
    visitor.wrong[:] = [line for line in visitor.wrong if "401" not in line]        # what the browser says of it
