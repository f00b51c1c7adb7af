"""Plays a scenario of a shipped procedure through real pages: everybody signs in, fills in, presses the real buttons.

The world of the scenario (people, registers, parameters, the date) is set up in the server first; what the steps
expect of the case is compared after each of them. Sides without an account sign in by a one-time code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import descend

from tongban.engine.answers import Lookups, Step, read
from tongban.engine.simulate import instant, merged
from tongban.service import people
from tongban.service.act import Doing
from tongban.service.effects import send
from tongban.service.start import Opening, open_case
from tongban.service.wiring import run_all
from tongban.store import cases, definitions, registers
from tongban.store import people as table

Json = Any
ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 40_000        # milliseconds that a page may take on a busy machine
YES = {"yes": "true", "no": "false", "true": "true", "false": "false"}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63f80f00010101001bb6ee56"
    "0000000049454e44ae426082")


def shipped(kind: str, name: str) -> Json:
    """A JSON file of the catalogue."""
    return json.loads((ROOT / kind / f"{name}.json").read_text("utf-8"))


class Walk:
    """One scenario, played by people at browsers."""

    def __init__(self, site: Any, arrive: Callable[..., Any], slug: str, name: str) -> None:
        self.site, self.rt, self.arrive, self.slug = site, site.rt, arrive, slug
        book = shipped("tests/catalog", f"{slug}.scenario")
        self.scenario = next(s for s in book.pop("scenarios") if s["name"] == name)
        self.book = merged(book, self.scenario.get("change", {}))
        self.flow = shipped("workflows", slug)
        self.forms = {key: shipped("forms", form) for key, form in self.flow["forms"].items()}
        self.now, self.case_id = instant(self.book["start"]), ""
        self.rt.clock = lambda: self.now
        self.pages: dict[str, Page] = {}
        self.furnish()
        for actor, spec in self.book["actors"].items():
            self.settle(actor, spec)

    def play(self) -> None:
        """Every step, compared with what it is to come to."""
        self.begin()
        self.compare(0, self.scenario.get("expect", {}))
        for number, step in enumerate(self.scenario["steps"], 1):
            self.now = max(self.now, instant(step["at"])) if "at" in step else self.now
            if "wait" in step:
                self.wait(step["wait"])
            elif "event" in step:
                self.hear(step)
            else:
                self.act(number, step)
            run_all(self.rt)
            self.compare(number, step.get("expect", {}))

    # --- the world ----------------------------------------------------------------------------------------------

    def furnish(self) -> None:
        """Registers and parameters as the scenario says."""
        facts = self.book.get("facts", {})
        with self.rt.store.transaction() as conn:
            for name, rows in facts.get("registers", {}).items():
                key = self.flow.get("registers", {}).get(name, {}).get("key", "key")
                for row in rows:
                    registers.enter(conn, {
                        "id": f"w-{name}-{row['key']}"[:60], "register": name, "key": row["key"], "cause": None,
                        "fields": {key: row["key"], **row.get("values", {})}, "entered_at": instant(row["from"])})
            for row in facts.get("parameters", ()):
                registers.put_parameter(conn, {"name": row["name"], "region": row.get("region", "*"),
                                               "starts": row["from"], "value": row["value"]})

    def settle(self, actor: str, spec: Mapping[str, Json]) -> None:
        """An account for an actor; sides that are reached by mobile have none."""
        party = self.flow.get("parties", {}).get(spec.get("party", ""), {})
        grants = [grant.partition("@")[::2] for grant in spec.get("grants", ())]
        if party and party["kind"] != "person":
            grants = [(party["kind"], str(self.answered(party["key"])))]
        elif party and (spec.get("starts") or not party.get("phone")):
            grants = [("person", "*")]
        if not grants:
            return
        orgs = [scope for role, scope in grants if scope != "*" and not (scope.isdigit() and len(scope) == 6)]
        org = orgs[0] if orgs else None
        with self.rt.store.transaction() as conn:
            if org is not None and table.organisation(conn, org) is None:
                table.put_organisation(conn, {"code": org, "kind": party.get("kind", "office"), "region": "440106",
                                              "name": {"zh": f"{actor}单位", "en": actor}})
            person = f"walk-{self.slug}-{actor}"[:40]
            hashed = people.hash_password(self.rt.config.demo_password)
            people.add_person(conn, self.now, person, f"w.{self.slug}.{actor}", actor, hashed, org)
            for role, scope in grants:
                people.grant(conn, self.now, person, role, scope)

    def answered(self, path: str) -> Json:
        """One of the good answers, by "form.field"."""
        form, _, field = path.partition(".")
        return {**self.book.get("given", {}).get(form, {}), **self.book.get("answers", {}).get(form, {})}.get(field)

    def page(self, actor: str) -> Page:
        """Where somebody sits: signed in once, sides of the case at a phone, offices at a desk."""
        if actor not in self.pages:
            spec = self.book["actors"][actor]
            party = self.flow.get("parties", {}).get(spec.get("party", ""), {})
            by_code = bool(party.get("phone")) and not spec.get("starts")
            visitor = self.arrive("" if by_code else f"w.{self.slug}.{actor}", 390 if party else 1280)
            self.pages[actor] = visitor.page
            visitor.page.set_default_timeout(TIMEOUT)
            if by_code:
                self.sign_in_by_code(visitor.page, actor, party["phone"])
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

    # --- the case -----------------------------------------------------------------------------------------------

    def case(self) -> Json:
        """As it stands."""
        with self.rt.store.reading() as conn:
            return cases.get(conn, self.case_id)["snapshot"]

    def begin(self) -> None:
        """Started from its page in the catalogue by who may; else opened as another case opens it."""
        starter = next((n for n, spec in self.book["actors"].items() if spec.get("starts")), None)
        if starter is None or self.book.get("given"):
            self.open_linked()
            return
        page = self.page(starter)
        page.goto(f"{self.site.url}/procedures/{self.slug}")
        page.locator("button:visible", has_text="开始申请").first.click()
        page.wait_for_url(re.compile(r"/cases/"))
        self.case_id = re.split(r"[/?]", page.url.split("/cases/")[1])[0]

    def open_linked(self) -> None:
        """With the answers that the other case hands over."""
        looks = Lookups(region=lambda code: {"zh": code})
        with self.rt.store.transaction() as conn:
            version = self.rt.version(conn, definitions.procedure(conn, self.slug)["current"])
            forms = version.workflow.forms
            answers = {form: read(forms[form], raw, {}, "draft", Step(f"{form}.", {}, None, looks)).values
                       for form, raw in self.book.get("given", {}).items()}
            opening = Opening(answers=answers, variables=self.book.get("variables") or {})
            self.case_id = open_case(self.rt, conn, version, opening, Doing(why="walk")).case_id
        run_all(self.rt)

    def wait(self, span: Json) -> None:
        """Until an instant, or some days."""
        moment = datetime.strptime(self.now, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        later = instant(span) if isinstance(span, str) else (moment + timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.now = max(self.now, later)

    def hear(self, step: Mapping[str, Json]) -> None:
        """An event as a linked case sends it."""
        with self.rt.store.transaction() as conn:
            send(self.rt, conn, self.case_id, step["event"], step.get("data", {}), "walk")

    def compare(self, number: int, due: Mapping[str, Json]) -> None:
        """The case against what the step expects of it."""
        case = self.case()
        for name, have in (("states", case["conf"]), ("status", case["status"]), ("outcome", case["outcome"]),
                           ("round", case["round"])):
            assert have == due.get(name, have), f"step {number}: {name} {have}, not {due[name]}"
        for name, value in due.get("variables", {}).items():
            have = case["vars"][name]
            assert have == value, f"step {number}: {name} {have}, not {value}"

    # --- one action ---------------------------------------------------------------------------------------------

    def act(self, number: int, step: Mapping[str, Json]) -> None:
        """What somebody does: on the form's own pages, or by the panel beside the case."""
        due, page = step.get("expect", {}), self.open(step["by"])
        refused = bool(due.get("problems") or due.get("places"))
        offered = page.locator(f'[name="action"][value="{step["do"]}"]')
        if any(str(code).startswith(("engine.not_yours", "engine.barred")) for code in due.get("problems") or ()):
            assert not offered.count(), f"step {number}: {step['by']} is offered {step['do']}"
            return
        task = self.task(step)
        form = task.get("form")
        raw = merged(self.book.get("answers", {}).get(form, {}), step.get("change", {})) if form else {}
        link = page.locator(f'main a[href$="/tasks/{task.get("id")}"]:visible')
        if form and link.count():
            link.first.click()
            page.wait_for_url(re.compile("/tasks/"))
            if not self.fill_pages(page, form, raw) and refused:
                return      # the page itself says what is wrong
            self.asks(page, page.locator("#filling"), step)
            page.locator(f'button[name="action"][value="{step["do"]}"]:visible').click()
        else:
            self.decide(page, step, task, raw)
        if refused:
            page.locator("[role=alert]").first.wait_for()
            return
        page.wait_for_url(re.compile(r"said="))

    def open(self, actor: str) -> Page:
        """The case as somebody sees it; after weeks they sign in again."""
        page = self.page(actor)
        answer = page.goto(f"{self.site.url}/cases/{self.case_id}")
        if answer is not None and answer.status == 401:
            del self.pages[actor]
            page = self.page(actor)
            page.goto(f"{self.site.url}/cases/{self.case_id}")
        return page

    def task(self, step: Mapping[str, Json]) -> Json:
        """The open task that offers the action."""
        found = [t for t in self.case()["tasks"] if step["do"] in self.offered(t["state"])
                 and step.get("form") in (None, t["form"])]
        return found[0] if found else {}

    def offered(self, state: str) -> set[str]:
        """Actions of a state and of those around it."""
        def find(states: Json, above: set[str]) -> set[str]:
            for key, spec in states.items():
                mine = above | set(spec.get("on", {}))
                below = mine if key == state else find(spec.get("states", {}), mine)
                if below:
                    return below
            return set()
        return find(self.flow["states"], set())

    def decide(self, page: Page, step: Mapping[str, Json], task: Json, raw: Json) -> None:
        """By the panel of the task, or by one of the other ways."""
        name = step["do"]
        panel = page.locator(f'#task-{task.get("id")} form[data-decision]:has([name="action"][value="{name}"])')
        mine = panel if panel.count() else page.locator(f'form:has(input[name="action"][value="{name}"])')
        fold = mine.first.locator("xpath=ancestor::details[1]")
        if fold.count() and fold.get_attribute("open") is None:
            fold.locator("summary").first.click()
        if mine.locator("[data-form]").count():
            self.fill(mine.first, task["form"], raw)
        radio = mine.first.locator(f'input[type=radio][name="action"][value="{name}"]')
        if radio.count():
            radio.check()
        self.asks(page, mine.first, step)
        mine.first.locator("button.btn:visible").last.click()

    def asks(self, page: Page, form: Locator, step: Mapping[str, Json]) -> None:
        """Reason, signature, clauses, marks."""
        name = step["do"]
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
        """Put one answer in; False where the question is not on the page now."""
        box = within.locator(f'[data-field="{name}"]').first
        if not box.count() or not box.is_visible():
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


def tick(box: Locator, name: str, _field: Json, value: Json) -> None:
    """Several choices."""
    for one in value if isinstance(value, list) else [value]:
        box.locator(f'[name="{name}"][value="{one}"]').check()


def attach(box: Locator, name: str, _field: Json, value: Json) -> None:
    """Files, by the control that the page offers."""
    if box.locator(".held-one").count():
        return
    files = [{"name": one["name"], "mimeType": one["media"],
              "buffer": PIXEL if "image" in one["media"] else b"%PDF-1.4\n%%EOF"} for one in value]
    box.locator(f'[data-attach="{name}"]').set_input_files(files)
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
