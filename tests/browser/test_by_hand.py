"""The loan on a phone's width by keyboard alone, and without script: to the last page, nothing out of reach."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.browser.test_loan import APPLICATION

pytestmark = [pytest.mark.browser, pytest.mark.slow]
START = "/procedures/qd-loan-apply"
HERE = "document.querySelector('section.page:not([hidden])').dataset.page"
FOCUS = """() => { const e = document.activeElement, box = e.closest("label") ?? e, spot = e.getBoundingClientRect();
  const seen = document.elementFromPoint(spot.left + spot.width / 2, spot.top + Math.min(spot.height / 2, 20));
  const ring = [e, box].some((one) => parseFloat(getComputedStyle(one).outlineWidth) > 0
    && getComputedStyle(one).outlineStyle !== "none");
  return { name: e.name ?? "", type: e.type ?? "", tag: e.tagName, value: e.value ?? "", checked: e.checked ?? false,
    next: "next" in e.dataset, text: e.innerText ?? "", ring, level: e.closest("[data-levels]")?.dataset.name ?? "",
    reached: Boolean(seen && (e.contains(seen) || seen.contains(e) || box.contains(seen))),
    options: e.tagName === "SELECT" ? [...e.options].map((o) => o.value) : [],
    below: e.nextElementSibling?.tagName === "SELECT" ? [e.nextElementSibling.name,
      [...e.nextElementSibling.options].map((o) => o.value)] : null }; }"""

BELOW = """(name) => document.activeElement.nextElementSibling?.tagName === "SELECT"
  || Boolean(document.querySelector(`input[name="${name}"]`)?.value)"""       # the list below is fetched


def photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((300, 200), 60).resize((1600, 1200)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


LICENCE = {"name": "执照.jpg", "mimeType": "image/jpeg", "buffer": photo()}


class Keys:
    """Hands that have nothing but a keyboard; what they cannot see or reach is kept."""

    def __init__(self, page: Page, answers: dict[str, str]) -> None:
        self.page, self.answers, self.bad, self.given = page, answers, set[str](), False

    def tab_to(self, there: Callable[[dict[str, Any]], bool]) -> None:
        """Tab on, answering what is asked on the way."""
        for _ in range(150):
            self.page.keyboard.press("Tab")
            at = self.page.evaluate(FOCUS)
            if at["tag"] != "BODY" and not (at["ring"] and at["reached"]):
                self.bad.add(f"{at['tag']} {at['name'] or at['text']}")
            if there(at):
                return
            self.answer(at)
        raise AssertionError("tabbing never came there")

    def answer(self, at: dict[str, Any]) -> None:
        press, want = self.page.keyboard.press, self.answers.get(at["level"] or at["name"])
        if at["name"] == "_file.licence" and not self.given:
            press("Enter")
            self.given = True
        elif at["tag"] == "SELECT":
            self.choose(at, want)
        elif want is None:
            return
        elif at["type"] == "radio":
            while self.page.evaluate(FOCUS)["value"] != want:
                press("ArrowDown")
            if not self.page.evaluate(FOCUS)["checked"]:
                press("Space")
            self.page.evaluate("new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))")
        elif at["type"] == "checkbox" and at["value"] == want and not at["checked"]:
            press("Space")
        elif at["type"] == "date" and at["value"] != want:
            self.page.keyboard.type(want[5:7] + want[8:] + want[:4])
        elif at["type"] not in ("checkbox", "date") and at["value"] != want:
            press("Control+a")
            self.page.keyboard.insert_text(want)

    def choose(self, at: dict[str, Any], want: str | None) -> None:
        """Arrow down to the answer; in the list above another, until that one offers it."""
        for _ in at["options"] if want is not None else ():
            now = self.page.evaluate(FOCUS)     # again after each key: a list may be made anew under the hand
            there = (value == want or (now["level"] and value and want.startswith(value.rstrip("0")))
                     for value in now["options"])
            steps = next((n for n, fits in enumerate(there) if fits), 0) - now["options"].index(now["value"])
            if not steps:
                break
            self.page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
        if at["level"] and want:
            self.page.wait_for_function(BELOW, arg=at["level"])
        for _ in at["options"] if want is None else ():
            name, offers = self.page.evaluate(FOCUS)["below"] or ("", [])
            if name not in self.answers or self.answers[name] in offers:
                return
            self.page.keyboard.press("ArrowDown")


def test_by_keyboard_alone_the_loan_is_filled_in_to_its_last_page(arrive: Callable[..., Any]) -> None:
    page = arrive("haifeng", 390).open(START)
    Keys(page, {}).tab_to(lambda at: at["text"].startswith("开始申请"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/tasks/"))
    page.wait_for_selector("[data-live]")
    page.on("filechooser", lambda chooser: chooser.set_files(LICENCE))      # listened for before the key, not with it
    hands = Keys(page, APPLICATION)
    while (here := page.evaluate(HERE)) != "check":
        hands.tab_to(lambda at: at["next"])
        page.keyboard.press("Enter")
        expect(page.locator(f'section.page[data-page="{here}"]')).to_be_hidden()
    expect(page.locator(".foretell.notice-done")).to_contain_text("没有发现问题")
    hands.tab_to(lambda at: at["text"].startswith("提交申请"))
    assert hands.bad == set()


def test_without_script_the_loan_says_what_is_missing_and_is_sent(arrive: Callable[..., Any]) -> None:
    visitor = arrive("jifeng", 390, java_script_enabled=False)
    page = visitor.open(START)
    page.locator("button:visible", has_text="开始申请").first.click()
    page.locator("[data-way] summary").click()
    page.locator("[data-to=check] button").click()
    page.locator("[data-last] button").last.click()
    expect(page.locator("#problems a").first).to_be_visible()
    assert "还不能判断" not in page.locator("#problems").inner_text()
    page.locator('#problems a[href="#f-signature"]').click()
    expect(page.locator("#f-signature")).to_be_visible()      # on another page of the form
    page.locator("[data-way] summary").click()
    page.locator("[data-to=firm] button").click()
    answers = {**APPLICATION, "name": "青岛疾风配送有限公司", "uscc": "91370211MA3DEM005P"}
    for _ in range(16):
        if page.locator('section.page[data-page="check"]:visible').count():
            break
        write(page, answers)
        with page.expect_navigation():     # else the next look may still see the page just answered
            page.locator("[data-next]").click()
    page.locator("[data-last] button").last.click()
    page.wait_for_url(re.compile("said=submitted"))
    visitor.wrong = [line for line in visitor.wrong if "422" not in line]     # the browser's own line about refusals


def write(page: Page, answers: dict[str, str]) -> None:
    """Answer what is visible; of a region as deep as the lists go, the next page asks on."""
    asked = page.locator("section.page:visible [name]:visible")
    known = asked.evaluate_all(
        "all => all.map((e) => [e.name, e.type, e.value, [...e.options ?? []].map((o) => o.value)])")
    for control, (name, kind, value, offered) in zip(asked.element_handles(), known, strict=True):
        want = answers.get(name)
        if name == "_file.licence":
            control.set_input_files(LICENCE)
        elif want is None or (value == want and kind not in ("radio", "checkbox")):
            continue
        elif kind in ("radio", "checkbox"):
            if value == want:
                control.check()
        elif offered:
            ways = (want, want[:6], f"{want[:4]}00", f"{want[:2]}0000")
            control.select_option(next(way for way in ways if way in offered))
        else:
            control.fill(want)
