"""A form as a whole: every problem at once at its place, everything readable kept, hidden answers left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tongban import text
from tongban.engine import answers
from tongban.engine.answers import Lookups, Step
from tongban.engine.model import Check, Choice, Expr, Field, Form, Page, Type
from tongban.engine.read import read_form

HASH = "c" * 64


def label(zh: str) -> dict[str, str]:
    return {"zh": zh, "en": zh}


def rule(names: str, run: Any, kind: str = "bool") -> Expr:
    """A compiled rule, as the rule language hands it over."""
    return Expr("…", [], Type(kind), frozenset(names.split()), run)


def at_least(name: str, limit: int) -> Expr:
    return rule(name, lambda env: None if env.get(name) is None else env[name] >= limit)


def form(*fields: Field, **more: Any) -> Form:
    return Form("f", label("表"), (Page("p", label("页"), fields, **more),))


AMOUNT = Field("amount", "money", label("金额"), scale=2, required=True)
STAFF = Field("staff", "integer", label("人数"), required=True,
              valid=(Check(at_least("staff", 10), label("用工人数 {staff} 人，少于 10 人"), "二.2"),))


def codes(found: answers.Answers) -> list[tuple[str, str]]:
    return [(p.code, p.at) for p in found.problems]


def test_all_problems_are_told_at_once_in_the_order_of_the_form() -> None:
    found = answers.read(form(STAFF, AMOUNT, Field("who", "name", label("姓名"), required=True)),
                         {"staff": "9", "amount": "x", "odd": 1}, {})
    assert codes(found) == [("answer.check", "/staff"), ("answer.number.form", "/amount"),
                            ("answer.required.fill", "/who"), ("answer.unknown", "/odd")]
    assert found.problems[0].params["staff"] == {"zh": "9", "en": "9"}
    assert found.problems[0].clause == "二.2"
    assert found.values["staff"] == 9
    assert found.kept == {"/amount": "x"}
    assert answers.inputs(form(STAFF, AMOUNT), found) == {"staff": "9", "amount": "x"}


def test_a_draft_asks_for_nothing_but_says_what_cannot_be_read() -> None:
    found = answers.read(form(STAFF, AMOUNT), {"amount": "x"}, {}, "draft")
    assert codes(found) == [("answer.number.form", "/amount")]


def test_hidden_answers_stay_in_a_draft_and_are_dropped_at_submit_with_a_word() -> None:
    shown = form(Field("more", "yesno", label("有")),
                 Field("what", "text", label("何"), required=True, visible=rule("more", lambda env: env["more"])))
    raw = {"more": "no", "what": "旧"}
    assert answers.read(shown, raw, {}, "draft").values["what"] == "旧"
    found = answers.read(shown, raw, {})
    assert found.values == {"more": False, "what": None}
    assert codes(found) == [("answer.hidden", "/what")]
    assert found.ok


def test_what_comes_for_a_field_that_is_not_open_is_left_out_with_a_word_only_where_it_differs() -> None:
    count = Field("count", "computed", label("行数"), computed=rule("size(rows)", lambda env: len(env["rows"])),
                  options={"of": "integer"})
    rows = Field("rows", "group", label("名册"), fields=(Field("pay", "money", label("工资"), scale=2), count))
    whole = form(AMOUNT, rows, count, Field("lock", "text", label("锁"), readonly=True))
    stored = {"amount": 50000, "rows": [{"pay": 100, "count": 1}], "lock": "旧"}
    closed = answers.Step(current=stored, editable=())
    same = {"amount": "５００.00", "rows": [{"pay": "1", "count": "1"}], "count": "1", "lock": "旧"}
    assert codes(answers.read(whole, same, {}, step=closed)) == []
    other = {"amount": "500.01", "rows": [{"pay": "x"}], "count": "2", "lock": "新"}
    found = answers.read(whole, other, {}, step=closed)
    assert codes(found) == [("answer.closed", "/amount"), ("answer.closed", "/rows"), ("answer.trusted", "/count"),
                            ("answer.closed", "/lock")]
    assert found.ok
    assert found.values == {**stored, "count": 1}


def test_unknown_never_shows_and_never_refuses() -> None:
    shown = form(STAFF, Field("note", "text", label("注"), required=True, visible=at_least("staff", 5)))
    found = answers.read(shown, {}, {})
    assert "/note" in found.shape.hidden
    assert codes(found) == [("answer.required.fill", "/staff")]


def test_what_hides_takes_everything_that_depends_on_it_along() -> None:
    chain = form(Field("a", "yesno", label("a")), Field("b", "yesno", label("b"), visible=rule("a", lambda e: e["a"])),
                 Field("c", "text", label("c"), visible=rule("b", lambda e: e["b"])))
    found = answers.read(chain, {"a": "no", "b": "yes", "c": "x"}, {})
    assert found.shape.hidden == {"/b", "/c"}


def test_rules_that_chase_each_other_come_to_an_end() -> None:
    chase = form(Field("a", "text", label("a"), visible=rule("b", lambda e: e["b"] is None)),
                 Field("b", "text", label("b"), visible=rule("a", lambda e: e["a"] is None)))
    assert answers.read(chase, {"a": "1", "b": "2"}, {}).values["a"] in ("1", None)


def test_a_hidden_page_asks_for_nothing() -> None:
    found = answers.read(form(AMOUNT, visible=rule("", lambda env: False)), {"amount": "1"}, {})
    assert found.shape.pages == {"p"}
    assert found.values == {"amount": None}


def test_computed_values_come_from_rules_and_never_from_the_client() -> None:
    twice = rule("amount", lambda e: e["amount"] and e["amount"] * 2)
    total = Field("total", "money", label("合计"), scale=2, computed=twice)
    found = answers.read(form(total, AMOUNT), {"amount": "3", "total": "9999"}, {})
    assert found.values["total"] == 600
    assert "/total" in found.shape.readonly


def test_read_only_fields_keep_what_is_stored_whatever_is_sent() -> None:
    fixed = form(Field("name", "text", label("名"), readonly=True),
                 Field("code", "integer", label("码"), readonly=rule("name", lambda e: e["name"] == "甲")))
    found = answers.read(fixed, {"name": "乙", "code": "oops"}, {}, step=Step(current={"name": "甲", "code": 7}))
    assert found.values == {"name": "甲", "code": 7}
    assert codes(found) == [("answer.closed", "/name"), ("answer.closed", "/code")]
    assert found.ok


def test_fields_closed_in_this_step_keep_what_is_stored() -> None:
    found = answers.read(form(STAFF, AMOUNT), {"staff": "50", "amount": "5"}, {},
                         step=Step(current={"staff": 20, "amount": 100}, editable={"amount"}))
    assert found.values == {"staff": 20, "amount": 500}


def test_a_closed_choice_is_refused_by_name() -> None:
    kinds = (Choice("a", label("甲")), Choice("b", label("乙"), when=at_least("staff", 100)))
    asked = form(STAFF, Field("kind", "choice", label("类"), choices=kinds))
    found = answers.read(asked, {"staff": "20", "kind": "b"}, {})
    assert codes(found) == [("answer.choice.closed", "/kind")]
    assert found.shape.closed == {"/kind": {"b"}}


def test_soft_checks_warn_and_do_not_stop() -> None:
    soft = Field("staff", "integer", label("人数"), valid=(Check(at_least("staff", 10), label("偏少"), soft=True),))
    found = answers.read(form(soft), {"staff": "1"}, {})
    assert [p.level for p in found.problems] == ["warning"]
    assert found.ok


ROSTER = Field("rows", "group", label("名册"), required=True, min=1, max=3, options={"unique": ["id"]}, fields=(
    Field("name", "name", label("姓名"), required=True), Field("id", "citizen_id", label("证号")),
    Field("pay", "money", label("工资"), scale=2, valid=(Check(at_least("rows.pay", 200000), label("低于最低工资")),)),
    Field("why", "text", label("原因"), required=True, visible=rule("rows.pay", lambda e: e["rows.pay"] == 300000)),
))


def test_rows_are_read_cell_by_cell_and_blank_rows_fall_away() -> None:
    found = answers.read(form(ROSTER), {"rows": [{"name": "王伟", "pay": "1999"}, {"name": " ", "pay": ""},
                                                 {"id": "1", "pay": "3000", "odd": 1}]}, {})
    assert found.values["rows"] == [{"name": "王伟", "id": None, "pay": 199900, "why": None},
                                    {"name": None, "id": None, "pay": 300000, "why": None}]
    assert codes(found) == [("answer.unknown", "/rows/1/odd"), ("answer.citizen_id.length", "/rows/1/id"),
                            ("answer.check", "/rows/0/pay"), ("answer.required.fill", "/rows/1/name"),
                            ("answer.required.fill", "/rows/1/why")]
    assert "/rows/0/why" in found.shape.hidden


def test_the_same_person_twice_is_told_with_the_row_of_the_first() -> None:
    twice = [{"name": "王伟", "id": "37020219900101004X"}, {"name": "王玮", "id": "370202 19900101 004x"}]
    found = answers.read(form(ROSTER), {"rows": twice}, {})
    assert codes(found) == [("answer.group.repeated", "/rows/1/id")]
    assert found.problems[0].params["row"] == 1


def test_too_many_rows_and_rows_of_the_wrong_shape_are_refused() -> None:
    shape = "answer.shape.rows"
    for raw, code in (([{"name": "a"}] * 10_000, "answer.group.many"), ("x", shape), ([1], shape)):
        assert codes(answers.read(form(ROSTER), {"rows": raw}, {})) == [(code, "/rows")]


ID = "37020219900101004X"
WRONG_ROWS = [      # raw, place, the exact words in both languages
    ("x", "/rows", "名册应为若干行，请用“添加一行”填写", "Roster must be rows; use “Add a row”"),
    ([1], "/rows", "名册应为若干行，请用“添加一行”填写", "Roster must be rows; use “Add a row”"),
    ([], "/rows", "请至少填写一行：名册", "Fill in at least one row: Roster"),
    ([{"name": "王伟"}] * 10_000, "/rows", "名册最多 3 行，现有 10000 行，请分次提交",
     "Roster may have at most 3 rows; there are 10000. Submit them in parts"),
    ([{"name": "王伟", "id": ID}, {"name": "王玮", "id": ID}], "/rows/1/id",
     "证号与第 1 行重复", "Number is the same as in row 1"),
    ([{"name": "王伟", "id": "1"}], "/rows/0/id",
     "公民身份号码应为 18 位，现为 1 位", "A citizen ID has 18 digits; this has 1"),
    ([{"id": ID}], "/rows/0/name", "请填写姓名", "Enter Name"),
]


@pytest.mark.parametrize(("raw", "at", "zh", "en"), WRONG_ROWS)
def test_wrong_rows_are_refused_in_exact_words_at_their_cell(raw: Any, at: str, zh: str, en: str) -> None:
    english = {"rows": "Roster", "name": "Name", "id": "Number"}
    def named(one: Field) -> Field:
        return replace(one, label={"zh": one.label["zh"], "en": english.get(one.id, one.id)})
    roster = replace(named(ROSTER), fields=tuple(map(named, ROSTER.fields)))
    [problem] = answers.read(form(roster), {"rows": raw}, {}).problems
    assert (problem.at, text.problem(problem, "zh"), text.problem(problem, "en")) == (at, zh, en)


@pytest.mark.parametrize("sent", ["9", [1], {"a": "b"}, "<b>", None])
def test_what_is_sent_for_a_field_that_nobody_fills_in_is_dropped(sent: Any) -> None:
    same = rule("staff", lambda e: e["staff"])
    fields = (Field("total", "computed", label("合计"), computed=same, options={"of": "integer"}),
              Field("fact", "fact", label("事实"), options={"of": "text"}), Field("note", "note", label("说明")))
    found = answers.read(form(STAFF, *fields), {"staff": "50", "total": sent, "fact": sent, "note": sent}, {},
                         step=Step(current={"fact": "在册"}))
    assert (found.values["total"], found.values["fact"], found.values.get("note")) == (50, "在册", None)
    told = ["/note", *(["/total", "/fact"] if sent else [])]        # nothing is ever sent for a text on the page
    assert codes(found) == [("answer.trusted", at) for at in told]
    assert [p.level for p in found.problems] == ["error", *(["warning"] * (len(told) - 1))]
    assert [text.problem(found.problems[0], lang) for lang in text.LANGUAGES] == [
        "说明由系统计算或取得，不能填写", "说明 is computed or fetched and cannot be entered"]


def test_totals_over_rows_see_what_was_just_computed_in_them() -> None:
    rows = Field("rows", "group", label("行"), fields=(
        Field("n", "integer", label("n")),
        Field("twice", "integer", label("2n"), computed=rule("rows.n", lambda e: e["rows.n"] and 2 * e["rows.n"]))))
    every = rule("rows", lambda e: sum(r["twice"] or 0 for r in e["rows"] or []))
    total = Field("total", "integer", label("合计"), computed=every)
    found = answers.read(form(total, rows), {"rows": [{"n": "1"}, {"n": "2"}]}, {})
    assert found.values["total"] == 6


def test_rules_of_a_workflow_find_fields_under_the_name_of_their_form() -> None:
    staff = Field("staff", "integer", label("人数"), valid=(Check(at_least("application.staff", 10), label("少")),))
    found = answers.read(form(staff), {"staff": "3"}, {}, step=Step(prefix="application."))
    assert codes(found) == [("answer.check", "/staff")]


def test_what_is_not_a_form_is_refused_and_nothing_is_lost() -> None:
    found = answers.read(form(STAFF), ["x"], {}, step=Step(current={"staff": 4}))
    assert (codes(found), found.values) == ([("answer.shape.form", "")], {"staff": 4})


def test_only_what_the_floors_above_know_is_accepted() -> None:
    fields = form(Field("area", "region", label("地区")), Field("papers", "file", label("材料"), max=2))
    known = Lookups(region=lambda code: {"zh": "市南区"} if code == "370202" else None,
                    file=lambda i: {"name": "执照.pdf", "size": 12, "media": "application/pdf"} if i == HASH else None)
    good = answers.read(fields, {"area": "370202", "papers": {"id": HASH, "size": 1, "media": "text/html"}}, {},
                        step=Step(lookups=known))
    assert codes(good) == [("answer.file.type", "/papers")]
    good = answers.read(fields, {"area": "370202", "papers": HASH}, {}, step=Step(lookups=known))
    assert good.values["papers"] == [{"id": HASH, "name": "执照.pdf", "size": 12, "media": "application/pdf"}]
    bad = answers.read(fields, {"area": "370299", "papers": "d" * 64}, {}, step=Step(lookups=known))
    assert codes(bad) == [("answer.region.unknown", "/area"), ("answer.file.missing", "/papers")]


def test_a_return_opens_marked_fields_and_what_rests_on_them() -> None:
    chain = form(Field("a", "yesno", label("a")), Field("d", "text", label("d")),
                 Field("b", "yesno", label("b"), visible=rule("app.a", lambda e: e["app.a"])),
                 Field("c", "text", label("c"), required=rule("app.b", lambda e: e["app.b"])))
    assert answers.reopened({"app.": chain}, ["app.a"]) == {"app.a", "app.b", "app.c"}
    assert answers.reopened({"": chain}, ["d"]) == {"d"}


def test_a_return_opens_what_rests_on_a_mark_in_another_form_and_choices_within_a_marked_region() -> None:
    first = form(Field("area", "region", label("地区")), Field("kind", "text", label("类别")),
                 Field("bank", "choice", label("支行"), options={"organisations": "bank", "within": "area"}))
    second = form(Field("reason", "text", label("原因"), visible=rule("one.kind", lambda e: e["one.kind"] == "x")),
                  Field("rest", "text", label("其他")))
    both = {"one.": first, "two.": second}
    assert answers.reopened(both, ["one.area"]) == {"one.area", "one.bank"}
    assert answers.reopened(both, ["one.kind"]) == {"one.kind", "two.reason"}
    assert answers.reopened(both, ["two.rest/3"]) == {"two.rest"}


def test_problems_of_one_page_can_be_told_alone() -> None:
    found = answers.read(form(STAFF, AMOUNT), {}, {})
    assert codes(answers.only(found, {"amount"})) == [("answer.required.fill", "/amount")]


def test_answers_named_as_a_page_names_them_are_the_same_answers() -> None:
    fields = form(ROSTER, Field("place", "address", label("地址")), Field("ok", "yesno", label("是")),
                  Field("sure", "declaration", label("声明")))
    flat = {"rows.0.name": "王伟", "rows.1.name": "李娜", "place.region": "370202", "place.detail": "香港中路8号",
            "ok": ["", "true"], "sure": "", "sure.agreed": "on"}
    deep = {"rows": [{"name": "王伟"}, {"name": "李娜"}], "place": {"region": "370202", "detail": "香港中路8号"},
            "ok": True, "sure": {"agreed": True}}
    assert answers.read(fields, flat, {}) == answers.read(fields, deep, {})
    assert answers.read(fields, flat, {}).problems == ()


def test_a_box_that_was_unticked_is_no_longer_chosen() -> None:
    picked = form(Field("kind", "choices", label("类"), choices=(Choice("a", label("甲")),)))
    assert answers.read(picked, {"kind": [""]}, {}, step=Step(current={"kind": ["a"]})).values["kind"] is None


def test_a_date_may_be_bounded_by_today() -> None:
    born = form(Field("day", "date", label("日期"), max="today"))
    assert codes(answers.read(born, {"day": "2026-11-23"}, {"today": "2026-11-22"})) == [("answer.date.late", "/day")]
    assert answers.read(born, {"day": "2026-11-22"}, {"today": "2026-11-22"}).ok


@pytest.mark.parametrize(("more", "total"), [({}, 0), ({"required": True}, None), ({"min": 1}, None),
                                             ({"required": "asked"}, None), ({"visible": "asked"}, None)])
def test_a_blank_group_is_none_where_nobody_need_fill_it_in_and_unknown_elsewhere(more, total) -> None:
    page = {"id": "p", "title": {"zh": "页"}, "fields": [
        {"id": "asked", "type": "yesno", "label": {"zh": "要填"}},
        {"id": "rows", "type": "group", "label": {"zh": "明细"}, "fields": [
            {"id": "amount", "type": "integer", "label": {"zh": "数"}}], **more},
        {"id": "total", "type": "computed", "of": "integer", "label": {"zh": "合计"},
         "computed": "sum(rows, r, r.amount)"}]}
    form, problems = read_form({"id": "f", "title": {"zh": "表"}, "pages": [page]})
    assert form is not None, problems
    for raw in ({}, {"rows": [{"amount": ""}]}, {"rows": []}):
        assert answers.read(form, {"asked": "false", **raw}, {}).values["total"] == total
    assert answers.read(form, {"asked": "true", "rows": [{"amount": "2"}, {"amount": "3"}]}, {}).values["total"] == 5
