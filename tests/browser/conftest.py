"""A real server on a real port with the shipped procedures and the demo's people, and a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect, sync_playwright
from werkzeug.serving import make_server

from tongban.app import create_app
from tongban.config import Config
from tongban.service import boot
from tongban.service.runtime import Runtime

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
            "--no-first-run"]


@dataclass
class Site:
    """The server under test."""

    url: str
    rt: Runtime


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """A prepared server on a free port while the block runs."""
    config = Config(data=folder, demo=True)
    rt = boot.open_runtime(config)
    boot.prepare(rt)
    server = make_server("127.0.0.1", 0, create_app(config, rt), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", rt)
    server.shutdown()
    thread.join()
    server.server_close()
    rt.store.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists()), None)
    browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
    yield browser
    browser.close()


def descend(place: Locator, code: str) -> None:
    """Choose a region where script asks for it level by level: province, city, county."""
    held, lists = place.locator("input[type=hidden]"), place.locator("select")
    if held.input_value() == code:
        return
    ways = list(dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code[:6], code)))
    first = next(n for n, part in enumerate(ways) if lists.first.locator(f'option[value="{part}"]').count())
    for depth, part in enumerate(ways[first:]):
        lists.nth(depth).select_option(part)
    expect(held).to_have_value(code)


class Visitor:
    """Somebody at a browser of one width; whatever goes wrong on the page is kept."""

    def __init__(self, site: Site, browser: Browser, width: int, **more: object) -> None:
        self.site = site
        height = 844 if width < 720 else 860
        self.context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", **more)
        self.wrong: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda line: line.type == "error" and self.wrong.append(line.text))
        return page

    def open(self, path: str) -> Page:
        self.page.goto(self.site.url + path)
        return self.page

    def sign_in(self, login: str) -> Page:
        self.open("/sign-in")
        self.page.get_by_label("账号").fill(login)
        self.page.get_by_label("密码").fill(self.site.rt.config.demo_password)
        self.page.locator("main").get_by_role("button", name="登录").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self.page

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def arrive(site: Site, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """arrive("login", width): somebody signed in; at the end nothing may have gone wrong on any of their pages."""
    here: list[Visitor] = []

    def come(login: str = "", width: int = 1280, **more: object) -> Visitor:
        visitor = Visitor(site, chromium, width, **more)
        here.append(visitor)
        if login:
            visitor.sign_in(login)
        return visitor
    yield come
    wrong = [line for visitor in here for line in visitor.wrong]
    for visitor in here:
        visitor.close()
    assert not wrong
