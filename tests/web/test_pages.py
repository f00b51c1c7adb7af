"""Pages whole and in part, what they carry for safety, and what people read when something is wrong."""

from __future__ import annotations

import copy
import io
import re
from pathlib import Path
from typing import Any

import pytest
from tests.service.test_documents import CERTIFICATE
from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, text
from tests.web.conftest import Caller, Site

from tongban.engine.answers.ids import credit_check
from tongban.service import cases, files
from tongban.service.seen import role_at
from tongban.store import messages as store_messages
from tongban.store import registers

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#pane"}


def test_chart_of_a_case_is_drawn_as_it_stands_and_in_the_language_that_is_read(site: Site) -> None:
    case_id, caller = site.world.start(), site.caller("boss")

    def drawn(lang: str) -> str:
        page = caller.get(f"/cases/{case_id}", headers={"Accept-Language": lang}).text
        return page[page.index('class="wide-only"'):page.index('class="narrow-only"')]
    begun = [drawn("zh"), drawn("en")]
    assert begun[0] != begun[1]
    assert [drawn("zh"), drawn("en")] == begun
    assert site.world.act("boss", case_id, "submit", ANSWERS).ok
    assert drawn("zh") not in begun


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


def test_what_was_done_with_a_task_is_said_in_its_own_words(site: Site) -> None:
    case_id, officer = site.world.submitted(), site.caller("shinan")
    task = cases.view(site.world.rt, site.world.who("shinan"), case_id).tasks[0].id
    for kind, said in (("claim", "已领办"), ("release", "已放回待办")):
        done = officer.post(f"/cases/{case_id}/actions", {"task": task, "kind": kind})
        assert said in officer.get(done.headers["Location"]).text
    form = next(part for part in site.caller("boss").client.get(f"/cases/{case_id}").text.split("<form") if
                'value="urge"' in part)
    sent = dict(re.findall(r'name="(task|kind)" value="([^"]*)"', form))
    assert sent == {"task": task, "kind": "urge"}, "the button says which task"
    urged = site.caller("boss").post(f"/cases/{case_id}/actions", sent)
    assert "已催办" in site.caller("boss").get(urged.headers["Location"]).text
    site.world.act("boss", case_id, "withdraw")


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


def test_an_admin_is_told_which_calendar_is_missing(site: Site) -> None:
    assert "2027 年的日历还没有加载" in site.caller("admin").get("/admin/tables").text
    assert site.caller("admin").get("/admin/tables?said=calendar").text.count('id="said"') == 1


def test_settings_that_were_refused_show_what_was_chosen_and_where_it_is_wrong(site: Site) -> None:
    officer = site.caller("shinan")
    assert "尚未接通邮件" in officer.get("/settings").text
    channels = officer.post("/settings/channels", {"channel": "email", "email": "not an address"})
    assert channels.status_code == 422
    assert 'value="email" checked' in channels.text
    assert 'value="not an address"' in channels.text
    deputy = officer.post("/settings/deputies", {"deputy": "nobody at all"}).text
    assert re.search(r"<details[^>]* open><summary>(?:(?!</details>).)*nobody at all", deputy, re.DOTALL)
    token = officer.post("/settings/tokens", {"days": "9000", "scope": "act"}).text
    assert re.search(r'<details[^>]* open><summary>(?:(?!</details>).)*value="act" checked', token, re.DOTALL)
    assert 'value="read" checked' not in token


@pytest.mark.parametrize(("sent", "form", "stays"), [
    ("/settings/channels", {"email": "wrong", "channel": "email"}, "/settings"),
    ("/inbox/actions?q=%E6%B5%B7%E9%A3%8E", {"box": "open"}, "/inbox?q=%E6%B5%B7%E9%A3%8E"),
    ("/settings/colleagues/u-clerk/password", {"password": "short"}, "/settings/colleagues")])
def test_choosing_a_language_after_something_was_refused_stays_where_one_was(
        site: Site, sent: str, form: dict[str, str], stays: str) -> None:
    caller = site.caller("boss" if "colleagues" in sent else "shinan")
    refused = caller.post(sent, form)
    assert refused.status_code == 422
    assert f'name="next" value="{stays}"' in refused.text
    assert caller.get(stays).status_code == 200


