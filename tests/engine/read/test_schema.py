"""The published schemas say what the reader accepts: same keys, same refusals, every key explained."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tongban import text
from tongban.cli.schema import published
from tongban.engine.read import read_bundle
from tongban.engine.read.shape import members
from tongban.engine.read.vocabulary import FORM, WORKFLOW

ROOT = Path(__file__).parents[3]
PATHS = {"workflow": ROOT / "workflows/schema/workflow.schema.json", "form": ROOT / "forms/schema/form.schema.json"}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(PATHS[name].read_text("utf-8")))


@pytest.mark.parametrize("name", PATHS)
def test_published_schema_is_what_the_vocabulary_gives(name: str) -> None:
    same = json.loads(PATHS[name].read_text("utf-8")) == published(name)
    assert same, f"after a change of the vocabulary: tongban schema {name} > {PATHS[name].relative_to(ROOT)}"
    Draft202012Validator.check_schema(published(name))


@pytest.mark.parametrize("shapes", [WORKFLOW, FORM])
def test_every_key_is_explained_in_both_languages(shapes: Any) -> None:
    for shape, key in members(shapes):
        entry = text.catalogue().get(f"schema.{shape}.{key}") or text.catalogue().get(f"schema.any.{key}")
        assert entry, (shape, key)
        assert set(entry) == {"zh", "en"}


@pytest.mark.parametrize("name", PATHS)
def test_no_key_of_a_published_schema_is_left_without_words(name: str) -> None:
    schema = json.loads(PATHS[name].read_text("utf-8"))
    words = {path: at(schema, path).get("description") for path in objects(schema)}
    assert len([path for path, said in words.items() if isinstance(said, str)]) > 50
    assert not [path for path, said in words.items() if said == ""]


def test_small_bundle_and_shipped_definitions_fit_the_schemas(small: dict[str, Any]) -> None:
    flows = [small["workflow"], *(json.loads(p.read_text("utf-8")) for p in ROOT.glob("workflows/*.json"))]
    for flow in flows:
        assert not [e.message for e in validator("workflow").iter_errors(flow)]
    for form in small["forms"].values():
        assert not [e.message for e in validator("form").iter_errors(form)]


def objects(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    here = [path] if isinstance(node, dict) else []
    return here + [p for key, child in inner for p in objects(child, (*path, key))]


def at(node: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        node = node[step]
    return node


def test_reader_and_schema_refuse_the_same_strange_keys(small: dict[str, Any]) -> None:
    """A key nobody knows, put into every object in turn, is taken or refused by both."""
    kinds = {"workflow": small["workflow"], **small["forms"]}
    for name, definition in kinds.items():
        schema = validator("workflow" if name == "workflow" else "form")
        for path in objects(definition):
            changed = copy.deepcopy(small)
            target = changed["workflow"] if name == "workflow" else changed["forms"][name]
            at(target, path)["Q Q"] = "draft"
            codes = [p.code for p in read_bundle(changed).problems]
            refused = any(code.startswith(("read.unknown_key", "read.bad_form", "read.wrong_type")) for code in codes)
            assert refused == bool(list(schema.iter_errors(target))), path


def test_an_option_of_another_field_type_is_refused_by_both(small: dict[str, Any]) -> None:
    field = small["forms"]["hall-application"]["pages"][0]["fields"][0]
    field["camera"] = "user"
    assert [p.code for p in read_bundle(small).problems] == ["read.unknown_key"]
    assert list(validator("form").iter_errors(small["forms"]["hall-application"]))
