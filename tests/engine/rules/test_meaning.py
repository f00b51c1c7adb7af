"""What rules mean, case by case, on Python and on the phone: three values, exact numbers, dates, order of texts."""

import random
from datetime import date

import pytest

from tongban.engine.model import Type
from tongban.engine.rules import Scope, check, compile_python, dates

ROW = Type("map", fields={"n": Type("int"), "ok": Type("bool")})
SCOPE = Scope({"a": ("a", Type("bool")), "b": ("b", Type("bool")), "n": ("n", Type("int")),
               "m": ("m", Type("decimal", 2)), "s": ("s", Type("string")), "t": ("t", Type("string")),
               "d": ("d", Type("date")),
               "ns": ("ns", Type("list", item=Type("int"))), "rows": ("rows", Type("list", item=ROW))})
T, F, U = True, False, None


def both(javascript, source, env):
    expr = check(source, SCOPE)
    other, = javascript.ask({"tree": expr.ast, "envs": [env]})
    value = expr.run(dict(env))
    other = int(other["big"]) if isinstance(other, dict) else other
    assert (type(value), value) == (type(other), other), source
    return value


@pytest.mark.parametrize(("a", "b", "conjunction", "disjunction"), [
    (T, T, T, T), (T, F, F, T), (T, U, U, T), (F, T, F, T), (F, F, F, F), (F, U, F, U), (U, T, U, T), (U, F, F, U),
    (U, U, U, U),
])
def test_logic_has_three_values(javascript, a, b, conjunction, disjunction):
    env = {"a": a, "b": b}
    assert both(javascript, "a && b", env) is conjunction
    assert both(javascript, "a || b", env) is disjunction
    assert both(javascript, "!(a && b)", env) is (None if conjunction is None else not conjunction)
    assert both(javascript, "a ? b : !b", env) is (None if a is None or b is None else b if a else not b)


@pytest.mark.parametrize(("ns", "results"), [
    ([1, 2], [T, T, F, T, 3, 1]), ([0, 2], [F, T, T, F, 2, 0]), ([0], [F, F, F, F, 0, 0]), ([], [T, F, F, F, 0, U]),
    (U, [U, U, U, U, U, U]), ([1, U], [U, T, U, T, U, U]), ([0, U], [F, U, U, U, U, U]), ([U], [U, U, U, U, U, U]),
    ([1, 2, U], [U, T, F, T, U, U]),
])
def test_lists_have_three_values(javascript, ns, results):
    env = {"ns": ns}
    found = [both(javascript, source, env) for source in (
        "ns.all(x, x > 0)", "ns.exists(x, x > 0)", "ns.exists_one(x, x > 0)", "1 in ns", "sum(ns)", "min(ns)")]
    assert found == results
    assert both(javascript, "ns.all(x, x + 0 > 0)", env) is results[0]      # not the short cut for constants


