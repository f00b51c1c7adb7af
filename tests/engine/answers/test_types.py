"""Every field type reads what people really type, and refuses the rest with a sentence that says how to mend it."""

# ruff: noqa: E501 - a table reads better with one case a line

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tongban import text
from tongban.engine import answers
from tongban.engine.answers import TYPES, Refused
from tongban.engine.model import Choice, Field

LABEL = {"zh": "此项", "en": "this"}
COLOURS = (Choice("red", {"zh": "红", "en": "Red"}), Choice("blue", {"zh": "蓝", "en": "Blue"}),
           Choice("none", {"zh": "都没有", "en": "None of these"}, exclusive=True))
PDF, OTHER = "a" * 64, "b" * 64


def field(kind: str, **more: Any) -> Field:
    spec = {"type": kind, **more.get("options", {})}
    return Field("x", kind, LABEL, scale=more.pop("scale", answers.scale(spec)), **more)


GOOD: list[tuple[Field, Any, Any, str, str]] = [     # field, raw, value, shown in Chinese, in English
    (field("text"), "  青岛　海风  家政 ", "青岛 海风 家政", "青岛 海风 家政", "青岛 海风 家政"),
    (field("text"), 42, "42", "42", "42"),
    (field("text"), "ab\u200bc\u202e", "abc", "abc", "abc"),
    (field("longtext"), "一\r\n二  \r\n", "一\n二", "一\n二", "一\n二"),
    (field("name"), " 王 小 明 ", "王小明", "王小明", "王小明"),
    (field("name"), "买买提•艾力", "买买提·艾力", "买买提·艾力", "买买提·艾力"),
    (field("name"), "Mary-Jane O’Neil", "Mary-Jane O’Neil", "Mary-Jane O’Neil", "Mary-Jane O’Neil"),
    (field("name"), "𬭎赟", "𬭎赟", "𬭎赟", "𬭎赟"),
    (field("email"), " Li＠QINGDAO。cn ", "Li@qingdao.cn", "Li@qingdao.cn", "Li@qingdao.cn"),
    (field("scan"), " Y000123 ", "Y000123", "Y000123", "Y000123"),
    (field("integer"), "１，２３４", 1234, "1,234", "1,234"),
    (field("integer"), "12人", 12, "12", "12"),
    (field("integer"), 7, 7, "7", "7"),
    (field("integer"), "1万", 10000, "10,000", "10,000"),
    (field("decimal", scale=3), "1,234.5", 1234500, "1,234.500", "1,234.500"),
    (field("decimal", scale=1), -0.5, -5, "-0.5", "-0.5"),
    (field("rate"), "3.8％", 380, "3.80%", "3.80%"),
    (field("money"), "￥ 5,000.5", 500050, "5,000.50 元", "¥5,000.50"),
    (field("money"), "300 万元", 300000000, "3,000,000.00 元", "¥3,000,000.00"),
    (field("money"), "500万元整", 500000000, "5,000,000.00 元", "¥5,000,000.00"),
    (field("money"), 5000.1, 500010, "5,000.10 元", "¥5,000.10"),
    (field("money", options={"unit": "万元"}), "12.5", 12500000, "125,000.00 元", "¥125,000.00"),
    (field("money", options={"unit": "万元"}), "8,000元", 800000, "8,000.00 元", "¥8,000.00"),
    (field("date"), "2026年3月5日", "2026-03-05", "2026年3月5日", "5 Mar 2026"),
    (field("date"), "２０２６／３／５", "2026-03-05", "2026年3月5日", "5 Mar 2026"),
    (field("date"), "20260305", "2026-03-05", "2026年3月5日", "5 Mar 2026"),
    (field("date"), "二〇二六.3.5", "2026-03-05", "2026年3月5日", "5 Mar 2026"),
    (field("date"), "2024-02-29", "2024-02-29", "2024年2月29日", "29 Feb 2024"),
    (field("month"), "2026年3月", "2026-03", "2026年3月", "Mar 2026"),
    (field("month"), "202603", "2026-03", "2026年3月", "Mar 2026"),
    (field("year"), "2026年度", 2026, "2026年", "2026"),
    (field("date_range"), {"from": "2026.1.1", "to": "2026年3月31日"}, {"from": "2026-01-01", "to": "2026-03-31"},
     "2026年1月1日 至 2026年3月31日", "1 Jan 2026 to 31 Mar 2026"),
    (field("date_range"), "2026-01-01 至 2026-01-01", {"from": "2026-01-01", "to": "2026-01-01"},
     "2026年1月1日 至 2026年1月1日", "1 Jan 2026 to 1 Jan 2026"),
    (field("time"), "8点半", "08:30", "08:30", "08:30"),
    (field("time"), "下午3时", "15:00", "15:00", "15:00"),
    (field("time"), "15：05", "15:05", "15:05", "15:05"),
    (field("time"), "0830", "08:30", "08:30", "08:30"),
    (field("yesno"), "是", True, "是", "Yes"),
    (field("yesno"), "false", False, "否", "No"),
    (field("choice", choices=COLOURS), "blue", "blue", "蓝", "Blue"),
    (field("choice", choices=COLOURS), "红", "red", "红", "Red"),
    (field("choices", choices=COLOURS), ["blue", "red", "blue"], ["red", "blue"], "红、蓝", "Red, Blue"),
    (field("choices", choices=COLOURS), "红；blue", ["red", "blue"], "红、蓝", "Red, Blue"),
    (field("region", options={"under": "370200"}), "370202", "370202", "370202", "370202"),
    (field("region"), ["370000", "370200", "370202", ""], "370202", "370202", "370202"),
    (field("region"), ["110000", "110100", "110101", "370202"], "110101", "110101", "110101"),
    (field("address"), {"region": "370202", "detail": "香港中路 ８ 号"}, {"region": "370202", "detail": "香港中路 ８ 号"},
     "370202 香港中路 ８ 号", "370202 香港中路 ８ 号"),
    (field("citizen_id"), "370202 19900101 004x", "37020219900101004X",
     "37020219900101004X", "37020219900101004X"),
    (field("citizen_id"), "３３０１１３２０２１０１０１００１３", "330113202101010013", "330113202101010013",
     "330113202101010013"),
    (field("uscc"), "91370200-ma3c1b2d3w", "91370200MA3C1B2D3W", "91370200MA3C1B2D3W", "91370200MA3C1B2D3W"),
    (field("mobile"), "+86 138-0013-8000", "13800138000", "138 0013 8000", "138 0013 8000"),
    (field("mobile"), "１３８００１３８０００", "13800138000", "138 0013 8000", "138 0013 8000"),
    (field("phone"), "（0532）8501 2345", "0532-85012345", "0532-85012345", "0532-85012345"),
    (field("phone"), "0532-85012345 转 801", "0532-85012345-801", "0532-85012345-801", "0532-85012345-801"),
    (field("phone"), "13800138000", "13800138000", "13800138000", "13800138000"),
    (field("bank_account"), "3710 0012 3456 78", "37100012345678", "3710 0012 3456 78", "3710 0012 3456 78"),
    (field("position"), "36.0671, 120.3826", {"lat": 36067100, "lng": 120382600, "accuracy": None, "at": None},
     "36.067100, 120.382600", "36.067100, 120.382600"),
    (field("position"), {"lat": 36.0671234, "lng": 120.38, "accuracy": 12.4, "at": "2026-11-22T00:30:00Z"},
     {"lat": 36067123, "lng": 120380000, "accuracy": 12, "at": "2026-11-22T00:30:00Z"},
     "36.067123, 120.380000（精度 12 米）", "36.067123, 120.380000 (±12 m)"),
    (field("file"), [{"id": PDF, "name": "执照.pdf", "size": 900, "media": "application/pdf"}],
     [{"id": PDF, "name": "执照.pdf", "size": 900, "media": "application/pdf"}], "执照.pdf", "执照.pdf"),
    (field("photo"), PDF, [{"id": PDF, "name": "", "size": 0, "media": ""}], "aaaaaaaa", "aaaaaaaa"),
    (field("signature"), {"typed": "王小明"}, {"image": None, "typed": "王小明", "at": None}, "王小明", "王小明"),
    (field("signature"), PDF, {"image": PDF, "typed": None, "at": None}, "已签名", "Signed"),
    (field("declaration"), "on", {"agreed": True, "signature": None}, "已确认", "Confirmed"),
]
_CARD = field("bank_account", options={"kind": "personal"})
_SMALL = field("file", max=1, options={"max_bytes": 1048576})

