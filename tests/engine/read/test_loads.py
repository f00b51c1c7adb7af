"""Hostile JSON is refused quickly and with a clear problem."""

from __future__ import annotations

import time

import pytest

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


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_refused_quickly_with_a_sentence(name: str) -> None:
    source = HOSTILE[name]
    started = time.process_time()
    loaded = load_json(source)
    assert time.process_time() - started < 0.5      # the budget is 0.1 s; a busy machine gets some room
    assert loaded.value is None
    for problem in loaded.problems:
        for lang in text.LANGUAGES:
            assert text.problem(problem, lang) != problem.code


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
