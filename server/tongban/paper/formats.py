"""How a value is written on paper. The names are `engine.layout.FORMATS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tongban.engine.answers.capitals import capitals
from tongban.engine.rules.dates import as_instant, day_of
from tongban.paper.sheet import Json, Value
from tongban.text import say

_DIGITS = "〇一二三四五六七八九"
Format = Callable[[Value, str, str], str]


def show(value: Value, name: str = "text", argument: str = "", lang: str = "zh") -> str:
    """The value as its format writes it; "" where there is none."""
    if value.value is None or value.value in ("", []):
        return "--" if name == "dash" else ""
    return FORMATS[name](value, argument, lang)


def digits(amount: int, scale: int, grouped: bool = True) -> str:
    """A scaled whole number as people write it: 500000000, 2 -> 5,000,000.00."""
    sign, amount = ("-" if amount < 0 else ""), abs(amount)
    whole, part = divmod(amount, 10**scale)
    text = f"{whole:,}" if grouped else str(whole)
    return f"{sign}{text}.{part:0{scale}d}" if scale else sign + text


def _text(value: Value, argument: str, lang: str) -> str:
    return value.text if value.text is not None else _PLAIN.get(value.kind, _any)(value, argument, lang)


def _any(value: Value, argument: str, lang: str) -> str:
    raw = value.value
    if isinstance(raw, bool):
        return _yesno(value, argument, lang)
    if isinstance(raw, int):
        return digits(raw, value.scale, grouped=bool(value.scale))
    if isinstance(raw, Mapping):
        return str(raw.get(lang) or raw.get("zh") or "")
    if isinstance(raw, list):
        return ("、" if lang == "zh" else ", ").join(_any(Value(item), argument, lang) for item in raw)
    return str(raw)


def _date(value: Value, argument: str, lang: str) -> str:
    day = day_of(value.value)
    if day is None:
        return str(value.value)
    return f"{day.year}年{day.month}月{day.day}日" if lang == "zh" else f"{day.day} {day:%B} {day.year}"


def _date_cn(value: Value, argument: str, lang: str) -> str:
    """二〇二六年十一月二十二日."""
    day = day_of(value.value)
    if day is None or lang != "zh":
        return _date(value, argument, lang)
    year = "".join(_DIGITS[int(d)] for d in f"{day.year:04d}")
    return f"{year}年{_small(day.month)}月{_small(day.day)}日"


def _small(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones else "")


def _instant(value: Value, argument: str, lang: str) -> str:
    moment = as_instant(value.value)
    if moment is None:
        return _date(value, argument, lang)
    hour = (moment.hour + 8) % 24
    return f"{_date(value, argument, lang)} {hour:02d}:{moment.minute:02d}"


def _part(cut: Callable[[str], str]) -> Format:
    def written(value: Value, argument: str, lang: str) -> str:
        day = day_of(value.value)
        return cut(day.isoformat()) if day else str(value.value)

    return written


def _money(value: Value, argument: str, lang: str) -> str:
    return digits(value.value, value.scale or 2) if _whole(value.value) else str(value.value)


def _yuan(value: Value, argument: str, lang: str) -> str:
    return _money(value, argument, lang) + (" 元" if lang == "zh" else " yuan")


def _capitals(value: Value, argument: str, lang: str) -> str:
    if not _whole(value.value):
        return str(value.value)
    try:
        return (
            f"{_yuan(value, argument, lang)}（{capitals(value.value)}）"
            if argument == "both"
            else capitals(value.value)
        )
    except ValueError:
        return _yuan(value, argument, lang)


def _percent(value: Value, argument: str, lang: str) -> str:
    return digits(value.value, value.scale) + "%" if _whole(value.value) else str(value.value)


def _number(value: Value, argument: str, lang: str) -> str:
    """With an argument: padded with zeros to that width."""
    if not _whole(value.value):
        return str(value.value)
    return f"{value.value:0{int(argument)}d}" if argument.isdigit() else digits(value.value, value.scale)


def _masked(value: Value, argument: str, lang: str) -> str:
    """Head and tail stay, as on a public list: 3702**********0180; 张** for a name."""
    text = str(value.value)
    if len(text) <= 4:
        return text[:1] + "*" * (len(text) - 1)
    return text[:4] + "*" * max(1, len(text) - 8) + text[-4:] if len(text) > 8 else text[:3] + "****" + text[7:]


def _spaced(value: Value, argument: str, lang: str) -> str:
    text, step = str(value.value), int(argument) if argument.isdigit() else 4
    return " ".join(text[i : i + step] for i in range(0, len(text), step or 4))


def _yesno(value: Value, argument: str, lang: str) -> str:
    return say("paper.yes" if value.value is True else "paper.no", lang)


def _level(value: Value, argument: str, lang: str) -> str:
    """The level of a skill certificate, printed 四级/中级工."""
    key = f"paper.level.{value.value}"
    text = say(key, lang)
    return _text(value, argument, lang) if text == key else text


def _whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_PLAIN: dict[str, Format] = {"date": _date, "datetime": _instant, "bool": _yesno}
FORMATS: dict[str, Format] = {
    "text": _text,
    "label": _text,
    "lines": _text,
    "region": _text,
    "dash": _text,
    "date": _date,
    "date_cn": _date_cn,
    "year": _part(lambda d: d[:4]),
    "yy": _part(lambda d: d[2:4]),
    "month": _part(lambda d: str(int(d[5:7]))),
    "day": _part(lambda d: str(int(d[8:]))),
    "instant": _instant,
    "money": _money,
    "yuan": _yuan,
    "capitals": _capitals,
    "percent": _percent,
    "number": _number,
    "masked": _masked,
    "spaced": _spaced,
    "yesno": _yesno,
    "level": _level,
}
