"""Hostile JSON is refused quickly and with a clear problem."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.engine.effort import effort

from tongban import text
from tongban.engine.read import canonical, digest, load_json, read_bundle

HOSTILE = {
    "100,000 levels of lists": "[" * 100_000,
    "100,000 levels of objects": '{"a":' * 100_000,
    "closed deep nesting": "[" * 500 + "]" * 500,
    "10 MB": '{"a": "' + "x" * 10_000_000 + '"}',
    "10 MB of lists": "[" + "[]," * 3_300_000 + "[]]",
    "10,000 digits": "1" * 10_000,
    "10,000 digits after the point": "0." + "1" * 10_000,
    "huge exponent": "1e999999",
    "NaN": "[NaN]",
    "infinity": '{"a": -Infinity}',
    "duplicate key": '{"a": {"b": 1, "b": 2}}',
    "lone surrogate": '{"a": "\\ud800"}',
    "zero byte": '{"a": "\\u0000"}',
    "not UTF-8": b'{"a": "\xff"}',
    "cut off": '{"a": [1, 2',
    "empty": "",
    "300,000 values": "[" + "0," * 300_000 + "0]",
}


def quickly(run: Callable[[], Any]) -> Any:
    answer, events = effort(run)
    assert events < 1_500_000
    return answer


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_quickly_with_a_sentence(name: str) -> None:
    loaded = quickly(lambda: load_json(HOSTILE[name]))
    assert loaded.value is None
    for problem in loaded.problems:
        for lang in text.LANGUAGES:
            assert text.problem(problem, lang) != problem.code


BOTH = {"zh": "x", "en": "x"}


def computed(count: int, rule: Callable[[int], str]) -> dict[str, Any]:
    """Changes that give a form so many computed fields."""
    return {"fields": [{"id": f"c{i}", "type": "computed", "of": "int", "label": BOTH, "computed": rule(i)}
                       for i in range(count)]}


def rules(count: int, test: Callable[[int], str]) -> dict[str, Any]:
    return {"rules": {f"r{i}": {"test": test(i)} for i in range(count)}}


HOSTILE_BUNDLES: dict[str, tuple[str, dict[str, Any]]] = {
    "a field computed from itself": ("read.computed_cycle", computed(1, lambda i: "c0 + 1")),
    "a cycle of 50 computations": ("read.computed_cycle", computed(50, lambda i: f"c{(i + 1) % 50} + 1")),
    "60 computations that all read each other": (
        "read.computed_cycle", computed(60, lambda i: " + ".join(f"c{j}" for j in range(60)))),
    "a cycle of 1,000 computations": ("read.too_many_fields", computed(1000, lambda i: f"c{(i + 1) % 1000} + 1")),
    "20,000 unknown keys": ("read.too_many_values", {f"x{i}": 1 for i in range(20_000)}),
    "2,000 unknown keys": ("read.unknown_key", {f"zz{i}": 1 for i in range(2000)}),
    "2,000 keys that are nearly known": ("read.unknown_key_near", {f"states{i}": 1 for i in range(2000)}),
    "4,000 states": ("read.too_many_states", {"states": {f"s{i}": {"on": {"go": f"t{i}"}} for i in range(3900)}}),
    "2,000 misspelt names": ("rules.unknown_name", rules(2000, lambda i: f"peopel{i} > 1")),
    "a definition full of long rules": ("read.too_large", rules(200, lambda i: "people > 1 && " * 280 + "true")),
    "more rules than anybody writes": (
        "read.too_many_rules", rules(100, lambda i: "people > 1 || " * 90 + f"people > {i}")),
    "20,000 slots in a text": ("read.unknown_key_near", {"rulez": {"say": {"zh": "{people}" * 20_000}}}),
}


@pytest.mark.parametrize("name", HOSTILE_BUNDLES)
def test_a_hostile_definition_is_refused_quickly_with_a_sentence(name: str, small: dict[str, Any]) -> None:
    code, change = HOSTILE_BUNDLES[name]
    bundle = copy.deepcopy(small)
    if "fields" in change:
        bundle["forms"]["hall-application"]["pages"][0]["fields"] += change["fields"]
    else:
        bundle["workflow"].update(change)
    source = json.dumps(bundle)
    read_bundle(small)      # the parser is built on first use

    def read() -> tuple[Any, ...]:
        loaded = load_json(source)
        return loaded.problems or read_bundle(loaded.value).problems
    problems = quickly(read)
    assert code in {problem.code for problem in problems}
    assert all(text.problem(problem, lang) != problem.code for problem in problems for lang in text.LANGUAGES)


def test_duplicate_key_is_named_at_its_object() -> None:
    [problem] = load_json('{"a": [{"b": 1, "c": 2, "b": 2}]}').problems
    assert (problem.code, problem.at, problem.params["key"]) == ("read.duplicate_key", "/a/0", "b")


def test_syntax_error_names_line_and_column() -> None:
    [problem] = load_json('{\n "a": tru\n}').problems
    assert (problem.params["line"], problem.params["column"]) == (2, 7)


@pytest.mark.parametrize("value", [{1: 2}, {"a": {3}}, {"a": float("nan")}, {"a": 10**30}, {"a": object()}, [b"x"]])
def test_values_that_are_no_plain_json_are_refused_in_a_bundle(value: object) -> None:
    reading = read_bundle({"workflow": {"x": value}, "forms": {}})
    assert reading.version is None
    refusals = {"read.bad_text", "read.not_plain_json", "read.not_a_number", "read.number_too_long"}
    assert {p.code for p in reading.problems} <= refusals


def test_canonical_text_keeps_the_order_that_has_meaning() -> None:
    assert canonical({"b": 1, "a": [1, "甲"]}) == '{"b":1,"a":[1,"甲"]}'
    assert digest({"states": {"a": {}, "b": {}}}) != digest({"states": {"b": {}, "a": {}}})


def test_byte_order_mark_is_accepted() -> None:
    assert load_json(b'\xef\xbb\xbf{"a": 1}').value == {"a": 1}
