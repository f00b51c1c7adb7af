"""The date functions in the two SQL dialects. Dates are texts such as 2026-11-22; {a}, {b} are the operands.

Each subquery names its operands once, so a nested expression does not grow with every use.
"""

from __future__ import annotations

# --- SQLite: date() knows no clamping to the month's end (I-02), so the day is put together by hand.

_FIRST = "date(x, 'start of month', y || ' months')"
_MONTHS = ("(SELECT CASE WHEN substr(x, 9) > substr(l, 9) THEN {clamped} ELSE {plain} END FROM (SELECT x, f, "
           "date(f, '+1 month', '-1 day') AS l FROM (SELECT x, " + _FIRST + " AS f FROM (SELECT {a} AS x, {b} AS y))) "
           "AS q WHERE f BETWEEN '0001' AND '9999-13')")
_CORRESPONDING = "substr(f, 1, 8) || substr(x, 9)"


def _sqlite_months(amount: str, clamped: str = "l", plain: str = _CORRESPONDING) -> str:
    return _MONTHS.replace("{clamped}", clamped).replace("{plain}", plain).replace("{b}", amount)


_COMPLETED = (
    "(SELECT sign * ((substr(hi, 1, 4) - substr(lo, 1, 4)) * 12 + substr(hi, 6, 2) - substr(lo, 6, 2) "
    "- (substr(hi, 9) < min(substr(lo, 9), "
    "coalesce(substr(date(hi, 'start of month', '+1 month', '-1 day'), 9), '31')))){years} FROM (SELECT "
    "min(x, y) AS lo, max(x, y) AS hi, CASE WHEN y < x THEN -1 ELSE 1 END AS sign "
    "FROM (SELECT {a} AS x, {b} AS y)) AS q)")

SQLITE_DATES = {
    "date": "date({a}, '+8 hours')",
    "start_of_day": "(date({a}, '-1 day') || 'T16:00:00Z')",
    "end_of_day": "({a} || 'T15:59:59Z')",
    "add_days": "(SELECT v FROM (SELECT date({a}, {b} || ' days') AS v) AS q WHERE v BETWEEN '0001' AND '9999-13')",
    "add_months": _sqlite_months("{b}"),
    "add_years": _sqlite_months("({b}) * 12"),
    "days_between": "CAST(julianday({b}) - julianday({a}) AS INTEGER)",
    "months_between": _COMPLETED.replace("{years}", ""),
    "years_between": _COMPLETED.replace("{years}", " / 12"),
    "term_end": _sqlite_months("{b}", plain=f"date({_CORRESPONDING}, '-1 day')"),
    "year": "CAST(substr({a}, 1, 4) AS INTEGER)",
    "month": "CAST(substr({a}, 6, 2) AS INTEGER)",
    "day": "CAST(substr({a}, 9, 2) AS INTEGER)",
    "weekday": "((strftime('%w', {a}) + 6) % 7 + 1)",
    "month_start": "(substr({a}, 1, 8) || '01')",
    "month_end": "date({a}, 'start of month', '+1 month', '-1 day')",
}

# --- PostgreSQL: adding months clamps by itself. It may compute constants before it looks at a CASE, so what leaves the
# years 1 to 9999 is first drawn back to their edge (t) and then made unknown.

_MONTH_MATH = (
    "(SELECT CASE WHEN t = m + y THEN {then} END FROM (SELECT x, y, m, t, "
    "(x + make_interval(months => (t - m)::int))::date AS v FROM (SELECT x, y, m, "
    "least(greatest(m + y, 12), 119999) AS t FROM (SELECT x, y, "
    "(extract(year FROM x) * 12 + extract(month FROM x) - 1)::bigint AS m "
    "FROM (SELECT {a}::date AS x, {b} AS y) AS q) AS p) AS o) AS n)")
_DAY_MATH = (
    "(SELECT CASE WHEN t = n + y THEN to_char(DATE '0001-01-01' + t::int, 'YYYY-MM-DD') END FROM (SELECT n, y, "
    "least(greatest(n + y, 0), 3652058) AS t FROM (SELECT ({a}::date - DATE '0001-01-01')::bigint AS n, {b} AS y) "
    "AS q) AS p)")
_SHOWN = "to_char(v, 'YYYY-MM-DD')"
_TERM = ("to_char(v - CASE WHEN extract(day FROM x) > extract(day FROM v) THEN 0 ELSE 1 END, 'YYYY-MM-DD')")


def _part(name: str, value: str = "{a}") -> str:
    return f"extract({name} FROM {value}::date)::bigint"


_PG_COMPLETED = (
    "(SELECT sign * ((extract(year FROM hi) - extract(year FROM lo)) * 12 + extract(month FROM hi) "
    "- extract(month FROM lo) - (extract(day FROM hi) < least(extract(day FROM lo), extract(day FROM "
    "date_trunc('month', hi) + interval '1 month -1 day')))::int)::bigint{years} FROM (SELECT CASE WHEN x <= y THEN x "
    "WHEN y < x THEN y END AS lo, CASE WHEN x <= y THEN y WHEN y < x THEN x END AS hi, "
    "CASE WHEN y < x THEN -1 ELSE 1 END AS sign FROM (SELECT {a}::date AS x, {b}::date AS y) AS q) AS p)")

POSTGRES_DATES = {
    "date": "to_char({a}::timestamp + interval '8 hours', 'YYYY-MM-DD')",
    "start_of_day": "(to_char({a}::date - 1, 'YYYY-MM-DD') || 'T16:00:00Z')",
    "end_of_day": "({a} || 'T15:59:59Z')",
    "add_days": _DAY_MATH,
    "add_months": _MONTH_MATH.replace("{then}", _SHOWN),
    "add_years": _MONTH_MATH.replace("{then}", _SHOWN).replace("{b}", "({b}) * 12"),
    "days_between": "({b}::date - {a}::date)::bigint",
    "months_between": _PG_COMPLETED.replace("{years}", ""),
    "years_between": _PG_COMPLETED.replace("{years}", " / 12"),
    "term_end": _MONTH_MATH.replace("{then}", _TERM),
    "year": _part("year"),
    "month": _part("month"),
    "day": _part("day"),
    "weekday": _part("isodow"),
    "month_start": "to_char(date_trunc('month', {a}::date), 'YYYY-MM-DD')",
    "month_end": "to_char(date_trunc('month', {a}::date) + interval '1 month -1 day', 'YYYY-MM-DD')",
}
