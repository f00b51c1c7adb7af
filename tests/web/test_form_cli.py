"""`tongban form`: answers made from any shipped form are valid, and the wrong file is named."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from tongban import catalog
from tongban.cli import main
from tongban.cli.forms import today
from tongban.engine import answers
from tongban.engine.answers import sample
from tongban.engine.read import read_bundle

FLOWS = {one.slug: version.workflow for one in catalog.bundles() if (version := read_bundle(one.bundle).version)}
PAIRS = [(slug, key, form.id) for slug, flow in FLOWS.items() for key, form in flow.forms.items()]


@pytest.mark.parametrize(("slug", "key", "form"), PAIRS, ids=[f"{slug}-{key}" for slug, key, _ in PAIRS])
def test_samples_of_every_shipped_form_pass_it_and_the_rules_of_its_procedure(slug: str, key: str, form: str) -> None:
    flow = FLOWS[slug]
    raw = sample.valid(flow.forms[key], today(), 0, f"{key}.", tuple(flow.rules.values()))
    found = answers.read(flow.forms[key], raw, today(), step=answers.Step(f"{key}."))
    assert found.ok, found.problems
    assert [rule.id for rule in flow.rules.values() if sample.fails(rule, found.shape.env)] == []


def test_the_command_prints_such_a_sample() -> None:
    slug, key, form = PAIRS[0]
    run = CliRunner().invoke(main, ["form", "sample", str(catalog.folder("forms") / f"{form}.json"),
                                    "--workflow", str(catalog.folder("workflows") / f"{slug}.json")])
    assert run.exit_code == 0, run.stderr
    raw = json.loads(run.stdout.splitlines()[0])
    assert answers.read(FLOWS[slug].forms[key], raw, today(), step=answers.Step(f"{key}.")).ok


def test_edges_say_what_becomes_of_each_answer() -> None:
    run = CliRunner().invoke(main, ["form", "sample", str(catalog.folder("forms") / f"{PAIRS[0][2]}.json"), "--edges"])
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert {"field", "raw", "value", "problems"} <= set(lines[0])


def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"id": "x", "title": {"zh": "x"}, "pages": [{"id": "p", "title": {"zh": "p"}, "fields": ['
                   '{"id": "a", "type": "txet", "label": {"zh": "a"}}]}]}')
    run = CliRunner().invoke(main, ["form", "sample", str(bad)])
    assert run.exit_code == 1
    assert "/pages/0/fields/0/type" in run.stderr


def test_a_port_in_use_is_said_in_words_and_no_address_given() -> None:
    path = str(catalog.folder("forms") / f"{PAIRS[0][2]}.json")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = CliRunner().invoke(main, ["form", "preview", path, "--port", port])
    assert run.exit_code == 1
    assert "请用 --port 换一个端口" in run.stderr
    assert "http" not in run.stdout