BAD: list[tuple[Field, Any, str, str]] = [       # field, raw, the exact words in both languages
    (field("text"), {"a": 1}, "此项应为一段文字或一个数", "this must be text or a number"),
    (field("text"), True, "此项应为一段文字或一个数", "this must be text or a number"),
    (field("text"), "字" * 10_000_000, "此项太长了，最多 20000 字", "this is far too long; at most 20000 characters"),
    (field("text", max=5), "一二三四五六七", "此项最多 5 字，现有 7 字，请删去 2 字",
     "this may have at most 5 characters; it has 7, take out 2"),
    (field("text", min=4), "一二", "此项至少 4 字，现有 2 字", "this needs at least 4 characters; it has 2"),
    (field("text"), "a\x00b", "此项里有无法显示的字符，请删去后重新输入",
     "this holds characters that cannot be shown; delete and type them again"),
    (field("text"), "a\ud800b", "此项里有无法显示的字符，请删去后重新输入",
     "this holds characters that cannot be shown; delete and type them again"),
    (field("longtext"), "字" * 2001, "此项最多 2000 字，现有 2001 字，请删去 1 字",
     "this may have at most 2000 characters; it has 2001, take out 1"),
    (field("name"), "王小明2", "姓名只能用文字和间隔号“·”，请去掉数字和符号",
     "A name may only have letters and the middle dot “·”; take out digits and signs"),
    (field("email"), "li.qingdao.cn", "邮箱应像 name@example.cn 这样，请检查 @ 前后",
     "An e-mail address looks like name@example.cn; check both sides of the @"),
    (field("scan"), "x" * 501, "此项最多 500 字，现有 501 字，请删去 1 字",
     "this may have at most 500 characters; it has 501, take out 1"),
    (field("integer"), "十二", "此项应填整数，例如 12 或 1,200", "this must be a whole number, such as 12 or 1,200"),
    (field("integer"), "12.5", "此项应填整数，不带小数", "this must be a whole number, without decimals"),
    (field("integer"), "1,23,4567", "此项里的逗号位置不对，请去掉逗号，小数点用“.”",
     "The commas in this are not where thousands end; leave them out and use “.” for decimals"),
    (field("integer"), "9" * 19, "此项最多 18 位数字", "this may have at most 18 digits"),
    (field("integer"), "9" * 10_000, "此项最多 18 位数字", "this may have at most 18 digits"),
    (field("integer", min=0), "-1", "此项不能是负数", "this cannot be negative"),
    (field("integer", min=10), "9", "此项不能小于 10", "this must be 10 or more"),
    (field("integer", max=1000), "1001", "此项不能大于 1,000", "this must be 1,000 or less"),
    (field("decimal", scale=2), "1.005", "此项最多保留 2 位小数", "Decimals in this: 2 at most"),
    (field("decimal"), float("nan"), "此项应填数字，例如 1200 或 1,200.50", "this must be a number, such as 1200 or 1,200.50"),
    (field("decimal"), "1e9", "此项应填数字，例如 1200 或 1,200.50", "this must be a number, such as 1200 or 1,200.50"),
    (field("rate"), "3.805%", "此项最多保留 2 位小数", "Decimals in this: 2 at most"),
    (field("money", max="30000000.00"), "3000.01万", "此项不能大于 30,000,000.00", "this must be 30,000,000.00 or less"),
    (field("money"), "0.001", "此项最多保留 2 位小数", "Decimals in this: 2 at most"),
    (field("money"), "五百元", "此项应填数字，例如 1200 或 1,200.50", "this must be a number, such as 1200 or 1,200.50"),
    (field("money"), "=1+1", "此项应填数字，例如 1200 或 1,200.50", "this must be a number, such as 1200 or 1,200.50"),
    (field("date"), "昨天", "此项应写全年月日，例如 2026年3月5日 或 2026-3-5", "this needs year, month and day, such as 2026-3-5"),
    (field("date"), "2026-3", "此项应写全年月日，例如 2026年3月5日 或 2026-3-5", "this needs year, month and day, such as 2026-3-5"),
    (field("date"), "26-3-5", "此项的年份应为四位数，例如 2026", "The year in this must have four digits, such as 2026"),
    (field("date"), "2026-13-1", "此项的月份应为 1 至 12，现为 13", "The month in this must be 1 to 12; it is 13"),
    (field("date"), "2026-02-29", "没有 2026年2月29日 这一天，请核对", "There is no day 29 in month 2 of 2026; check it"),
    (field("date", min="2026-01-01"), "2025-12-31", "此项不能早于 2026年1月1日", "this cannot be before 1 Jan 2026"),
    (field("date", max="2026-01-01"), "2026-01-02", "此项不能晚于 2026年1月1日", "this cannot be after 1 Jan 2026"),
    (field("month"), "2026-03-05", "此项应写年和月，例如 2026年3月 或 2026-03", "this needs a year and a month, such as 2026-03"),
    (field("year"), "26", "此项应为四位数的年份，例如 2026", "this must be a year of four digits, such as 2026"),
    (field("year", min=2000), "1999", "此项不能早于 2000 年", "this cannot be before 2000"),
    (field("year", max=2030), "2031", "此项不能晚于 2030 年", "this cannot be after 2030"),
    (field("date_range"), {"from": "2026-01-01"}, "请把此项的起止日期都填上", "Enter both the first and the last day of this"),
    (field("date_range"), {"from": "2026-02-01", "to": "2026-01-01"}, "此项的结束日期不能早于开始日期",
     "The last day of this cannot be before the first"),
    (field("date_range"), [1], "此项的内容不完整，请重新填写", "this has the wrong parts; fill it in again"),
    (field("time"), "早上", "此项应写时和分，例如 8:30 或 下午3点", "this needs hours and minutes, such as 8:30 or 3:00 pm"),
    (field("time"), "25:00", "此项的时应为 0 至 23，分应为 0 至 59", "In this the hour is 0 to 23 and the minute 0 to 59"),
    (field("yesno"), "也许", "请选择“是”或“否”：此项", "Choose yes or no: this"),
    (field("choice", choices=COLOURS), "绿", "选项里没有“绿”，请从列表中选择此项", "“绿” is not in the list; choose this from it"),
    (field("choice", choices=COLOURS), ["red", "blue"], "此项应为一段文字或一个数", "this must be text or a number"),
    (field("choices", choices=COLOURS), ["red", "none"], "“都没有”不能与其他选项同时选择",
     "“None of these” cannot be chosen together with others"),
    (field("choices", choices=COLOURS, min=2), ["red"], "此项至少选 2 项，现选了 1 项", "Choose at least 2 for this; 1 chosen"),
    (field("choices", choices=COLOURS, max=1), ["red", "blue"], "此项最多选 1 项", "Choose at most 1 for this"),
    (field("choices", choices=COLOURS), "[1,", "此项应为若干选项，请重新选择", "this must be a list of choices; choose again"),
    (field("region"), "37", "请从列表中选择此项", "Choose this from the list"),
    (field("region", options={"under": "370200"}), "370102", "此项不在本事项的办理区域内，请重新选择",
     "this is outside the region that this procedure serves; choose again"),
    (field("region"), "370200", "请继续选择此项的下一级", "Choose the next level of this"),
    (field("region", options={"level": "street"}), "370202", "请继续选择此项的下一级", "Choose the next level of this"),
    (field("address"), "香港中路8号", "请选择此项所在地区", "Choose the region of this"),
    (field("address"), {"region": "370202", "detail": "8"}, "请填写此项的街道、门牌号", "Enter the street and number of this"),
    (field("citizen_id"), "370202900101001", "请填写 18 位公民身份号码，15 位的旧号码不再使用",
     "Enter the 18-digit citizen ID; 15-digit numbers are no longer used"),
    (field("citizen_id"), "37020219900101", "公民身份号码应为 18 位，现为 14 位", "A citizen ID has 18 digits; this has 14"),
    (field("citizen_id"), "37020219900101X011", "公民身份号码前 17 位应为数字，末位为数字或 X", "A citizen ID is 17 digits and a last digit or X"),
    (field("citizen_id"), "370202199002300018", "公民身份号码第 7 至 14 位“19900230”不是真实的出生日期，请核对",
     "Digits 7 to 14 of the citizen ID, “19900230”, are not a real date of birth; check them"),
    (field("citizen_id"), "370202199001010012", "公民身份号码的校验位不对，可能有一位输错或两位颠倒，请逐位核对",
     "The last digit of the citizen ID does not fit: one digit is wrong or two are swapped; check them one by one"),
    (field("uscc"), "370200228012345", "请填写 18 位统一社会信用代码，15 位注册号不再使用",
     "Enter the 18-character unified social credit code; 15-digit registration numbers are no longer used"),
    (field("uscc"), "91370200MA3C1B2D", "统一社会信用代码应为 18 位，现为 16 位", "A unified social credit code has 18 characters; this has 16"),
    (field("uscc"), "91370200MA3CIB2DO4", "统一社会信用代码里不会出现 I、O（字母 I、O、S、V、Z 不用），请核对是否应为数字",
     "A unified social credit code never has I, O (letters I, O, S, V, Z are not used); a digit may be meant"),
    (field("uscc"), "91999999MA3C1B2D3X", "统一社会信用代码第 3 至 8 位“999999”不是地区码，请核对",
     "Characters 3 to 8, “999999”, are not a region code; check them"),
    (field("uscc"), "Q1370200MA3C1B2D37", "统一社会信用代码开头的“Q1”不对，企业为 91，个体工商户为 92，农民专业合作社为 93",
     "A unified social credit code cannot begin with “Q1”: firms have 91, individual businesses 92, farm cooperatives 93"),
    (field("uscc"), "91370200MA3C1B2D30", "统一社会信用代码的校验位不对，请对照营业执照逐位核对",
     "The last character of the code does not fit; compare it with the licence, character by character"),
    (field("mobile"), "+1 650 253 0000", "请填写中国大陆手机号码", "Enter a mobile number of mainland China"),
    (field("mobile"), "1380013800a", "手机号码只能是数字", "A mobile number has digits only"),
    (field("mobile"), "1380013800", "手机号码应为 11 位，现为 10 位", "A mobile number has 11 digits; this has 10"),
    (field("mobile"), "12000000000", "手机号码应以 13 至 19 开头，请核对", "A mobile number begins with 13 to 19; check it"),
    (field("phone"), "85012345", "请在座机号码前加上区号，例如 0532-85012345", "Put the area code before the number, such as 0532-85012345"),
    (field("phone"), "电话", "电话号码应为数字，例如 0532-85012345 或 13800138000",
     "A telephone number has digits, such as 0532-85012345 or 13800138000"),
    (field("phone"), "0532-123", "没有这样的电话号码，请核对区号和位数", "There is no such telephone number; check the area code and the number of digits"),
    (field("bank_account"), "3710-AB", "银行账号只能是数字", "A bank account has digits only"),
    (field("bank_account"), "1234567", "银行账号应为 8 至 32 位，现为 7 位", "A bank account has 8 to 32 digits; this has 7"),
    (_CARD, "622848", "个人银行卡号应为 16 至 19 位，现为 6 位", "A personal card has 16 to 19 digits; this has 6"),
    (_CARD, "6228480012345678900", "银行卡号的校验位不对，请对照卡面逐位核对",
     "The last digit of the card number does not fit; compare it with the card, digit by digit"),
    (field("position"), {"lat": 91, "lng": 0},
     "未能取得此项，请允许定位后重试，或填写经纬度，例如 36.0671, 120.3826",
     "No position for this; allow it and try again, or type latitude and longitude, such as 36.0671, 120.3826"),
    (field("position"), {"lat": 36, "lng": 120, "accuracy": 10 ** 30},
     "未能取得此项，请允许定位后重试，或填写经纬度，例如 36.0671, 120.3826",
     "No position for this; allow it and try again, or type latitude and longitude, such as 36.0671, 120.3826"),
    (field("position"), {"lat": 36, "lng": 120, "accuracy": -5},
     "未能取得此项，请允许定位后重试，或填写经纬度，例如 36.0671, 120.3826",
     "No position for this; allow it and try again, or type latitude and longitude, such as 36.0671, 120.3826"),
    (field("position", options={"accuracy": 100}), {"lat": 36, "lng": 120, "accuracy": 2000},
     "定位误差 2000 米，要求不超过 100 米，请到空旷处重试", "The position is only accurate to 2000 m; 100 m is asked. Try again in the open"),
    (field("file"), {"id": "../../etc/passwd"}, "此项未能识别，请重新上传", "this could not be recognised; upload it again"),
    (_SMALL, [PDF, OTHER], "此项最多 1 个文件，请删去多余的", "this takes at most 1 files; remove the others"),
    (field("file", min=2, max=3), [PDF], "此项至少 2 个文件，现有 1 个", "this needs at least 2 files; there are 1"),
    (_SMALL, {"id": PDF, "name": "a.pdf", "size": 1048577, "media": "application/pdf"},
     "文件“a.pdf”超过 1 MB，请压缩或重新拍摄", "The file “a.pdf” is over 1 MB; compress it or take it again"),
    (field("photo"), {"id": PDF, "name": "x.pdf", "size": 9, "media": "application/pdf"},
     "文件“x.pdf”的类型不符，可以上传 JPG、PNG、WebP", "The file “x.pdf” is of the wrong type; JPG, PNG, WebP can be uploaded"),
    (field("signature"), {"image": "<svg>"}, "签名没有保存好，请重新签名", "The signature was not stored; sign again"),
    (field("declaration", options={"sign": True}), {"agreed": True}, "请在声明下方签名", "Sign below the statement"),
]


