"""Registers: who reads what, any day in the past, entering and leaving, spreadsheets, screening in the database."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from tests.service.world import FORM, OPINION, USCC, WORKFLOW, World, text

from tongban.engine.model import Field
from tongban.service import books, register_changes, register_export, registers, screening
from tongban.service.access import Person
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.wiring import run_all, wire
from tongban.store import messages

FIRMS = "firms"
CODES = ["91370202MA3C000177", "91370202MA3C000252", "91370202MA3C00032R", "91370202MA3C000340"]
READERS = [{"role": "district_hr", "column": "region"}, {"role": "city_hr", "column": "region"}]
FLOW: dict[str, Any] = {
    **WORKFLOW,
    "registers": {
        "granted": {**WORKFLOW["registers"]["granted"], "title": text("已享受补贴"), "readers": [{"role": "city_hr"}]},
        FIRMS: {"key": "uscc", "title": text("企业台账"), "masked": ["phone"],
                "fields": {"uscc": "string", "name": "string", "region": "region", "staff": "integer",
                           "phone": "string", "founded": "date"},
                "labels": {"founded": text("成立日期")}, "readers": READERS[1:], "keepers": READERS[:1]}},
    "screen": {"register": FIRMS, "form": "application", "rules": ["ten", "old", "not_granted", "quiet"]},
    "rules": {**WORKFLOW["rules"],
              "old": {"clause": "二", "test": "application.founded <= add_years(today, -1)"},
              "not_granted": {"clause": "三", "test": "!in_register('granted', application.uscc)"},
              "quiet": {"kind": "soft", "override": "city_hr", "test": "application.staff < 1000"}},
    "source": {"notice": "test", "clauses": {"一": text("十人以上"), "二": text("满一年"), "三": text("未享受过")}},
}
FOUNDED = {"id": "founded", "type": "date", "label": text("成立")}


@pytest.fixture
def held(world: World) -> World:
    page = FORM["pages"][0]
    asked = {**FORM, "pages": [{**page, "fields": [*page["fields"], FOUNDED]}]}
    world.publish(FLOW, asked, OPINION)
    wire(world.rt)
    return world


def firm(n: int = 0, **more: Any) -> dict[str, Any]:
    plain = {"uscc": CODES[n], "name": f"第{n}家企业", "region": "370202", "staff": "12", "founded": "2020-01-01"}
    return {**plain, **more}


def enter(world: World, login: str = "shinan", n: int = 0, **more: Any) -> str:
    return register_changes.enter(world.rt, world.who(login), FIRMS, firm(n, **more), "登记信息")


def names(world: World, who: Person, **ask: str) -> list[str]:
    return [row.cells[1] for row in registers.page(world.rt, who, FIRMS, **ask).rows]


def test_registers_are_for_the_roles_that_their_definition_names(held: World) -> None:
    enter(held)
    for login, seen in (("shinan", [FIRMS]), ("city", [FIRMS, "granted"]), ("auditor", [FIRMS, "granted"]),
                        ("admin", [FIRMS, "granted"]), ("boss", []), ("nobody", [])):
        assert [row.name for row in registers.listed(held.rt, held.who(login))] == seen, login
    for login in ("boss", "nobody"):
        with pytest.raises(NotFound):
            registers.page(held.rt, held.who(login), FIRMS)


def test_a_register_that_names_no_reader_is_closed_to_offices(world: World) -> None:
    assert registers.listed(world.rt, world.who("city")) == ()
    assert [row.name for row in registers.listed(world.rt, world.who("auditor"))] == ["granted"]


def test_a_district_sees_and_changes_its_own_entries_only(held: World) -> None:
    entry = enter(held)
    enter(held, "shibei", 1, region="370203")
    assert names(held, held.who("shinan")) == ["第0家企业"]
    assert names(held, held.who("shibei")) == ["第1家企业"]
    assert names(held, held.who("city")) == ["第0家企业", "第1家企业"]
    with pytest.raises(NotFound):
        registers.entry(held.rt, held.who("shibei"), FIRMS, entry)
    with pytest.raises(NotFound):
        register_changes.leave(held.rt, held.who("shibei"), FIRMS, entry, "错误")
    with pytest.raises(Refused) as refused:
        enter(held, "shinan", 2, region="370203")
    assert [(p.code, p.at) for p in refused.value.problems] == [("registers.outside", "/region")]


def test_readers_who_do_not_keep_a_register_cannot_change_it(held: World) -> None:
    entry = enter(held)
    for login in ("city", "admin", "auditor"):
        with pytest.raises(Denied):
            enter(held, login, 1)
        with pytest.raises(Denied):
            register_changes.leave(held.rt, held.who(login), FIRMS, entry, "x")


def test_any_day_of_the_past_can_be_asked_and_who_returns_keeps_the_id(held: World) -> None:
    entry = enter(held)
    held.clock.move(days=10)
    register_changes.leave(held.rt, held.who("shinan"), FIRMS, entry, "用工减少")
    held.clock.move(days=10)
    assert names(held, held.who("shinan")) == []
    assert names(held, held.who("shinan"), on="2026-11-22") == []
    assert names(held, held.who("shinan"), on="2026-11-23") == ["第0家企业"]
    assert names(held, held.who("shinan"), on="2026-12-02") == ["第0家企业"]
    assert names(held, held.who("shinan"), on="2026-12-03") == []
    assert enter(held, staff="20") == entry
    view = registers.entry(held.rt, held.who("shinan"), FIRMS, entry)
    assert [(s.entered_at[:10], (s.left_at or "")[:10], s.ground, s.left_by) for s in view.spells] == [
        ("2026-12-13", "", None, None), ("2026-11-23", "2026-12-03", "用工减少", "shinan先生")]
    assert (view.stands, view.spells[0].changed) == (True, ())


def test_a_correction_is_a_new_dated_row_that_says_what_changed(held: World) -> None:
    entry = enter(held)
    held.clock.move(days=1)
    enter(held, staff="30")
    view = registers.entry(held.rt, held.who("shinan"), FIRMS, entry)
    assert [spell.changed for spell in view.spells] == [("用工人数",), ()]
    held.clock.move(days=1)
    enter(held, staff="30")
    assert len(registers.entry(held.rt, held.who("shinan"), FIRMS, entry).spells) == 2


def test_entries_made_by_a_case_lead_back_to_it(held: World) -> None:
    case_id = held.submitted()
    held.act("shinan", case_id, "approve", {"words": "属实"})
    held.act("city", case_id, "approve")
    run_all(held.rt)
    row = registers.page(held.rt, held.who("city"), "granted").rows[0]
    spell = registers.entry(held.rt, held.who("city"), "granted", row.id).spells[0]
    assert (spell.case_id, bool(spell.number), spell.by) == (case_id, True, None)


def test_search_finds_by_key_and_by_words_of_the_name(held: World) -> None:
    enter(held)
    enter(held, n=1, name="海风家政_50%")
    for q, found in (("海风", ["海风家政_50%"]), ("ma3c000252", ["海风家政_50%"]), ("企业 第0", ["第0家企业"]),
                     ("_", ["海风家政_50%"]), ("%", ["海风家政_50%"]), ("没有", [])):
        assert names(held, held.who("shinan"), q=q) == found, q


def test_masked_columns_are_open_to_keepers_only(held: World) -> None:
    enter(held, phone="13800005678")
    held.clock.move(hours=1)
    for login, phone in (("shinan", "13800005678"), ("city", "1380***5678"), ("auditor", "1380***5678")):
        assert registers.page(held.rt, held.who(login), FIRMS).rows[0].cells[4] == phone, login
    assert registers.page(held.rt, held.who("city"), FIRMS, q="13800005678").rows == ()


def test_a_ground_and_a_readable_key_are_needed(held: World) -> None:
    with pytest.raises(Refused) as refused:
        register_changes.enter(held.rt, held.who("shinan"), FIRMS, {"region": "370202", "staff": "很多"}, " ")
    assert {p.at for p in refused.value.problems} == {"/uscc", "/staff", "/ground"}


def sheet(*rows: list[Any]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in (["信用代码", "企业名称", "地区", "用工人数", "备注"], *rows):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_good_rows_of_a_sheet_are_entered_and_bad_ones_told_with_their_numbers(held: World) -> None:
    enter(held)
    content = sheet([CODES[0], "第0家企业", "370202", 12], [CODES[1], "新企业", "370202", 15, "x"],
                    [CODES[2], "外区", "370203", 9], ["123", "坏代码", "370202", "多"], [CODES[1], "重复", "370202", 1],
                    [CODES[3], "=1+1", "370202", 1])
    checked = register_changes.load(held.rt, held.who("shinan"), FIRMS, content, "", keep=False)
    assert (checked.kept, checked.entered, checked.same) == (False, 1, 1)
    assert names(held, held.who("shinan")) == ["第0家企业"]
    found = register_changes.load(held.rt, held.who("shinan"), FIRMS, content, "年报", keep=True)
    assert (found.entered, found.changed, found.same, found.ignored) == (1, 0, 1, ("备注",))
    assert sorted({p.params["row"] for p in found.problems}) == [4, 5, 6, 7]
    assert names(held, held.who("shinan")) == ["第0家企业", "新企业"]
    again = register_changes.load(held.rt, held.who("shinan"), FIRMS, content, "年报", keep=True)
    assert (again.entered, again.same) == (0, 2)
    assert not register_changes.load(held.rt, held.who("shinan"), FIRMS, content, " ", keep=True).kept


def test_exports_hold_no_formula_carry_a_mark_and_are_audited(held: World) -> None:
    enter(held, name="=HYPERLINK(1)", phone="13800005678")
    name, content = register_export.export(held.rt, held.who("city"), FIRMS)
    assert name == "firms-2026-11-23.xlsx"
    cells = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).active.iter_rows()]
    assert "city先生" in cells[0][0]
    assert cells[1][0] == "信用代码"
    assert (cells[2][1], cells[2][4]) == ("'=HYPERLINK(1)", "1380***5678")
    assert all(cell.data_type == "s" for row in load_workbook(io.BytesIO(content)).active.iter_rows()
               for cell in row if cell.value is not None)
    with held.rt.store.reading() as conn:
        noted = messages.latest_audit(conn, 1, subject=FIRMS)[0]
        assert (noted["actor"], noted["verb"], noted["detail"]["rows"]) == ("u-city", "register.export", 1)
        assert messages.verify_audit(conn) is None


def test_a_whole_register_is_screened_by_the_rules_of_a_procedure(held: World) -> None:
    case_id = held.submitted(uscc=USCC)
    held.act("shinan", case_id, "approve", {"words": "属实"})
    held.act("city", case_id, "approve")
    run_all(held.rt)
    enter(held)                                             # on the list of those granted
    enter(held, n=1, staff="5000")                          # soft rule only
    enter(held, n=2, staff="9", founded="2026-01-01")       # two clauses
    enter(held, n=3, founded="")                            # unknown
    found = {verdict: screening.screen(held.rt, held.who("shinan"), "grant", verdict)
             for verdict in ("passes", "fails", "unknown")}
    assert found["passes"].counts == {"passes": 1, "fails": 2, "unknown": 1}
    assert [(row.key, row.fails) for row in found["passes"].rows] == [(CODES[1], ("quiet",))]
    assert [(row.key, row.fails) for row in found["fails"].rows] == [
        (CODES[0], ("not_granted",)), (CODES[2], ("ten", "old"))]
    assert [(row.key, row.unknown) for row in found["unknown"].rows] == [(CODES[3], ("old",))]
    assert {rule.id: (rule.fails, rule.unknown) for rule in found["fails"].rules} == {
        "ten": (1, 0), "old": (1, 1), "not_granted": (1, 0), "quiet": (1, 0)}
    assert screening.screen(held.rt, held.who("shibei"), "grant").counts == {"passes": 0, "fails": 0, "unknown": 0}
    with pytest.raises(NotFound):
        screening.screen(held.rt, held.who("boss"), "grant")


def test_anniversary_day_is_inside(held: World) -> None:
    enter(held, founded="2025-11-23")
    enter(held, n=1, founded="2025-11-24")
    assert [row.key for row in screening.screen(held.rt, held.who("shinan"), "grant").rows] == [CODES[0]]


def test_a_region_is_called_by_its_name_in_every_language_and_never_by_its_code() -> None:
    address = Field("seat", "address", text("地址"))
    worked_out = Field("place", "computed", text("所在地"), options={"of": "region"})
    for lang in ("zh", "en"):
        assert books.shown(Field("region", "region", text("区")), "370202", lang) == "市南区"
        assert books.shown(worked_out, "370202", lang) == "市南区"
        assert books.shown(address, {"region": "370202", "detail": "香港中路"}, lang) == "山东省青岛市市南区 香港中路"
