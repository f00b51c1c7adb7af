"""The inbox by clicking: what is found in it, many cases at once, and what is told when something cannot be done."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tongban.service import access, act, files, people, start
from tongban.service.runtime import Runtime
from tongban.store import people as table

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Arrive = Callable[..., Any]
SCENARIO = Path(__file__).parents[1] / "catalog" / "layoff-report.scenario.json"
FORMS: dict[str, Any] = json.loads(SCENARIO.read_text("utf-8"))["answers"]
FIRMS = {"tuoyu": ("91370202MA3DEM004K", "青岛小海豚托育有限公司"),
         "jifeng": ("91370211MA3DEM005P", "青岛疾风配送有限公司"),
         "mohe": ("91370215MA3DEM003B", "青岛墨河养老服务有限公司")}
SLUG = "layoff-report"


def person(rt: Runtime, login: str) -> access.Person:
    with rt.store.transaction() as conn:
        token = people.open_session(rt, conn, table.by_login(conn, login)["id"])
    found = people.session(rt, token)
    assert found is not None
    return found


def do(rt: Runtime, login: str, case: str, action: str, raw: Any = None, reason: str = "", **more: Any) -> None:
    """What somebody does elsewhere meanwhile."""
    wanted = act.ActRequest(action=action, raw=raw or {}, reason=reason, **more)
    received = act.act(rt, person(rt, login), case, wanted, None, None)
    assert received.ok, received.problems


def followed(rt: Runtime) -> dict[str, str]:
    """A report of every firm that the district follows; gives the cases by the firm's login."""
    made = {login: reported(rt, login, *firm) for login, firm in FIRMS.items()}
    for case in made.values():
        do(rt, "hr_shinan2", case, "accept", FORMS["check"])
    return made


def reported(rt: Runtime, login: str, uscc: str, name: str) -> str:
    """A firm's report, waiting for the district."""
    who = person(rt, login)
    people_list = files.whole(rt, who, "名单.pdf", b"%PDF-1.4\n%%EOF").as_answer()
    case = start.begin(rt, who, SLUG, None).case_id
    do(rt, login, case, "report", {**FORMS["plan"], "name": name, "uscc": uscc, "people": [people_list],
                                   "told_on": "2026-01-01"})
    return case


def test_many_cases_are_closed_at_once_each_with_its_own_result(site: Any, arrive: Arrive) -> None:
    made = followed(site.rt)
    page = arrive("hr_shinan").open("/inbox?procedure=" + SLUG)
    for _, name in FIRMS.values():
        page.locator(".inbox-row", has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="一起办理").click()
    expect(page.locator("h1")).to_contain_text("3")
    do(site.rt, "hr_shinan2", made["mohe"], "close", reason="方案实施完毕")       # a colleague was quicker
    page.get_by_label("结束跟踪").check()
    page.get_by_label("理由").fill("方案实施完毕，职工已安置")
    page.get_by_role("button", name="提交决定").click()
    results = page.get_by_role("status").get_by_role("listitem")
    expect(results).to_have_count(3)
    for login, case in made.items():
        line = results.filter(has_text=FIRMS[login][1])
        expect(line).to_contain_text("已办理" if login != "mohe" else "已有变化")
        expect(line.get_by_role("link")).to_have_attribute("href", re.compile(case))
    page.get_by_role("link", name="已办").click()
    expect(page.locator(".inbox-row", has_text=FIRMS["tuoyu"][1]).first).to_contain_text("已结束")


def test_cases_are_found_by_two_characters_and_filtered(site: Any, arrive: Arrive) -> None:
    made = followed(site.rt)
    page = arrive("hr_shinan").open("/inbox")
    rows = page.locator("#rows .inbox-row")
    page.get_by_role("searchbox").fill("疾风")
    page.get_by_role("button", name="查找").click()
    expect(rows.first).to_contain_text(FIRMS["jifeng"][1])
    expect(page.locator("#rows")).not_to_contain_text(FIRMS["tuoyu"][1])
    page.get_by_role("searchbox").fill("")
    page.get_by_label("全部事项").select_option("qd-loan-apply")
    page.get_by_label("期限不晚于").fill("2026-01-01")
    page.get_by_role("button", name="查找").click()
    expect(page.locator(".empty").first).to_be_visible()
    page.get_by_role("link", name="清除").click()
    expect(rows.filter(has_text=FIRMS["jifeng"][1])).to_have_count(1)
    for case in made.values():
        do(site.rt, "hr_shinan2", case, "close", reason="结束")


def test_a_long_list_goes_on_at_a_click(site: Any, arrive: Arrive) -> None:
    who = person(site.rt, "laohai")
    for _ in range(53):
        start.begin(site.rt, who, SLUG, None)
    page = arrive("laohai", 390).open("/cases")
    rows = page.locator("#rows > li:not(.more-rows)")
    expect(rows).to_have_count(50)
    page.locator(".more-rows a").click()
    expect(rows.nth(52)).to_be_visible()        # other tests may have begun more for this firm