@pytest.mark.parametrize(("source", "env", "value"), [
    ("1 in ns", {"ns": []}, F), ("n in ns", {"ns": []}, F), ("n in ns", {"ns": [1]}, U), ("n in [1, 2]", {"n": 2}, T),
    ("known(n)", {}, F), ("known(n)", {"n": 0}, T), ("has(s)", {"s": ""}, T), ("ns[0]", {"ns": []}, U),
    ("ns[n]", {"ns": [4], "n": -1}, U),
    ("rows[0].n", {"rows": [{"n": 5}]}, 5), ("rows[0].n", {"rows": [U]}, U), ("ns == [1, 2]", {"ns": [1, U]}, U),
    ("ns == [1, 2]", {"ns": [3, U]}, F),
    ("ns == [1, 2]", {"ns": [1]}, F), ("ns != [1, 2]", {"ns": [1, 2]}, F),
    ("size(ns.map(x, x > 1))", {"ns": [U, 1]}, 2),
    ("size(ns.filter(x, x > 1))", {"ns": [U, 1]}, U), ("count(ns, x, x > 1)", {"ns": [0, 2, 3]}, 2),
    ("sum(ns.map(x, x > 1, x * 2))", {"ns": [1, 2, 3]}, 10),
    ("rows.exists(x, rows.all(y, y.n <= x.n) && x.ok)", {"rows": [{"n": 1, "ok": F}, {"n": 2, "ok": T}]}, T),
    ("ns.exists(x, ns.exists(x, x > 2) && x < 2)", {"ns": [1, 3]}, T),    # the inner x hides the outer one
    # numbers
    ("7 % 3", {}, 1), ("-7 % 3", {}, -1), ("7 % -3", {}, 1), ("7 % 0", {}, U), ("n * n", {"n": 2 ** 53 - 1}, U),
    ("n * 1000", {"n": 2 ** 53 - 1}, (2 ** 53 - 1) * 1000), ("n + n + n", {"n": 2 ** 53 - 1}, 3 * (2 ** 53 - 1)),
    ("n - 1 - n", {"n": -(2 ** 53) + 1}, -1),
    ("n * 1024 * 1 == n * 1024", {"n": 2 ** 53 - 1}, T), ("0 * -5", {}, 0), ("-n", {"n": 0}, 0),
    ("abs(n)", {"n": -3}, 3),
    ("div(1, 8, 2)", {}, 13), ("div(-1, 8, 2)", {}, -13), ("div(1, 3, 2)", {}, 33),
    ("div(m, n, 0)", {"m": 250, "n": 1}, 3), ("div_up(-7, 2)", {}, -3),
    ("div_up(7, 2)", {}, 4), ("round_to(m, 0)", {"m": 249}, 2), ("round_to(m, 0)", {"m": -250}, -3),
    ("round_to(m, 1)", {"m": 245}, 25),
    ("m * 0.035 == 0.07", {"m": 200}, T), ("m + 0.1 == 0.3", {"m": 20}, T), ("m == 2", {"m": 200}, T),
    ("max(m, 3, 2.5)", {"m": 200}, 300),
    # texts
    ("s < t", {"s": "\uffee", "t": "𠮷"}, T), ("s < t", {"s": "𠮷", "t": "𠮷a"}, T), ("s < t", {"s": "a𠮷",
    "t": "a"}, F), ("s > t", {"s": "𠮷b", "t": "𠮷a"}, T),
    ("size(s)", {"s": "𠮷中a"}, 3), ("s.substring(0, 1)", {"s": "𠮷中"}, "𠮷"), ("s.substring(1)", {"s": "𠮷中"}, "中"),
    ("s.substring(1, 5)", {"s": "ab"}, U),
    ("s.substring(2, 1)", {"s": "abc"}, U), ("s + t", {"s": "a"}, U), ("s.contains('')", {"s": ""}, T),
    ("s.endsWith('中')", {"s": "a中"}, T),
    # dates
    ("add_months(d, 1)", {"d": "2026-01-31"}, "2026-02-28"), ("add_years(d, 1)", {"d": "2024-02-29"}, "2025-02-28"),
    ("term_end(d, 6)", {"d": "2026-08-31"}, "2027-02-28"),
    ("age(d, date('2022-02-28'))", {"d": "2004-02-29"}, 18), ("d > '2026-01-01'", {"d": "2026-01-02"}, T),
    ("weekday(d)", {"d": "2026-11-22"}, 7),
    ("date(now)", {"now": "2026-11-22T16:00:00Z"}, "2026-11-23"),
    ("days_between(today, now)", {"today": "2026-11-22", "now": "2026-11-22T16:00:00Z"}, 1),
    ("deadline(d, 1, 'days')", {"d": "2026-11-23"}, "2026-11-24T15:59:59Z"),
    ("add_working_days(d, 1)", {"d": "2026-11-23"}, U),
    # what only the engine knows
    ("in_state('x')", {}, U), ("outcome_of('x') == 'approved'", {}, U),
    ("parameter('p') > 1", {"today": "2026-01-01", "case_scope": "1"}, U),
])
def test_a_rule_gives(javascript, source, env, value):
    scope_less = source.startswith("parameter")
    found = both(javascript, source, env) if not scope_less else check(
        source, Scope(parameters={"p": Type("int")})).run(dict(env))
    assert (type(found), found) == (type(value), value)


