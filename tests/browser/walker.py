"""Plays a scenario of a shipped procedure through real pages: everybody signs in, fills in, presses the real buttons.

Sides without an account sign in by a one-time code; see tests/catalog/played.py for the world of a scenario.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import descend
from tests.catalog.played import Played

from tongban.engine.simulate import merged
from tongban.service import people

Json = Any
TIMEOUT = 40_000        # milliseconds that a page may take on a busy machine
NOT_OFFERED = ("engine.not_your", "engine.barred", "engine.no_such_action")
YES = {"yes": "true", "no": "false", "true": "true", "false": "false"}

HELD = """() => Boolean(document.activeElement.closest(".q"))
  && !document.querySelector(".page:not([hidden]) .q-wrong")"""


class NotOffered(Exception):
    """What a scenario sends can come from a program, but not from the page."""


class Walk(Played):
    """One scenario, played by people at browsers."""

    def __init__(self, site: Any, arrive: Callable[..., Any], slug: str, which: str | int) -> None:
        self.site, self.arrive = site, arrive
        self.pages: dict[str, Page] = {}
        super().__init__(site.rt, slug, which)

    def password(self) -> str:
        """Of the demo."""
        return people.hash_password(self.rt.config.demo_password)

    def by_code(self, actor: str) -> bool:
        """Sides that are reached by mobile have no account."""
        return bool(self.party(actor).get("phone")) and not self.book["actors"][actor].get("starts")

    def settle(self, actor: str, spec: Mapping[str, Json]) -> None:
        """An account for who signs in with one."""
        if self.grants(actor) not in ([], [("public", "*")]) and not self.by_code(actor):
            super().settle(actor, spec)

    def page(self, actor: str) -> Page:
        """Where somebody sits: signed in once, sides of the case at a phone, offices at a desk."""
        if actor not in self.pages:
            by_code = self.by_code(actor)
            visitor = self.arrive("" if by_code else f"w.{self.slug}.{actor}", 390 if self.party(actor) else 1280)
            self.pages[actor] = visitor.page
            visitor.page.set_default_timeout(TIMEOUT)
            if by_code:
                self.sign_in_by_code(visitor.page, actor, self.party(actor)["phone"])
        return self.pages[actor]

    def sign_in_by_code(self, page: Page, actor: str, path: str) -> None:
        """With the mobile that the case names."""
        form, _, field = path.partition(".")
        page.goto(f"{self.site.url}/sign-in/mobile")
        page.get_by_label("手机号").fill(self.case()["answers"][form][field])
        page.get_by_role("button", name="获取验证码").click()
        code = re.findall(r"验证码是 (\d{6})", page.locator("main").inner_text())[0]
        page.get_by_label("验证码").fill(code)
        page.get_by_label("姓名").fill(actor)
        page.locator("main").get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)

    def begin(self) -> None:
        """Started from its page in the catalogue by who may; else opened as another case opens it."""
        starter = self.starter()
        if starter is None:
            self.open_linked()
            return
        page = self.page(starter)
        page.goto(f"{self.site.url}/procedures/{self.slug}")
        page.locator("button:visible", has_text="开始申请").first.click()
        page.wait_for_url(re.compile(r"/cases/"))
        self.case_id = re.split(r"[/?]", page.url.split("/cases/")[1])[0]

    # --- one action ---------------------------------------------------------------------------------------------

    def act(self, number: int, step: Mapping[str, Json]) -> None:
        """What somebody does: on the form's own pages, or by the panel beside the case; the public on a notice."""
        if ("public", "*") in self.grants(step["by"]):
            self.object(step)
            return
        due, page = step.get("expect", {}), self.open(step["by"])
        refused = bool(due.get("problems") or due.get("places"))
        offered = page.locator(f'[name="action"][value="{step["do"]}"]')
        if any(str(code).startswith(NOT_OFFERED) for code in due.get("problems") or ()):
            assert not offered.count(), f"step {number}: {step['by']} is offered {step['do']}"
            return
        task = self.task(step)
        form = task.get("form")
        raw = merged(self.book.get("answers", {}).get(form, {}), step.get("change", {})) if form else {}
        link = page.locator(f'main a[href$="/tasks/{task.get("id")}"]:visible')
        if form and link.count() and self.takes_form(step["do"]):
            link.first.click()
            page.wait_for_url(re.compile("/tasks/"))
            if not self.fill_pages(page, form, raw) and refused:
                return      # the page itself says what is wrong
            self.asks(page, page.locator("#filling"), step)
            unfold(page.locator(f'details:has(button[name="action"][value="{step["do"]}"])'))
            page.locator(f'button[name="action"][value="{step["do"]}"]:visible').click()
        else:
            self.decide(page, step, task, raw)
        if refused:
            page.locator("[role=alert]").first.wait_for()
            return
        page.wait_for_url(re.compile(r"said="))

    def object(self, step: Mapping[str, Json]) -> None:
        """Anybody, on the page of the newest notice, without an account."""
        page = self.arrive("", 390).page
        page.goto(f"{self.site.url}/notices")
        page.locator('main a[href^="/notices/"]').first.click()
        page.get_by_label("姓名或单位名称").fill(step["by"])
        page.get_by_label("联系方式").fill("13900139000")
        page.locator('[name="reason"]').fill(step["reason"])
        page.locator('main form[action$="/objections"] button').click()
        page.wait_for_url(re.compile("said="))

    def open(self, actor: str) -> Page:
        """The case as somebody sees it; after weeks they sign in again."""
        page = self.page(actor)
        answer = page.goto(f"{self.site.url}/cases/{self.case_id}")
        if answer is not None and answer.status == 401:
            del self.pages[actor]
            page = self.page(actor)
            page.goto(f"{self.site.url}/cases/{self.case_id}")
        return page

    def takes_form(self, action: str) -> bool:
        """Whether an action hands in the form of its task."""
        def ways(states: Json) -> Iterator[Json]:
            for spec in states.values():
                found = spec.get("on", {}).get(action, ())
                yield from found if isinstance(found, list) else [found]
                yield from ways(spec.get("states", {}))
        return any(not isinstance(way, dict) or way.get("form", True) for way in ways(self.flow["states"]) if way)

    def decide(self, page: Page, step: Mapping[str, Json], task: Json, raw: Json) -> None:
        """By the panel of the task, or by one of the other ways."""
        name = step["do"]
        panel = page.locator(f'#task-{task.get("id")} form[data-decision]:has([name="action"][value="{name}"])')
        mine = panel if panel.count() else page.locator(f'form:has(input[name="action"][value="{name}"])')
        unfold(mine.first.locator("xpath=ancestor::details[1]"))
        unfold(mine.first.locator("details:has(> .stack > .btn-danger)"))
        if mine.locator("[data-form]").count() and self.takes_form(name):
            self.fill(mine.first, task["form"], raw)
        radio = mine.first.locator(f'input[type=radio][name="action"][value="{name}"]')
        if radio.count():
            radio.check()
        self.asks(page, mine.first, step)
        mine.first.locator("button.btn:visible").last.click()

    def asks(self, page: Page, form: Locator, step: Mapping[str, Json]) -> None:
        """Reason, signature, clauses, marks, rules that are set aside."""
        name = step["do"]
        for rule, why in step.get("overrides", {}).items():
            box = page.locator(f'[name="_override.{rule}"]')
            if not box.count():         # it is offered when the rule has said no
                form.locator("button.btn:visible").last.click()
            box.fill(why)
        if step.get("reason"):
            form.locator(f'[name="_reason.{name}"]').fill(step["reason"])
        if step.get("signature"):
            form.locator(f'[name="_signature.{name}"]').fill(step["by"])
        for clause in step.get("clauses", ()):
            form.locator(f'[name="_clauses.{name}"][value="{clause}"]').check()
        for mark, note in step.get("marks", {}).items():
            page.locator(f'input[name="_mark"][value="{mark}"]').first.check()
            page.locator(f'input[name="_note.{mark}"]').first.fill(note)

    # --- filling in ---------------------------------------------------------------------------------------------

    def fill_pages(self, page: Page, form: str, raw: Json) -> bool:
        """Page by page to the list of answers; False where a page does not let go."""
        for _ in range(14):
            here = page.locator("section.page:visible").first.get_attribute("data-page")
            if here == "check":
                return True
            self.fill(page.locator("#filling"), form, raw)
            page.locator("[data-next]:visible").click()
            if page.evaluate(HELD):         # once, where a rule says already that this will be refused
                page.locator("[data-next]:visible").click()
            turned = page.locator(f'section.page[data-page="{here}"]:not([hidden]) .q-wrong, section.page:not([hidden])'
                                  f':not([data-page="{here}"])').first
            turned.wait_for()
            if page.locator(f'section.page[data-page="{here}"]:visible').count():
                return False
        return False

    def fill(self, within: Locator, form: str, raw: Json) -> None:
        """Every question that is visible, again while answers make others visible."""
        done: set[str] = set()
        for _ in range(3):
            before = len(done)
            for field in self.questions(form):
                name = field["id"]
                if name in raw and name not in done and self.answer(within, name, field, raw[name]):
                    done.add(name)
            if len(done) == before:
                return

    def questions(self, form: str) -> Iterator[Json]:
        """What a form asks a person."""
        for part in self.forms[form]["pages"]:
            yield from (field for field in part["fields"] if field["type"] not in ("computed", "note", "fact"))

    def answer(self, within: Locator, name: str, field: Json, value: Json) -> bool:
        """Put one answer in; False where the question is not on the page now, or stands there closed after a return."""
        box = within.locator(f'[data-field="{name}"]').first
        if not box.count() or not box.is_visible() or not box.locator("input, select, textarea, button").count():
            return False
        ways = {"group": self.rows, "file": attach, "photo": attach, "choices": tick, "position": locate}
        put = ways.get(field["type"])
        if put is not None:
            put(box, name, field, value)
        elif isinstance(value, Mapping):
            for part, one in value.items():
                enter(box, f"{name}.{part}", one)
        else:
            word = YES[str(value).lower()] if field["type"] == "yesno" else value
            suffix = {"declaration": ".agreed", "signature": ".typed"}.get(field["type"], "")
            enter(box, name + suffix, "true" if suffix == ".agreed" else word)
        return True

    def rows(self, group: Locator, name: str, field: Json, value: Json) -> None:
        """A row for each."""
        columns = {one["id"]: one for one in field["fields"]}
        for n, row in enumerate(value):
            if group.locator("[data-row]").count() <= n:
                group.locator("[data-add]").click()
            place = group.locator("[data-row]").nth(n)
            place.wait_for()
            number = place.get_attribute("data-row")
            for column, one in row.items():
                self.answer(place, f"{name}.{number}.{column}", columns[column], one)


