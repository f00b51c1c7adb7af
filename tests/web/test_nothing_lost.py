"""Nothing typed is lost: sign-ins that end, cases that move on meanwhile, other devices, other sites."""

from __future__ import annotations

import html
import io
import re
from unittest.mock import patch

import pytest
from tests.service.world import ANSWERS
from tests.web.conftest import Site

from tongban.service import account, cases, definitions
from tongban.web import present
from tongban.web.gallery import gallery


def test_a_form_without_our_token_is_refused_and_changes_nothing(site: Site) -> None:
    case_id = site.world.submitted()
    caller = site.caller("shinan")
    answer = caller.client.post(f"/cases/{case_id}/actions", data={"action": "approve", "csrf": "0" * 64})
    assert answer.status_code == 403
    assert "页面已失效" in answer.text
    assert cases.view(site.world.rt, site.world.who("shinan"), case_id).tasks[0].state == "check"


def test_a_session_that_ends_in_a_form_loses_nothing_typed(site: Site) -> None:
    case_id = site.world.start()
    task = cases.view(site.world.rt, site.world.who("boss"), case_id).tasks[0].id
    caller = site.caller()
    asked = caller.post(f"/cases/{case_id}/tasks/{task}", {**ANSWERS, "action": "submit"})
    assert asked.status_code == 401
    assert f'name="kept.name" value="{ANSWERS["name"]}"' in asked.text
    kept = dict(re.findall(r'name="(kept\.[\w.]+|resume)" value="([^"]*)"', asked.text))
    again = caller.post("/sign-in", {**kept, "login": "boss", "password": "correct horse battery"})
    assert again.status_code == 200
    assert f'action="/cases/{case_id}/tasks/{task}"' in again.text
    form = again.text.partition("data-resume")[2]
    data = dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', form))
    assert caller.client.post(f"/cases/{case_id}/tasks/{task}", data=data).status_code == 303
    assert cases.view(site.world.rt, site.world.who("boss"), case_id).tasks[0].state == "check"


def test_a_form_that_another_device_sent_meanwhile_leads_to_its_case_and_hands_back_what_was_typed(site: Site) -> None:
    case_id = site.world.start()
    task = cases.view(site.world.rt, site.world.who("boss"), case_id).tasks[0].id
    address, caller = f"/cases/{case_id}/tasks/{task}", site.caller("boss")
    shown = dict(re.findall(r'name="(expected|key)" value="([^"]*)"', caller.client.get(address).text))
    sent = {**ANSWERS, **shown, "action": "submit"}
    assert [caller.post(address, sent).status_code for _ in range(2)] == [303, 303]      # pressed twice
    assert caller.client.get(address).headers["Location"] == f"/cases/{case_id}"
    for button in ({"action": "submit"}, {"_go": "next"}):
        late = caller.post(address, {**ANSWERS, **shown, "key": "other", "name": "海风二店", **button})
        assert late.status_code == 409
        assert re.search(r"<dt[^>]*>企业名称</dt>\s*<dd[^>]*>海风二店", late.text)
        assert "刚刚有了变化" in late.text
    draft = caller.post(f"{address}/draft", {**ANSWERS, **shown}, headers={"Accept": "application/json"})
    assert draft.status_code == 409, "said while somebody types, and not only when they send"
    for words in ("刚刚有了变化", "提交", "还在本页", "查看现在的情况"):
        assert words in draft.json["told"]
    assert site.caller("rival").client.get(address).status_code == 404
    foreign, none = (site.caller("rival").post(f"/cases/{one}/tasks/{task}/draft", ANSWERS,
                                               headers={"Accept": "application/json"}) for one in (case_id, "none"))
    assert (foreign.status_code, foreign.json) == (404, none.json), "nobody learns whether there is such a case"


OURS = {"Sec-Fetch-Site": "same-origin"}


