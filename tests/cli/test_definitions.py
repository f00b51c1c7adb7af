"""The commands about definitions, as a person at a terminal meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tongban.cli import main
from tongban.cli.definitions import version_of
from tongban.cli.documents import answers_of

SMALL = Path(__file__).parents[1] / "engine" / "small.json"


def run(*args: Any) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small bundle as files: workflows/ and forms/ side by side."""
    bundle = json.loads(SMALL.read_text("utf-8"))
    for name in ("workflows", "forms"):
        (tmp_path / name).mkdir()
    (tmp_path / "workflows/hall-use.json").write_text(json.dumps(bundle["workflow"]), "utf-8")
    for name, form in bundle["forms"].items():
        (tmp_path / f"forms/{name}.json").write_text(json.dumps(form), "utf-8")
    return tmp_path


def script(folder: Path, *steps: Any, **more: Any) -> Path:
    path = folder / "script.json"
    path.write_text(json.dumps({"start": "2026-11-20", "steps": steps, **more}), "utf-8")
    return path


GOOD = {"name": "某公司", "uscc": "91350100M000100Y43", "region": "370202", "people": "100"}


def test_a_workflow_finds_its_forms_beside_it_and_ends_with_zero(folder: Path) -> None:
    result = run("check", folder / "workflows/hall-use.json")
    assert result.exit_code == 0
    assert "没有发现问题" in result.output


def test_a_defect_is_told_with_its_place_and_ends_with_one(folder: Path) -> None:
    path = folder / "workflows/hall-use.json"
    path.write_text(path.read_text("utf-8").replace('"people <= 200"', '"peple <= 200"'), "utf-8")
    result = run("check", "--lang", "en", path)
    assert result.exit_code == 1
    assert "/rules/seats/test" in result.output
    assert "people" in result.output
    [line] = run("check", "--json", path).output.splitlines()
    assert json.loads(line)["problems"][0]["at"] == "/rules/seats/test"
    assert set(json.loads(line)["problems"][0]["text"]) == {"zh", "en"}


def test_examples_are_played_with_the_calendars_that_the_program_brings(folder: Path) -> None:
    (folder / "workflows/scenarios").mkdir()
    submit = {"by": "applicant", "do": "submit", "answers": GOOD, "expect": {"due": {"review": "2026-10-09"}}}
    book = {"start": "2026-09-29", "scenarios": [{"name": "a holiday among three days", "steps": [submit]}]}
    (folder / "workflows/scenarios/hall-use.json").write_text(json.dumps(book), "utf-8")
    result = run("check", folder / "workflows/hall-use.json")
    assert result.exit_code == 0, result.output


def test_an_example_that_goes_another_way_is_told_at_that_step_alone(folder: Path) -> None:
    (folder / "workflows/scenarios").mkdir()
    many = {**GOOD, "people": "201"}
    steps = [{"by": "applicant", "do": "submit", "answers": many, "expect": {"states": ["review"]}},
             {"by": "hall_office", "do": "refuse", "reason": "满员", "expect": {"states": ["refused"]}}]
    book = {"start": "2026-09-29", "scenarios": [{"name": "one too many", "steps": steps}]}
    (folder / "workflows/scenarios/hall-use.json").write_text(json.dumps(book), "utf-8")
    [line] = run("check", "--json", folder / "workflows/hall-use.json").output.splitlines()
    told = [(p["code"], p["params"].get("step")) for p in json.loads(line)["problems"]]
    assert [one for one in told if one[0] != "check.not_covered"] == [("check.scenario_differs", 1)] * 2


def test_a_document_is_previewed_with_answers_as_a_page_sends_them(folder: Path) -> None:
    path = folder / "answers.json"
    path.write_text(json.dumps({"application": GOOD}), "utf-8")
    version = version_of(folder / "workflows/hall-use.json", None, "zh", as_json=False)
    assert answers_of(version, path, "zh")["application"]["people"] == 100
    path.write_text(json.dumps({"application": {"people": "many"}}), "utf-8")
    result = run("document", "preview", folder / "workflows/hall-use.json", "--answers", path)
    assert result.exit_code == 1
    assert "/application/people" in result.output


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": 1, "a": 2}', "[NaN]", "1" * 10_000, ""])
def test_hostile_files_end_with_two_and_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    result = run("check", path)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    result = run("check", tmp_path / "nothing.json")
    assert result.exit_code == 2
    assert "nothing.json" in result.output


