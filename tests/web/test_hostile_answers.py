"""Hostile answers over HTTP: each is refused at its field with a reason, and the rest comes back as typed."""

from __future__ import annotations

import copy
import io
import re
from typing import Any

import pytest
from openpyxl import Workbook
from tests.service.test_files import bomb as pixels
from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, text

from tongban.service import cases

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


@pytest.fixture
def asked(site):
    form = copy.deepcopy(FORM)
    form["pages"][0]["fields"] += MORE
    site.world.publish(WORKFLOW, form, OPINION)
    case_id = site.world.start()
    task = cases.to_fill(site.world.rt, site.world.who("boss"), case_id).tasks[0].id
    caller = site.caller("boss")

    def send(**data: Any):
        return caller.post(f"/cases/{case_id}/tasks/{task}", {**ANSWERS, **data}, content_type="multipart/form-data")
    return send


@pytest.mark.parametrize(("sent", "at", "said"), [
    ({"action": "submit", "why": "长" * 100_000}, "why", "最多 20000 字"),
    ({"action": "submit", "_file.shot": (io.BytesIO(b"<html><script>alert(1)</script>"), "a.jpg")}, "shot", "不能上传"),
    ({"action": "submit", "_file.shot": (io.BytesIO(pixels(20_000, 10_000)), "a.png")}, "shot", "像素|读不出|损坏"),
    ({"_import": "rows", "_sheet.rows": (io.BytesIO(sheet(("王伟", "=1+1"))), "a.xlsx")}, "rows", "公式"),
    ({"_import": "rows", "_sheet.rows": (io.BytesIO(sheet(*[("王伟", 3000)] * 10_001)), "a.xlsx")}, "rows", "行"),
    ({"action": "submit", "nobody_asked": "1"}, "", "没有|不是|未知"),
], ids=["long-text", "html-as-jpg", "200-megapixels", "formula", "ten-thousand-rows", "unknown-field"])
def test_hostile_answers_are_told_at_their_field_and_the_rest_is_kept(
        asked, sent: dict[str, Any], at: str, said: str) -> None:
    answer = asked(**sent)
    assert answer.status_code in (200, 422), answer.text[:300]
    errors = re.findall(rf'<p class="q-error" id="f-{at}[\w-]*-error">(.*?)</p>', answer.text)
    told = "".join(errors) if at else answer.text
    assert re.search(said, told), told[:300]
    assert f'value="{ANSWERS["name"]}"' in answer.text
