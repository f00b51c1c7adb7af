"""Dates, months, years, ranges and times, as people write them; kept as ISO text that compares as a string."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from tongban.engine.answers import tidy
from tongban.engine.answers.kind import Kind, Refused
from tongban.engine.model import Field, Json, Type

_NUMERAL = re.compile("[一二三四五六七八九]")
_SEPARATORS = re.compile(r"[./、,_年月\-‐-―−]+")
_HAN = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_TIME = re.compile(r"(上午|下午|晚上|中午|凌晨|am|pm)?(\d{1,2})(?:[:.时点](\d{1,2}|半)?)?(?::\d{2}|分)?(am|pm)?")


def _parts(raw: Json) -> list[int]:
    """The numbers of a written date, e.g. 2026年3月5日 · 2026.3.5 · 20260305 · ２０２６／３／５."""
    typed = "".join(tidy.narrow(raw).split()).rstrip("日号")
    if _NUMERAL.search(typed) and "十" not in typed:
        typed = typed.translate(_HAN)
    typed = _SEPARATORS.sub("-", typed).strip("-")
    if not typed:
        return []
    if typed.isdecimal() and typed.isascii() and len(typed) in (6, 8):
        typed = "-".join((typed[:4], typed[4:6], typed[6:]))
    numbers = typed.strip("-").split("-")
    if not all([n.isdecimal() and n.isascii() and len(n) <= 4 for n in numbers]):
        raise Refused("date.form")
    if numbers and len(numbers[0]) != 4:
        raise Refused("date.year")
    return [int(n) for n in numbers]


def _real(year: int, month: int, day: int) -> str:
    if not 1 <= month <= 12:
        raise Refused("date.month", month=month)
    if not 1000 <= year <= 9999:
        raise Refused("date.year")
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise Refused("date.unreal", year=year, month=month, day=day) from None


def one_date(raw: Json) -> str | None:
    """An ISO date, or None for blank."""
    parts = _parts(raw)
    if not parts:
        return None
    if len(parts) != 3:
        raise Refused("date.form")
    return _real(parts[0], parts[1], parts[2])


def _within(field: Field, value: str) -> str:
    """Bounds that are written out; "today" is judged where today is known."""
    if isinstance(field.min, str) and field.min[0].isdecimal() and value < field.min:
        raise Refused("date.early", min=_both(field.min))
    if isinstance(field.max, str) and field.max[0].isdecimal() and value > field.max:
        raise Refused("date.late", max=_both(field.max))
    return value


def bound_problem(field: Field, value: Json, today: Json) -> Refused | None:
    """What is wrong with a date whose bound is "today"."""
    if not isinstance(value, str) or not isinstance(today, str):
        return None
    if field.max == "today" and value > today[:len(value)]:
        return Refused("date.late", max=_both(today))
    if field.min == "today" and value < today[:len(value)]:
        return Refused("date.early", min=_both(today))
    return None


def _both(bound: str) -> dict[str, str]:
    return {lang: show_any(bound, lang) for lang in ("zh", "en")}


def read_date(field: Field, raw: Json) -> str | None:
    """2026-11-22"""
    value = one_date(raw)
    return value and _within(field, value)


def read_month(field: Field, raw: Json) -> str | None:
    """2026-11"""
    parts = _parts(raw)
    if not parts:
        return None
    if len(parts) != 2:
        raise Refused("month.form")
    return _within(field, _real(parts[0], parts[1], 1)[:7])


def read_year(field: Field, raw: Json) -> int | None:
    """2026, a number that rules can reckon with."""
    typed = re.sub(r"\s|年度?$", "", tidy.narrow(raw))
    if not typed:
        return None
    if not re.fullmatch(r"[12]\d{3}", typed, re.ASCII):
        raise Refused("year.form")
    value = int(typed)
    if field.min is not None and value < int(field.min):
        raise Refused("year.early", min=field.min)
    if field.max is not None and value > int(field.max):
        raise Refused("year.late", max=field.max)
    return value


def read_range(field: Field, raw: Json) -> Json:
    """{from, to}, both days included."""
    if raw in (None, "", {}):
        return None
    if isinstance(raw, str):
        ends = re.split(r"\s*(?:至|到|~|～|—{1,2}|\bto\b|\s-\s)\s*", raw.strip())
        raw = dict(zip(("from", "to"), ends, strict=False)) if len(ends) == 2 else {"from": raw}
    if not isinstance(raw, Mapping) or set(raw) - {"from", "to"}:
        raise Refused("shape.map")
    start, end = (_end(raw, name) for name in ("from", "to"))
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise Refused("range.half", at="/from" if start is None else "/to")
    if end < start:
        raise Refused("range.order", at="/to")
    return {"from": _within(field, start), "to": _within(field, end)}


def _end(raw: Mapping[str, Json], name: str) -> str | None:
    try:
        return one_date(raw.get(name))
    except Refused as no:
        no.at = f"/{name}"
        raise


def read_time(field: Field, raw: Json) -> str | None:
    """08:30, from 8:30 · 8点半 · 下午3时 · 15.30 · 0830."""
    typed = re.sub(r"\s", "", tidy.narrow(raw)).lower()
    if not typed:
        return None
    if re.fullmatch(r"\d{4}", typed, re.ASCII):
        typed = f"{typed[:2]}:{typed[2:]}"
    found = _TIME.fullmatch(typed)
    if not found or (typed.isdecimal() and len(typed) > 2):
        raise Refused("time.form")
    half = found[1] or found[4] or ""
    hour, minute = int(found[2]), 30 if found[3] == "半" else int(found[3] or 0)
    if half in ("下午", "晚上", "pm") and hour < 12:
        hour += 12
    if half in ("am", "凌晨") and hour == 12:
        hour = 0
    if hour > 23 or minute > 59:
        raise Refused("time.unreal")
    return _within(field, f"{hour:02}:{minute:02}")


def show_any(value: str, lang: str) -> str:
    """2026年11月22日 / 22 Nov 2026 · 2026年11月 / Nov 2026 · 08:30."""
    if ":" in value:
        return value
    year, month, *day = value.split("-")
    if lang == "zh":
        return f"{year}年{int(month)}月" + (f"{int(day[0])}日" if day else "")
    name = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[int(month) - 1]
    return (f"{int(day[0])} " if day else "") + f"{name} {year}"


def show_date(field: Field, value: str, lang: str) -> str:
    """See `show_any`."""
    return show_any(value, lang)


def show_year(field: Field, value: int, lang: str) -> str:
    """2026年 / 2026"""
    return f"{value}年" if lang == "zh" else str(value)


def show_range(field: Field, value: Mapping[str, str], lang: str) -> str:
    """2026年1月1日 至 2026年3月31日"""
    middle = " 至 " if lang == "zh" else " to "
    return middle.join(show_any(value[end], lang) for end in ("from", "to"))


_RANGE = Type("map", fields={"from": Type("date"), "to": Type("date")})

KINDS = {
    "date": Kind(read_date, show_date, type=lambda spec: Type("date"),
                 options={"autocomplete": "token", "prefill": "source"}),
    "month": Kind(read_month, show_date),
    "year": Kind(read_year, show_year, type=lambda spec: Type("int")),
    "date_range": Kind(read_range, show_range, type=lambda spec: _RANGE),
    "time": Kind(read_time, show_date, type=lambda spec: Type("time")),
}
