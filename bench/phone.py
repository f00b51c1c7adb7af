"""What a form page costs on a phone: scripts by size, first load at CPU/4 and slow 4G, offline start from the cache.

    python bench/phone.py [--runs 3]

Serves a small world in a process of its own and drives Chromium. Figures are medians.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from tests.browser.phone.kit import FORM, Rig, prepared

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
READY = "form[data-ready]"
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}


def sizes(rig: Rig) -> dict[str, int]:
    """Bytes, gzip -9, of every script that a form page loads: at once, and afterwards when it is quiet."""
    page = rig.phone(service_workers="block").new_page()
    found: dict[str, int] = {}

    def note(answer: Any) -> None:
        if answer.url.endswith(".js"):
            found[answer.url.rsplit("/", 1)[1]] = len(gzip.compress(answer.body(), 9))
    page.on("response", note)
    page.goto(rig.net.url + FORM)
    page.wait_for_selector(READY, state="attached")
    page.wait_for_timeout(1500)
    return found


def first_load(rig: Rig) -> tuple[float, float]:
    """Milliseconds until the form can be typed into and until its outbox stands, CPU/4 and slow 4G, nothing cached."""
    page = rig.phone(service_workers="block").new_page()
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    return timed(page, rig.net.url + FORM)


def offline_start(rig: Rig) -> tuple[float, float]:
    """The same with the network cut, from the service worker and the encrypted store."""
    page = prepared(rig, rig.phone())
    rig.cut()
    try:
        return timed(page, rig.net.url + FORM)
    finally:
        rig.mend()


def timed(page: Page, url: str) -> tuple[float, float]:
    page.goto(url, wait_until="commit")
    page.wait_for_selector(READY, state="attached")
    return page.evaluate("[performance.getEntriesByType('navigation')[0].domInteractive, performance.now()]")


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=3)
    runs = asked.parse_args().runs
    with sync_playwright() as p, tempfile.TemporaryDirectory() as folder:
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        rig = Rig(Path(folder), browser)
        try:
            for name, size in sorted(sizes(rig).items(), key=lambda one: -one[1]):
                print(f"{size:7d} {name}")
            for what, measure in (("first load, CPU/4, slow 4G", first_load), ("offline start", offline_start)):
                seen = [measure(rig) for _ in range(runs)]
                fields, ready = (statistics.median(column) for column in zip(*seen, strict=True))
                print(f"{what}: fields {fields:.0f} ms, outbox ready {ready:.0f} ms")
        finally:
            rig.close()
            browser.close()


if __name__ == "__main__":
    main()
