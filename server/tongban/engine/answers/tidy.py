"""Forgiving input: what people type is brought to one form before it is judged."""

from __future__ import annotations

import re
import unicodedata

from tongban.engine.answers.kind import MAX_TEXT, Refused
from tongban.engine.model import Json

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_GROUPING = re.compile(r"[\s\-‐-―−_.·]+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def text(raw: Json) -> str:
    """The string in `raw`; blank for None. Refuses every other JSON type, control characters and sheer size."""
    if raw is None:
        return ""
    if not isinstance(raw, str):
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise Refused("shape.text")
        if abs(raw) >= 10**40:
            raise Refused("text.huge", max=MAX_TEXT)
        return str(raw)
    if len(raw) > MAX_TEXT:
        raise Refused("text.huge", max=MAX_TEXT)
    if _CONTROL.search(raw):
        raise Refused("text.control")
    return raw


def _prose(raw: Json) -> str:
    """No invisible marks, each letter in one form: what ASCII is already."""
    found = text(raw)
    return found if found.isascii() else _INVISIBLE.sub("", unicodedata.normalize("NFC", found))


def line(raw: Json) -> str:
    """One line of prose: no invisible marks, runs of white space become one space, Chinese punctuation stays."""
    return " ".join(_prose(raw).split())


def lines(raw: Json) -> str:
    """Several lines of prose, with \\n between them."""
    found = _prose(raw)
    return "\n".join(part.rstrip() for part in found.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()


def narrow(raw: Json) -> str:
    """Full-width letters, digits and signs become ASCII; outer white space goes."""
    found = text(raw)
    return (found if found.isascii() else unicodedata.normalize("NFKC", _INVISIBLE.sub("", found))).strip()


def code(raw: Json) -> str:
    """A code or number: ASCII, upper case, without the spaces, dots and hyphens that people group digits with."""
    return _GROUPING.sub("", narrow(raw)).upper()
