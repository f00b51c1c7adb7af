"""axe finds nothing at WCAG 2.2 AA on any page, at both widths, light and dark; no page is wider than its screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import violations
from tests.browser.test_inbox import do, person, reported

from tongban.app import create_app
from tongban.service import cases

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
KEY = re.compile(r"\b(?:web|service|role)\.[a-z_]+(?:\.[a-z_]+)*\b")       # what stands where a catalogue has no words
PAGES = {
    "": ["/", "/sign-in", "/register", "/procedures", "/procedures/qd-loan-apply", "/procedures?q=zzz", "/nowhere",
         "/accessibility", "/sign-in/mobile", "/notices",
         "/verify", "/verify/none", "/developers"],
    "haifeng": ["/", "/procedures/qd-loan-apply", "/cases", "/messages", "/settings", "/settings/colleagues", "CASE",
                "FORM", "/phone/queue", "RETURNED"],
    "hr_shinan": ["/", "/inbox", "/inbox?box=late", "/inbox?box=mine", "/inbox?box=done", "/inbox?q=zzz",
                  "/settings", "/registers/qd-recommended", "/registers", "/batches", "MENDED"],
    "admin": ["/admin/procedures", "/admin/procedures/qd-loan-apply", "/admin/procedures/qd-loan-apply/try",
              "/admin/procedures/qd-loan-apply/rehearse", "/admin/procedures/qd-loan-apply/compare",
              "/admin/people", "/admin/people/demo-hr_shinan", "/admin/offices", "/admin/offices/hr-shinan",
              "/admin/tables", "/admin/audit", "/admin/deliveries"],
}


ELSEWHERE = {      # pages that stand for no person's ordinary view, and where they are looked at
    "/gallery/": "test_forms.py", "/gallery/files/<path:_name>": "a picture",
    "/phone/new/<slug>": "the same form", "/registers/<name>/new": "the same form",
    "/batches/<batch_id>": "needs documents", "/notices/<notice_id>": "needs a notice",
    "/registers/<name>/entries/<entry_id>": "needs an entry", "/registers/<name>/import": "needs a keeper",
    "/registers/<name>/screen/<slug>": "needs a register that is screened",
}
NO_PAGES = re.compile(r"^/(api|assets|files|documents|healthz|readyz|metrics|manifest|sw\.js|"
                      r"phone/(me|menu|push|tasks)|verify/(file|keys|status)|batches/<batch_id>/|registers/<name>/export|cases/<case_id>/preview|"
                      r"admin/procedures/(schema|<slug>/documents))")


def test_no_page_is_forgotten(site: Any) -> None:
    routes = create_app(site.rt.config, site.rt).url_map
    known = routes.bind("localhost")
    looked_at = {str(known.match(path.partition("?")[0], return_rule=True)[0]) for paths in PAGES.values()
                 for path in paths if path.startswith("/") and path != "/nowhere"}
    looked_at |= {"/cases/<case_id>", "/cases/<case_id>/tasks/<task_id>"}
    pages = {rule.rule for rule in routes.iter_rules() if "GET" in rule.methods and not NO_PAGES.match(rule.rule)}
    assert pages == looked_at | set(ELSEWHERE)


SEEN = {"RETURNED": ["#q-cuts .q-mark"], "MENDED": ["[data-decision] .q", "del.was"]}


@pytest.fixture(scope="session")
def twice(site: Any) -> dict[str, str]:
    """Two reports that a district returned: one to be mended, one mended, with the answers of the last round beside."""
    found = {}
    for place, login, code in (("RETURNED", "haifeng", "91370202MA3DEM001A"), ("MENDED", "laohai", "92370215MA3DEM006H")
                               ):
        case = reported(site.rt, login, code, "海鲜馆")
        do(site.rt, "hr_shinan2", case, "return", reason="人数不符", marks={"plan.cuts": "请核对"})
        if place == "MENDED":
            do(site.rt, login, case, "report", {"cuts": "120"})
        found[place] = f"/cases/{case}"
    form = cases.view(site.rt, person(site.rt, "haifeng"), found["RETURNED"].rpartition("/")[2]).tasks[0].id
    return {**found, "RETURNED": f"{found['RETURNED']}/tasks/{form}"}


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("who", PAGES)
def test_axe_finds_nothing_in_light_and_in_dark(arrive: Callable[..., Any], twice: dict[str, str], who: str, width: int,
                                                ) -> None:
    visitor = arrive(who, width, color_scheme="light", reduced_motion="reduce")     # no colour half way
    found = {}
    for path, page in _ahead(visitor, {path: twice.get(path, path) for path in _paths(visitor, PAGES[who])}):
        for sign in SEEN.get(path, ()):
            expect(page.locator(sign).first).to_be_visible()
        if path == "MENDED":
            page.locator('[data-marks] input[name="action"]').check()       # opens the marks at every answer
            page.evaluate("scrollTo(0, 0)")         # half a control under the head of the page is no small control
        page.wait_for_load_state("networkidle")
        found[path] = [(v["id"], v["nodes"][0]["html"][:160]) for v in violations(page, LEVELS)]
        found[path] += [("a text that is missing", key) for key in KEY.findall(page.locator("body").inner_text())]
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wider > 0:
            found[path].append(("wider than the screen", wider))
    visitor.wrong = [line for line in visitor.wrong if "404" not in line]     # one of the pages is a missing one
    assert {path: problems for path, problems in found.items() if problems} == {}


def _ahead(visitor: Any, places: dict[str, str]) -> Iterator[tuple[str, Page]]:
    """Each page in one of two tabs: the next comes while axe looks at this one."""
    here, there = visitor.page, visitor.tab()
    coming = iter(places.values())
    here.goto(visitor.site.url + next(coming))
    for path in places:
        if following := next(coming, ""):
            there.goto(visitor.site.url + following, wait_until="commit")
        here.wait_for_load_state()
        yield path, here
        here, there = there, here


def _paths(visitor: Any, wanted: list[str]) -> list[str]:
    """Addresses; a case and its form are those of a new application."""
    if "CASE" not in wanted:
        return wanted
    page = visitor.open("/procedures/qd-loan-apply")
    page.locator("button:visible", has_text="开始申请").first.click()
    page.wait_for_url("**/tasks/*")
    form = page.url.removeprefix(visitor.site.url)
    known = {"FORM": form, "CASE": form.partition("/tasks/")[0]}
    return [known.get(path, path) for path in wanted]
