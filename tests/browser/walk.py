"""Walks scenarios of shipped procedures through real pages, each on a server of its own, and keeps what they end in.

    python -m tests.browser.walk [SLUG[:NUMBER,…] …] [--keep FOLDER]

Without slugs all are walked; numbers say which scenarios of a book, from 0.
A line for each scenario; into the folder go the case page of everybody who took part and every document as PDF.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, sync_playwright
from tests.browser.conftest import CHROMIUM, Site, Visitor, serving
from tests.browser.walker import NotOffered, Walk
from tests.catalog.played import ROOT, shipped

NOT_WALKED = "not walked"


class Stage:
    """A data folder that was prepared once, copied for every scenario."""

    def __init__(self, folder: Path, browser: Browser, keep: Path | None) -> None:
        self.folder, self.browser, self.keep = folder, browser, keep
        with serving(folder / "first"):
            pass

    @contextmanager
    def site(self) -> Iterator[Site]:
        """A server on a fresh copy."""
        here = self.folder / "now"
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(self.folder / "first", here)
        with serving(here) as site:
            yield site

    def walk(self, slug: str, scenario: Any) -> str:
        """What went wrong; empty where all went as the scenario says."""
        if scenario.get("missing"):
            return f"{NOT_WALKED}: registers of this server always answer"
        name = scenario["name"]
        visitors: list[Visitor] = []
        with self.site() as site:
            def arrive(login: str, width: int) -> Visitor:
                visitors.append(Visitor(site, self.browser, width))
                if login:
                    visitors[-1].sign_in(login)
                return visitors[-1]
            walk, wrong = None, ""
            try:
                walk = Walk(site, arrive, slug, name)
                walk.play()
                wrong = "; ".join(line for one in visitors for line in one.wrong if "Failed to load" not in line)
            except NotOffered as error:
                wrong = f"{NOT_WALKED}: {error}"
            except (AssertionError, Error, IndexError, KeyError, TypeError, ValueError) as error:
                wrong = f"{type(error).__name__}: {error}"
            if self.keep and walk is not None:
                self.remember(walk, self.keep / slug / "".join(c if c.isalnum() else "-" for c in name)[:60], wrong)
            for one in visitors:
                one.close()
        return wrong

    def remember(self, walk: Walk, folder: Path, wrong: str) -> None:
        """The case as everybody sees it at the end, and its documents; first where somebody got stuck."""
        folder.mkdir(parents=True, exist_ok=True)
        for actor, page in walk.pages.items() if wrong else ():
            page.screenshot(path=folder / f"stuck-{actor}.png", full_page=True)
        for actor in list(walk.pages) if walk.case_id else ():
            page = walk.open(actor)
            page.screenshot(path=folder / f"{actor}.png", full_page=True)
            links = {a.get_attribute("href"): a.inner_text() for a in page.locator('a[href^="/documents/"]').all()}
            for href, title in links.items():
                answer = page.request.get(f"{walk.site.url}{href}")
                name = f"{title.strip()}.pdf" if answer.ok else f"{title.strip()}.{answer.status}.txt"
                (folder / name.replace("/", "-")).write_bytes(answer.body())


def main(arguments: list[str]) -> int:
    """Every scenario that is asked for; 1 where one did not go as it should."""
    parser = argparse.ArgumentParser(prog="walk", description=__doc__)
    parser.add_argument("slugs", nargs="*")
    parser.add_argument("--keep", type=Path, help="folder for pages and documents")
    wanted = parser.parse_args(arguments)
    slugs = wanted.slugs or sorted(path.stem for path in (ROOT / "workflows").glob("*.json"))
    failed = 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as player:
        path = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists()), None)
        browser = player.chromium.launch(executable_path=path, args=CHROMIUM)
        stage = Stage(Path(folder), browser, wanted.keep)
        for asked in slugs:
            slug, _, numbers = asked.partition(":")
            book = shipped("tests/catalog", f"{slug}.scenario")["scenarios"]
            for scenario in [book[int(n)] for n in numbers.split(",")] if numbers else book:
                began, wrong = time.monotonic(), stage.walk(slug, scenario)
                failed += bool(wrong) and not wrong.startswith(NOT_WALKED)
                print(json.dumps({"procedure": slug, "scenario": scenario["name"], "wrong": wrong,
                                  "seconds": round(time.monotonic() - began, 1)}, ensure_ascii=False), flush=True)
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
