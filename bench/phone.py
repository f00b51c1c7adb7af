"""What a form page of 25 fields costs on a phone, beside other form runners with the same fields in the same run.

    python bench/phone.py [--runs 3] [--lighthouse] [--alone | --peers form-js,rjsf]

Serves a small world in a process of its own and drives Chromium at CPU/4 and slow 4G (150 ms, 1.6 Mbit/s), nothing
cached, one site after the other in each round. `fields`: all can be seen. `live`: they answer to what is typed, which a
peer's do when they are there. `kept`: ours only, the device's store is open and keeps what is typed, earlier keys too.
Figures are medians; the last column is the median over the rounds of our time until live divided by the peer's in the
same round, which holds on a busy machine too. The peers are installed by npm, pinned, the first time; `--peers` names
some of them, `--alone` leaves them out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import phone_peers
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from tests.browser.phone.kit import FORM, Nursery, Rig, prepared

CHROMIUM = "/usr/bin/chromium"
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
LIVE, KEPT = "form [data-live]", "form[data-ready]"
OURS, THEIRS = ".q[data-field]", "input:not([type=hidden]), select, textarea"
WATCH = """(() => {
  globalThis.blocked = 0;
  const add = (list) => { for (const task of list.getEntries()) blocked += Math.max(0, task.duration - 50); };
  new PerformanceObserver(add).observe({ type: "longtask", buffered: true });
  const look = () => {
    const all = globalThis.seen ? [] : [...document.querySelectorAll("SELECTOR")];
    if (all.filter((one) => one.checkVisibility()).length >= 25) globalThis.seen = performance.now();
    const is = (sign) => !sign || document.querySelector(sign);
    if (globalThis.seen && !globalThis.live && is("LIVE")) globalThis.live = performance.now();
    if (globalThis.live && is("KEPT")) globalThis.kept = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
# Not the driver's own waiting: what it puts into a page to watch it takes a seventh of a second there at CPU/4.
TOLD = "globalThis.kept ? [seen, live, kept, blocked, performance.now()] : null"
Site = tuple[str, str, dict[str, str] | None, tuple[str, str], int]    # address, fields, cookie, signs, script bytes
QUIET = 2000    # what is fetched and done when the page stands counts too


def watch(selector: str, live: str, kept: str) -> str:
    return WATCH.replace("SELECTOR", selector).replace("LIVE", live).replace("KEPT", kept)


def load(browser: Browser, url: str, selector: str, cookie: dict[str, str] | None, signs: tuple[str, str],
         ) -> list[float]:
    """Milliseconds until 25 fields can be seen, answer and are kept on the device, blocked time, kilobytes."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", service_workers="block")
    context.set_default_timeout(60_000)
    if cookie:
        context.add_cookies([cookie])       # type: ignore[list-item]
    page = context.new_page()
    page.add_init_script(watch(selector, *signs))
    wire, sent = context.new_cdp_session(page), [0]
    wire.on("Network.loadingFinished", lambda one: sent.__setitem__(0, sent[0] + int(one["encodedDataLength"])))
    wire.send("Network.enable")
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    wire.send("Network.emulateNetworkConditions", SLOW_4G)
    wire.send("Page.navigate", {"url": url})
    times = told(page, wire, QUIET)
    context.close()
    return [*times, sent[0] / 1000]


def told(page: Page, wire: CDPSession, after: float = 0) -> list[float]:
    """What the page noted of itself, `after` milliseconds after the last of it."""
    while True:
        page.wait_for_timeout(250)
        got = wire.send("Runtime.evaluate", {"expression": TOLD, "returnByValue": True})["result"].get("value")
        if got and got[4] >= got[2] + after:
            return list(got[:4])


def scripts(rig: Rig) -> dict[str, int]:
    """Bytes, gzip -9, of every script that the form page loads, at once and when it is quiet."""
    page = rig.phone(service_workers="block").new_page()
    found: dict[str, int] = {}

    def note(answer: Any) -> None:
        if answer.url.endswith(".js"):
            found[answer.url.rsplit("/", 1)[1]] = len(gzip.compress(answer.body(), 9))
    page.on("response", note)
    page.goto(rig.net.url + FORM)
    page.wait_for_selector(KEPT, state="attached")
    page.wait_for_load_state("networkidle")
    return found


def offline(rig: Rig) -> list[float]:
    """The kept form without a network, at CPU/4: until 25 fields can be seen, answer and are kept."""
    page: Page = prepared(rig, rig.phone())
    wire = page.context.new_cdp_session(page)
    page.add_init_script(watch(OURS, LIVE, KEPT))
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    rig.cut()
    try:
        wire.send("Page.navigate", {"url": rig.net.url + FORM})
        return told(page, wire)[:3]
    finally:
        page.context.close()
        rig.mend()


def lighthouse(url: str, session: str = "") -> str:
    """Scores of Lighthouse's mobile run: performance, accessibility, best practices."""
    asked = [str(phone_peers.HERE / "node_modules/.bin/lighthouse"), url, "--quiet", "--output=json",
             "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
             "--only-categories=performance,accessibility,best-practices"]
    if session:
        asked.append("--extra-headers=" + json.dumps({"Cookie": f"tb-session={session}"}))
    environment = {**os.environ, "CHROME_PATH": CHROMIUM}
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    scores = " ".join(f"{name} {round((one['score'] or 0) * 100)}" for name, one in said["categories"].items())
    figures = {name: said["audits"][name]["displayValue"].replace("\xa0", " ")
               for name in ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")}
    failed = [name for one in said["categories"].values() for name in (ref["id"] for ref in one["auditRefs"])
              if said["audits"][name]["score"] == 0 and one["id"] != "performance"]
    return f"{scores} {figures} {failed or ''}"


def median(rows: list[list[float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--lighthouse", action="store_true")
    asked.add_argument("--alone", action="store_true")
    asked.add_argument("--peers", default=",".join(phone_peers.NAMES))
    given = asked.parse_args()
    if not given.alone or given.lighthouse:
        phone_peers.install()
    with sync_playwright() as p, tempfile.TemporaryDirectory() as place:
        folder, pages = Path(place) / "ours", Path(place) / "theirs"
        folder.mkdir()
        pages.mkdir()
        (folder / "fields.json").write_text(json.dumps(phone_peers.fields()))
        sizes = {} if given.alone else phone_peers.build(pages, given.peers.split(","))
        peers = phone_peers.serve(pages)
        browser = p.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        nursery = Nursery()
        rig = Rig(folder, browser, nursery)
        try:
            report(browser, rig, sizes, f"http://127.0.0.1:{peers.server_address[1]}", given)
        finally:
            rig.close()
            nursery.close()
            browser.close()
            peers.shutdown()


def interleaved(browser: Browser, pages: dict[str, Site], runs: int) -> dict[str, list[list[float]]]:
    """Every site once a round, so that whatever else the machine does comes upon all of them alike."""
    rounds: dict[str, list[list[float]]] = {name: [] for name in pages}
    for _ in range(runs):
        for name, (url, selector, cookie, signs, _) in pages.items():
            rounds[name].append(load(browser, url, selector, cookie, signs))
    return rounds


def report(browser: Browser, rig: Rig, sizes: dict[str, int], there: str, given: argparse.Namespace) -> None:
    ours = scripts(rig)
    for name, size in sorted(ours.items(), key=lambda one: -one[1]):
        print(f"{size:8,d} {name}")
    cookie = {"name": "tb-session", "value": rig.tokens["boss"], "url": rig.net.url}
    pages: dict[str, Site] = {"tongban": (rig.net.url + FORM, OURS, cookie, (LIVE, KEPT), sum(ours.values()))}
    pages |= {name: (f"{there}/{name}.html", THEIRS, None, ("", ""), size) for name, size in sizes.items()}
    print(f"{'':10}{'JS gz':>9}{'fields':>9}{'live':>9}{'kept':>9}{'blocked':>9}{'wire KB':>9}{'ours/it':>9}")
    rounds = interleaved(browser, pages, given.runs)
    for name, (*_, size) in pages.items():
        seen, live, kept, blocked, wire = median(rounds[name])
        ratio = statistics.median(mine[1] / its[1] for mine, its in zip(rounds["tongban"], rounds[name], strict=True))
        print(f"{name:10}{size:9,d}{seen:9.0f}{live:9.0f}{kept:9.0f}{blocked:9.0f}{wire:9.1f}{ratio:9.2f}", flush=True)
    seen, live, kept = median([offline(rig) for _ in range(given.runs)])
    print(f"kept form without a network, CPU/4: fields {seen:.0f} ms, live {live:.0f} ms, kept {kept:.0f} ms")
    if given.lighthouse:
        for name, (url, _, cookie_of, _, _) in pages.items():
            print(f"{name:10}{lighthouse(url, rig.tokens['boss'] if cookie_of else '')}", flush=True)


if __name__ == "__main__":
    main()
