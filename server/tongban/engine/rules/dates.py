"""Dates, terms, ages and working days as the notices count them (I-02 to I-07, I-18). Pure: calendars are given.

Dates are "2026-11-22", instants "2026-11-22T00:30:00Z"; the day of an instant is taken in Asia/Shanghai. Functions that
rules call return None (unknown) for a value that is no date or for a result outside the years 1 to 9999.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from tongban.engine.model import Span

Calendar = Callable[[int], Mapping[str, Sequence[str]] | None]
"""year -> {"holidays": [weekdays off], "workdays": [worked weekends]}; None = that year's calendar is not loaded."""

SHANGHAI = timedelta(hours=8)
LONGEST = 20_000        # working days that are counted one by one; beyond it a date is out of reach
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_END = "T15:59:59Z"     # 23:59:59 in Shanghai, the same day in UTC


def as_date(value: object) -> date | None:
    """The date a string means, only in the form 2026-11-22."""
    if not isinstance(value, str) or len(value) != 10 or value[4] + value[7] != "--" or not value.isascii():
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def as_instant(value: object) -> datetime | None:
    """The moment a string means, only in the form 2026-11-22T00:30:00Z; without zone, counted in UTC."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value[:19])
    except ValueError:
        return None


def last_instant(value: str | None) -> str | None:
    """A deadline that a rule gives: an instant as it is; a date means the end of that day in Shanghai (I-04)."""
    return value if value is None or "T" in value else f"{value}T15:59:59Z"


def day_of(value: object) -> date | None:
    """The day of a date or instant."""
    moment = as_instant(value)
    if moment is None:
        return as_date(value)
    try:
        return (moment + SHANGHAI).date()
    except OverflowError:
        return None


def shift_months(day: date, months: int) -> tuple[date, bool] | None:
    """The corresponding day `months` later, and whether it had to be clamped to the month's end (I-02)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)), day.day > last


def shift_days(day: date, days: int) -> date | None:
    number = day.toordinal() + days
    return date.fromordinal(number) if 1 <= number <= date.max.toordinal() else None


# --- what rules call ---------------------------------------------------------------------------------------------

def date_of(instant: str) -> str | None:
    day = day_of(instant)
    return day.isoformat() if day else None


def end_of_day(day: str) -> str | None:
    """The last second of a day (I-04)."""
    return day + _END if as_date(day) else None


def start_of_day(day: str) -> str | None:
    """The first second of a day, which in UTC falls on the day before."""
    found = as_date(day)
    before = found and shift_days(found, -1)
    return f"{before.isoformat()}T16:00:00Z" if before else None


def add_days(day: str, days: int) -> str | None:
    start = as_date(day)
    moved = start and shift_days(start, days)
    return moved.isoformat() if moved else None


def add_months(day: str, months: int) -> str | None:
    start = as_date(day)
    moved = start and shift_months(start, months)
    return moved[0].isoformat() if moved else None


def add_years(day: str, years: int) -> str | None:
    return add_months(day, years * 12)


def days_between(first: str, second: str) -> int | None:
    start, end = as_date(first), as_date(second)
    return (end - start).days if start and end else None


def months_between(first: str, second: str) -> int | None:
    """Completed months; the last one is complete on the corresponding day, clamped to the month's end (I-02)."""
    start, end = as_date(first), as_date(second)
    if not start or not end:
        return None
    if end < start:
        return -_completed(end, start)
    return _completed(start, end)


