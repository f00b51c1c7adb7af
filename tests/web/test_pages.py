"""Pages whole and in part, what they carry for safety, and what people read when something is wrong."""

from __future__ import annotations

import copy
import html
import io
import re
from pathlib import Path
from typing import Any

import pytest
from tests.service.test_documents import CERTIFICATE
from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, text
from tests.web.conftest import Caller, Site

from tongban.engine.answers.ids import credit_check
from tongban.service import cases, definitions, files
from tongban.service.seen import role_at
from tongban.store import registers

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#pane"}


@pytest.mark.parametrize("login", ["boss", "shinan", "auditor"])
def test_a_case_is_the_same_whole_and_as_a_part(site: Site, login: str) -> None:
    case_id = site.world.submitted()
    caller = site.caller(login)
    whole, part = caller.get(f"/cases/{case_id}"), caller.get(f"/cases/{case_id}", headers=PARTIAL)
    assert whole.status_code == part.status_code == 200
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert part.text.strip().startswith("<article")
    assert "HX-Request" in part.headers["Vary"]


def test_a_reviewer_reads_every_row_and_opens_every_file(site: Site) -> None:
    content = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    licence = {"id": "licence", "type": "file", "label": text("执照"), "required": True}
    people = {"id": "people", "type": "group", "label": text("人员"), "fields": [
        {"id": "who", "type": "name", "label": text("姓名"), "required": True}]}
    page = FORM["pages"][0]
    site.world.publish(WORKFLOW, {**FORM, "pages": [{**page, "fields": [*page["fields"], licence, people]}]}, OPINION)
    sent = files.whole(site.world.rt, site.world.who("boss"), "执照.pdf", content)
    attached = [{"id": sent.id, "name": "执照.pdf", "size": len(content), "media": "application/pdf"}]
    case_id = site.world.submitted(licence=attached, people=[{"who": "田野"}, {"who": "何静"}])
    caller = site.caller("shinan")
    shown = caller.get(f"/cases/{case_id}").text
    assert re.findall(r"<td>([^<]+)</td>", shown) == ["田野", "何静"]
    link = f"/files/case/{case_id}/{sent.id}"
    assert f'href="{link}"' in shown
    assert caller.get(link).data == content


@pytest.mark.parametrize(("login", "reached"), [("city", True), ("boss", False)])
def test_printing_many_is_reached_from_every_page_of_an_office(site: Site, login: str, reached: bool) -> None:
    caller = site.caller(login)
    assert ('href="/batches"' in caller.get("/").text) is reached
    assert "没有可以批量打印的文书" in caller.get("/batches").text       # this little world issues none


def test_a_page_that_cannot_be_opened_does_not_speak_of_what_was_sent(site: Site) -> None:
    site.world.publish({**copy.deepcopy(WORKFLOW), "documents": {"proof": CERTIFICATE}})
    case_id = site.world.submitted(name="坏\U0002fa1f")
    answer = site.caller("shinan").get(f"/cases/{case_id}/preview/proof")
    assert answer.status_code == 422
    assert "现在还打不开" in answer.text
    assert "\U0002fa1f" in answer.text
    assert "提交" not in re.search(r"<div class=\"wrong\".*?</div>", answer.text, re.S)[0]


def test_every_page_forbids_foreign_and_inline_code(site: Site) -> None:
    answer = site.caller("boss").get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*(src=|application/json))|\son\w+=|style=\"", answer.text)
    assert answer.headers["X-Request-Id"]


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


