"""What a form page is told of the cases that a submission must not repeat."""

from __future__ import annotations

from tests.service.world import USCC, World

from tongban.service.cases import view
from tongban.service.foretelling import foretold


def test_open_case_of_ones_own_side_is_told_and_nobody_elses(world: World) -> None:
    case_id = world.submitted()
    case = view(world.rt, world.who("boss"), case_id)

    def held(login: str, filling: str = "") -> dict[str, str]:
        told = foretold(world.rt, world.who(login), case.version, "draft", {}, filling)
        (one,) = told["unique"]
        assert one["held"] == {}, "they are few: rules of the page, told at the question"
        return {rule["test"][2][1]: rule["say"]["zh"] for name, rule in told["rules"].items() if "$held" in name}
    assert held("boss") == held("clerk") == {USCC: f"已有在办申请（{case.number}）"}
    assert held("boss", case_id) == {}
    assert held("rival") == held("shinan") == {}
    world.act("boss", case_id, "withdraw")
    assert held("boss") == {}


def test_code_of_another_enterprise_is_told_before_submitting_to_who_stands_for_one(world: World) -> None:
    case = view(world.rt, world.who("boss"), world.start())

    def told(login: str) -> list[object]:
        rules = foretold(world.rt, world.who(login), case.version, "draft", {}, case.id)["rules"]
        return [rule["test"] for name, rule in rules.items() if name.startswith("$own/")]
    assert told("boss") == [["==", ["name", "application.uscc", "string"], ["lit", USCC]]]
    assert told("shinan") == []
