"""The templates of forms: every field type draws in every state, works without script, and says what is wrong where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from tongban.engine.answers import TYPES, sample
from tongban.engine.read import read_form
from tongban.service import regions
from tongban.web import fieldcache, fields, gallery
from tongban.web.preview import create

PWA = Path(__file__).parents[2] / "pwa"
NOW = "2026-11-22T00:30:00Z"


@pytest.fixture(scope="module")
def client():
    app = create(PWA, now=lambda: NOW)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app.test_client()


class Page(HTMLParser):
    """Names, ids and references of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.told: list[str] = []
        self.labels: list[str] = []
        self.controls: dict[str, list[dict[str, str]]] = {}
        self.feed(re.sub(r"<template.*?</template>", "", html, flags=re.S))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids += [found["id"]] if found.get("id") else []
        self.told += found.get("aria-describedby", "").split()
        self.labels += [found["for"]] if tag == "label" and "for" in found else []
        if tag in ("input", "select", "textarea") and "name" in found:
            self.controls.setdefault(found["name"], []).append(found)


def token(client) -> str:
    return re.search(r'name="csrf" value="(\w+)"', client.get("/").text)[1]


def post(client, state: str = "blank", **raw: str):
    return client.post(f"/?state={state}", data=MultiDict({"csrf": token(client), **raw}))


def test_the_gallery_shows_every_field_type() -> None:
    form = gallery.gallery()
    shown = {one.type for one in form.fields} | {column.type for one in form.fields for column in one.fields}
    assert shown == set(TYPES)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("state", gallery.STATES)
def test_every_state_draws_with_unique_ids_and_every_reference_resolved(client, state: str, lang: str) -> None:
    client.set_cookie("tb-lang", lang)
    html = client.get(f"/?state={state}").text
    client.delete_cookie("tb-lang")
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.told) <= set(page.ids)
    assert set(page.labels) <= set(page.ids)
    assert "form." not in re.sub(r"<script.*?</script>|<[^>]+>", "", html, flags=re.S)      # no text is missing


def test_wrong_answers_are_told_on_top_and_at_the_field_in_the_same_words(client) -> None:
    html = client.get("/?state=wrong").text
    assert 'href="#f-uscc"' in html
    assert html.count("统一社会信用代码的校验位不对，请对照营业执照逐位核对") == 2
    assert re.search(r'id="f-uscc"[^>]*aria-describedby="[^"]*f-uscc-error[^"]*"[^>]*aria-invalid="true"', html)


def test_of_many_rows_the_summary_says_in_which_one(client) -> None:
    told = client.get("/?state=wrong").text.partition('id="problems"')[2].partition("</ul>")[0]
    lines = [re.sub("<[^>]+>", "", line) for line in re.findall(r'<a href="#f-rows[^"]*">.*?</a>', told)]
    assert len(lines) == 3
    assert all(line.endswith("（学徒 1）") for line in lines), lines


def test_in_english_too_one_problem_is_told_in_sentences(client) -> None:
    form, _ = read_form({"id": "f", "title": {"zh": "表", "en": "Form"}, "pages": [{
        "id": "p", "title": {"zh": "页", "en": "Page"}, "fields": [{
            "id": "which", "type": "choice", "label": {"zh": "哪一类", "en": "Which group"}, "required": True,
            "choices": [{"value": "a", "label": {"zh": "甲", "en": "A"}}]}]}]})
    alone = create(PWA, form, now=lambda: NOW).test_client()
    csrf = Page(alone.get("/").text).controls["csrf"][0]["value"]
    told = alone.post("/", data={"csrf": csrf, "_go": "next", "_here": "p"}, headers={"Accept-Language": "en"}).text
    assert "To put right: 1" in told
    assert ">Choose: Which group<" in told


def test_hidden_questions_are_in_the_page_but_not_shown(client) -> None:
    assert re.search(r'id="q-why"[^>]* hidden', client.get("/?state=blank").text)


def test_without_script_continue_asks_for_what_the_page_still_needs(client) -> None:
    html = post(client, _go="next", _here="words", text="海风家政").text
    assert 'name="_here" value="words"' in html
    assert "请填写法定代表人姓名" in html
    assert 'value="海风家政"' in html


