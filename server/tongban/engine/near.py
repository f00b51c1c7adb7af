"""Did you mean …? The nearest known word, found quickly however many words there are."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nsmallest
from itertools import islice, pairwise

LONGEST = 64        # characters of a word that are looked at
MOST = 2_000        # known words that are looked at
CLOSE = 12          # of them are compared letter by letter


def nearest(got: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant. Words are first ranked by the pairs of letters they share."""
    word = got[:LONGEST]
    wanted = _pairs(word)
    ranked = nsmallest(CLOSE, islice(known, MOST), key=lambda other: -len(wanted & _pairs(other[:LONGEST])))
    found = get_close_matches(word, ranked, 1, 0.6)
    return found[0] if found else None


def _pairs(word: str) -> set[tuple[str, str]]:
    return set(pairwise(f" {word} "))
