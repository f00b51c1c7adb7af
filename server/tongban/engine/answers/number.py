"""Integers, decimals, rates and money, exact: every value is an int scaled by its field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from tongban.engine.answers import tidy
from tongban.engine.answers.kind import Kind, Refused
from tongban.engine.model import Field, Json, Type

_UNITS = {"亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4, "千": 10**3}
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<digits>\d+(?:,\d+)*(?:\.\d*)?|\.\d+)"
                     r"(?P<unit>亿|千万|百万|万|千)?(?P<tail>.*)", re.ASCII)
_CURRENCY = re.compile(r"^([+-]?)(人民币|rmb|cny|[¥￥])")
_POINTS = str.maketrans("，。−", ",.-")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+|\d{1,4}(,\d{4})+")
_NOTHING = re.compile("")
_TAILS = {"integer": re.compile("[人名个件次户家台套份天年月岁]?"), "decimal": _NOTHING, "rate": re.compile("[%％]?"),
          "money": re.compile("(元|块|圆)(整|正)?|(rmb|cny)?")}
MOST_DIGITS = 18


def parse(raw: Json, tails: re.Pattern[str] = _NOTHING, whole: bool = False) -> Decimal | None:
    """The number that was typed or sent: 1,234.50 · １２３４．５ · 3万 · ¥ 300 万元 · 4.0%. None for blank. `whole`: no
    example with decimals where they would be refused."""
    if isinstance(raw, float):
        raw = _from_float(raw)
    typed = _CURRENCY.sub(r"\1", "".join(tidy.narrow(raw).split()).lower().translate(_POINTS))
    if not typed:
        return None
    found = _NUMBER.fullmatch(typed)
    if not found or not tails.fullmatch(found["tail"]):
        raise Refused("number.form_whole" if whole else "number.form")
    front = found["digits"].split(".")[0]
    if "," in front and not _GROUPED.fullmatch(front):
        raise Refused("number.commas")
    digits = found["digits"].replace(",", "")
    if len(digits) > 40:
        raise Refused("number.digits", max=MOST_DIGITS)
    return Decimal(found["sign"] + digits) * _UNITS.get(found["unit"] or "", 1)


def _from_float(raw: float) -> str:
    try:
        return format(Decimal(repr(raw)), "f")
    except InvalidOperation:
        raise Refused("number.form") from None


def scaled(number: Decimal, scale: int) -> int:
    """`number` as an int of that scale; refuses digits that would be lost."""
    moved = number.scaleb(scale)
    if moved != moved.to_integral_value():
        raise Refused("number.whole" if scale == 0 else "number.places", places=scale)
    if abs(moved) >= 10**MOST_DIGITS:
        raise Refused("number.digits", max=MOST_DIGITS)
    return int(moved)


@lru_cache(maxsize=1000)
def limit(written: Json, scale: int) -> int | None:
    """A `min` or `max` as the definition writes it ("12.50", 12) in scaled ints."""
    return None if written is None else scaled(Decimal(str(written)), scale)


def group(value: int, scale: int) -> str:
    """1234567 with scale 2 -> 12,345.67."""
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(scale + 1, "0")
    whole, part = (digits[:-scale], digits[-scale:]) if scale else (digits, "")
    return f"{sign}{int(whole):,}" + (f".{part}" if part else "")


def bare(value: int, scale: int) -> str:
    """The same without separators, as an input is filled with it."""
    return group(value, scale).replace(",", "")


def scale_of(spec: Mapping[str, Json]) -> int:
    """Digits after the point: what the definition says, else 0 for integers and 2 for the rest."""
    if spec.get("type") == "integer":
        return 0
    if spec.get("type") == "money":
        return 2
    return int(spec.get("scale", 2))


def _reader(name: str) -> Callable[[Field, Json], int | None]:
    def read(field: Field, raw: Json) -> int | None:
        scale = field.scale
        number = parse(raw, _TAILS[name], whole=scale == 0)
        if number is None:
            return None
        if name == "money" and field.options.get("unit") == "万元" and isinstance(raw, str) and not _names_unit(raw):
            number *= 10_000
        value = scaled(number, scale)
        _within(field, value, scale)
        return value
    return read


def _names_unit(raw: str) -> bool:
    return any(unit in raw for unit in (*_UNITS, "元", "块"))


def _within(field: Field, value: int, scale: int) -> None:
    least, most = limit(field.min, scale), limit(field.max, scale)
    if least is not None and value < least:
        raise Refused("number.low" if least else "number.negative", min=group(least, scale))
    if most is not None and value > most:
        raise Refused("number.high", max=group(most, scale))


def show_number(field: Field, value: int, lang: str) -> str:
    """12,345.67"""
    return group(value, field.scale)


def show_rate(field: Field, value: int, lang: str) -> str:
    """3.80%"""
    return f"{group(value, field.scale)}%"


def show_money(field: Field, value: int, lang: str) -> str:
    """5,000,000.00 元"""
    return f"{group(value, field.scale)} 元" if lang == "zh" else f"¥{group(value, field.scale)}"


def raw_number(field: Field, value: int) -> str:
    """Digits only."""
    return bare(value, field.scale)


def raw_money(field: Field, value: int) -> str:
    """In the unit that the field is asked in."""
    if field.options.get("unit") == "万元":
        return format((Decimal(value).scaleb(-6)).normalize(), "f")
    return bare(value, field.scale)


def _decimal(spec: Mapping[str, Json]) -> Type:
    return Type("decimal", scale=scale_of(spec))


KINDS = {
    "integer": Kind(_reader("integer"), show_number, raw_number, lambda spec: Type("int"), {"suffix": "text"}),
    "decimal": Kind(_reader("decimal"), show_number, raw_number, _decimal, {"suffix": "text"}),
    "rate": Kind(_reader("rate"), show_rate, raw_number, _decimal),
    "money": Kind(_reader("money"), show_money, raw_money, _decimal, {"unit": "money unit", "capitals": "flag"}),
}
