"""Somebody with a phone on the shipped procedures, and a network that can be cut."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.conftest import Site
from tests.browser.phone.faulty import Faulty
from tests.browser.phone.kit import picture

PLACE = {"latitude": 36.0671, "longitude": 120.3826, "accuracy": 12}


class Phone:
    """A phone at 390 px behind a network that can be cut, for the page, its worker and the browser itself."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self.net = Faulty("127.0.0.1", int(site.url.rpartition(":")[2]))
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 390, "height": 844}, locale="zh-CN", geolocation=PLACE,
            permissions=["geolocation", "notifications"], base_url=self.net.url)
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def sign_in(self, login: str, password: str) -> None:
        self.page.goto("/sign-in")
        self.page.get_by_label("账号").fill(login)
        self.page.get_by_label("密码").fill(password)
        self.page.locator("main").get_by_role("button", name="登录").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def take_along(self, kind: str, *titles: str) -> None:
        self.page.goto("/phone/take")
        self.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        for title in titles:
            line = self.page.locator(f"#take-{kind} > li", has_text=title)
            expect(line).to_contain_text(re.compile(r"约 \d+ [KM]B"), timeout=20_000)     # its size, beforehand
            line.get_by_role("checkbox").check()
            expect(line.locator("[data-slot=since]")).to_be_visible()
        self.picture("take")
        self.page.reload()
        self.page.wait_for_function("() => navigator.serviceWorker.controller")

    def cut(self, off: bool = True) -> None:
        self.net.down = off
        self.context.set_offline(off)

    def open_kept(self, title: str) -> None:
        """As a person does it: the app's first page, and from there the form that is on the phone."""
        self.page.goto("/")
        self.page.locator("main a.item", has_text=title).wait_for()
        self.picture("home-offline")
        self.page.locator("main a.item", has_text=title).click()
        self.page.wait_for_selector("form[data-ready]", state="attached")

    def submit(self, button: str) -> None:
        self.page.locator("[data-last] button:visible", has_text=button).click()
        expect(self.page.locator("[data-tell=kept]")).to_be_visible()

    def picture(self, name: str) -> None:
        picture(self.page, name)