def test_a_deadline_is_told_in_working_days_and_in_days_where_the_year_has_no_calendar(site: Site) -> None:
    site.world.clock.now = "2026-11-27T01:00:00Z"       # a Friday: three working days end on Wednesday
    case_id = site.world.submitted()
    site.world.who("shinan")        # the clock went past the session
    assert "还剩 3 个工作日" in site.caller("shinan").get(f"/cases/{case_id}").text
    assert "还剩 3 个工作日" in site.caller("shinan").get("/inbox").text
    site.world.clock.now = "2026-12-31T01:00:00Z"
    site.world.act("boss", case_id, "withdraw")
    case_id = site.world.submitted()
    site.world.who("shinan")
    page = site.caller("shinan").get(f"/cases/{case_id}").text
    assert "还剩 5 天" in page
    assert "暂定" in page


def test_a_foreign_case_is_no_case(site: Site) -> None:
    case_id = site.world.submitted()
    missing, foreign = (site.caller("rival").get(f"/cases/{one}") for one in ("0" * 29, case_id))
    assert missing.status_code == foreign.status_code == 404
    assert "找不到" in foreign.text


def test_wrong_answers_come_back_with_what_was_typed_and_the_clause(site: Site) -> None:
    case_id = site.world.start()
    task = cases.view(site.world.rt, site.world.who("boss"), case_id).tasks[0].id
    answer = site.caller("boss").post(f"/cases/{case_id}/tasks/{task}", {**ANSWERS, "staff": "7", "action": "submit"})
    assert answer.status_code == 422
    assert "少于 10 人" in answer.text
    assert ANSWERS["name"] in answer.text


def test_too_much_at_once_has_a_page(site: Site) -> None:
    answer = site.caller("boss").post("/settings/channels", {"email": "x" * (5 << 20)})
    assert answer.status_code == 413
    assert "内容太大" in answer.text


def test_a_file_that_is_too_large_is_refused_at_its_field_and_the_rest_is_kept(site: Site) -> None:
    case_id = site.world.start()
    address = f"/cases/{case_id}/tasks/{cases.view(site.world.rt, site.world.who('boss'), case_id).tasks[0].id}"

    def sent(caller: Caller) -> Any:
        texts = {"csrf": caller.csrf, "name": ANSWERS["name"], "_file.name\"; filename=\"film.pdf":
                 "%PDF-1.4" + "x" * (site.app.config["MAX_CONTENT_LENGTH"] + 5)}
        body = "".join(f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
                       for name, text in texts.items())
        return caller.client.post(address, data=f"{body}--edge--\r\n".encode(),
                                  content_type="multipart/form-data; boundary=edge")

    caller = site.caller("boss")
    answer = sent(caller)
    assert answer.status_code == 422
    assert 'href="#f-name">文件超过 20 MB' in answer.text
    assert f'value="{ANSWERS["name"]}"' in caller.get(address).text, "the rest is in the draft"
    assert sent(site.caller()).status_code == 413, "for strangers nothing of that size is read"


def test_metrics_count_over_all_processes(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = tmp_path / "figures"
    figures.mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(figures))       # set long after the library was imported
    together = Site(site.world, tmp_path)
    together.caller().get("/procedures")
    (figures / "counter_1.db").write_bytes(next(figures.glob("counter_*.db")).read_bytes())     # another process
    told = together.caller().get("/metrics").text
    assert re.search(r'tongban_requests_total{method="GET",route="/procedures",status="200"} 2\.0', told)


def test_english_is_complete_on_the_pages(site: Site) -> None:
    caller = site.caller("shinan")
    caller.post("/preferences", {"lang": "en"})
    for path in ("/", "/inbox", "/procedures", "/settings", "/messages"):
        body = caller.get(path).text
        assert 'lang="en"' in body
        assert not re.search(r">\s*web\.[a-z_.]+\s*<", body)