def test_signing_out_in_another_tab_asks_to_sign_in_and_hands_the_form_back(site: Site) -> None:
    case_id = site.world.start()
    address = f"/cases/{case_id}/tasks/{cases.view(site.world.rt, site.world.who('boss'), case_id).tasks[0].id}"
    caller = site.caller("boss")
    assert caller.post("/sign-out").status_code == 303
    draft = caller.post(f"{address}/draft", ANSWERS, headers={**OURS, "Accept": "application/json"})
    assert (draft.status_code, draft.mimetype) == (401, "application/problem+json")
    picture = (io.BytesIO(b"%PDF-1.4"), "执照.pdf")
    asked = caller.post(address, {**ANSWERS, "_file.licence": picture, "action": "submit"}, headers=OURS,
                        content_type="multipart/form-data")
    assert asked.status_code == 401
    assert "请重新选择：执照.pdf" in asked.text
    kept = _hidden(asked.text)
    assert kept["kept.name"] == ANSWERS["name"]
    by_code = caller.post("/sign-in/mobile", {**kept, "by": "code"})
    assert _hidden(by_code.text).items() >= {("kept.name", ANSWERS["name"]), ("resume", address)}, "by whichever way"
    again = caller.post("/sign-in", {**kept, "csrf": _hidden(asked.text)["csrf"], "login": "boss",
                                     "password": "correct horse battery"})
    form = again.text.partition("data-resume")[2]
    assert caller.client.post(address, data=_hidden(form)).status_code == 303
    assert cases.view(site.world.rt, site.world.who("boss"), case_id).tasks[0].state == "check"


def test_who_signed_in_again_in_another_tab_sends_the_old_page_with_one_more_press(site: Site) -> None:
    case_id = site.world.start()
    address = f"/cases/{case_id}/tasks/{cases.view(site.world.rt, site.world.who('boss'), case_id).tasks[0].id}"
    caller = site.caller("boss")
    old = caller.csrf
    caller.post("/sign-in", {"login": "boss", "password": "correct horse battery"})
    answer = caller.client.post(address, data={**ANSWERS, "csrf": old, "action": "submit"}, headers=OURS)
    assert answer.status_code == 403
    assert cases.view(site.world.rt, site.world.who("boss"), case_id).tasks[0].state == "draft", "not before the press"
    assert caller.client.post(address, data=_hidden(answer.text.partition("data-resume")[2])).status_code == 303


def test_what_another_site_sends_is_neither_done_nor_carried_along(site: Site) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        answer = site.caller().client.post("/cases/x/actions", data={"reason": "gotcha"}, headers=headers)
        assert answer.status_code == 403
        assert "gotcha" not in answer.text


