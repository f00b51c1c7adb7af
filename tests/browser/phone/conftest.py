"""A server, a database and phones for each test that breaks them; the shipped procedures on the shared server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser.conftest import Site
from tests.browser.phone.kit import Nursery, Rig
from tests.browser.phone.person import Phone


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def rig(tmp_path: Path, chromium: Browser, nursery: Nursery) -> Iterator[Rig]:
    made = Rig(tmp_path, chromium, nursery)
    yield made
    made.close()


@pytest.fixture
def phone(site: Site, chromium: Browser) -> Iterator[Callable[[str], Phone]]:
    made: list[Phone] = []

    def sign_in(login: str) -> Phone:
        made.append(Phone(site, chromium))
        made[-1].sign_in(login, site.rt.config.demo_password)
        return made[-1]
    yield sign_in
    for one in made:
        one.context.close()
        one.net.close()
    assert [line for one in made for line in one.wrong] == []
