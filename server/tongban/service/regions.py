"""Regions by their GB/T 2260 codes: names, levels, what lies in what."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from tongban.engine.model import Text

_FILE = Path(__file__).parent.parent / "data" / "regions.csv"


@cache
def _names() -> dict[str, str]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def chain(code: str | None) -> list[str]:
    """The code and everything that it lies in, nearest first: 370202 -> 370202, 370200, 370000."""
    if not code or len(code) < 6 or not code[:6].isdigit():
        return []
    county, city, province = code[:6], f"{code[:4]}00", f"{code[:2]}0000"
    return list(dict.fromkeys([code, county, city, province]))


def known(code: str | None) -> bool:
    """Whether the list has the code, or for a street the county that it lies in."""
    return bool(code) and str(code)[:6] in _names()


def name(code: str | None) -> Text:
    """The short name: 市南区. A code that is not a region is shown as it is."""
    short = _names().get(str(code)[:6], code or "") if code else ""
    return {"zh": short, "en": short}


def full_name(code: str) -> Text | None:
    """The name with all that it lies in: 山东省青岛市市南区. None where there is no such code."""
    if not known(code):
        return None
    names = _names()
    parts = [names[c] for c in reversed(chain(code)) if c in names]
    text = "".join(dict.fromkeys(parts))
    return {"zh": text, "en": text}


@cache
def children(code: str = "") -> tuple[tuple[str, str], ...]:
    """(code, name) of what lies directly in a region; of the provinces for none."""
    if not code:
        return tuple((c, n) for c, n in _names().items() if c.endswith("0000"))
    if code.endswith("0000"):
        found = [(c, n) for c, n in _names().items() if c[:2] == code[:2] and c.endswith("00") and c != code]
        return tuple(found) or tuple((c, n) for c, n in _names().items() if c[:2] == code[:2] and c != code)
    if code.endswith("00"):
        return tuple((c, n) for c, n in _names().items() if c[:4] == code[:4] and c != code)
    return ()


@cache
def tree() -> dict[str, list[list[str]]]:
    """Every region that has others in it, "" for the country, with [code, name] of those."""
    found = {code: [list(pair) for pair in children(code)] for code in ("", *_names())}
    return {code: below for code, below in found.items() if below}
