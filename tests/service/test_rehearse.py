"""Playing a definition through: samples to start with, each step explained, nothing kept."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select
from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, World

from tongban.service.errors import Denied
from tongban.service.rehearse import rehearse
from tongban.store.base import metadata
from tongban.store.session import Store

FILES = {"workflow": json.dumps(WORKFLOW), **{f"forms/{f['id']}": json.dumps(f) for f in (FORM, OPINION)}}


def script(staff: str) -> str:
    return json.dumps({"start": "2026-11-23", "facts": {"registers": {}}, "steps": [],
                       "answers": {"application": {**ANSWERS, "staff": staff}}})


def counted(world: World) -> dict[str, int]:
    with world.rt.store.reading() as conn:
        return {name: conn.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in metadata.tables.items()}


def test_every_step_says_who_waits_and_why_a_rule_says_no(sqlite_url: str) -> None:
    world = World(Store(sqlite_url))
    before = counted(world)
    admin = world.who("admin")
    fresh = rehearse(world.rt, admin, FILES, "")
    assert json.loads(fresh.script)["answers"]["application"]["staff"] != ""
    submit = next(step for step, words in fresh.offers if words["zh"].endswith("：提交"))
    refused = rehearse(world.rt, admin, FILES, script("9"), submit)
    assert [(p.code, p.clause, p.say) for p in refused.lines[-1].problems] == [
        ("engine.rule_failed", "一", {"zh": "少于 10 人", "en": "少于 10 人"})]
    taken = rehearse(world.rt, admin, FILES, script("10"), submit)
    assert [state["zh"] for state in taken.lines[-1].states] == ["审核"]
    assert taken.lines[-1].waits_for[0][1] is not None, "due in three working days"
    assert [(rule.id, rule.value) for rule in taken.rules] == [("ten", True)]
    wrong = rehearse(world.rt, admin, FILES, '{"start": "2026-11-23", "steps": [{"do": 1}]}')
    assert [p.at for p in wrong.problems] == ["/steps/0/do"]
    assert counted(world) == before, "nothing is kept"
    with pytest.raises(Denied):
        rehearse(world.rt, world.who("boss"), FILES, "")
    world.rt.store.close()
