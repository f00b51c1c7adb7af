"""Regions by GB/T 2260, postal addresses, positions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from tongban.engine.answers import number, tidy
from tongban.engine.answers.ids import PROVINCES
from tongban.engine.answers.kind import Kind, Refused
from tongban.engine.model import Field, Json, Type

DEPTHS = {"province": 2, "city": 4, "county": 6, "street": 9, "village": 12}
_CODE = re.compile(r"\d{6}(\d{3}(\d{3})?)?", re.ASCII)
AROUND = 40_000_000     # metres; no position is further off than once around the earth
UNDIVIDED = frozenset(("441900", "442000", "460400"))     # cities without counties


def read_region(field: Field, raw: Json) -> str | None:
    """A code of 6 digits (or 9, 12 down to street and village), as deep as the field asks and inside its region."""
    value = deepest(raw)
    if not value:
        return None
    if not _CODE.fullmatch(value) or value[:2] not in PROVINCES:
        raise Refused("region.form")
    under = str(field.options.get("under") or "")
    if not value.startswith(stem(under)):
        raise Refused("region.outside")
    depth = DEPTHS[str(field.options.get("level") or "county")]
    if depth == DEPTHS["county"] and value in UNDIVIDED:
        return value
    if not value[:depth].ljust(depth, "0")[-2 if depth <= 6 else -3:].strip("0"):
        raise Refused("region.deeper")
    return value


def deepest(raw: Json) -> str:
    """The code that was chosen; of one list per level (a page without script) the deepest that lies in those above."""
    if not isinstance(raw, list):
        return tidy.code(raw)
    found = ""
    for part in filter(None, map(tidy.code, raw)):
        if not part.startswith(stem(found)):
            break       # another province was chosen; what hung below the old one is gone
        found = part
    return found


def stem(code: str) -> str:
    """370200 -> 3702: what every code inside begins with."""
    if len(code) > 6:
        return code         # the zeros of a street are its number's own
    while code.endswith("00") and len(code) > 2:
        code = code[:-2]
    return code


def read_address(field: Field, raw: Json) -> Json:
    """{region, detail}: the region from the list, the street and number in words."""
    if raw in (None, "", {}):
        return None
    if isinstance(raw, str):
        raw = {"detail": raw}
    if not isinstance(raw, Mapping) or set(raw) - {"region", "detail"}:
        raise Refused("shape.map")
    try:
        region = read_region(field, raw.get("region"))
    except Refused as no:
        no.at = "/region"
        raise
    detail = tidy.line(raw.get("detail"))
    if region is None and not detail:
        return None
    if region is None:
        raise Refused("address.region", at="/region")
    if len(detail) < 3:
        raise Refused("address.detail", at="/detail")
    if len(detail) > 200:
        raise Refused("text.long", at="/detail", max=200, have=len(detail), over=len(detail) - 200)
    return {"region": region, "detail": detail}


def read_position(field: Field, raw: Json) -> Json:
    """{lat, lng, accuracy, at}: degrees with six places, metres, the instant it was taken."""
    if raw in (None, "", {}):
        return None
    if isinstance(raw, str):
        parts = re.split(r"[,，;\s]+", tidy.narrow(raw))
        raw = dict(zip(("lat", "lng", "accuracy"), parts, strict=False))
    if not isinstance(raw, Mapping) or set(raw) - {"lat", "lng", "accuracy", "at"}:
        raise Refused("shape.map")
    if not any(str(raw.get(name) or "").strip() for name in ("lat", "lng")):
        return None
    lat, lng = _degrees(raw.get("lat"), 90), _degrees(raw.get("lng"), 180)
    accuracy = number.parse(raw.get("accuracy"))
    if accuracy is not None and not 0 <= accuracy <= AROUND:
        raise Refused("position.form")
    most = field.options.get("accuracy")
    if most is not None and (accuracy is None or accuracy > int(most)):
        raise Refused("position.rough", max=most, have="?" if accuracy is None else int(accuracy))
    at = tidy.narrow(raw.get("at"))
    if at and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z", at, re.ASCII):
        raise Refused("position.form")
    return {"lat": lat, "lng": lng, "accuracy": None if accuracy is None else int(accuracy), "at": at or None}


def _degrees(raw: Json, most: int) -> int:
    found = number.parse(raw)
    if found is None or abs(found) > most:
        raise Refused("position.form")
    return number.scaled(found.quantize(Decimal("0.000001")), 6)


def show_address(field: Field, value: Mapping[str, str], lang: str) -> str:
    """Region code and words; pages put the region's name in place of its code."""
    return f"{value['region']} {value['detail']}"


def show_position(field: Field, value: Mapping[str, int], lang: str) -> str:
    """36.067100, 120.382600 (±12 m)"""
    place = f"{number.group(value['lat'], 6)}, {number.group(value['lng'], 6)}"
    if value.get("accuracy") is None:
        return place
    return f"{place}（精度 {value['accuracy']} 米）" if lang == "zh" else f"{place} (±{value['accuracy']} m)"


def raw_position(field: Field, value: Mapping[str, int]) -> Json:
    """Degrees as text again."""
    return {**value, "lat": number.bare(value["lat"], 6), "lng": number.bare(value["lng"], 6)}


_ADDRESS = Type("map", fields={"region": Type("string"), "detail": Type("string")})
_POSITION = Type("map", fields={"lat": Type("decimal", 6), "lng": Type("decimal", 6), "accuracy": Type("int"),
                                "at": Type("datetime")})
_REGION = {"under": "region code", "level": "province | city | county | street | village"}

KINDS = {
    "region": Kind(read_region, options={**_REGION, "prefill": "source"}, ask="answer.required.choose"),
    "address": Kind(read_address, show_address, type=lambda spec: _ADDRESS, options={**_REGION, "prefill": "source"}),
    "position": Kind(read_position, show_position, raw_position, lambda spec: _POSITION,
                     {"accuracy": "metres at most"}, ask="answer.required.locate"),
}