def test_the_engine_answers_for_states_and_facts():
    scope = Scope({"s": ("s", Type("string"))}, registers={"r": {"limit": Type("decimal", 2)}}, states=frozenset({"x"}))
    asked = []

    def fact(*key):
        asked.append(key)
        return {"limit": 700} if key[0] == "register" else 3
    env = {"s": "k", "now": "2026-01-02T00:00:00Z", "submitted_at": "2026-01-01T00:00:00Z", "$fact": fact,
           "$in_state": lambda state: state == "x", "$outcome_of": lambda state: "approved"}
    assert check("in_state('x') && outcome_of('x') == 'approved'", scope).run(env) is True
    env["today"] = "2026-01-05"
    assert check("in_register('r', s) && register('r', s, today).limit == 7", scope).run(env) is True
    assert check("count_cases('w', 'f', s, 'open') + count_other('s', s) == 6", scope).run(env) is True
    assert asked == [("register", "r", "k", "2026-01-01T00:00:00Z"), ("register", "r", "k", "2026-01-05T15:59:59Z"),
                     ("count", "w", "f", "k", "open"), ("count_other", "s", "k", "all")]


def test_a_fact_is_not_asked_for_with_an_unknown_key():
    asked = []
    env = {"now": "2026-01-02T00:00:00Z", "$fact": lambda *key: asked.append(key)}
    scope = Scope({"s": ("s", Type("string"))}, registers={"r": {}})
    assert check("in_register('r', s)", scope).run(env) is None
    assert asked == []


EDGES = ["0001-01-01", "9999-12-31", "2026-02-30", "x", "2000-02-29", "1900-03-01", "0000-01-01", "9999-12-01",
"2024-02-29",
         "2023-02-28", "2024-03-31", "2024-01-31", "2026-12-31"]
AMOUNTS = [0, 1, -1, 3, 12, -13, 100, 5000, 10 ** 7, -(10 ** 6), 25]
WITH_AMOUNT = ("add_days", "add_months", "add_years", "term_end")
WITH_TWO = ("days_between", "months_between", "years_between")
WITH_ONE = ("year", "month", "day", "weekday", "month_start", "month_end", "start_of_day", "end_of_day", "date")


def dated(draw):
    """A tree that calls one date function on random, often awkward, arguments."""
    def day():
        return draw.choice(EDGES) if draw.random() < 0.4 else date.fromordinal(draw.randint(1, 3652059)).isoformat()

    def moment():
        return f"{day()}T{draw.randint(0, 23):02d}:{draw.randint(0, 59):02d}:00Z"
    name = draw.choice([*WITH_AMOUNT, *WITH_TWO, *WITH_ONE, "date", "deadline", "deadline"])
    if name in WITH_AMOUNT:
        args = [day(), draw.choice(AMOUNTS)]
    elif name in WITH_TWO:
        args = [day(), day()]
    elif name == "deadline":
        args = [draw.choice([day, moment])(), draw.choice([0, 1, 5, 30, -3, 10 ** 9]), draw.choice(dates.UNITS)]
    else:
        args = [moment() if name == "date" and draw.random() < 0.7 else day()]
    return [name, *(["lit", arg] for arg in args)]


def test_every_date_function_is_the_same_on_the_phone(javascript):
    draw = random.Random(2026)
    trees = [dated(draw) for _ in range(6000)]
    for start in range(0, len(trees), 500):
        part = trees[start:start + 500]
        wanted = [compile_python(tree)({}) for tree in part]
        found, = javascript.ask({"tree": ["list", *part], "envs": [{}]})
        assert found == wanted


def test_what_a_tree_still_needs_is_known_on_the_phone(javascript):
    expr = check("a && ns.all(x, x > n)", SCOPE)
    envs = [{"a": True}, {"n": 1, "ns": []}]
    assert javascript.ask({"tree": expr.ast, "envs": envs, "ask": "missing"}) == [["ns", "n"], ["a"]]
