"""The authors' guide tells the truth: its procedure is proved, its script plays, its fragments fit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tongban.engine.check import check_bundle
from tongban.engine.read import read_bundle
from tongban.engine.simulate import merged, simulate

GUIDE = (Path(__file__).parents[2] / "docs/authoring.md").read_text("utf-8")
FILES = {name: json.loads(body) for name, body in re.findall(r"`([\w/-]+\.json)`:\n```json\n(.*?)```", GUIDE, re.S)}
FRAGMENTS = [json.loads(body) for body in re.findall(r"```json fragment\n(.*?)```", GUIDE, re.S)]


def bundle() -> dict[str, Any]:
    forms = {path.split("/")[1][:-5]: body for path, body in FILES.items() if path.startswith("forms/")}
    return {"workflow": FILES["workflows/hall-use.json"], "forms": forms}


def test_the_procedure_of_the_guide_is_proved_without_a_word() -> None:
    assert [p.as_json() for p in check_bundle(bundle())] == []


def test_the_script_of_the_guide_plays_as_the_guide_says() -> None:
    version = read_bundle(bundle()).version
    assert version is not None
    lines = list(simulate(version, FILES["script.json"]))
    states = [line["states"][0] for line in lines]
    assert states == ["draft", "draft", "review", "review", "paying", "approved"]
    assert [p["clause"] for p in lines[1]["problems"]] == ["二"]
    assert [effect["kind"] for effect in lines[3]["effects"]] == ["notify"]
    assert [effect.get("document") or effect["about"] for effect in lines[5]["effects"]] == ["permit", "ended"]


def test_the_fragments_of_the_guide_fit_the_procedure() -> None:
    assert len(FRAGMENTS) == 3
    for fragment in FRAGMENTS:
        whole = bundle()
        whole["workflow"] = merged(whole["workflow"], fragment)
        assert read_bundle(whole).problems == ()