def test_without_script_any_page_can_be_visited_and_nothing_typed_is_lost(client) -> None:
    html = post(client, _go="choices", _here="words", text="海风家政", yesno="false").text
    assert 'name="_here" value="choices"' in html
    assert 'value="海风家政"' in html
    assert not re.search(r'id="q-why"[^>]* hidden', html)


def test_without_script_rows_are_added_copied_and_removed(client) -> None:
    rows = {"rows.0.who": "王伟", "rows.1.who": "李娜"}
    assert "rows.2.who" in Page(post(client, _add="rows", **rows).text).controls
    copied = Page(post(client, _copy="rows.0", **rows).text)
    assert copied.controls["rows.1.who"][0]["value"] == "王伟"
    dropped = Page(post(client, _drop="rows.0", **rows).text)
    assert dropped.controls["rows.0.who"][0]["value"] == "李娜"
    assert "rows.1.who" not in dropped.controls


def test_a_whole_form_that_is_wrong_comes_back_with_422_on_the_first_wrong_page(client) -> None:
    answer = post(client, text="海风家政")
    assert answer.status_code == 422
    assert 'name="_here" value="words"' in answer.text


def test_a_draft_is_answered_with_what_cannot_be_read(client) -> None:
    said = post(client, _draft="1", integer="十二").json
    assert said == {"problems": [{"at": "/integer", "level": "error",
                                  "text": "现有职工人数应填整数，例如 12 或 1,200"}]}


def test_what_people_type_cannot_become_markup(client) -> None:
    assert "<script>alert" not in post(client, _go="words", _here="words", text='"><script>alert(1)</script>').text


def test_without_script_a_country_of_regions_is_chosen_level_by_level() -> None:
    form, _ = read_form({"id": "f", "title": {"zh": "表"}, "pages": [{"id": "p", "title": {"zh": "页"}, "fields": [
        {"id": "home", "type": "region", "label": {"zh": "住处"}, "required": True}]}]})
    client = create(PWA, form, now=lambda: NOW).test_client()
    page = Page(client.get("/").text)
    assert len(page.controls["home"]) == 1
    assert len(client.get("/").data) < 20_000
    csrf = page.controls["csrf"][0]["value"]

    def sent(*codes: str, go: str = "") -> str:
        return client.post("/", data=MultiDict([("csrf", csrf), ("_go", go), ("_here", "p"),
                                                *(("home", code) for code in codes)])).text
    assert len(Page(sent("370000")).controls["home"]) == 2
    assert len(Page(sent("370000", "370200")).controls["home"]) == 3
    assert len(Page(sent("440000", "370200", "370202")).controls["home"]) == 2      # another province was chosen
    assert all(f'<option value="{code}" selected>' in sent("370000", "370200") for code in ("370000", "370200"))
    assert "请继续选择住处的下一级" in sent("440000", "370200", go="next")
    assert "山东省青岛市市南区" in sent("370000", "370200", "370202", go="next")


def lone(**more: object):
    """A page without script for one question about a place: what is sent comes back drawn."""
    form, _ = read_form({"id": "f", "title": {"zh": "表"}, "pages": [{"id": "p", "title": {"zh": "页"}, "fields": [
        {"id": "home", "label": {"zh": "住处"}, "required": True, **more}]}]})
    client = create(PWA, form, now=lambda: NOW).test_client()
    csrf = Page(client.get("/").text).controls["csrf"][0]["value"]

    def sent(*codes: str, go: str = "", name: str = "home", **other: str) -> str:
        return client.post("/", data=MultiDict([("csrf", csrf), ("_go", go), ("_here", "p"), *other.items(),
                                                *((name, code) for code in codes)])).text
    return client, sent


