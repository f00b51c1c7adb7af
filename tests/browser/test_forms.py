"""Forms in Chromium: the page decides what the server decides, for every shipped form; everybody can use it."""

from __future__ import annotations

import json
import random
import threading
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import violations
from werkzeug.serving import make_server

from tongban import catalog
from tongban.engine import answers
from tongban.engine.answers import Step, sample
from tongban.engine.model import Form
from tongban.engine.read import read_bundle, read_form
from tongban.web import fields
from tongban.web.fieldtree import tree
from tongban.web.gallery import STATES, gallery
from tongban.web.preview import create

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PWA = Path(__file__).parents[2] / "pwa"
ENV = {"today": "2026-11-22", "now": "2026-11-22T00:30:00Z"}
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
SAME = ("integer", "decimal", "rate", "money", "date", "month", "year", "time", "yesno", "text", "longtext", "choices",
        "citizen_id", "uscc", "mobile")     # types whose every input the script reads as the server does


@pytest.fixture(scope="module")
def address():
    server = make_server("127.0.0.1", 0, create(PWA, now=lambda: ENV["now"]), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture
def phone(chromium):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="zh-CN")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    yield page
    assert [p for p in problems if not any(known in p for known in ("404", "422", "ERR_FAILED"))] == []
    context.close()


def until(page: Page, expression: str, seconds: float = 10) -> None:
    """Wait until it is true; asked from outside, since the page's own policy forbids eval."""
    for _ in range(int(seconds * 10)):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never came true: {expression}")


def shipped() -> list[tuple[str, Form, str]]:
    found = [("gallery", gallery(), "")]
    for one in catalog.bundles():
        reading = read_bundle(one.bundle)
        if reading.version:
            found += [(f"{one.slug}:{key}", form, f"{key}.") for key, form in reading.version.workflow.forms.items()]
    return found


def inputs(form: Form, prefix: str) -> list[dict[str, Any]]:
    """Valid answers, and the same with a few of them at the rim, blank or wrong."""
    dice = random.Random(7)
    made = []
    for seed in range(6):
        raw = sample.valid(form, ENV, seed, prefix)
        made.append(raw)
        for _ in range(5):
            other = json.loads(json.dumps(raw))
            for one in dice.sample(form.fields, min(4, len(form.fields))):
                if one.type in SAME and not one.computed:
                    other[one.id] = dice.choice([*sample.edges(one), "", None])
                else:
                    other.pop(one.id, None)
            made.append({name: value for name, value in other.items() if not isinstance(value, (dict, list))
                         or next(f for f in form.fields if f.id == name).type not in SAME or name in raw})
    return made


def as_controls(form: Form, raw: dict[str, Any]) -> dict[str, Any]:
    """Answers as the page's controls hold them."""
    def one(value: Any) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            return [one(part) for part in value]
        return {key: one(part) for key, part in value.items()} if isinstance(value, dict) else value
    return {name: one(value) for name, value in raw.items()}


RUN = """async ([tree, raws, script]) => {
  const { $form_read: { readAll }, $form_shape: { settle } } = await import(script);
  return raws.map((raw) => {
    const shape = settle(tree, readAll(tree, raw));
    const plain = (_, v) => (typeof v === "bigint" ? Number(v) : v);
    return JSON.parse(JSON.stringify({ hidden: [...shape.hidden].sort(), required: [...shape.required].sort(),
      readonly: [...shape.readonly].sort(), values: shape.values,
      failed: shape.failed.map((f) => [f.at, f.check.say.zh, Boolean(f.check.soft)]) }, plain));
  });
}"""


def decided(form: Form, raw: dict[str, Any], prefix: str, names: list[str]) -> dict[str, Any]:
    """What the server makes of the same answers."""
    read = answers.read(form, raw, dict(ENV), step=Step(prefix))
    shape = read.shape
    failed = [[p.at, p.say["zh"], p.level == "warning"] for p in read.problems if p.code == "answer.check" and p.say]
    return {"hidden": sorted(shape.hidden), "required": sorted(shape.required), "readonly": sorted(shape.readonly),
            "values": {name: shape.values[name] for name in names}, "failed": failed}


def test_the_page_decides_what_the_server_decides(phone: Page, address: str) -> None:
    phone.goto(address)
    script = phone.evaluate("document.querySelector('script[src*=\"b/filling.js\"]').src")
    compared, apart = 0, []
    for slug, form, prefix in shipped():
        raws = inputs(form, prefix)
        look = fields.Look(form, "zh", env=ENV, prefix=prefix)
        body = tree(look, answers.read(form, {}, dict(ENV), "draft", Step(prefix)))
        said = phone.evaluate(RUN, [body, [as_controls(form, raw) for raw in raws], script])
        names = [one.id for one in form.fields]
        for raw, here in zip(raws, said, strict=True):
            there = decided(form, raw, prefix, names)
            for part in ("hidden", "required", "readonly", "values", "failed"):
                if here[part] != there[part]:
                    apart.append((slug, part, _differs(here[part], there[part], raw)))
            compared += 1
    assert not apart, "\n".join(map(str, apart[:40]))
    assert compared > 300


