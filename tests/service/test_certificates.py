"""A list of people becomes a certificate for each; revoking one takes its holder out of the register."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.service.world import World

from tongban.paper import authority, proof
from tongban.service import documents, people, printing, timers
from tongban.service.act import Doing
from tongban.service.outbox import deliver
from tongban.service.start import Opening, open_case
from tongban.service.wiring import wire
from tongban.store import cases, definitions, registers
from tongban.store import documents as table

ROOT = Path(__file__).resolve().parents[2]
SLUG = "gd-stock-certificate"
FIRM = "91440300MA5D0001XW"


def shipped(kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / kind / f"{name}.json").read_text("utf-8"))
    return found


@pytest.fixture
def city(world: World) -> World:
    wire(world.rt)
    world.publish(shipped("workflows", SLUG), shipped("forms", "gd-stock-holder"))
    with world.rt.store.transaction() as conn:
        people.add_person(conn, world.clock(), "u-gd", "gd", "叶城", "", None)
        people.grant(conn, world.clock(), "u-gd", "city_hr", "440300")
        world.tokens["gd"] = people.open_session(world.rt, conn, "u-gd")
        registers.enter(conn, {"id": "org", "register": "eval-orgs", "key": FIRM, "cause": None,
                               "fields": {"uscc": FIRM, "name": "深圳测试装备有限公司", "code": "Y000144000001"},
                               "entered_at": "2024-01-01T00:00:00Z"})
    return world


def certified(world: World, id_no: str) -> str:
    given = {"name": "王师傅", "id_no": id_no, "occupation": "6-18-01-01", "occupation_name": "车工", "level": "3",
             "firm": "深圳测试装备有限公司", "firm_code": FIRM, "region": "440300", "holder": f"{id_no}/6-18-01-01/3"}
    with world.rt.store.transaction() as conn:
        version = world.rt.version(conn, definitions.procedure(conn, SLUG)["current"])
        return open_case(world.rt, conn, version, Opening(answers={"holder": given}), Doing(why="roster")).case_id


def test_numbers_run_on_and_a_revoked_certificate_leaves_the_register(city: World) -> None:
    opened = [certified(city, number) for number in ("370202198001010010", "370203197506150029")]
    city.rt.outside.pop("issue")            # the prints are not needed here
    deliver(city.rt)
    with city.rt.store.reading() as conn:
        papers = [table.of_case(conn, case_id)[0] for case_id in opened]
    assert [row["number"] for row in papers] == ["Y000144000001263000001", "Y000144000001263000002"]
    documents.revoke(city.rt, city.who("gd"), papers[0]["id"], "冒名认定")
    with city.rt.store.reading() as conn:
        spells = [registers.history(conn, "skill-certificates", f"{number}/6-18-01-01/3")[-1]
                  for number in ("370202198001010010", "370203197506150029")]
    assert [row["ground"] for row in spells] == ["冒名认定", None]
    assert [row["left_at"] for row in spells] == [city.clock(), None]
    again = certified(city, "370202198001010010")
    with city.rt.store.reading() as conn:
        assert table.of_case(conn, again)[0]["number"] == "Y000144000001263000003"      # never used again (I-27)


def test_the_offline_code_names_whoever_signs_the_certificate(city: World, tmp_path: Path) -> None:
    case_id = certified(city, "370202198001010010")
    authority.make(tmp_path, "测试", datetime.now(UTC))
    with city.rt.store.reading() as conn:
        row = table.of_case(conn, case_id)[0]
        meta = printing.sheet_of(city.rt, conn, row, proof.issuer(tmp_path / "payload-key.pem")).meta
    assert meta.office == "深圳测试装备有限公司"
    body = meta.payload.split(".")[1]
    assert json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))["o"] == meta.office


def test_a_certificate_without_its_number_is_not_issued_and_nothing_else_happens(city: World) -> None:
    flow = json.loads(json.dumps(shipped("workflows", SLUG)).replace('"id": "gd-stock-certificate"', '"id": "asked"'))
    flow["initial"], flow["states"]["ask"] = "ask", {
        "label": {"zh": "发证", "en": "Issue"}, "task": {"role": "city_hr", "scope": "holder.region"},
        "on": {"issue": {"target": "certified", "label": {"zh": "发证", "en": "Issue"}}},
        "after": [{"delay": {"days": 1}, "target": "certified"}]}
    city.publish(flow, shipped("forms", "gd-stock-holder"))
    with city.rt.store.transaction() as conn:
        registers.leave(conn, "eval-orgs", FIRM, city.clock(), None, None)
        version = city.rt.version(conn, definitions.procedure(conn, "asked")["current"])
        given = {"name": "王师傅", "id_no": "370202198001010010", "occupation": "6", "occupation_name": "车工",
                 "level": "3", "firm": "甲", "firm_code": FIRM, "region": "440300", "holder": "k"}
        case_id = open_case(city.rt, conn, version, Opening(answers={"holder": given}), Doing(why="test")).case_id
    assert [p.code for p in city.act("gd", case_id, "issue").problems] == ["paper.no_value"]
    city.clock.move(days=2)
    assert timers.run_due(city.rt) == 0          # put off, and no other case is held up
    with city.rt.store.reading() as conn:
        assert not table.of_case(conn, case_id)
        assert cases.get(conn, case_id)["status"] == "open"