def test_a_question_that_other_answers_make_optional_says_so_until_it_is_asked_for() -> None:
    asked = [{"id": "other", "type": "yesno", "label": {"zh": "其他用途"}},
             {"id": "note", "type": "text", "label": {"zh": "说明"}, "required": "other"}]
    page = {"id": "p", "title": {"zh": "页"}, "fields": asked}
    form, _ = read_form({"id": "f", "title": {"zh": "表"}, "pages": [page]})
    client = create(PWA, form, now=lambda: NOW).test_client()
    csrf = Page(client.get("/").text).controls["csrf"][0]["value"]
    for other, mark in (("false", "is-may"), ("true", "is-must")):
        told = client.post("/", data={"csrf": csrf, "other": other, "_go": "p", "_here": "p"}).text
        assert f'说明<span class="q-opt {mark}">' in told


def test_without_script_streets_follow_the_county() -> None:
    _, sent = lone(type="region", level="street")
    assert len(Page(sent("370000", "370200", "370202")).controls["home"]) == 4
    assert "请继续选择住处的下一级" in sent("370000", "370200", "370202", go="next")
    assert "山东省青岛市市南区八大湖街道" in sent("370000", "370200", "370202", "370202012", go="next")
    assert "没有代码为 370202999 的地区" in sent("370202999", go="next")
    assert "广东省东莞市东城街道" in sent("440000", "441900", "441900003", go="next")
    assert "山东省青岛市即墨区田横镇" in sent("370215100", go="next")      # the zeros are the street's own


def test_the_streets_of_one_city_are_one_list_by_county_and_of_an_address_too() -> None:
    client, sent = lone(type="address", under="370200", level="street")
    assert len(Page(client.get("/").text).controls["home.region"]) == 1
    listed = client.get("/").text.replace("\n", "")
    assert '<optgroup label="市南区"><option value="370202001">香港中路街道</option>' in listed
    assert "山东省青岛市市南区八大湖街道 延安三路 8 号" in sent("370202012", name="home.region", go="next",
                                                          **{"home.detail": "延安三路 8 号"})
    assert "请继续选择住处的下一级" in sent("370202", name="home.region", go="next", **{"home.detail": "延安三路 8 号"})


def test_a_city_without_counties_ends_the_choice_where_a_county_is_asked_for() -> None:
    _, sent = lone(type="region")
    assert len(Page(sent("440000", "441900")).controls["home"]) == 2
    assert "广东省东莞市" in sent("440000", "441900", go="next")
    assert "请继续选择住处的下一级" in sent("440000", "440100", go="next")


@pytest.mark.parametrize("state", ["filled", "read"])
def test_a_computed_region_is_shown_by_its_name(client, state: str) -> None:
    place = client.get(f"/?state={state}").text.partition("登记所在地")[2]
    assert re.match(r"[^\u4e00-\u9fff]*山东省青岛市\w", place)


def test_streets_of_a_city_are_a_small_file_of_their_own(client) -> None:
    answer = client.get("/assets/now/b/streets/3702.json", headers={"Accept-Encoding": "identity"})
    assert ["370202012", "八大湖街道"] in answer.json["370202"]
    assert set(answer.json) == {code for code, _ in regions.children("370200")}
    assert len(answer.data) < 10_000
    assert client.get("/assets/now/b/streets/9999.json").status_code == 404


def test_after_a_return_only_marked_fields_and_what_rests_on_them_can_be_changed() -> None:
    form, _ = read_form({"id": "f", "title": {"zh": "表"}, "pages": [{"id": "p", "title": {"zh": "页"}, "fields": [
        {"id": "a", "type": "integer", "label": {"zh": "甲"}},
        {"id": "b", "type": "integer", "label": {"zh": "乙"}}]}]})
    look = fields.Look(form, "zh", values={"a": 1, "b": 2}, modes={"a": "see", "b": "edit"}, marks={"b": "看一下"})
    views = {f.field.id: f for page in fields.sheet(look).pages for f in page.fields}
    assert (views["a"].mode, views["b"].mode, views["b"].mark) == ("see", "edit", "看一下")


def test_the_answer_before_names_places_as_the_answer_now_does(client) -> None:
    for state in ("returned", "compare"):
        html = client.get(f"/?state={state}").text
        before = re.findall(r'<del>([^<]*)<', html)
        assert len(before) > 5
        assert not [one for one in before if re.fullmatch(r"\d{6}", one)]


