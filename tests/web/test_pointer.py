"""The line of a finding is the line an author sees, in broken texts too."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tongban.web.pointer import line_of, lines

TEXT = """{
 "id": "x",
 "states": {
  "draft": {"on": {"a/b": 1}},
  "list": [
   {"t": "{ not a brace }"},
   "second"
  ]
 }
}"""


def test_keys_and_items_stand_on_their_lines() -> None:
    found = lines(TEXT)
    assert found[""] == 1
    assert found["/id"] == 2
    assert found["/states/draft/on/a~1b"] == 4
    assert found["/states/list/0/t"] == 6
    assert found["/states/list/1"] == 7


def test_a_missing_key_is_shown_at_what_is_around_it() -> None:
    assert line_of(lines(TEXT), "/states/draft/task/role") == 4
    assert line_of(lines(TEXT), "/nowhere") == 1


def test_a_broken_text_is_read_as_far_as_it_goes() -> None:
    assert lines('{"a": 1,\n"b": [1,\n2')["/b/1"] == 3
    assert lines("") == {"": 1}
    assert lines('{"a" "b" : }\n]') [""] == 1


def test_deep_nesting_does_not_break_it() -> None:
    assert lines("[" * 100_000)[""] == 1


_json = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                     lambda inner: (st.lists(inner, max_size=4)
                                    | st.dictionaries(st.text(max_size=6), inner, max_size=4)))


@given(_json)
def test_every_pointer_of_any_json_is_found(value: object) -> None:
    found = lines(json.dumps(value, indent=1, ensure_ascii=False))
    assert set(_pointers(value)) == set(found)


def _pointers(value: object, at: str = "") -> list[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    keyed = [(str(key).replace("~", "~0").replace("/", "~1"), part) for key, part in inner]
    return [at, *(p for key, part in keyed for p in _pointers(part, f"{at}/{key}"))]
