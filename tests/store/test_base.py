"""Canonical JSON: the bytes that records are hashed over may never change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from tongban.store.base import Json, canonical

# Answers are kept as text or whole numbers; a fraction is in a record only where a program sent one beside them.
SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([0.5, -1.25, 121.4737, 1e16])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(VALUES)
def test_canonical_text_is_what_the_standard_library_writes(value: Any) -> None:
    assert canonical(value) == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@given(VALUES)
def test_what_is_kept_comes_back_with_every_digit(value: Any) -> None:
    kept, on = Json(), sqlite.dialect()
    for one in (value, {"long": [10 ** 30, -2 ** 70], "and": value}):
        assert kept.process_result_value(kept.process_bind_param(one, on), on) == one


def test_members_are_in_order_and_long_numbers_are_whole() -> None:
    assert canonical({"乙": 10 ** 30, "b": (1, None), "a": True}) == '{"a":true,"b":[1,null],"乙":1' + "0" * 30 + "}"


def test_what_is_no_json_is_refused() -> None:
    @dataclass
    class Thing:
        name: str = "x"
    with pytest.raises(TypeError):
        canonical({"thing": Thing()})
