"""What a new version would do to running cases: their records are played again, nothing is changed."""

from __future__ import annotations

import copy
import json

import pytest
from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, World

from tongban.service.errors import Denied
from tongban.service.foresight import foresee


def files(**changes: object) -> dict[str, str]:
    return {"workflow": json.dumps({**copy.deepcopy(WORKFLOW), **changes}), "forms/grant-application": json.dumps(FORM),
            "forms/grant-opinion": json.dumps(OPINION)}


def test_running_cases_are_judged_by_their_records_and_stay_as_they_are(world: World) -> None:
    case = world.start()
    assert world.act("boss", case, "submit", ANSWERS).ok
    admin = world.who("admin")
    assert [(one.case, one.verdict, one.why) for one in foresee(world.rt, admin, files())] == [(case, "moves", ())]
    rules = {"ten": {**WORKFLOW["rules"]["ten"], "test": "application.staff >= 100"}}
    (one,) = foresee(world.rt, admin, files(rules=rules))
    assert one.verdict == "stuck"
    assert [p.code for p in one.why] == ["impact.refused", "engine.rule_failed"]


def test_only_who_reads_definitions_may_ask(world: World) -> None:
    with pytest.raises(Denied):
        foresee(world.rt, world.who("boss"), files())
