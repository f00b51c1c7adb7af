"""A server process that can be killed, a network that can fail, and what a person does on a phone."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page
from tests.browser.phone.faulty import Faulty

ROOT = Path(__file__).parents[3]
FORM = "/phone/new/visit"
WORKER = "navigator.serviceWorker.getRegistration().then((r) => r?.active?.state === 'activated')"
STORED = """async (store) => {
  const done = (asked) => new Promise((ok, no) => { asked.onsuccess = () => ok(asked.result); asked.onerror = no; });
  const db = await done(indexedDB.open(`tongban:${document.body.dataset.person}`));
  const rows = await done(db.transaction(store).objectStore(store).getAll());
  db.close();
  return rows.map(({ url, id, made }) => ({ url, id, made }));
}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def photo(number: int, size: tuple[int, int] = (1200, 900)) -> dict[str, Any]:
    """A photo that no other is like."""
    noise = Image.effect_noise(size, 90).convert("RGB")
    noise.paste((number % 256, 40, 40), (0, 0, 200, 200))
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=85)
    return {"name": f"现场{number}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


class Nursery:
    """A process that has read what a server needs, and forks one whenever it is told to."""

    def __init__(self) -> None:
        paths = os.pathsep.join((str(ROOT / "server"), str(ROOT)))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.phone.server"], env={**os.environ, "PYTHONPATH": paths},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def serve(self, folder: Path, port: int) -> int:
        """The process that serves it now."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([str(folder), port]), file=self.process.stdin, flush=True)
        word, said = self.process.stdout.readline().split(maxsplit=1)
        assert word == "serving", said
        return int(said)

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()      # no more is told
        self.process.wait()
        self.process.stdout.close()


class Rig:
    """Server, faulty network, browser contexts that are phones."""

    def __init__(self, folder: Path, browser: Browser, nursery: Nursery) -> None:
        self.folder, self.browser, self.nursery, self.port = folder, browser, nursery, free_port()
        self.process = 0
        self.start()
        self.net = Faulty("127.0.0.1", self.port)
        self.tokens: dict[str, str] = json.loads((folder / "tokens.json").read_text())
        self.contexts: list[BrowserContext] = []

    def start(self) -> None:
        self.process = self.nursery.serve(self.folder, self.port)

    def kill(self) -> None:
        """As a power cut does it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
            until(lambda: os.kill(self.process, 0), every=0.01)

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.net.close()
        self.kill()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database holds."""
        with sqlite3.connect(f"file:{self.folder / 'tongban.db'}?mode=ro", uri=True, timeout=20) as conn:
            found = conn.execute(query, values).fetchall()
        conn.close()
        return found

    def submitted(self) -> list[dict[str, Any]]:
        """The answers of every visit that was submitted."""
        found = self.rows("SELECT snapshot FROM cases WHERE workflow = 'visit'")
        cases = [json.loads(one) for (one,) in found]
        return [case["answers"]["application"] for case in cases if case["submitted_at"]]

    def origins(self) -> list[dict[str, Any]]:
        """Where the entries of all records came from."""
        bodies = [json.loads(one) for (one,) in self.rows("SELECT body FROM journal ORDER BY at, seq")]
        return [body["by"]["origin"] for body in bodies if "origin" in body["by"]]

    def phone(self, login: str = "boss", **options: Any) -> BrowserContext:
        context = self.browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", **options)
        context.set_default_timeout(20_000)
        self.contexts.append(context)
        self.sign_in(context, login)
        return context

    def sign_in(self, context: BrowserContext, login: str) -> None:
        context.add_cookies([{"name": "tb-session", "value": self.tokens[login], "url": self.net.url}])

    def cut(self) -> None:
        """No network, for the page and for its worker alike."""
        self.net.down = True

    def mend(self) -> None:
        self.net.down = False


def picture(page: Page, name: str) -> None:
    """Kept where PHONE_PICTURES names a folder: how the pages look is judged by eye."""
    if folder := os.environ.get("PHONE_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def opened(rig: Rig, page: Page, path: str = FORM) -> Page:
    """A form page with its outbox ready."""
    page.goto(path if path.startswith("http") else rig.net.url + path)
    page.wait_for_selector("form[data-ready]", state="attached")
    return page


def prepared(rig: Rig, context: BrowserContext, path: str = FORM) -> Page:
    """A phone that has opened the form once with a network and can do so again without."""
    page = opened(rig, context.new_page(), path)
    until(lambda: page.evaluate(WORKER))
    page.reload()
    page.wait_for_function("() => navigator.serviceWorker.controller")
    page.wait_for_selector("form[data-ready]", state="attached")
    until(lambda: any(row["url"] == path for row in page.evaluate(STORED, "pages")))
    return page


def fill(page: Page, name: str, staff: int = 36, photos: tuple[dict[str, Any], ...] = ()) -> None:
    page.fill("[name=name]", name)
    page.fill("[name=staff]", str(staff))
    if photos:
        page.set_input_files("input[data-attach=photos]", list(photos))
        page.wait_for_function("n => document.querySelectorAll('.held-one').length === n", arg=len(photos))


def submit(page: Page) -> None:
    """Over the page with all answers to the button at its end."""
    page.click("[data-next]")
    page.click("button[name=action]")


def kept(page: Page) -> None:
    page.wait_for_selector("[data-tell=kept]", state="visible")


def queue(rig: Rig, page: Page) -> Page:
    page.goto(rig.net.url + "/phone/queue")
    page.wait_for_selector("#waiting > li, [data-empty]:not([hidden])")
    return page


def until(true: Any, seconds: float = 40, every: float = 0.2) -> None:
    """Wait for something that another process brings about, or that a page answers by a promise: `wait_for_function`
    takes a promise for "yes"."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(every)


def send_now(page: Page) -> None:
    """The button of the queue page, which goes away when the timer was quicker."""
    page.locator("[data-do=send-all]").dispatch_event("click")
