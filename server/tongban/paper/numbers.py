"""Numbers of documents from rules that are data: fixed parts, values, and a counter without gaps (I-14).

    {"parts": ["Y", {"value": "org_code", "width": 4}, "{document.issued_on|yy}", {"value": "level"}, {"counter": 6}],
     "per": ["{org_code}", "{document.issued_on|year}", "{level}"], "length": 22}

`per` names the series; without it, every part but the counter does. The counter is taken in the case's transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tongban.engine.layout import BadTemplate, Slot, parse
from tongban.engine.problem import Problem
from tongban.paper import formats
from tongban.paper.sheet import PaperError, Value

Take = Callable[[str], int]
MAX_LENGTH = 60
MAX_SERIES = 110
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I L O U, so it can be read out
CODE_LENGTH = 16  # 80 bits: cannot be guessed


def number(rule: Mapping[str, Any], scope: str, values: Mapping[str, Value], take: Take) -> str:
    """The next number of the rule's series. Nothing is taken unless all other parts are sound."""
    parts = rule["parts"]
    texts = [None if _counts(part) else _part(part, values) for part in parts]
    named = [_fill(template, values) for template in rule.get("per") or ()]
    fixed = [text for text in texts if text is not None]
    counter = next((part for part in parts if _counts(part)), None)
    wanted = rule.get("length")
    width = int(counter["counter"]) if counter else 0
    if wanted and sum(map(len, fixed)) + width != wanted:
        raise PaperError("paper.number_length", length=wanted, have=sum(map(len, fixed)) + width)
    count = ""
    if counter:
        taken = take(series(scope, named if rule.get("per") else fixed))
        count = f"{taken:0{width}d}"
        if width and len(count) > width:
            raise PaperError("paper.number_full", width=width)
    made = "".join(count if text is None else text for text in texts)
    if not made or len(made) > MAX_LENGTH:
        raise PaperError("paper.number_length", length=MAX_LENGTH, have=len(made))
    return made


def series(scope: str, named: Sequence[str]) -> str:
    """The counter's name: the document's scope and what it counts per; long ones are hashed at the end."""
    name = "/".join(("number", scope, *named))
    if len(name) <= MAX_SERIES:
        return name
    return name[: MAX_SERIES - 33] + "#" + hashlib.sha256(name.encode()).hexdigest()[:32]


def serial(scope: str, take: Take) -> int:
    """The next print serial: every print has its own, also a re-issue (I-27)."""
    return take(series(f"print/{scope}", ()))


def code() -> str:
    """A verify code."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def spaced(verify_code: str) -> str:
    """A verify code as it is printed: 7H3K-9QWM-…"""
    return "-".join(verify_code[i : i + 4] for i in range(0, len(verify_code), 4))


def typed(text: str) -> str:
    """A verify code as people type it: case, blanks and look-alikes forgiven."""
    plain = "".join(c for c in text.upper() if c.isalnum())
    return plain.translate(str.maketrans("OILU", "011V"))


def check(rule: Any, at: str) -> list[Problem]:
    """What is wrong with a numbering rule's shape."""
    if not isinstance(rule, Mapping) or not isinstance(rule.get("parts"), list) or not rule["parts"]:
        return [Problem("document.number_parts", at)]
    found = []
    for index, part in enumerate(rule["parts"]):
        shape = isinstance(part, str) or (
            isinstance(part, Mapping) and (isinstance(part.get("value"), str) or _width(part.get("counter")))
        )
        if not shape:
            found.append(Problem("document.number_part", f"{at}/parts/{index}"))
    counters = sum(_counts(part) for part in rule["parts"])
    if counters != 1:
        found.append(Problem("document.number_counter", f"{at}/parts", {"count": counters}))
    for index, template in enumerate(rule.get("per") or ()):
        try:
            parse(template)
        except (BadTemplate, TypeError):
            found.append(Problem("document.bad_template", f"{at}/per/{index}"))
    return found


def _counts(part: Any) -> bool:
    return isinstance(part, Mapping) and "counter" in part


def _width(width: Any) -> bool:
    return isinstance(width, int) and not isinstance(width, bool) and 0 <= width <= 18


def _part(part: Any, values: Mapping[str, Value]) -> str:
    """One part as text. `width` pads digits with zeros; a value that is too wide or empty is refused."""
    if isinstance(part, str):
        return _fill(part, values)
    name, _, argument = str(part.get("format", "text")).partition(":")
    text = _shown(Slot(str(part["value"]), name, argument), values)
    text = str((part.get("map") or {}).get(text, text))
    width = part.get("width")
    if not width:
        return text
    text = text.rjust(width, "0")
    if len(text) != width:
        raise PaperError("paper.number_part", value=text, width=width)
    return text


def _fill(template: str, values: Mapping[str, Value]) -> str:
    return "".join(_shown(part, values) if isinstance(part, Slot) else part for part in parse(template))


def _shown(slot: Slot, values: Mapping[str, Value]) -> str:
    """A choice counts by its value, not by its label: a number must not change with a language."""
    value = values.get(slot.source)
    if value is None or value.value is None or value.value == "":
        raise PaperError("paper.no_value", source=slot.source)
    if slot.format == "text":
        return str(value.value)
    return formats.show(value, slot.format, slot.argument, "zh")
