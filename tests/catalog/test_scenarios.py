"""Every shipped procedure reads and is proved without an error, and its scenarios play as the notice says."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tongban.engine.check import check_bundle
from tongban.engine.problem import Problem

Json = Any
ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
SLUGS = sorted(path.stem for path in (ROOT / "workflows").glob("*.json"))
CALENDARS = {path.stem: json.loads(path.read_text("utf-8"))
             for path in (ROOT / "server/tongban/data/calendars").glob("202[56].json")}


def bundle(slug: str) -> Json:
    """A shipped procedure with its forms."""
    workflow = json.loads((ROOT / "workflows" / f"{slug}.json").read_text("utf-8"))
    forms = {name: json.loads((ROOT / "forms" / f"{name}.json").read_text("utf-8"))
             for name in workflow["forms"].values()}
    return {"workflow": workflow, "forms": forms}


def book(slug: str) -> Json:
    """Its scenarios, with the calendars of 2025 and 2026."""
    found = json.loads((HERE / f"{slug}.scenario.json").read_text("utf-8"))
    return {**found, "facts": {**found.get("facts", {}), "calendars": CALENDARS}}


def findings(slug: str, scenarios: Json) -> list[str]:
    """What the proof holds against the definition or its scenarios."""
    return [told(p) for p in check_bundle(bundle(slug), None, scenarios) if against(p)]


def told(problem: Problem) -> str:
    return f"{problem.code} {problem.at} {dict(problem.params)}"


def against(problem: Problem) -> bool:
    return problem.level == "error" or "scenario" in problem.code


def explained(slug: str) -> set[str]:
    """The places of a procedure that the guide names as left open by the proof."""
    guide = (ROOT / "docs/procedures.md").read_text("utf-8")
    return set(re.findall(rf"^\| `{slug}` \| `(/[^`]+)` \|", guide, re.MULTILINE))


@pytest.mark.parametrize("slug", SLUGS)
def test_the_procedure_is_proved_and_does_what_the_notice_says(slug: str):
    found = check_bundle(bundle(slug), None, book(slug))
    wrong = [told(p) for p in found if against(p)]
    assert not wrong, "\n".join(wrong)
    left = [p for p in found if p.code != "check.not_covered"]     # ways that no scenario takes: told of in the guide
    assert {p.at for p in left} == explained(slug), "\n".join(map(told, left))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_procedure_has_eight_scenarios_that_name_their_reason(slug: str):
    scenarios = book(slug)["scenarios"]
    assert len(scenarios) >= 8
    assert all(scenario["name"] and scenario["why"] for scenario in scenarios)


def test_a_wrong_expectation_is_told():
    wrong = copy.deepcopy(book("qd-loan-apply"))
    wrong["scenarios"][0]["steps"][0]["expect"]["states"] = ["nowhere"]
    assert any("nowhere" in line for line in findings("qd-loan-apply", wrong))


def test_a_changed_number_changes_the_outcome():
    changed = bundle("qd-loan-apply")
    changed["workflow"]["rules"]["headcount"]["test"] = "application.staff_now >= 11"
    assert any(p.code == "check.scenario_differs" for p in check_bundle(changed, None, book("qd-loan-apply")))
