"""Where a JSON pointer stands in a text: the line an author has to look at. Reads broken texts as far as they go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_DEEP = 200


class _Reader:
    """Walks the tokens once; `found` fills up as it goes."""

    def __init__(self, text: str) -> None:
        self.found: dict[str, int] = {}
        self.tokens = _tokens(text)
        self.word, self.line = "", 1
        self.step()

    def step(self) -> None:
        self.word, self.line = next(self.tokens, ("", self.line))

    def value(self, at: str, line: int, depth: int = 0) -> None:
        """One value at a pointer; containers go inside."""
        self.found.setdefault(at, line)
        opening = self.word
        self.step()
        if opening == "{" and depth < _DEEP:
            self.members(at, depth + 1)
        elif opening == "[" and depth < _DEEP:
            self.items(at, depth + 1)

    def members(self, at: str, depth: int) -> None:
        while self.word and self.word not in "}]":
            if self.word in ",:":
                self.step()
                continue
            key, line = _plain(self.word), self.line
            self.step()
            if self.word == ":":
                self.step()
                if self.word and self.word not in ",}]":
                    self.value(f"{at}/{key}", line, depth)
        self.step()

    def items(self, at: str, depth: int) -> None:
        number = 0
        while self.word and self.word not in "}]":
            if self.word in ",:":
                self.step()
                continue
            self.value(f"{at}/{number}", self.line, depth)
            number += 1
        self.step()


def lines(text: str) -> dict[str, int]:
    """Pointer of every value -> its line, counted from 1; an entry of an object stands on the line of its key."""
    reader = _Reader(text)
    reader.value("", reader.line)
    return reader.found


def line_of(found: dict[str, int], pointer: str) -> int:
    """The line of a pointer, or of the nearest thing around it that is there."""
    while pointer and pointer not in found:
        pointer = pointer.rpartition("/")[0]
    return found.get(pointer, 1)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line, place = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", place, token.start())
        place = token.start()
        yield token[0], line


def _plain(word: str) -> str:
    """A key as a pointer writes it."""
    try:
        key = str(json.loads(word))
    except ValueError:
        key = word.strip('"')
    return key.replace("~", "~0").replace("/", "~1")
