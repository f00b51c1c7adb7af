"""Each test has its own server, its own database and its own phones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser.phone.kit import Rig


@pytest.fixture
def rig(tmp_path: Path, chromium: Browser) -> Iterator[Rig]:
    made = Rig(tmp_path, chromium)
    yield made
    made.close()
