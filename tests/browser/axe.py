"""What axe finds on a page. It is read into the page once, and hands back what is wrong only: its lists of all that is
right took as long as the looking."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

COLOURS = ["color-contrast", "link-in-text-block"]     # what light changes
RUN = """([kind, values]) => axe.run({ runOnly: { type: kind, values }, resultTypes: ["violations"] })
  .then((found) => found.violations)"""


def violations(page: Page, tags: list[str]) -> list[Any]:
    """By every rule of the tags in light, and by those of colours again in dark."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(RUN, ["tag", tags])
    page.emulate_media(color_scheme="dark")
    found += page.evaluate(RUN, ["rule", COLOURS])
    page.emulate_media(color_scheme="light")
    return found