def _hidden(text: str) -> dict[str, str]:
    return {name: html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', text)}


def test_a_case_that_moved_on_shows_how_it_stands_and_keeps_the_opinion(site: Site) -> None:
    case_id = site.world.submitted()
    view = cases.view(site.world.rt, site.world.who("shinan"), case_id)
    site.world.act("boss", case_id, "withdraw")
    answer = site.caller("shinan").post(f"/cases/{case_id}/actions", {
        "task": view.tasks[0].id, "action": "approve", "expected": str(view.seq), "words": "材料齐全"})
    assert answer.status_code == 409
    told = answer.text.partition('role="alert"')[2].partition('class="rail-box"')[0]
    assert "这个办件刚刚有了变化" in told
    assert "撤回" in told, "what changed"
    assert "<dt>意见</dt><dd>材料齐全</dd>" in told, "what was typed can still be copied"
    assert "您不用再办这一项" in told, "what to do"
    nothing = site.caller("shinan").post(f"/cases/{case_id}/actions", {
        "task": view.tasks[0].id, "action": "approve", "expected": str(view.seq)})
    assert "您不用再办这一项" in nothing.text, "nor where nothing was typed"


def test_a_procedure_that_was_closed_meanwhile_says_so_and_where_to_look(site: Site) -> None:
    caller = site.caller("boss")
    assert caller.get("/procedures/grant").status_code == 200
    definitions.set_open(site.world.rt, site.world.who("admin"), "grant", opened=False)
    answer = caller.post("/procedures/grant/cases")
    assert answer.status_code == 422
    assert "<h1>本事项已停止受理</h1>" in answer.text
    assert 'href="/procedures"' in answer.text.partition('id="wrong"')[2]


def test_what_was_typed_in_vain_is_shown_in_the_words_of_its_fields(site: Site) -> None:
    case_id = site.world.submitted()
    view = cases.view(site.world.rt, site.world.who("boss"), case_id)
    moved = site.caller("boss").post(f"/cases/{case_id}/actions", {
        "action": "submit", "expected": str(view.seq - 1), "region": ["", "370202"], "staff": "twelve"}).text
    assert "<dd>山东省青岛市市南区</dd>" in moved
    assert "<dd>twelve</dd>" in moved, "what cannot be read stands as it was typed"


def test_questions_of_several_boxes_and_rows_are_handed_back_under_their_own_words(site: Site) -> None:
    view = cases.view(site.world.rt, site.world.who("boss"), site.world.submitted())
    asked = {one.id: one for one in gallery().fields}
    raw = {"address.region": ["370000", "370200", "370202"], "address.detail": "香港中路 12 号",
           "period.from": "2026-01-01", "period.to": "", "declaration.agreed": ["", "true"], "signature.typed": "罗珺",
           "signature.image": "data:image/png;base64,AAAA", "citizen_id": "11010519491231002x", "rows.0.who": "王伟",
           "rows.0.pay": "3500", "rows.1.who": "", "rows.2.who": "李娜", "elsewhere": "何处", "yesno": ["", "false"]}
    with site.app.test_request_context(), patch.object(present, "questions", lambda *_: asked), \
            patch.object(present, "signed_in", lambda: None):
        told = present.typed_words(view, raw)
    assert told == [
        ("经营地址", "山东省青岛市市南区 香港中路 12 号"), ("培训起止日期", "2026-01-01"), ("经办人签名", "罗珺"),
        ("身份证号", "11010519491231002X"), ("学徒名册", "1. 姓名 王伟；月工资 3,500.00 元\n2. 姓名 李娜"),
        ("是否按时足额支付工资？", "否")]


def test_an_opinion_stays_in_its_form_when_only_a_colleague_claimed_and_released_the_task(site: Site) -> None:
    case_id = site.world.submitted()
    view = cases.view(site.world.rt, site.world.who("shinan"), case_id)
    for kind in ("claim", "release"):
        site.world.act("shinan2", case_id, "", kind=kind, task=view.tasks[0].id)
    answer = site.caller("shinan").post(f"/cases/{case_id}/actions", {
        "task": view.tasks[0].id, "action": "approve", "expected": str(view.seq), "words": "材料齐全"})
    assert answer.status_code == 409
    assert "领办" in answer.text
    assert 'value="材料齐全"' in answer.text
    site.world.act("shinan2", case_id, "", kind="claim", task=view.tasks[0].id)
    taken = site.caller("shinan").post(f"/cases/{case_id}/actions", {"task": view.tasks[0].id, "action": "approve"})
    assert taken.status_code == 422
    assert "已由他人签收" in taken.text
    assert "shinan2先生 已领办" in taken.text


def test_a_principal_takes_back_what_the_deputy_claimed_and_the_deputys_page_says_so(site: Site) -> None:
    world = site.world
    account.appoint(world.rt, world.who("shinan"), "nobody", "2026-11-23", "2026-11-30")
    case_id, principal, deputy = world.submitted(), site.caller("shinan"), site.caller("nobody")
    task = cases.view(world.rt, world.who("nobody"), case_id).tasks[0].id
    deputy.post(f"/cases/{case_id}/actions", {"task": task, "kind": "claim"})
    seq = cases.view(world.rt, world.who("nobody"), case_id).seq
    page = principal.client.get(f"/cases/{case_id}").text
    assert "从nobody先生处收回，自己办" in page
    assert page.count("收回") == 1
    principal.post(f"/cases/{case_id}/actions", {"task": task, "kind": "claim", "action": "claim"})
    sent = {"task": task, "action": "approve", "words": "同意", "expected": seq}
    late = deputy.post(f"/cases/{case_id}/actions", sent)
    assert late.status_code == 409
    told = late.text.partition('role="alert"')[2].partition('class="rail-box"')[0]
    assert "从代办人nobody先生处收回，自己办理" in told
    assert "shinan先生" in told
    assert "这项待办已不在您这里" in told
    assert world.act("shinan", case_id, "approve", {"words": "自己办"}).ok


def test_what_was_written_for_a_case_that_is_out_of_sight_can_be_copied(site: Site) -> None:
    case_id = site.world.submitted()
    wrote = {"kind": "act", "action": "approve", "task": "t2", "words": "符合条件，同意",
             "_reason.approve": "已核对名册", "use": "wages", "staff": "42"}
    answer = site.caller("shibei").post(f"/cases/{case_id}/actions", wrote)
    assert answer.status_code == 404
    told = answer.text[answer.text.index('id="wrong"'):]
    assert [words in told for words in ("符合条件，同意", "已核对名册", "42", "wages", "approve")] == [
        True, True, True, False, False]
    assert "可以复制" not in site.caller("shibei").get(f"/cases/{case_id}").text


@pytest.mark.parametrize("typed", [{}, {"kept.name": "青岛海风", "resume": "/"}])
def test_browser_keeps_the_sign_in_when_it_closes_only_where_asked_for(site: Site, typed: dict[str, str]) -> None:
    for stay, kept in (({}, False), ({"stay": "1"}, True)):
        caller = site.caller()
        caller.post("/sign-in", {"login": "boss", "password": "correct horse battery", **typed, **stay})
        cookie = caller.client.get_cookie("tb-session")
        assert (cookie.max_age is not None) is kept
        assert cookie.http_only
