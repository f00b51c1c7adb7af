"""Sentences and papers say values as people write them: amounts with their point, dates, choices by their names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.catalog.played import shipped
from tests.service.world import World, text

from tongban.engine.model import Version
from tongban.engine.read import read_bundle
from tongban.service import cases as case_views
from tongban.service.facts import Asking
from tongban.service.issuing import field_of, shown
from tongban.service.words import field_id_in, fill
from tongban.store import registers


def version(slug: str) -> Version:
    flow = shipped("workflows", slug)
    found = read_bundle({"workflow": flow, "forms": {name: shipped("forms", name) for name in flow["forms"].values()}})
    assert found.version is not None
    return found.version


def test_variables_in_a_message_are_written_as_people_read_them() -> None:
    case: dict[str, Any] = {"answers": {}, "vars": {"granted": 300000, "notice_last": "2026-03-09"}}
    said = fill({"zh": "补助 {granted} 元，公示到 {notice_last}", "en": "{granted} yuan until {notice_last}"},
                version("yz-expand-subsidy"), case)
    assert said == {"zh": "补助 3,000.00 元，公示到 2026年3月9日", "en": "3,000.00 yuan until 9 March 2026"}


def test_a_choice_from_a_register_is_printed_by_its_name(world: World) -> None:
    flow = version("jm-intern")
    posting = field_id_in(flow, "agreement", "posting")
    assert posting is not None
    with world.rt.store.transaction() as conn:
        registers.enter(conn, {"id": "e1", "register": "jm-intern-posts", "key": "P-1", "cause": None,
                               "fields": {"case": "P-1", "name": "机电公司 · 见习生"},
                               "entered_at": "2020-01-01T00:00:00Z"})
        asking = Asking(world.rt, conn, flow, "none", 0, "")
        assert shown(asking, posting, "P-1", "zh").text == "机电公司 · 见习生"
        assert shown(asking, posting, "P-9", "zh").text in (None, "P-9")


def test_a_computed_region_is_written_by_its_name_in_messages_and_on_paper(world: World) -> None:
    flow = version("qd-loan-apply")
    form = flow.workflow.forms["application"]
    seat = replace(field_id_in(flow, "application", "region"), id="seat", type="computed", options={"of": "region"})
    with_it = replace(form, pages=(*form.pages, replace(form.pages[0], id="more", fields=(seat,))))
    flow = replace(flow, workflow=replace(flow.workflow, forms={**flow.workflow.forms, "application": with_it}))
    told = fill({"zh": "{application.seat}"}, flow, {"answers": {"application": {"seat": "370202"}}, "vars": {}})
    assert told == {"zh": "山东省青岛市市南区"}
    with world.rt.store.reading() as conn:
        asking = Asking(world.rt, conn, flow, "none", 0, "")
        assert shown(asking, seat, "370202", "zh").text == "山东省青岛市市南区"


def test_rows_picked_from_a_list_are_printed_like_the_list() -> None:
    flow = version("yz-project-select")
    state = next(one for one in flow.workflow.states.values() if one.id == "notice")
    picked = next(action.args["show"]["projects"] for action in state.entry if action.kind == "publish")
    found = field_of(flow, picked.source, picked)
    assert found is not None
    assert found.id == "rows"
    total = next(action.args["show"]["places"] for action in state.entry if action.kind == "publish")
    assert field_of(flow, total.source, total) is not found


def test_a_form_brings_the_parameters_that_its_rules_read_to_the_page(world: World) -> None:
    form = {"id": "claim", "title": text("申领"), "pages": [{"id": "one", "title": text("申领"), "fields": [
        {"id": "region", "type": "region", "level": "county", "label": text("区")},
        {"id": "asked", "type": "integer", "label": text("数量"), "required": True},
        {"id": "reason", "type": "text", "label": text("理由"), "required": True,
         "visible": "asked > parameter('most', '370202') || asked > parameter('least', region)"}]}]}
    world.publish({
        "id": "claim", "title": text("申领"), "starters": [{"role": "district_hr"}], "forms": {"claim": "claim"},
        "parameters": {"most": "int", "least": "int"},
        "variables": {"starter": {"type": "string", "initial": "actor_id"}},
        "initial": "draft", "states": {
            "draft": {"label": text("填写"), "task": {"person": "starter", "form": "claim", "own_case": "allow"},
                      "on": {"send": {"target": "sent", "label": text("提交")}}},
            "sent": {"type": "final", "outcome": "done", "label": text("完成")}}}, form)
    with world.rt.store.transaction() as conn:
        for name in ("most", "least"):
            registers.put_parameter(conn, {"name": name, "region": "370202", "starts": "2020-01-01", "value": 5})
    case_id = world.start("shinan", "claim")
    view = case_views.view(world.rt, world.who("shinan"), case_id).forms[0]
    known = [["parameter", "most", "370202", world.rt.today()], 5]      # of the other no region is chosen yet
    assert view.env["$figures"] == [known]
