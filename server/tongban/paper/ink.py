"""Turns any text into what may stand on paper: no control characters, no direction tricks, no endless values."""

from __future__ import annotations

import html
import unicodedata
from functools import lru_cache
from pathlib import Path

from tongban.paper import fonts

LONGEST = 20_000  # characters of one value; the rest is left out, visibly
MISSING = "\u3013"  # 〓, the printer's mark for a character that the case lacks
_KEPT = "\n"
_DROPPED = (
    frozenset(range(0x202A, 0x202F))
    | frozenset(range(0x2066, 0x206A))
    | {0x061C, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x00AD, 0xFE0E, 0xFE0F}
)
_SPACES = {0x2009: " ", 0x00A0: " ", 0x202F: " ", 0x2610: "□", 0x2611: "☑", 0x2028: "\n", 0x2029: "\n", 0x9: " "}


def plain(text: str) -> str:
    """The text without what a printer must not obey, cut visibly where it is endless."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}……（以下略，全文共 {len(text)} 字，见电子档案）"
    return "".join(_char(c) for c in text)


def on_paper(text: str, where: Path, lost: set[str] | None = None) -> str:
    """`plain`, with every character that no pinned face has replaced by the mark; `lost` collects them."""
    known = fonts.covered(where)
    text = plain(text)
    missing = {c for c in text if ord(c) not in known and c not in _KEPT}
    if missing:
        if lost is not None:
            lost |= missing
        text = "".join(MISSING if c in missing else c for c in text)
    return text


def escaped(text: str) -> str:
    """For HTML, line breaks kept."""
    return html.escape(text).replace("\n", "<br>")


@lru_cache(maxsize=8192)
def _char(char: str) -> str:
    code = ord(char)
    if code in _SPACES:
        return _SPACES[code]
    if char in _KEPT:
        return char
    if code in _DROPPED or unicodedata.category(char) in ("Cc", "Cs", "Co"):
        return ""
    return char
