"""Spreadsheets become rows: good ones are taken, each other one is told, hostile files are refused unopened."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest

from tongban import text
from tongban.engine.answers.sample import valid
from tongban.engine.model import Field, Form, Page
from tongban.service import rosters
from tongban.web.gallery import gallery

GROUP = next(one for one in gallery().fields if one.id == "rows")
HEAD = ("姓名", "身份证号", "培训等级", "月工资（元）", "备注")
IDS = ("37020219900101004X", "370202199001010015", "330113202101010013")


def book(*rows: tuple[Any, ...], head: tuple[str, ...] = HEAD) -> bytes:
    made = openpyxl.Workbook()
    for row in (head, *rows):
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def words(found: rosters.Roster) -> list[str]:
    return [text.problem(one, "zh") for one in found.problems]


def test_good_rows_are_taken_and_each_other_row_is_told_with_its_number() -> None:
    found = rosters.parse(GROUP, book(
        ("王伟", IDS[0], "高级工", 3500, "x"), ("李娜", "1", "高级工", 3500), (None, None, None, None),
        ("张敏", IDS[1], "学徒", 100.5)), {})
    assert [(row["who"], row["level"], row["pay"]) for row in found.rows] == [("王伟", "高级工", "3500")]
    assert words(found) == [
        "表格第 3 行：公民身份号码应为 18 位，现为 1 位", "表格第 5 行：选项里没有“学徒”，请从列表中选择培训等级",
        "表格第 5 行：低于最低工资 2,200 元"]
    assert found.ignored == ("备注",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_as_offices_save_it_is_read(encoding: str, mark: str) -> None:
    lines = [mark.join(HEAD[:4]), mark.join(("王伟", f"{IDS[0]}", "中级工", "3000"))]
    assert len(rosters.parse(GROUP, "\r\n".join(lines).encode(encoding), {}).rows) == 1


def test_formulas_are_refused_and_never_computed() -> None:
    found = rosters.parse(GROUP, book(("王伟", IDS[0], None, "=1000+2500"), ("李娜", IDS[1], None, 3000)), {})
    assert [row["who"] for row in found.rows] == ["李娜"]
    assert words(found) == ["表格第 2 行：月工资是公式，请改为数值后再导入"]
    alone = rosters.parse(GROUP, book((None, None, None, "=1000+2500"), ("李娜", IDS[1], None, 3000)), {})
    assert words(alone) == words(found), "a line that holds nothing else is told as well"
    evil = f"姓名,身份证号,月工资\n\"=cmd|' /C calc'!A0\",{IDS[0]},3000\n"
    assert words(rosters.parse(GROUP, evil.encode(), {})) == ["表格第 2 行：姓名是公式，请改为数值后再导入"]


def test_numbers_that_lost_their_last_digits_are_told_as_that() -> None:
    found = rosters.parse(GROUP, book(("王伟", 370202199001010015, None, 3000)), {})
    assert "后几位已经丢失" in words(found)[0]


def test_nobody_comes_in_twice_in_the_sheet_or_beside_those_who_stand_there() -> None:
    sheet = book(("王伟", IDS[0], None, 3000), ("李娜", IDS[1], None, 3000), ("王玮", IDS[0], None, 3000))
    found = rosters.parse(GROUP, sheet, {}, [{"who": "李娜", "id_no": IDS[1], "pay": "3000"}])
    assert [row["who"] for row in found.rows] == ["王伟"]
    assert words(found) == ["表格第 3 行：身份证号与第 1 行重复", "表格第 4 行：身份证号与第 2 行重复"]


def test_dates_of_the_spreadsheet_are_dates() -> None:
    columns = (Field("d", "date", {"zh": "日期"}), Field("ok", "yesno", {"zh": "是否"}))
    group = Field("g", "group", {"zh": "组"}, fields=columns)
    found = rosters.parse(group, book((date(2026, 3, 5), True), head=("日期", "是否")), {})
    assert found.rows == ({"d": "2026-03-05", "ok": True},)


def test_what_is_missing_in_the_head_is_named() -> None:
    found = rosters.parse(GROUP, book(("王伟",), head=("姓名",)), {})
    assert words(found) == ["表格缺少这些列：身份证号、月工资，请核对第一行的列名"]


def test_more_rows_than_there_is_room_for_are_left_out_and_said() -> None:
    group = Field("g", "group", {"zh": "组"}, max=2, fields=(Field("n", "integer", {"zh": "数"}),))
    found = rosters.parse(group, book(*((i,) for i in range(5)), head=("数",)), {})
    assert len(found.rows) == 2
    assert words(found) == ["最多 2 行，还有 3 行没有导入"]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", "<x/>")
        parts.writestr("xl/workbook.xml", "<x/>")
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * (70 << 20))
    return out.getvalue()


def marked(at: int, value: int) -> bytes:
    """A workbook whose every part says something else of itself, in its own head and in the directory of the file."""
    made = bytearray(book(("王伟", IDS[0], None, 3000)))
    for head, more in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        for found in re.finditer(re.escape(head), bytes(made)):
            made[found.start() + at + more] = value
    return bytes(made)


def damaged() -> bytes:
    """A workbook of which some bytes came over wrong."""
    made = bytearray(book(("王伟", IDS[0], None, 3000)))
    for part in zipfile.ZipFile(io.BytesIO(made)).infolist():
        start = part.header_offset + 32 + len(part.filename)
        for at in range(start, start + part.compress_size - 2, 37):
            made[at] ^= 0x5A
    return bytes(made)


@pytest.mark.parametrize(("content", "words_"), [
    (marked(6, 1), "不是能读取的"), (marked(8, 97), "不是能读取的"), (damaged(), "不是能读取的"),
    (bomb(), "展开后过大"), (b"PK\x03\x04 not a zip", "不是能读取的"), (b"\x00\x01\x02", "不是能读取的"),
    (b"", "没有内容"), (b"x" * (11 << 20), "超过 10 MB"), (b"\n<html><body>", "不是能读取的"),
    ("学号,分数\n1,2".encode(), "缺少这些列"),
])
def test_hostile_files_are_refused_with_a_reason(content: bytes, words_: str) -> None:
    found = rosters.parse(GROUP, content, {})
    assert found.rows == ()
    assert words_ in words(found)[0]


def test_ten_thousand_rows_are_refused_as_a_whole() -> None:
    lines = "姓名,身份证号,月工资\n" + f"王伟,{IDS[0]},3000\n" * 10_000
    assert words(rosters.parse(GROUP, lines.encode(), {})) == ["表格超过 5000 行，请分开导入"]


def test_the_empty_table_to_fill_in_is_read_again() -> None:
    head = rosters.template(GROUP, "zh").decode("utf-8-sig").strip()
    assert head == "姓名,身份证号,培训等级,月工资"
    form = Form("", {}, (Page("", {}, (GROUP,)),))
    row = valid(form, {}, 3)["rows"][0]
    line = ",".join(str(row.get(name, "")) for name in ("who", "id_no", "level", "pay"))
    assert not rosters.parse(GROUP, f"{head}\n{line}\n".encode(), {}).problems