def test_a_forbidden_field_is_not_drawn_at_all() -> None:
    sheet = fields.sheet(fields.Look(gallery.gallery(), "zh", modes={"uscc": "hidden"}))
    assert "uscc" not in {f.field.id for page in sheet.pages for f in page.fields}
    assert "uscc" not in str(sheet.data)


@pytest.fixture
def request_(client):
    with client.application.test_request_context("/"):
        client.application.preprocess_request()
        yield


def test_a_form_that_nobody_wrote_in_is_drawn_once_and_never_holds_what_others_typed(request_) -> None:
    form = gallery.gallery()
    empty = fields.Look(form, "zh", env={"today": "2026-11-22"})
    assert fields.sheet(empty) is fields.sheet(fields.Look(form, "zh", env={"today": "2026-11-22"}))
    first = str(fields.edit(fields.sheet(empty)))
    typed = fields.sheet(fields.Look(form, "zh", env={"today": "2026-11-22"}, raw={"name": "王&小明", "uscc": "9137"}))
    assert 'value="王&amp;小明"' in fields.edit(typed)
    assert 'value="9137"' in fields.edit(typed)
    assert "小明" not in fields.edit(fields.sheet(empty))
    assert str(fields.edit(fields.sheet(empty))) == first


def test_rows_drawn_from_one_kept_question_have_their_own_numbers_answers_and_problems(request_) -> None:
    form, _ = read_form({"id": "f", "title": {"zh": "表"}, "pages": [{"id": "p", "title": {"zh": "页"}, "fields": [
        {"id": "rows", "type": "group", "label": {"zh": "人员"}, "fields": [
            {"id": "who", "type": "text", "label": {"zh": "姓名"}, "required": True},
            {"id": "pay", "type": "money", "label": {"zh": "工资"}}]}]}]})
    rows = [{"who": "甲<1>", "pay": "5"}, {"who": "", "pay": "六"}, {"who": "丙", "pay": "7"}]
    drawn = str(fields.edit(fields.judged(fields.Look(form, "zh", raw={"rows": rows}))))
    for n, who, pay in ((0, "甲&lt;1&gt;", "5.00"), (1, "", "六"), (2, "丙", "7.00")):
        assert re.search(f'name="rows.{n}.who" id="f-rows-{n}-who"[^>]* value="{re.escape(who)}"', drawn)
        assert re.search(f'name="rows.{n}.pay" id="f-rows-{n}-pay"[^>]* value="{re.escape(pay)}"', drawn)
    wrong = re.findall(r'<p class="q-error" id="(f-rows-[\w-]+)"><span>', drawn)
    assert wrong == ["f-rows-1-who-error", "f-rows-1-pay-error"]
    assert 'name="rows.__row__.who"' in drawn     # what the script adds a row from
    assert "\ue000" not in drawn


@pytest.mark.parametrize("state", gallery.STATES)
def test_nothing_that_anybody_typed_is_kept_between_two_pages(client, state: str) -> None:
    client.get(f"/?state={state}")
    typed = [str(part) for raw in (sample.valid(gallery.gallery(), {"today": NOW[:10], "now": NOW}, 7),
                                   sample.wrong(gallery.gallery(), 7), {"mark": "请核对后重新填写"})
             for part in leaves(raw) if len(str(part)) > 6]
    known = (Path(gallery.__file__).parent / "gallery.json").read_text("utf-8")
    kept = repr([(key[1:], parts) for key, (_, parts) in fieldcache._fields.items()])
    picked = {one for one in typed if regions.known(one)}
    assert [one for one in typed if one in kept and one not in known and one not in picked] == []


def leaves(raw: object) -> Iterator[object]:
    inside = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else None
    yield from (raw,) if inside is None else (leaf for part in inside for leaf in leaves(part))


def test_the_buttons_of_each_page_are_its_own_on_a_form_drawn_once(request_) -> None:
    sheet = fields.sheet(fields.Look(gallery.gallery(), "zh", env={"today": "2026-11-22"}))
    assert "按钮甲" in fields.edit(sheet, Markup("按钮甲"))
    assert "按钮甲" not in fields.edit(sheet, Markup("按钮乙"))