def _differs(here: Any, there: Any, raw: dict[str, Any]) -> Any:
    if not isinstance(here, dict):
        return here, there
    return {name: (raw.get(name), here.get(name), there[name]) for name in there if here.get(name) != there[name]}


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_in_light_and_in_dark(chromium, address: str, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme="light",
                                   reduced_motion="reduce", locale="zh-CN")       # no colour half way
    page = context.new_page()
    found = {}
    for state in STATES:
        for step in ("", "choices", "papers", "roster", "check") if state in ("filled", "wrong") else ("",):
            page.goto(f"{address}?state={state}&page={step}")
            page.wait_for_timeout(150)
            found |= {f"{state}/{step}: {v['id']}": [n["target"] for n in v["nodes"]][:3]
                      for v in violations(page, RULES)}
    context.close()
    assert found == {}


def test_by_keyboard_alone_a_page_is_filled_in_and_turned(phone: Page, address: str) -> None:
    phone.goto(f"{address}?state=blank")
    phone.wait_for_selector("[data-live]")
    phone.focus("#f-text")
    keys = phone.keyboard
    for typed in ("海风家政", None, "王小明", "91370200ma3c1b2d3w", "370202 19900101 004x", "138 0013 8000"):
        if typed:
            keys.type(typed)
        keys.press("Tab")
    while phone.evaluate("document.activeElement.dataset.next === undefined"):
        keys.press("Tab")
    keys.press("Enter")
    phone.wait_for_selector('[data-page="amounts"]:not([hidden])')
    assert phone.evaluate("document.activeElement.id") == "page-amounts"
    assert "page=amounts" in phone.url
    phone.go_back()
    phone.wait_for_selector('[data-page="words"]:not([hidden])')
    assert phone.input_value("#f-text") == "海风家政"


def test_continue_stays_where_something_is_missing_and_says_what(phone: Page, address: str) -> None:
    phone.goto(f"{address}?state=blank")
    phone.wait_for_selector("[data-live]")
    phone.fill("#f-text", "海风家政")
    phone.fill("#f-mobile", "1380013800")
    phone.click("[data-next]")
    phone.wait_for_selector("#f-name-error:not([hidden])")
    assert phone.inner_text("#f-name-error") == "请填写法定代表人姓名"
    assert phone.evaluate("document.activeElement.id") == "f-name"
    until(phone, "document.querySelector('#f-mobile-error').textContent === '手机号码应为 11 位，现为 10 位'")
    assert phone.get_attribute("#f-mobile", "aria-invalid") == "true"
    phone.fill("#f-mobile", "13800138000")
    assert phone.is_hidden("#f-mobile-error")


def test_by_touch_questions_appear_choices_exclude_each_other_and_sums_follow(phone: Page, address: str) -> None:
    phone.goto(f"{address}?state=blank&page=choices")
    phone.wait_for_selector("[data-live]")
    assert phone.is_hidden("#q-why")
    phone.tap("#q-yesno .pick:nth-of-type(2)")
    phone.wait_for_selector("#q-why:not([hidden])")
    phone.tap("#q-groups .pick:nth-of-type(1)")
    phone.tap("#q-groups .pick-alone")
    assert phone.locator("#q-groups :checked").evaluate_all("boxes => boxes.map((box) => box.value)") == ["none"]
    phone.goto(f"{address}?state=blank&page=roster")
    phone.wait_for_selector("[data-live]")
    phone.fill("#f-rows-0-pay", "3000")
    phone.tap("[data-copy]")
    phone.wait_for_selector("#f-rows-1-pay")
    phone.fill("#f-rows-1-pay", "2,500.5")
    until(phone, "document.querySelector('[data-total=pay]').textContent === '5,500.50 元'")
    assert phone.inner_text("#q-total [data-out]") == "5,500.50 元"
    phone.tap("[data-drop] >> nth=0")
    assert phone.input_value("#f-rows-0-pay") == "2,500.5"
    assert phone.locator("#f-rows-1-pay").count() == 0