@pytest.mark.parametrize(("one", "raw", "value", "zh", "en"), GOOD, ids=lambda v: getattr(v, "type", None) or str(v)[:24])
def test_what_people_type_becomes_a_value_and_is_shown_again(one: Field, raw: Any, value: Any, zh: str, en: str) -> None:
    assert TYPES[one.type].read(one, raw) == value
    assert (answers.show(one, value, "zh"), answers.show(one, value, "en")) == (zh, en)


@pytest.mark.parametrize(("one", "raw", "value", "zh", "en"), GOOD, ids=lambda v: getattr(v, "type", None) or str(v)[:24])
def test_an_input_filled_with_a_value_reads_as_the_same_value(one: Field, raw: Any, value: Any, zh: str, en: str) -> None:
    assert TYPES[one.type].read(one, answers.as_raw(one, value)) == value


@pytest.mark.parametrize(("one", "raw", "zh", "en"), BAD, ids=lambda v: getattr(v, "type", None) or str(v)[:24])
def test_wrong_input_is_refused_in_exact_words(one: Field, raw: Any, zh: str, en: str) -> None:
    with pytest.raises(Refused) as no:
        TYPES[one.type].read(one, raw)
    params = {"label": one.label, **no.value.params}
    assert (text.say(no.value.code, "zh", **params), text.say(no.value.code, "en", **params)) == (zh, en)


