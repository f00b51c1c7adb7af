"""SQL carries no literal unquoted, says what it cannot compute, and is three-valued where the obvious form is not."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.engine.model import Type
from tongban.engine.problem import EngineError
from tongban.engine.rules import Scope, check, literal, to_sql

SCOPE = Scope({"s": ("s", Type("string")), "n": ("n", Type("int")), "years": ("years", Type("list", item=Type("int"))),
               "d": ("d", Type("date")), "now": ("now", Type("datetime"))}, registers={"x": {"k": Type("string")}},
              states=frozenset({"draft"}))


def select(sql, **values):
    with closing(sqlite3.connect(":memory:")) as database:
        inner = ", ".join(f'? AS "{name}"' for name in values) or "1"
        return database.execute(f"SELECT {sql} FROM (SELECT {inner})", list(values.values())).fetchone()[0]


def sql(source, dialect="sqlite", **columns):
    return to_sql(check(source, SCOPE).ast, dialect, columns or {name: f'"{name}"' for name in SCOPE.names})


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_a_text_is_quoted_whatever_it_holds(text):
    assert select(literal(text, "sqlite")) == text
    written = "r'''" + text + "'''" if "'" not in text and "\\" not in text and "\r" not in text else None
    if written:
        assert select(sql(f"s == {written}"), s=text) == 1


@pytest.mark.postgres
@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_a_text_is_quoted_for_postgresql_whatever_it_holds(postgres, text):
    assert postgres.execute("SELECT " + literal(text, "postgresql")).fetchone()[0] == text


@pytest.mark.parametrize("attack", ["'; DROP TABLE firm; --", "' OR 1=1 --", "\\'; --", "''''", "$$x$$", "%s",
":name", "{a}"])
def test_an_attack_in_a_literal_stays_a_text(attack):
    escaped = attack.replace("\\", "\\\\").replace("'", "\\'")
    source = f"s == '{escaped}'"
    assert select(sql(source), s=attack) == 1
    assert select(sql(source), s="other") == 0


@pytest.mark.parametrize("value", [2.5, float("nan"), b"x", object(), "a\0b", ["x"]])
def test_what_cannot_be_a_literal_is_refused(value):
    with pytest.raises(EngineError, match="not_in_sql"):
        literal(value, "sqlite")


@pytest.mark.parametrize("source", [
    "in_state('draft')", "in_register('x', s)", "working_days_between(d, d) > 1", "years[0] > 1",
    "size(years + years) > 1",
    "years.filter(y, y > 1) == [1]", "size(years.map(y, y + 1)) > 1", "deadline(now, 5, 'days') > now", "years == [1]",
])
def test_what_sql_cannot_compute_is_said(source):
    with pytest.raises(EngineError) as caught:
        sql(source)
    assert {p.code for p in caught.value.problems} == {"rules.not_in_sql"}


def test_a_name_without_column_is_said():
    with pytest.raises(EngineError, match="no_column"):
        sql("n > 1", s='"s"')


@pytest.mark.parametrize(("years", "value"), [
    ("[1, 2]", 1), ("[1, 0]", 0), ("[1, null]", None), ("[0, null]", 0), ("[]", 1), (None, None),
])
def test_all_is_three_valued(years, value):
    assert select(sql("years.all(y, y > 0)"), years=years) == value


def test_constants_that_cannot_be_computed_are_unknown_and_no_error():
    for source in ("div(1, 0, 2) > 1", "(5 % 0) == 1", "9007199254740991 * 9007199254740991 > 1"):
        assert select(sql(source), n=1) is None


@pytest.mark.postgres
@pytest.mark.parametrize("source", [
    "div(1, 0, 2) > 1", "(5 % 0) == 1", "9007199254740991 * 9007199254740991 > 1",
    "'abc'.substring(5, 9007199254740991) == ''",
    "add_days(date('2026-01-01'), 9007199254740991) > d", "add_years(date('2026-01-01'), -9007199254740991) > d",
])
def test_postgresql_does_not_fail_on_constants(postgres, source):
    text = sql(source, "postgresql", d="'2026-01-01'")
    assert postgres.execute(f"SELECT {text}").fetchone()[0] is None


NESTED = {
    "s": ["(n > 1 ? {} : s)", "({} + s)", "{}.substring(0, n)", "min({}, s)"],
    "b": ["!{}", "({} && n > 1)", "({} == (n > 1))", "years.all(y, y > 0 && {})", "({} in [true, n > 1])", "known({})",
          "years.exists(y, {})"],
    "n": ["({} - n)", "({} * n)", "div({}, n, 2)", "div_up(n, {})", "abs({})", "max({}, n)", "-({})", "({} % n)",
          "sum(years, y, y + {})", "days_between(d, add_days(d, {}))", "age(d, add_months(d, {}))",
          "year(term_end(d, {}))", "month(month_end(add_years(d, {})))", "weekday(month_start(add_days(d, {})))",
          "size(s.substring(0, {}))", "(s.endsWith(s) ? {} : n)", "(s.contains(s.substring({})) ? 1 : 2)",
          "({} in [1, n] ? 1 : 2)", "({} in years ? 1 : 2)"],
    "d": ["add_months({}, n)", "add_years({}, n)", "add_days({}, n)", "term_end({}, n)", "month_end({})",
          "month_start({})", "(n > 1 ? d : {})", "add_months(d, months_between(d, {}))"],
}


@pytest.mark.parametrize(("inner", "shape"), [(inner, shape) for inner, shapes in NESTED.items() for shape in shapes])
def test_no_rule_is_nested_deeper_than_the_database_reads(inner, shape):
    """Each shape inside itself, and in turn with each other one, until it is refused: what was let through runs."""
    names = Scope({**SCOPE.names, "b": ("b", Type("bool"))})
    columns = {name: f'"{name}"' for name in names.names}
    for other in NESTED[inner]:
        source = inner
        for depth in range(60):
            source = (shape if depth % 2 else other).format(source)
            try:
                text = to_sql(check(source, names).ast, "sqlite", columns, where=inner == "b" and depth % 3 == 0)
            except EngineError:
                break
            with closing(sqlite3.connect(":memory:")) as database:
                rows = database.execute(f"SELECT 1 FROM (SELECT * FROM (SELECT 's' AS s, 1 AS n, '2026-01-01' AS d, "
                                        f"'[1]' AS years, 1 AS b) AS t WHERE {text}) AS u WHERE n = 1 AND ({text})")
                assert len(rows.fetchall()) < 2
        assert depth, (shape, other)
