"""Whatever is thrown at the reader, it answers with problems and never raises."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongban.engine.read import load_json, read_bundle, read_form
from tongban.engine.read.vocabulary import FORM, WORKFLOW

SMALL = json.loads((Path(__file__).parents[1] / "small.json").read_text("utf-8"))
KEYS = sorted({key for shapes in (WORKFLOW, FORM) for shape in shapes.values() for key in shape.members})
SCALARS = st.none() | st.booleans() | st.integers(-3, 10**19) | st.floats() | st.text(max_size=6) | st.sampled_from(
    ["draft", "review", "compound", "parallel", "history", "application", "people > 3", "money", "group", "any"])
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
    st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5), max_leaves=25)
RELAXED = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@given(st.text(max_size=60) | st.binary(max_size=60))
@RELAXED
def test_any_text_is_answered(source: str | bytes) -> None:
    loaded = load_json(source)
    assert loaded.problems or loaded.value is not None or source.strip() in ("null", b"null")


@given(JSON)
@RELAXED
def test_any_value_as_a_workflow_or_form_is_answered(value: Any) -> None:
    reading = read_bundle({"workflow": value, "forms": {"f": value}})
    assert reading.version is None
    assert reading.problems
    form, problems = read_form(value)
    assert (form is None) == bool(problems)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(p for key, child in inner for p in places(child, (*path, key)))]


PLACES = [p for p in places(SMALL) if len(p) > 1]


@given(st.sampled_from(PLACES), JSON, st.booleans())
@RELAXED
def test_a_correct_bundle_with_one_part_exchanged_is_answered(path: tuple[Any, ...], value: Any, remove: bool) -> None:
    bundle = copy.deepcopy(SMALL)
    owner = bundle
    for step in path[:-1]:
        owner = owner[step]
    if remove and isinstance(owner, dict):
        del owner[path[-1]]
    else:
        owner[path[-1]] = value
    reading = read_bundle(bundle)
    assert (reading.version is None) == bool(reading.problems)
