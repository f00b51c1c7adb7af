"""What makes it an app: installing, its shortcuts, a newer version, push messages, scanning."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import Site
from tests.browser.phone.kit import WORKER, until
from tests.browser.phone.person import Phone

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FORM = "/phone/new/qd-loan-apply"
BUILD = re.compile(rb'"build": "\w+"')
SHOWN = "navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.map((n) => n.body).sort())"
SCANNER = """
navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
HTMLMediaElement.prototype.play = async () => {};
const codes = ["https://evil.example/verify", "javascript:alert(1)", location.origin + "/verify/ABCD2345EFGH"];
globalThis.BarcodeDetector = class { static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return [{ rawValue: codes.shift() }]; } };
"""


def test_newer_version_is_offered_and_takes_over_without_losing_what_is_typed(phone: Callable[[str], Phone]) -> None:
    firm = phone("mohe")
    page = firm.page
    page.goto(FORM)
    until(lambda: page.evaluate(WORKER))
    page.reload()
    page.wait_for_function("() => navigator.serviceWorker.controller")
    page.wait_for_selector("form[data-ready]", state="attached")
    expect(page.locator("[data-newer]")).to_be_hidden()
    firm.net.alter = lambda path, body: BUILD.sub(b'"build": "newer"', body) if path == "/sw.js" else body
    page.evaluate("navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => 1)")
    page.fill("[name=name]", "青岛墨河养老服务有限公司")
    expect(page.locator("[data-newer]")).to_be_visible()
    firm.picture("newer")
    with page.expect_navigation():
        page.locator("[data-newer] button").click()
    page.wait_for_selector("form[data-ready]", state="attached")
    expect(page.locator("[name=name]")).to_have_value("青岛墨河养老服务有限公司")
    until(lambda: page.evaluate("caches.keys()") == ["tongban-newer"])


def test_app_can_be_installed_and_its_first_page_leads_to_what_is_on_the_device(
        site: Site, phone: Callable[[str], Phone]) -> None:
    firm = phone("mohe")
    page = firm.page
    page.goto("/")
    manifest = page.context.new_cdp_session(page).send("Page.getAppManifest")
    assert manifest["errors"] == []
    said = json.loads(manifest["data"])
    assert [one["url"] for one in said["shortcuts"]] == ["/procedures", "/phone/tasks", "/phone/scan"]
    assert {one["purpose"] for one in said["icons"]} == {"any", "maskable"}
    pictures = [one["src"] for one in [*said["icons"], *(icon for cut in said["shortcuts"] for icon in cut["icons"])]]
    assert all(page.request.get(src).ok for src in [*pictures, *(one["url"] for one in said["shortcuts"])])
    until(lambda: page.evaluate(WORKER))
    page.evaluate("""dispatchEvent(Object.assign(new Event("beforeinstallprompt"), {
        prompt: async () => { document.title = "asked"; } }))""")
    firm.picture("home")
    page.locator("[data-install] button").click()
    expect(page).to_have_title("asked")
    expect(page.locator(".quick a")).to_contain_text(["待发送", "随身携带", "扫一扫"])


def test_push_message_is_shown_to_its_person_and_to_nobody_after_them(phone: Callable[[str], Phone]) -> None:
    firm = phone("mohe")
    page = firm.page
    page.goto("/phone/here")
    until(lambda: page.evaluate(WORKER))
    page.locator('[data-do="push-on"]').click()
    expect(page.locator('[data-push-is="failed"]')).to_be_visible()     # no maker's service answers here
    firm.picture("here")
    wire = page.context.new_cdp_session(page)
    seen: list[str] = []
    wire.on("ServiceWorker.workerRegistrationUpdated",
            lambda found: seen.extend(one["registrationId"] for one in found["registrations"]))
    wire.send("ServiceWorker.enable")
    until(lambda: page.evaluate("true") and seen)
    for whose in ("demo-mohe", "demo-lanwan"):
        said = {"title": "通办有新消息", "body": f"给 {whose}", "url": "/", "tag": whose, "for": whose}
        wire.send("ServiceWorker.deliverPushMessage", {
            "origin": firm.net.url, "registrationId": seen[-1], "data": json.dumps(said)})
    until(lambda: len(page.evaluate(SHOWN)) >= 2)
    shown = page.evaluate(SHOWN)
    assert "给 demo-mohe" in shown
    assert "给 demo-lanwan" not in shown


def test_scanner_says_where_it_cannot_and_never_leaves_the_site_where_it_can(phone: Callable[[str], Phone]) -> None:
    page = phone("mohe").page
    page.goto("/phone/scan")
    expect(page.locator("[data-none]")).to_be_visible()
    page.add_init_script(SCANNER)
    page.goto("/phone/scan")
    page.wait_for_url("**/verify/ABCD2345EFGH")