def test_many_at_once_keeps_the_filters_and_a_search_stays_in_its_region(site: Site) -> None:
    case_id, officer = site.world.submitted(), site.caller("shinan")
    row = re.search(rf'name="row" value="({case_id}[^"]+)"', officer.get("/inbox?q=海风&region=370202").text)
    assert row
    assert case_id not in officer.get("/inbox?q=海风&region=370203").text
    asked = officer.post("/inbox/actions?q=海风", {"kind": "choose", "row": row[1], "box": "open"})
    assert 'action="/inbox/actions?q=%E6%B5%B7%E9%A3%8E"' in asked.text
    assert 'href="/inbox?q=%E6%B5%B7%E9%A3%8E&amp;box=open"' in asked.text
    done = officer.post("/inbox/actions?q=海风", {"kind": "claim", "row": row[1], "box": "open"})
    assert 'id="q" name="q" type="search" value="海风"' in done.text
    held = re.search(rf'name="row" value="({case_id}[^"]+)"', officer.get("/inbox?box=mine").text)
    assert held
    assert 'name="kind" value="claim"' not in officer.get("/inbox?box=mine").text
    assert officer.post("/inbox/actions", {"kind": "release", "row": held[1], "box": "mine"}).status_code == 200
    assert case_id not in officer.get("/inbox?box=mine").text
    number = cases.view(site.world.rt, site.world.who("shinan"), case_id).number
    assert 'class="many' in officer.get(f"/inbox?q={number}").text
    site.world.act("boss", case_id, "withdraw")
    closed = officer.get(f"/inbox?q={number}").text
    assert (case_id in closed, 'class="many' in closed) == (True, False)      # nothing there to be done together


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
    forgot = ended[1].replace("/end", "/password")
    short = boss.post(forgot, {"password": "short"})
    field = "password-" + forgot.split("/")[3]
    assert (short.status_code, f'id="e-{field}"' in short.text, 'id="e-password"' in short.text) == (422, True, False)
    assert f'<a href="#f-{field}">' in short.text
    assert boss.post(forgot, {"password": "a newer secret"}).status_code == 303
    assert colleague.get(path).status_code == 401
    colleague = site.caller()
    assert colleague.post("/sign-in", {"login": "wangxin", "password": "a newer secret"}).status_code == 303
    assert "为您设置了新密码" in colleague.get("/messages").text
    assert boss.post(ended[1]).status_code == 303
    assert colleague.get(path).status_code == 401
    assert "已停用" in boss.get(path).text


@pytest.mark.parametrize(("files", "says"), [
    ([("a.json", b"")], "a.json 是空文件"), ([("a.json", b"\x89PNG")], "a.json 不是 UTF-8 编码的 JSON"),
    ([("a.json", b'{"id": "x",\n "title": }')], "a.json 第 2 行第 11 列不符合 JSON"),
    ([("a.json", b"[" * 100_000)], "a.json 不是 UTF-8 编码的 JSON"),
    ([("a.json", b"[1]")], "a.json 既不是流程也不是表单"),
    ([("a.json", b'{"id": "x"}'), ("b.json", b'{"id": "y"}')], "b.json 与另一个文件重复"),
    ([], "请选择含有流程的")])
def test_an_uploaded_file_that_is_no_definition_is_refused_by_its_name(
        site: Site, files: list[tuple[str, bytes]], says: str) -> None:
    answer = site.caller("admin").post("/admin/procedures", {
        "files": [(io.BytesIO(content), name) for name, content in files]})
    assert answer.status_code == 422
    assert says in answer.text


def test_an_admin_enters_an_office_and_is_told_by_field_what_is_wrong(site: Site) -> None:
    caller = site.caller("admin")
    wrong = caller.post("/admin/offices", {"zh": "市南区人社局", "code": "市南", "kind": "office", "region": "999999"})
    assert wrong.status_code == 422
    assert 'value="市南区人社局"' in wrong.text
    assert "2 至 60 位" in wrong.text
    assert "没有代码为“999999”的地区" in wrong.text
    asked = {"zh": "市南区人社局", "code": "hr-370202", "kind": "office", "region": "370202"}
    assert caller.post("/admin/offices", asked).status_code == 303
    assert 'value="市南区人社局"' in caller.get("/admin/offices/hr-370202").text
    assert caller.post("/admin/offices/hr-370202", {**asked, "zh": "市南区人力资源局"}).status_code == 303
    assert "市南区人力资源局" in caller.get("/admin/offices?q=370202").text
    assert ">市南区人力资源局</option>" in caller.get("/admin/people").text


def test_messages_are_read_page_by_page(site: Site) -> None:
    rt, who = site.world.rt, site.world.who("boss")
    with rt.store.transaction() as conn:
        for n in range(35):
            store_messages.tell(conn, {"id": f"m{n}", "person": who.id, "case_id": None, "at": rt.clock(),
                                       "text": text(f"第 {n} 件事")})
    caller = site.caller("boss")
    first = caller.get("/messages").text
    link = re.search(r'href="(/messages\?before=\d+)"', first)[1]
    second = caller.get(link).text
    told = [re.findall(r"第 (\d+) 件事", page) for page in (first, second)]
    assert told == [[str(n) for n in range(34, 4, -1)], ["4", "3", "2", "1", "0"]]
    assert 'href="/messages?before=' not in second
    assert caller.get("/messages?before=" + "9" * 40).status_code == 200


def test_mails_are_written_in_the_language_that_was_chosen(site: Site) -> None:
    caller = site.caller("boss")
    assert caller.post("/preferences", {"lang": "en", "next": "/"}).status_code == 303
    assert site.world.who("boss").lang == "en"
    caller.post("/preferences", {"theme": "dark", "next": "/"})
    assert site.world.who("boss").lang == "en"