def test_a_procedures_page_says_who_fills_in_what_and_names_its_figures(site: Site) -> None:
    flow = {**WORKFLOW, "id": "figured", "parameters": {
        "least": {"type": "integer", "label": {"zh": "最少人数", "en": "Least staff"},
                  "unit": {"zh": "人", "en": "people"}, "clause": "一"}}}
    states = copy.deepcopy(WORKFLOW["states"])
    states["draft"]["on"]["submit"]["require"] = ["ten"]
    states["check"]["on"]["approve"]["require"] = ["inner"]
    ten = {**WORKFLOW["rules"]["ten"], "label": {"zh": "不少于十人", "en": "Ten"}}
    inner = {"test": "opinion.words != ''", "label": {"zh": "写了意见", "en": "Said"}}
    rules = {"ten": ten, "twin": ten, "inner": inner}
    site.world.publish({**flow, "states": states, "rules": rules}, FORM, OPINION)
    with site.world.rt.store.transaction() as conn:
        registers.put_parameter(conn, {"name": "least", "region": "370200", "starts": "2026-01-01", "value": 12})
    page = site.caller().get("/procedures/figured").text
    mine, offices = page.split("办理部门填写")
    assert page.count("不少于十人") == 1
    assert page.index("不少于十人") < page.index("审核办理中还要核对") < page.index("写了意见")
    assert "申请表" in mine.split("申请人填写")[1]
    assert "区（市）人社局 · 1 项" in offices
    assert re.search(r"最少人数.*§ 一.*12人.*青岛市.*2026年1月1日", page, re.S)
    assert "Macro" not in page


@pytest.mark.parametrize(("role", "scope", "name"), [
    ("district_hr", "370202", "市南区人社局"), ("city_hr", "370202", "青岛市人社局"),
    ("province_hr", "440106", "广东省人社厅"), ("bank_city", "370202", "银行青岛市分行")])
def test_an_office_is_named_by_where_it_sits_not_by_where_the_case_lies(role: str, scope: str, name: str) -> None:
    assert role_at(role, scope)["zh"] == name


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


def test_an_enterprise_that_registers_is_signed_in_and_may_apply(site: Site) -> None:
    visitor = site.caller()
    asked = {"uscc": "9137 0202 MA3X Q000 1" + credit_check("91370202MA3XQ0001"), "org_name": "青岛新桥机械有限公司",
             "region": "370202", "name": "李新", "login": "xinqiao", "password": "a long enough word"}
    assert visitor.post("/register", asked).status_code == 303
    assert "青岛新桥机械有限公司" in visitor.get("/").text
    again = site.caller().post("/register", {**asked, "login": "another"})
    assert again.status_code == 422
    assert "已经注册" in again.text


def test_registering_asks_for_the_region(site: Site) -> None:
    first = site.caller().get("/register").text
    refused = site.caller().post("/register", {"region": "", "name": "李新"})
    assert '<option value="">请选择</option>' in first
    assert " selected" not in first[first.index('id="f-region"'):first.index("</select>")]
    assert refused.status_code == 422
    assert 'id="e-region">请选择企业' in refused.text
    assert 'value="李新"' in refused.text


def test_an_enterprise_adds_a_colleague_and_ends_the_access_again(site: Site) -> None:
    boss, path = site.caller("boss"), "/settings/colleagues"
    assert f'href="{path}"' in boss.get("/settings").text
    assert path not in site.caller("shinan").get("/settings").text
    wrong = boss.post(path, {"name": "王新", "login": "wx", "password": "a secret of mine"})
    assert (wrong.status_code, 'id="e-login"' in wrong.text, 'value="王新"' in wrong.text) == (422, True, True)
    assert "a secret of mine" not in wrong.text
    assert boss.post(path, {"name": "王新", "login": "wangxin", "password": "a secret of mine"}).status_code == 303
    ended = re.search(rf'action="({path}/u\w+/end)"(?:(?!</form>).)*王新', boss.get(path).text, re.DOTALL)
    assert ended
    colleague = site.caller()
    assert colleague.post("/sign-in", {"login": "wangxin", "password": "a secret of mine"}).status_code == 303
    assert colleague.get(path).status_code == 200
    assert boss.post(ended[1]).status_code == 303
    assert colleague.get(path).status_code == 401
    assert "已停用" in boss.get(path).text