def unfold(fold: Locator) -> None:
    """Open what is folded away, where there is such."""
    if fold.count() and fold.get_attribute("open") is None:
        fold.locator("summary").first.click()


def tick(box: Locator, name: str, _field: Json, value: Json) -> None:
    """Several choices."""
    for one in value if isinstance(value, list) else [value]:
        box.locator(f'[name="{name}"][value="{one}"]').check()
    if box.locator(f'[name="{name}"]:checked').count() < (len(value) if isinstance(value, list) else 1):
        raise NotOffered(f"the page lets nobody choose {value} together")


def content(media: str) -> bytes:
    """A small file of a kind."""
    if "image" not in media:
        return b"%PDF-1.4\n%%EOF"
    Image.new("RGB", (60, 40), "teal").save(held := io.BytesIO(), media.partition("/")[2])
    return held.getvalue()


def attach(box: Locator, name: str, _field: Json, value: Json) -> None:
    """Files, by the control that the page offers."""
    if box.locator(".held-one").count():
        return
    files = [{"name": one["name"], "mimeType": one["media"], "buffer": content(one["media"])} for one in value]
    box.locator(f'[data-attach="{name}"]').set_input_files(files)
    if box.locator("xpath=ancestor::form[@data-outbox]").count():
        box.locator(".held-one").nth(len(files) - 1).wait_for()