@pytest.mark.parametrize("kind", sorted(set(TYPES) - {"group", "computed", "fact", "note"}))
@pytest.mark.parametrize("raw", [None, "", "  ", "　"])
def test_blank_is_no_value(kind: str, raw: Any) -> None:
    if raw is None or raw == "" or kind not in ("date_range", "address", "position", "file", "photo"):
        assert TYPES[kind].read(field(kind, choices=COLOURS), raw) is None


def test_every_type_has_a_row_in_the_table_of_wrong_inputs() -> None:
    told = {one.type for one, *_ in BAD}
    assert told == set(TYPES) - {"group", "computed", "fact", "note"}


@pytest.mark.parametrize("kind", sorted(set(TYPES)))
@pytest.mark.parametrize("raw", [[[]], {"a": {"b": [1]}}, [None, {}], -1, 1e308, "'; drop table x --", "\udfff", "<b>", "9" * 50_000])
def test_no_input_breaks_a_type(kind: str, raw: Any) -> None:
    """Whatever arrives, a type answers with a value or a refusal, never with another exception."""
    with suppress(Refused):
        TYPES[kind].read(field(kind, choices=COLOURS), raw)


def test_every_refusal_in_the_code_has_its_sentence() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(answers.__file__).parent.glob("*.py"))
    named = set(re.findall(r'Refused\(\s*"([a-z_.]+)"', source)) | set(re.findall(r'"answer\.([a-z_.]+)"', source))
    assert len(named) > 80
    assert {f"answer.{name}" for name in named} <= set(text.catalogue())


def test_a_form_may_ask_for_a_kind_of_credit_code() -> None:
    with pytest.raises(Refused) as no:
        TYPES["uscc"].read(field("uscc", options={"kinds": ["91"]}), "92370202MA3C1B2D3N")
    assert text.say(no.value.code, "en", **no.value.params) == "This asks for a code that begins with 91; yours begins with 92"


@pytest.mark.parametrize("code", ["330113202101010013", "320685200001010014"])
def test_new_and_old_regions_of_citizen_ids_are_accepted(code: str) -> None:
    one = field("citizen_id")
    assert TYPES["citizen_id"].read(one, code) == code
    assert TYPES["citizen_id"].warn(one, code) is None


def test_an_unknown_province_in_a_citizen_id_only_warns() -> None:
    one = field("citizen_id")
    value = TYPES["citizen_id"].read(one, "990101199001010019")
    assert TYPES["citizen_id"].warn(one, value) == "answer.citizen_id.region"
