"""Regions by their GB/T 2260 codes: names, levels, what lies in what, down to the street.

Provinces, cities and counties are few and are kept in memory. Streets and towns (乡镇街道) are 41,000: a file for each
province, read when somebody asks for one of its counties.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from tongban.engine.answers import holds
from tongban.engine.model import Field, Json, Text
from tongban.text import label

Inside = Callable[[str, bool], tuple[tuple[str, str], ...]]

_DATA = Path(__file__).parent.parent / "data"
_FILLERS = frozenset(("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"))    # no part of addresses


@cache
def _names() -> dict[str, str]:
    with (_DATA / "regions.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


@lru_cache(maxsize=128)
def streets(county: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of the streets and towns of a county, or of a city that has no counties (东莞)."""
    file = _DATA / "streets" / f"{county[:2]}.csv"
    if county not in _names() or not file.is_file():
        return ()
    return tuple(re.findall(rf"^({county}\d\d\d),(.+)$", file.read_text("utf-8"), re.MULTILINE))


def streets_of_city(code: str) -> dict[str, list[list[str]]]:
    """Every street of a city by its county, as `tree` has it; what a phone keeps when somebody chose the city."""
    counties = [found for found, _ in children(code)] or [code]
    return {county: [list(pair) for pair in below] for county in counties if (below := streets(county))}


def _own(code: str) -> str | None:
    """The name of the region itself. Villages have no list: theirs is the street's."""
    return _names().get(code) or (dict(streets(code[:6])).get(code[:9]) if len(code) > 6 else None)


def chain(code: str | None) -> list[str]:
    """The code and everything that it lies in, nearest first: 370202 -> 370202, 370200, 370000."""
    if not code or len(code) < 6 or not code[:6].isdigit():
        return []
    county, city, province = code[:6], f"{code[:4]}00", f"{code[:2]}0000"
    return list(dict.fromkeys([code, county, city, province]))


def known(code: str | None) -> bool:
    """Whether the list has the code, or for a village the street that it lies in."""
    return bool(code) and _own(str(code)) is not None


def name(code: str | None) -> Text:
    """The short name: 市南区. A code that is not a region is shown as it is."""
    short = _own(str(code)) or str(code) if code else ""
    return {"zh": short, "en": short}


def full_name(code: str) -> Text | None:
    """The name with all that it lies in: 山东省青岛市市南区. None where there is no such code."""
    if not known(code):
        return None
    parts = [own for c in reversed(chain(code)) if (own := _own(c)) and (own not in _FILLERS or c == code)]
    text = "".join(dict.fromkeys(parts))
    return {"zh": text, "en": text}


def shown(one: Field, value: Json, lang: str) -> str:
    """A region or an address as people read it, never its bare code; "" where the value is no such thing.

    Names are Chinese in every language: docs/authoring.md says why.
    """
    kind = holds(one)
    if kind not in ("region", "address") or not value:
        return ""
    code = value.get("region") if isinstance(value, Mapping) else value
    place = label(full_name(str(code)), lang) or str(code)
    return f"{place} {value.get('detail') or ''}".rstrip() if isinstance(value, Mapping) else place


def children(code: str = "", down_to_street: bool = False) -> tuple[tuple[str, str], ...]:
    """(code, name) of what lies directly in a region; of the provinces for none. A county has streets only if asked."""
    return _inside(code) or (streets(code) if down_to_street and len(code) == 6 else ())


@cache
def _inside(code: str) -> tuple[tuple[str, str], ...]:
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
    """Every region that has others in it, "" for the country, with [code, name] of those; without streets."""
    found = {code: [list(pair) for pair in _inside(code)] for code in ("", *_names())}
    return {code: below for code, below in found.items() if below}