def locate(box: Locator, name: str, _field: Json, value: Json) -> None:
    """Where the device is, by its button."""
    box.page.context.grant_permissions(["geolocation"])
    box.page.context.set_geolocation({"latitude": float(value["lat"]), "longitude": float(value["lng"]),
                                      "accuracy": float(value["accuracy"])})
    box.locator("[data-locate]").click()
    expect(box.locator(f'[name="{name}.lat"]')).not_to_have_value("")


def enter(box: Locator, name: str, value: Json) -> None:
    """One control: typed, ticked or chosen; where script made steps of a list, first what the value lies in."""
    levels = box.locator(f'[data-levels][data-name="{name}"]')
    if levels.count():
        descend(levels, str(value))
        return
    control = box.locator(f'[name="{name}"]:not([type=hidden])')
    kind = control.first.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
    if kind in ("radio", "checkbox"):
        box.locator(f'[name="{name}"][value="{value}"]').check()
    elif kind != "select":
        control.first.fill(str(value))
    elif control.input_value() != str(value):
        above = control.locator("xpath=preceding-sibling::select[1]")
        for group in range(1, above.locator("option").count() if above.count() else 0):
            above.select_option(index=group)
            if control.locator(f'option[value="{value}"]').count():
                break
        control.select_option(str(value))