def _completed(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    reached = min(start.day, monthrange(end.year, end.month)[1])
    return months - (end.day < reached)


def years_between(first: str, second: str) -> int | None:
    """Completed years; also an age (I-05: a 29 February birthday is reached on 28 February in common years)."""
    months = months_between(first, second)
    if months is None:
        return None
    return months // 12 if months >= 0 else -(-months // 12)


def term_end(start: str, months: int) -> str | None:
    """Last day of a term with both ends inclusive (I-07)."""
    first = as_date(start)
    moved = first and shift_months(first, months)
    if not moved:
        return None
    end, clamped = moved
    last = end if clamped else shift_days(end, -1)
    return last.isoformat() if last else None


def year(day: str) -> int | None:
    found = as_date(day)
    return found.year if found else None


def month(day: str) -> int | None:
    found = as_date(day)
    return found.month if found else None


def day(value: str) -> int | None:
    found = as_date(value)
    return found.day if found else None


def weekday(value: str) -> int | None:
    """1 = Monday … 7 = Sunday."""
    found = as_date(value)
    return found.isoweekday() if found else None


def month_start(value: str) -> str | None:
    found = as_date(value)
    return found.replace(day=1).isoformat() if found else None


def month_end(value: str) -> str | None:
    found = as_date(value)
    return found.replace(day=monthrange(found.year, found.month)[1]).isoformat() if found else None


# --- working days ------------------------------------------------------------------------------------------------

class Days:
    """Asks a calendar whether days are worked, and remembers whether some year's calendar was missing."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._years: dict[int, tuple[frozenset[str], frozenset[str]] | None] = {}
        self.provisional = False

    def works(self, day: date) -> bool:
        if day.year not in self._years:
            found = self._calendar(day.year)
            self._years[day.year] = None if found is None else (
                frozenset(found.get("holidays", ())), frozenset(found.get("workdays", ())))
        lists = self._years[day.year]
        weekend = day.isoweekday() > 5
        if lists is None:
            self.provisional = True
            return not weekend
        text = day.isoformat()
        return text in lists[1] or (not weekend and text not in lists[0])


def next_working_day(day: date, days: Days) -> date:
    """The day itself where it is worked, else the first worked day after it (I-03)."""
    while not days.works(day):
        moved = shift_days(day, 1)
        if moved is None:
            return day
        day = moved
    return day


def count_on(start: date, amount: int, days: Days) -> date | None:
    """The `amount`-th working day after `start`; before it where amount is negative. The first day is left out."""
    if abs(amount) > LONGEST:
        return None
    step = 1 if amount > 0 else -1
    day: date | None = start
    left = abs(amount)
    while left and day:
        day = shift_days(day, step)
        left -= day is not None and days.works(day)
    return day


def add_working_days(start: str, amount: int, calendar: Calendar) -> str | None:
    """Unknown where a calendar is missing: a rule does not guess (I-11)."""
    first = as_date(start)
    days = Days(calendar)
    moved = first and count_on(first, amount, days)
    return moved.isoformat() if moved and not days.provisional else None


def working_days_between(first: str, second: str, calendar: Calendar) -> int | None:
    """Working days after the first day, up to and with the second; negative the other way round."""
    start, end = as_date(first), as_date(second)
    if not start or not end or abs((end - start).days) > LONGEST:
        return None
    low, high = min(start, end).toordinal(), max(start, end).toordinal()
    days = Days(calendar)
    count = sum(days.works(date.fromordinal(number)) for number in range(low + 1, high + 1))
    if days.provisional:
        return None
    return count if end >= start else -count


def add_span(instant: str, span: Span, calendar: Calendar, *, roll: bool = True) -> tuple[str, bool]:
    """The moment a time limit ends, and whether it is provisional because a year's calendar was missing (I-18).

    Hours and minutes run on from the moment. Days of every kind leave out the first day and end at 23:59:59 Shanghai
    time of the last; where that is no working day it moves to the next one (I-03), unless `roll` is off (I-04, I-15).
    A limit beyond the year 9999 ends with that year.
    """
    moment, start = as_instant(instant), day_of(instant) or date.max
    if not moment:
        raise ValueError(f"not an instant: {instant!r}")
    if span.unit in ("hours", "minutes"):
        return _add_time(moment, span), False
    days = Days(calendar)
    last = _last_day(start, span, days) or date.max
    if roll and span.unit != "working_days":
        last = next_working_day(last, days)
    return last.isoformat() + _END, days.provisional


def _add_time(moment: datetime, span: Span) -> str:
    try:
        end = moment + timedelta(minutes=span.amount * (60 if span.unit == "hours" else 1))
    except OverflowError:
        end = datetime.max
    return end.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def _last_day(start: date, span: Span, days: Days) -> date | None:
    if span.unit == "working_days":
        return count_on(start, span.amount, days)
    if span.unit == "days":
        return shift_days(start, span.amount)
    moved = shift_months(start, span.amount * (12 if span.unit == "years" else 1))
    return moved[0] if moved else None


def deadline(start: str, amount: int, unit: str, calendar: Calendar) -> str | None:
    """`add_span` for rules: from a date or an instant. A missing calendar leaves weekends only (I-18)."""
    moment = start if as_instant(start) else start_of_day(start)
    if moment is None or unit not in UNITS:
        return None
    return add_span(moment, Span(amount, unit), calendar)[0]  # type: ignore[arg-type]  # one of UNITS


UNITS = ("working_days", "days", "months", "years", "hours", "minutes")
