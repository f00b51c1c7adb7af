"""Hostile answers over HTTP: each is refused at its field with a reason, and the rest comes back as typed."""

from __future__ import annotations

import copy
import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import Workbook
from tests.service.test_files import bomb as pixels
from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, text
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tongban.service import account, cases

MORE = [{"id": "why", "type": "longtext", "label": text("说明")},
        {"id": "shot", "type": "photo", "label": text("照片")},
        {"id": "rows", "type": "group", "label": text("名册"), "import": True, "fields": [
            {"id": "who", "type": "name", "label": text("姓名")},
            {"id": "pay", "type": "money", "label": text("月工资")}]}]


def sheet(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    for row in (("姓名", "月工资"), *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def swollen() -> bytes:
    """A workbook of some kilobytes that unpacks to hundreds of megabytes."""
    out = io.BytesIO(sheet(("王伟", 1)))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book, book.open("xl/media/x.bin", "w") as part:
        for _ in range(100):
            part.write(b"0" * (1 << 20))
    return out.getvalue()


@pytest.fixture
def asked(site):
    form = copy.deepcopy(FORM)
    form["pages"][0]["fields"] += MORE
    site.world.publish(WORKFLOW, form, OPINION)
    case_id = site.world.start()
    task = cases.to_fill(site.world.rt, site.world.who("boss"), case_id).tasks[0].id
    caller = site.caller("boss")

    def send(**data: Any):
        parts = {name: FileStorage(*part) if isinstance(part, tuple) else part for name, part in data.items()}
        mark, body = encode_multipart({"csrf": caller.csrf, **ANSWERS, **parts})
        return caller.client.post(f"/cases/{case_id}/tasks/{task}", data=body,
                                  content_type=f"multipart/form-data; boundary={mark}")
    return send


@pytest.mark.parametrize(("sent", "at", "said"), [
    ({"action": "submit", "why": "长" * 100_000}, "why", "最多 20000 字"),
    ({"action": "submit", "why": "long " * (2 << 20)}, "why", "最多 20000 字"),
    ({"action": "submit", "staff": "9" * (2 << 20)}, "staff", "最多 20000 字"),
    ({"_import": "rows", "_sheet.rows": (io.BytesIO(swollen()), "a.xlsx")}, "rows", "展开后过大"),
    ({"action": "submit", "_file.shot": (io.BytesIO(b"<html><script>alert(1)</script>"), "a.jpg")}, "shot", "不能上传"),
    ({"action": "submit", "_file.shot": (io.BytesIO(pixels(20_000, 10_000)), "a.png")}, "shot", "像素"),
    ({"_import": "rows", "_sheet.rows": (io.BytesIO(sheet(("王伟", "=1+1"))), "a.xlsx")}, "rows", "公式"),
    ({"_import": "rows", "_sheet.rows": (io.BytesIO(sheet(*[("王伟", 3000)] * 10_001)), "a.xlsx")}, "rows", "行"),
    ({"action": "submit", "nobody_asked": "1"}, "", "没有|不是|未知"),
], ids=["long-text", "ten-megabytes", "two-million-digits", "zip-bomb",
        "html-as-jpg", "200-megapixels", "formula", "ten-thousand-rows", "unknown-field"])
def test_hostile_answers_are_told_at_their_field_and_the_rest_is_kept(
        asked, sent: dict[str, Any], at: str, said: str) -> None:
    answer = asked(**sent)
    assert answer.status_code in (200, 422), answer.text[:300]
    errors = re.findall(rf'<p class="q-error" id="f-{at}[\w-]*-error">(.*?)</p>', answer.text)
    told = "".join(errors) if at else answer.text
    assert re.search(said, told), told[:300]
    assert f'value="{ANSWERS["name"]}"' in answer.text


@pytest.mark.parametrize("button", [{"action": "submit"}, {"_go": "next", "_here": FORM["pages"][0]["id"]}], ids=str)
def test_several_at_once_are_all_told(asked, button: dict[str, str]) -> None:
    """A file that was not taken hid everything else until another was chosen."""
    told = asked(**button, why="长" * 100_000, staff="九", **{"_file.shot": (io.BytesIO(b"<html>"), "a.jpg")}).text
    found = {at: words for at in ("why", "staff", "shot")
             for words in re.findall(rf'<p class="q-error" id="f-{at}-error">(.*?)</p>', told)}
    assert [key for key, words in {"why": "最多 20000 字", "staff": "数", "shot": "不能上传"}.items()
            if words not in found.get(key, "")] == []
    assert f'value="{ANSWERS["name"]}"' in told


def test_a_file_that_cannot_be_looked_at_just_now_is_told_at_its_field_and_the_rest_is_kept(asked, site) -> None:
    site.world.rt.config = replace(site.world.rt.config, antivirus="127.0.0.1:1")       # nobody answers there
    answer = asked(action="submit", **{"_file.shot": (io.BytesIO(b"%PDF-1.4"), "a.pdf")})
    assert re.search(r'id="f-shot-error">.*?稍后再选一次', answer.text, re.S)
    assert f'value="{ANSWERS["name"]}"' in answer.text


def test_one_bad_cell_is_told_alone_and_not_as_an_unknown_sum_of_its_list_too(site) -> None:
    form = copy.deepcopy(FORM)
    form["pages"][0]["fields"] += MORE
    rule = {"clause": "一", "test": "sum(application.rows, r, r.pay) >= 100", "say": text("工资太少")}
    site.world.publish({**WORKFLOW, "rules": {**WORKFLOW["rules"], "ten": rule}}, form, OPINION)
    case_id = site.world.start()

    def told(pay: str) -> list[str]:
        rows = [{"who": "王伟", "pay": "3000"}, {"who": "李娜", "pay": pay}]
        return [found.at for found in site.world.act("boss", case_id, "submit", {**ANSWERS, "rows": rows}).problems]
    assert told("三千") == ["/rows/1/pay"]
    assert told("") == ["#rule/ten"]
    assert told("4000") == []


def test_a_table_that_failed_whole_does_not_claim_rows_that_were_taken(asked) -> None:
    told = asked(_import="rows", **{"_sheet.rows": (io.BytesIO(swollen()), "a.xlsx")}).text
    assert "展开后过大" in told
    assert "已导入" not in told


def test_a_table_of_which_a_part_was_taken_says_how_many_rows_were_left_out_and_what_to_import_again(asked) -> None:
    rows = sheet(("王伟", 3000), ("李娜", "三千"), ("赵敏2", "四千"))
    told = asked(_import="rows", **{"_sheet.rows": (io.BytesIO(rows), "a.xlsx")}).text
    assert "已导入 1 行；另有 2 行有误，没有导入" in told
    assert "另有" not in asked(_import="rows", **{"_sheet.rows": (io.BytesIO(sheet(("王伟", 3000))), "a.xlsx")}).text


@pytest.mark.parametrize("body", [b'{"action":"submit","answers":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
                                  b'{"action":"submit","answers":{"why":' + b'{"a":' * 120 + b"1" + b"}" * 122])
def test_json_that_nests_without_end_is_a_bad_request(site, body: bytes) -> None:
    site.world.publish(WORKFLOW, FORM, OPINION)
    token = account.make_token(site.world.rt, site.world.who("boss"), "test", ("read", "act"))
    answer = site.app.test_client().post(
        f"/api/v1/cases/{site.world.start()}/actions", data=body, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 400


def test_over_the_api_a_hidden_answer_is_left_out_with_a_word_and_one_that_no_form_knows_is_refused(site) -> None:
    form = copy.deepcopy(FORM)
    form["pages"][0]["fields"].append({"id": "why", "type": "text", "label": text("原因"), "visible": "staff < 10"})
    site.world.publish(WORKFLOW, form, OPINION)
    case_id = site.world.start()

    def send(who: str, action: str, answers: dict[str, Any], **more: str) -> Any:
        token = account.make_token(site.world.rt, site.world.who(who), "test", ("read", "act"))
        return site.app.test_client().post(
            f"/api/v1/cases/{case_id}/actions", json={"action": action, "answers": answers, **more},
            headers={"Authorization": f"Bearer {token}", "Accept-Language": "zh"})
    sent = send("boss", "submit", {**ANSWERS, "why": "旧的原因"}).json
    assert [(one["at"], one["code"], one["level"]) for one in sent["dropped"]] == [("/why", "answer.hidden", "warning")]
    assert "不再需要填写" in sent["dropped"][0]["detail"]
    assert send("shinan", "approve", {"words": "同意"}).json["dropped"] == []
    refused = send("city", "approve", {"odd": "1", "opinion.odd": "1"})
    assert {(one["at"], one["code"]) for one in refused.json["problems"]} == {
        ("/odd", "answer.unknown"), ("/opinion/odd", "answer.unknown")}
    told = send("city", "approve", {"words": "改了", "application.staff": "1"}).json
    assert {(one["at"], one["code"]) for one in told["dropped"]} == {
        ("/words", "answer.elsewhere"), ("/application/staff", "answer.elsewhere")}
    assert told["outcome"] == "approved"


def test_wrong_json_types_are_each_told_at_their_field_and_nothing_is_taken(site) -> None:
    form = copy.deepcopy(FORM)
    form["pages"][0]["fields"] += MORE
    site.world.publish(WORKFLOW, form, OPINION)
    case_id = site.world.start()
    wrong = {"uscc": ["91"], "name": {"a": 1}, "region": 3.5, "staff": True, "why": "x" * (10 << 20), "shot": "a.jpg",
             "rows": [{"who": "王伟", "pay": []}, {"who": "王伟", "pay": "1", "more": 2}], "stranger": 1}
    token = account.make_token(site.world.rt, site.world.who("boss"), "test", ("read", "act"))
    answer = site.app.test_client().post(
        f"/api/v1/cases/{case_id}/actions", json={"action": "submit", "answers": wrong},
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "zh"})
    assert answer.status_code == 422
    told = {found["at"]: found["detail"] for found in answer.json["problems"]}
    assert set(told) == {"/uscc", "/name", "/region", "/staff", "/why", "/shot", "/rows/0/pay", "/rows/1/more",
                         "/stranger"}
    assert all(re.search("[\u4e00-\u9fff]", words) for words in told.values())