def test_simulate_prints_one_object_for_the_start_and_each_step(folder: Path) -> None:
    steps = script(folder, {"by": "applicant", "do": "submit", "answers": GOOD},
                   {"by": "office@370202", "do": "approve", "answers": {"fee": "150"}},
                   {"wait": {"days": 3}}, {"event": "paid"})
    result = run("simulate", folder / "workflows/hall-use.json", steps)
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [line["states"] for line in lines] == [["draft"], ["review"], ["paying"], ["paying"], ["approved"]]
    assert [line["step"] for line in lines] == [0, 1, 2, 3, 4]
    assert lines[1]["tasks"][0]["open"] == [{"role": "office", "scope": "370202"}]
    assert {timer["state"] for timer in lines[1]["timers"]} == {"review"}
    assert lines[2]["variables"] == {"round_fee": 15000}
    assert [effect["kind"] for effect in lines[4]["effects"]] == ["issue", "register", "notify"]      # who applied
    assert lines[4]["outcome"] == "approved"


def test_simulate_fires_timers_at_their_own_time(folder: Path) -> None:
    steps = script(folder, {"by": "applicant", "do": "submit", "answers": GOOD}, {"wait": {"days": 60}})
    last = json.loads(run("simulate", folder / "workflows/hall-use.json", steps).output.splitlines()[-1])
    assert last["outcome"] == "refused"
    assert [one["state"] for one in last["fired"]] == ["review", "review"]


def test_a_refused_step_shows_its_problems_and_changes_nothing(folder: Path) -> None:
    steps = script(folder, {"by": "applicant", "do": "submit", "answers": {**GOOD, "people": "300"}})
    last = json.loads(run("simulate", folder / "workflows/hall-use.json", steps).output.splitlines()[-1])
    assert last["states"] == ["draft"]
    assert [p["clause"] for p in last["problems"]] == ["一"]


@pytest.mark.parametrize("steps", [[{"dance": 1}], [{"by": "x"}], [{"wait": {"weeks": 1}}], "none", [{"do": "submit"}]])
def test_a_script_that_is_none_ends_with_two_and_names_the_place(folder: Path, steps: Any) -> None:
    path = folder / "script.json"
    path.write_text(json.dumps({"start": "2026-11-20", "steps": steps}), "utf-8")
    result = run("simulate", folder / "workflows/hall-use.json", path)
    assert result.exit_code == 2
    assert "/steps" in result.output


def test_explain_says_which_clause_refuses_and_with_which_values(folder: Path) -> None:
    given = folder / "answers.json"
    given.write_text(json.dumps({"application": {**GOOD, "people": "300"}}), "utf-8")
    result = run("explain", "seats", given, "--workflow", folder / "workflows/hall-use.json")
    assert result.exit_code == 1
    assert "300 人超过 200 人" in result.output
    given.write_text(json.dumps({"application": {}}), "utf-8")
    assert run("explain", "seats", given, "--workflow", folder / "workflows/hall-use.json").exit_code == 3


def test_explain_without_a_definition_takes_types_from_the_answers(tmp_path: Path) -> None:
    given = tmp_path / "answers.json"
    given.write_text('{"a": 3, "b": 2.5}', "utf-8")
    assert run("explain", "a > 2 && b <= 2.5", given).exit_code == 0
    assert run("explain", "c > 2", given).exit_code == 2


def test_draw_and_schema_print_what_they_say(folder: Path) -> None:
    path = folder / "workflows/hall-use.json"
    assert run("draw", path).output.startswith("<svg")
    assert "submit → review" in run("draw", "--text", path).output
    assert run("draw", "--lit", "nowhere", path).exit_code == 2
    assert json.loads(run("schema", "form").output)["title"] == "Tongban form"
