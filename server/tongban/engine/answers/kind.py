"""What a field type is: how it reads raw input, shows a value, fills an input again, and which type rules see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongban.engine.model import Field, Json, Type

MAX_TEXT = 20_000       # characters of one answer; longer input is refused before anything looks at it
MAX_ROWS = 1_000        # rows of one group, whatever its definition says


class Refused(Exception):
    """Raw input that cannot become a value. `code` is a key of text/fields.json, `at` a place inside the answer."""

    def __init__(self, code: str, /, *, at: str = "", **params: Any) -> None:
        self.code, self.at, self.params = f"answer.{code}", at, params
        super().__init__(self.code)


@dataclass(frozen=True, slots=True)
class Lookups:
    """What only the floors above know. Each may be missing = not judged."""

    region: Callable[[str], Mapping[str, str] | None] | None = None         # code -> full name; None = no such code
    option: Callable[[Field, str], Mapping[str, str] | None] | None = None  # register choice -> label
    file: Callable[[str], Mapping[str, Json] | None] | None = None          # content id -> {name, size, media}


NOTHING_KNOWN = Lookups()

Reader = Callable[[Field, Json], Json]
Shower = Callable[[Field, Json, str], str]


def plain(spec: Mapping[str, Json]) -> Type:
    """The type of most fields: a string."""
    return Type("string")


def show_as_is(field: Field, value: Json, lang: str) -> str:
    """A value that is already what people read."""
    return str(value)


def same(field: Field, value: Json) -> Json:
    """A value that an input takes back as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """One field type.

    read        raw -> value, None for blank; raises Refused
    show        value -> text for people
    raw         value -> what the input is filled with again
    type        field JSON -> Type that rules see
    options     keys of the field's JSON that only this type knows -> what they hold, for the schema
    ask         key of the sentence that asks for a missing answer
    holds       False: nothing is ever read or stored (note)
    trusted     True: never taken from the client (computed, fact)
    warn        value -> code of a soft warning, None for none
    """

    read: Reader
    show: Shower = show_as_is
    raw: Reader = same
    type: Callable[[Mapping[str, Json]], Type] = plain
    options: Mapping[str, str] = field(default_factory=dict)
    ask: str = "answer.required.fill"
    holds: bool = True
    trusted: bool = False
    warn: Callable[[Field, Json], str | None] | None = None
