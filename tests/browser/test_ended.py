"""The sign-in ends or the case moves on in the middle of a form: said at once, and nothing typed is lost."""

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


def test_a_form_that_another_device_ended_says_so_while_somebody_types(arrive: Callable[..., Any]) -> None:
    visitor = arrive("mohe", 390)
    page = opened(visitor)
    other = page.context.new_page()         # as on another device: the case is withdrawn there
    other.goto(page.url.partition("/tasks/")[0])
    other.locator("summary", has_text="撤回").first.click()
    other.locator("button:visible", has_text="撤回").first.click()
    expect(other.locator(".chip", has_text="撤回").first).to_be_visible()
    other.close()
    page.locator(PLACE).fill("香港中路 80 号")
    told = page.locator("[data-moved]")
    expect(told).to_be_visible()
    expect(told).to_contain_text("撤回")
    expect(page.locator("[data-saved]")).to_have_text("没有保存：这一步已不在您这里")
    field, box = page.locator(PLACE).bounding_box(), told.bounding_box()
    assert field
    assert box
    assert field["y"] >= box["y"] + box["height"], "not over the field that somebody is in"
    told.get_by_role("button", name="查看现在的情况").click()
    expect(page.locator("main")).to_contain_text("香港中路 80 号")
    visitor.wrong[:] = [line for line in visitor.wrong if "409" not in line]        # what the browser says of it
