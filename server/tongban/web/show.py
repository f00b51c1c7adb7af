"""How values look to people: dates, deadlines, amounts, masked numbers. Pure; the language is given."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
_DAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def moment(instant: str) -> datetime:
    """An instant of ours on the clock of Shanghai."""
    return datetime.fromisoformat(instant.replace("Z", "+00:00")).astimezone(SHANGHAI)


def day(value: str, lang: str, week: bool = True) -> str:
    """2026年11月22日 (周日); an instant gives its day in Shanghai."""
    if not value:
        return ""
    when = moment(value).date() if "T" in value else date.fromisoformat(value)
    if lang == "zh":
        return f"{when.year}年{when.month}月{when.day}日" + (f" (周{_DAYS['zh'][when.weekday()]})" if week else "")
    return when.strftime(f"{_DAYS['en'][when.weekday()] + ', ' if week else ''}{when.day} %b %Y")


def short_day(value: str, lang: str, today: str = "") -> str:
    """11月22日, with the year where it is another one."""
    if not value:
        return ""
    when = moment(value).date() if "T" in value else date.fromisoformat(value)
    if today and str(when.year) != today[:4]:
        return day(when.isoformat(), lang, week=False)
    return f"{when.month}月{when.day}日" if lang == "zh" else when.strftime(f"{when.day} %b")


def instant(value: str, lang: str) -> str:
    """2026年11月22日 08:30"""
    return f"{day(value, lang, week=False)} {moment(value):%H:%M}" if value else ""


def clock(value: str) -> str:
    """08:30"""
    return f"{moment(value):%H:%M}" if value else ""


def today(now: str) -> str:
    """The day in Shanghai."""
    return moment(now).date().isoformat()


def mask(value: str, head: int = 4, tail: int = 4) -> str:
    """3702********0180"""
    return value if len(value) <= head + tail else value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


def days_between(start: str, end: str) -> int:
    """Calendar days from one instant to another, on the clock of Shanghai."""
    return (moment(end).date() - moment(start).date()).days


def utc(instant_: str) -> datetime:
    """For <time datetime>."""
    return datetime.fromisoformat(instant_.replace("Z", "+00:00")).astimezone(UTC)
