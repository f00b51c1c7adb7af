"""Scenarios of shipped procedures played through real pages by everybody who takes part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Visitor, serving
from tests.browser.walker import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WALKS = [
    ("ha-visit", "synced a day later: a revision with its reason"),
    ("gd-apprentice-agree", "a student of 17: the guardian signs after the student"),
    ("qd-recommend-push", "pushed in the last second of the fifteenth: in time"),
    ("qd-recommend-push",
     "reported by another district this month: it must be left out and is kept as a conflict mark"),
]


@pytest.mark.parametrize(("slug", "name"), WALKS)
def test_a_scenario_is_played_by_its_people_through_the_pages(tmp_path: Path, chromium: Any, slug: str, name: str
                                                              ) -> None:
    with serving(tmp_path) as site:     # its own: two scenarios of a procedure have people of the same names
        walk(site, chromium, slug, name)


def walk(site: Any, chromium: Any, slug: str, name: str) -> None:
    here: list[Any] = []

    def arrive(login: str, width: int) -> Any:
        here.append(Visitor(site, chromium, width))
        if login:
            here[-1].sign_in(login)
        return here[-1]
    try:
        Walk(site, arrive, slug, name).play()
        assert not [line for visitor in here for line in visitor.wrong if "Failed to load resource" not in line]
    finally:
        for visitor in here:
            visitor.close()
