"""One defect each: every definition of the corpus is caught by its own code at its own place, and by nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tongban import text
from tongban.engine.check import check_bundle
from tongban.engine.simulate import merged

HERE = Path(__file__).parent
CORPUS = sorted((HERE / "corpus").glob("*.json"))
BASES = {"panel": HERE / "panel.json", "small": HERE.parent / "small.json"}


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("base", BASES)
def test_the_correct_definitions_raise_no_alarm(base: str) -> None:
    assert [p.as_json() for p in check_bundle(load(BASES[base]))] == []


def test_the_corpus_is_large_enough() -> None:
    assert len(CORPUS) >= 60
    assert len({load(path)["code"] for path in CORPUS}) >= 50


ELSEWHERE = {
    # what a bundle cannot hold, because it is found in the text of a file or in what is installed
    "read.duplicate_key", "read.not_a_number", "read.not_json", "read.not_utf8", "read.too_large", "read.too_deep",
    "read.too_many_values", "read.too_many_states", "read.too_many_rules", "read.not_plain_json",     # test_loads.py
    "check.no_solver",                                                                              # test_impact.py
}


def test_every_code_of_the_proof_and_the_reader_has_a_definition_that_it_catches() -> None:
    codes = {code for code in text.catalogue() if code.startswith(("check.", "read."))}
    caught = {load(path)["code"] for path in CORPUS}
    assert codes - caught - ELSEWHERE == set()
    assert codes >= ELSEWHERE


@pytest.mark.slow
@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_a_defect_is_caught_by_its_own_code(path: Path) -> None:
    case = load(path)
    bundle = merged(load(BASES[case["base"]]), case["patch"])
    found = check_bundle(bundle, case.get("world"), case.get("scenarios"))
    own = [p for p in found if p.code == case["code"]]
    assert own, [p.as_json() for p in found]
    if "at" in case:
        assert case["at"] in [p.at for p in own]
    others = {p.code for p in found if p.level == "error"} - {case["code"], *case.get("also", ())}
    assert not others
    for problem in own:
        for lang in text.LANGUAGES:
            said = text.problem(problem, lang)
            assert said != problem.code
            assert "{" not in said


@pytest.mark.parametrize(("second", "code"), [
    ("note.contains('地') || amount > 1", None), ("note.contains('地') && amount > 1", "check.undecided_requirements"),
    ("known(note.contains('地')) ? note.startsWith('天') : amount > 2", "check.undecided_requirements"),
])
def test_what_the_solver_cannot_decide_is_told_only_where_it_matters(second: str, code: str | None) -> None:
    """Requirements that hold whatever the undecided part is are decided, unless one asks whether it is known."""
    rules = {"enough": {"test": "note.startsWith('天') || amount > 1"}, "not_too_much": {"test": second}}
    found = check_bundle(merged(load(BASES["panel"]), {"workflow": {"rules": rules}}))
    assert (code in {problem.code for problem in found}) if code else not found