def test_what_other_answers_make_optional_says_so_while_it_is(phone: Page) -> None:
    asked = [{"id": "other", "type": "yesno", "label": {"zh": "其他用途"}, "required": True},
             {"id": "note", "type": "text", "label": {"zh": "说明"}, "required": "other"},
             {"id": "first", "type": "text", "label": {"zh": "代号"}, "required": "!has(other)"},
             {"id": "sort", "type": "choice", "label": {"zh": "类别"}, "required": "!other",
              "choices": [{"value": "a", "label": {"zh": "甲"}}, {"value": "b", "label": {"zh": "乙"}}]}]
    page = {"id": "p", "title": {"zh": "页"}, "fields": asked}
    form, _ = read_form({"id": "f", "title": {"zh": "表"}, "pages": [page]})
    server = make_server("127.0.0.1", 0, create(PWA, form, now=lambda: ENV["now"]), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    phone.goto(f"http://127.0.0.1:{server.server_port}/")
    phone.wait_for_selector("[data-live]")
    note, sort, first = (phone.locator(f"#q-{name} .q-opt") for name in ("note", "sort", "first"))
    expect(first).to_be_hidden()
    for pick, optional in ((2, note), (1, sort)):       # no, yes
        phone.tap(f"#q-other .pick:nth-of-type({pick})")
        for one in (note, sort):
            expect(one).to_be_visible(visible=one is optional)
        expect(first).to_be_visible()
    server.shutdown()


def test_a_table_pasted_from_a_spreadsheet_fills_rows(phone: Page, address: str) -> None:
    phone.goto(f"{address}?state=blank&page=roster")
    phone.wait_for_selector("[data-live]")
    phone.evaluate("""() => {
      const cell = document.querySelector("#f-rows-0-who"), data = new DataTransfer();
      const rows = [["王伟", "37020219900101004X", "高级工", "3500"], ["李娜", "370202199001010015", "中极工", "4000"]];
      data.setData("text/plain", rows.map((row) => row.join("\\t")).join("\\n"));
      cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }""")
    assert phone.input_value("#f-rows-1-who") == "李娜"
    assert phone.is_checked("#q-rows-0-level input[value='3']")
    until(phone, "document.querySelector('[data-total=pay]').textContent === '7,500.00 元'")
    said = phone.locator("#f-rows-1-level-error")
    expect(said).to_have_text("“中极工”不在可选的答案中，请选择")
    assert phone.evaluate("document.activeElement.name") == "rows.1.level"
    phone.tap("#q-rows-1-level .pick:nth-of-type(1)")
    expect(said).to_be_hidden()


@pytest.mark.parametrize(("formats", "offered"), [('["qr_code"]', True), ("[]", False)])
def test_a_browser_that_can_read_no_code_does_not_offer_to_scan(phone: Page, address: str, formats: str, offered: bool,
                                                                 ) -> None:
    """Phones without their shop's services have the detector and can read nothing with it."""
    phone.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: {} });"
                          f"BarcodeDetector = class {{ static async getSupportedFormats() {{ return {formats}; }} }};")
    phone.goto(f"{address}?state=blank")
    told = "" if offered else "这个浏览器不能扫码，请直接填写。"
    expect(phone.locator("[data-at='/scan'] [data-said]")).to_have_text(told)
    expect(phone.locator("button[data-scan]")).to_be_visible(visible=offered)


def test_the_list_of_problems_says_in_which_row(phone: Page, address: str) -> None:
    phone.goto(f"{address}?state=filled&page=roster")
    phone.wait_for_selector("[data-live]")
    phone.evaluate("""() => document.dispatchEvent(new CustomEvent("tb:problems", { detail: { problems: [
      { at: "/rows/0/who", text: "姓名不对" }, { at: "/text", text: "名称不对", clause: "二.2" }] } }))""")
    expect(phone.locator("#problems li")).to_have_text(["姓名不对（学徒 1）", "名称不对（二.2）"])
    assert "姓名不对" in phone.inner_text("#f-rows-0-who-error")


def test_the_answers_to_check_are_in_the_servers_words(phone: Page, address: str) -> None:
    phone.goto(f"{address}?state=filled&page=papers")
    phone.wait_for_selector("[data-live]")
    phone.evaluate("document.querySelector('[data-to=check] button').click()")
    until(phone, "document.querySelector('[data-line=\"/date\"] dd')?.textContent.includes('年')")
    until(phone, "document.querySelector('[data-line=\"/seat\"] dd')?.textContent.startsWith('山东省青岛市')")
    phone.goto(f"{address}?state=filled&page=choices")
    phone.wait_for_selector("[data-live]")
    for code, name in (("370202", "市南区"), ("370215", "即墨区")):      # what is computed is named as it is chosen
        phone.evaluate(f"""() => {{ const list = document.querySelector('[name=region]');
            list.replaceChildren(new Option('', '{code}', true, true));
            list.dispatchEvent(new Event('change', {{ bubbles: true }})); }}""")
        until(phone, f"document.querySelector('[data-names]').textContent === '山东省青岛市{name}'")
    phone.goto(f"{address}?state=filled&page=papers")
    phone.wait_for_selector("[data-live]")
    phone.evaluate("document.querySelector('[data-to=check] button').click()")
    phone.tap("[data-sum=amounts] button")
    phone.wait_for_selector('[data-page="amounts"]:not([hidden])')


def test_a_saved_draft_is_said_and_a_lost_network_too(phone: Page, address: str) -> None:
    phone.goto(f"{address}?state=blank")
    phone.wait_for_selector("[data-live]")
    phone.fill("#f-text", "海风家政")
    until(phone, "document.querySelector('[data-saved]').textContent === '已自动保存'")
    phone.route("**/*", lambda route: route.abort())
    phone.fill("#f-text", "海风")
    until(phone, "document.querySelector('[data-saved]').textContent.includes('不要关闭')")


def test_without_script_the_form_is_gone_through_page_by_page(chromium, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}?state=filled")
    for title in ("数量和金额", "日期和时间", "选择", "材料、签名和位置", "名册", "核对并提交"):
        page.click("button[value=next]")
        assert page.inner_text(".page:not([hidden]) .page-title") == title
    context.close()
