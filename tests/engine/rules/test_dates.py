"""Dates, terms, ages and working days follow the binding interpretations I-02 to I-07 and I-18."""

import pytest

from tongban.engine.model import Span
from tongban.engine.rules import dates

# The official calendar of 2026.
YEAR = {
    "holidays": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-02-15", "2026-02-16", "2026-02-17", "2026-02-18",
                 "2026-02-19", "2026-02-20", "2026-02-21", "2026-02-22", "2026-02-23", "2026-04-04", "2026-04-05",
                 "2026-04-06", "2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04", "2026-05-05", "2026-06-19",
                 "2026-06-20", "2026-06-21", "2026-09-25", "2026-09-26", "2026-09-27", "2026-10-01", "2026-10-02",
                 "2026-10-03", "2026-10-04", "2026-10-05", "2026-10-06", "2026-10-07"],
    "workdays": ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"],
}


def calendar(year):
    return YEAR if year == 2026 else None


@pytest.mark.parametrize(("start", "months", "end"), [
    ("2026-09-01", 6, "2027-02-28"), ("2026-08-31", 6, "2027-02-28"), ("2027-03-01", 12, "2028-02-29"),
    ("2026-01-15", 1, "2026-02-14"), ("2027-01-31", 1, "2027-02-28"),
])
def test_an_inclusive_term_ends_the_day_before_unless_clamped(start, months, end):
    assert dates.term_end(start, months) == end


@pytest.mark.parametrize(("day", "months", "moved"), [
    ("2026-01-31", 1, "2026-02-28"), ("2028-01-31", 1, "2028-02-29"), ("2026-03-31", -1, "2026-02-28"),
    ("2026-12-31", 2, "2027-02-28"), ("2026-01-01", -12, "2025-01-01"), ("9999-12-01", 1, None),
    ("0001-01-01", -1, None),
])
def test_months_run_to_the_corresponding_day_or_the_month_end(day, months, moved):
    assert dates.add_months(day, months) == moved


@pytest.mark.parametrize(("birth", "on", "age"), [
    ("2004-02-29", "2022-02-27", 17), ("2004-02-29", "2022-02-28", 18), ("2004-02-29", "2024-02-28", 19),
    ("2004-02-29", "2024-02-29", 20), ("2010-11-22", "2026-11-21", 15), ("2010-11-22", "2026-11-22", 16),
    ("2026-11-22", "2026-11-22", 0), ("2026-11-23", "2025-11-22", -1),
])
def test_an_age_is_reached_on_the_birthday(birth, on, age):
    assert dates.years_between(birth, on) == age


def test_completed_months_are_counted_both_ways():
    assert dates.months_between("2026-01-31", "2026-02-28") == 1
    assert dates.months_between("2026-01-15", "2026-02-14") == 0
    assert dates.months_between("2026-02-14", "2025-01-15") == -12


@pytest.mark.parametrize("bad", ["2026-02-30", "2026-2-3", "20260203", "2026-W10-1", "", "２０２６-01-01", None, 5])
def test_what_is_no_date_is_unknown(bad):
    assert dates.as_date(bad) is None
    assert dates.add_days(bad, 1) is None
    assert dates.days_between("2026-01-01", bad) is None


def test_the_day_of_an_instant_is_shanghai_s():
    assert dates.date_of("2026-11-22T15:59:59Z") == "2026-11-22"
    assert dates.date_of("2026-11-22T16:00:00Z") == "2026-11-23"
    assert dates.start_of_day("2026-11-23") == "2026-11-22T16:00:00Z"
    assert dates.date_of(dates.start_of_day("2026-11-23")) == "2026-11-23"
    assert dates.date_of(dates.end_of_day("2026-11-23")) == "2026-11-23"


def test_working_days_skip_holidays_and_count_worked_weekends():
    assert dates.add_working_days("2026-09-30", 1, calendar) == "2026-10-08"
    assert dates.add_working_days("2026-09-30", 3, calendar) == "2026-10-10"
    assert dates.working_days_between("2026-09-30", "2026-10-10", calendar) == 3
    assert dates.working_days_between("2026-10-10", "2026-09-30", calendar) == -3
    assert dates.add_working_days("2026-10-08", -1, calendar) == "2026-09-30"


def test_a_year_without_calendar_is_unknown_to_a_rule():
    assert dates.add_working_days("2026-12-31", 1, calendar) is None
    assert dates.working_days_between("2026-12-31", "2027-01-04", calendar) is None
    assert dates.working_days_between("2026-12-30", "2026-12-31", calendar) == 1


@pytest.mark.parametrize(("unit", "amount", "end"), [
    ("working_days", 5, "2026-11-27T15:59:59Z"), ("working_days", 0, "2026-11-22T15:59:59Z"),
    ("days", 3, "2026-11-25T15:59:59Z"), ("days", 6, "2026-11-30T15:59:59Z"),   # 28 November is a Saturday
    ("months", 1, "2026-12-22T15:59:59Z"), ("hours", 2, "2026-11-22T02:30:00Z"),
    ("minutes", 90, "2026-11-22T02:00:00Z"),
])
def test_a_limit_ends_at_the_last_second_of_its_last_working_day(unit, amount, end):
    assert dates.add_span("2026-11-22T00:30:00Z", Span(amount, unit), calendar) == (end, False)


def test_a_limit_counts_from_the_shanghai_day():
    assert dates.add_span("2026-11-22T16:30:00Z", Span(1, "days"), calendar)[0] == "2026-11-24T15:59:59Z"


def test_a_limit_that_does_not_move_stays_on_the_weekend():
    assert dates.add_span("2026-11-22T00:30:00Z", Span(6, "days"), calendar, roll=False)[0] == "2026-11-28T15:59:59Z"


def test_a_limit_into_a_year_without_calendar_is_provisional():
    assert dates.add_span("2026-12-30T00:30:00Z", Span(5, "working_days"), calendar) == ("2027-01-06T15:59:59Z", True)
    assert dates.add_span("2026-12-22T00:30:00Z", Span(1, "months"), calendar) == ("2027-01-22T15:59:59Z", True)
    assert dates.deadline("2026-12-30", 5, "working_days", calendar) == "2027-01-06T15:59:59Z"


@pytest.mark.parametrize("unit", dates.UNITS)
def test_a_limit_without_end_stops_at_the_end_of_the_calendar(unit):
    assert dates.add_span("2026-11-22T00:30:00Z", Span(10 ** 30, unit), calendar)[0].startswith("9999-12-31")
