"""A refusal says which conditions failed and with what values; what is missing is told apart."""

import pytest

from tongban import text
from tongban.engine.model import Rule, Type
from tongban.engine.rules import Scope, check, explain, placeholders

ROW = Type("map", fields={"amount": Type("decimal", 2), "on": Type("date")})
SCOPE = Scope({
    "staff": ("a.staff", Type("int")), "amount": ("a.amount", Type("decimal", 2)), "kind": ("a.kind", Type("string")),
    "birth": ("a.birth", Type("date")), "rows": ("a.rows", Type("list", item=ROW)), "ok": ("a.ok", Type("bool"))},
    registers={"firms": {"limit": Type("decimal", 2)}}, states=frozenset({"draft"}))
LABELS = {"a.staff": {"zh": "用工人数", "en": "Staff"}, "a.amount": {"zh": "金额", "en": "Amount"},
          "a.rows": {"zh": "明细", "en": "Rows"}, "a.rows.amount": {"zh": "单价", "en": "Price"},
          "a.kind": {"zh": "类别", "en": "Kind"}, "a.birth": {"zh": "出生日期", "en": "Date of birth"}}


def told(source, lang="zh", **values):
    env = {name if name in SCOPE.builtins or name[0] == "$" else f"a.{name}": v for name, v in values.items()}
    found = explain(check(source, SCOPE), env, LABELS)
    return [text.problem(reason, lang) for reason in found.reasons]


@pytest.mark.parametrize(("source", "values", "zh", "en"), [
    ("staff >= 10", {"staff": 8}, ["用工人数是 8，不能少于 10。"], ["Staff: 8; at least 10 is needed."]),
    ("10 <= staff", {"staff": 8}, ["用工人数是 8，不能少于 10。"], ["Staff: 8; at least 10 is needed."]),
    ("!(staff < 10)", {"staff": 8}, ["用工人数是 8，不能少于 10。"], ["Staff: 8; at least 10 is needed."]),
    ("amount <= 30000000", {"amount": 3000000150}, ["金额是 30,000,001.5，不能超过 30,000,000。"],
     ["Amount: 30,000,001.5; at most 30,000,000 is allowed."]),
    ("staff >= 10 && kind == 'a'", {"staff": 12, "kind": "b"}, ["类别是 b，应当是 a。"], ["Kind: b; it must be a."]),
    ("staff >= 10 && has(kind)", {"staff": 12}, ["还缺：类别。"], ["Still needed: Kind."]),
    ("birth < today", {"birth": "2026-02-01", "today": "2026-01-01"},
     ["出生日期是 2026-02-01，应当早于 今天（2026-01-01）。"],
     ["Date of birth: 2026-02-01; it must be before today (2026-01-01)."]),
    ("rows.all(r, r.amount > 0)", {"rows": [{"amount": 5}, {"amount": 0}, {}]},
     ["第2行的单价是 0，应当大于 0。", "还缺：第3行的单价。"],
     ["Price in row 2: 0; it must be above 0.", "Still needed: Price in row 3."]),
    ("sum(rows, r, r.amount) <= amount", {"rows": [{"amount": 500}], "amount": 200},
     ["单价合计是 5，不能超过 金额（2）。"], ["the total of Price: 5; at most Amount (2) is allowed."]),
    ("kind in ['a', 'b']", {"kind": "c"}, ["类别是 c，应当是其中之一：a、b。"], ["Kind: c; it must be one of: a, b."]),
    ("div(amount, staff, 2) > 1", {"amount": 5, "staff": 0},
     ["算不出金额 ÷ 用工人数（例如除数是零，或日期超出范围）。"],
     ["Amount ÷ Staff cannot be worked out (a division by zero, a date out of range)."]),
])
def test_a_reason_names_the_field_and_its_value(source, values, zh, en):
    assert told(source, "zh", **values) == zh
    assert told(source, "en", **values) == en


def test_of_alternatives_all_are_told():
    assert told("staff >= 10 || kind == 'a'", staff=1, kind="b") == [
        "下面 2 项至少要满足一项：", "用工人数是 1，不能少于 10。", "类别是 b，应当是 a。"]


def test_only_the_branch_that_applies_is_told():
    assert told("kind == 'a' ? staff > 5 : amount > 100", kind="b", staff=1, amount=100) == ["金额是 1，应当大于 100。"]


def test_a_register_that_has_not_answered_is_missing_and_one_that_says_no_is_a_reason():
    values = {"kind": "x", "now": "2026-01-01T00:00:00Z"}
    assert told("in_register('firms', kind)", **values) == ["还缺：台账“firms”。"]
    values["$fact"] = lambda *key: False
    assert told("in_register('firms', kind)", **values) == ["不满足：列入台账“firms”。"]


def test_what_is_needed_is_what_decides():
    found = explain(check("kind == 'a' || (kind == 'b' ? staff > 1 : amount > 1)", SCOPE), {"a.kind": "b"}, LABELS)
    assert (found.value, found.missing) == (None, ("a.staff",))
    assert all(reason.level == "unknown" or reason.code == "rules.explain.equal" for reason in found.reasons)


def test_many_failing_rows_are_summed_up():
    told_rows = told("rows.all(r, r.amount > 1)", rows=[{"amount": 0}] * 9)
    assert len(told_rows) == 6
    assert told_rows[-1] == "另有 4 行也是如此。"


def test_a_rule_cites_its_clause_and_speaks_its_author_s_words():
    rule = Rule("headcount", check("staff >= 10", SCOPE), clause="二.2", when=check("ok", SCOPE),
                say={"zh": "用工人数 {staff} 人，少于 10 人", "en": "{staff} staff, fewer than 10"})
    found = explain(rule, {"a.staff": 8, "a.ok": True}, LABELS)
    assert text.problem(found.reasons[0], "zh") == "用工人数 8 人，少于 10 人"
    assert {reason.clause for reason in found.reasons} == {"二.2"}
    assert explain(rule, {"a.staff": 8, "a.ok": False}).value is True
    assert explain(rule, {"a.staff": 8}).missing == ("a.ok",)


def test_placeholders_are_written_as_people_write_them():
    values = placeholders(check("amount > 5 && staff > 1", SCOPE), {"a.amount": 123456})
    assert {name: value["zh"] for name, value in values.items()} == {"amount": "1,234.56", "staff": "未知"}


def test_a_choice_is_shown_by_its_label():
    found = explain(check("kind == 'a'", SCOPE), {"a.kind": "b"}, LABELS, lambda name, value: {"a": "甲",
    "b": "乙"}[value])
    assert text.problem(found.reasons[0], "zh") == "类别是 乙，应当是 甲。"


def test_explaining_leaves_the_values_as_they_were():
    env = {"a.rows": [{"amount": 0}], "#r": "kept"}
    explain(check("rows.all(r, r.amount > 1)", SCOPE), env)
    assert env == {"a.rows": [{"amount": 0}], "#r": "kept"}


def test_a_register_entry_that_is_not_there_is_missing_as_a_fact() -> None:
    scope = Scope(names={"key": ("key", Type("string"))}, registers={"posts": {"firm": Type("string")}})
    rule = check("register('posts', key, now).firm == key", scope)
    found = explain(rule, {"key": "p1", "now": "2026-11-22T00:00:00Z", "$fact": lambda *_: None})
    assert (found.value, found.missing) == (None, ("register",))
