"""Hostile and broken rules are refused with little work, with a problem and never another exception."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.effort import effort

from tongban.engine.model import Type
from tongban.engine.problem import EngineError
from tongban.engine.rules import Scope, check, explain, parse, to_sql

SCOPE = Scope({"n": ("n", Type("int")), "b": ("b", Type("bool")), "s": ("s", Type("string")),
               "m": ("m", Type("decimal", 2)), "d": ("d", Type("date")),
               "rows": ("rows", Type("list", item=Type("map", fields={"n": Type("int")})))})
DEEP = 100_000
HOSTILE = {
    "brackets without end": "(" * DEEP, "brackets within the length": "(" * 3999,
    "closed brackets": "(" * 1000 + "n" + ")" * 1000,
    "lists in lists": "[" * 1500 + "]" * 1500, "calls in calls": "size(" * 700, "not": "!" * 3999 + "b",
    "minus": "-" * 3999 + "n",
    "branches": "b ? n : " * 490 + "n", "branches in branches": "b ? " * 900 + "n", "a long sum": "n + " * 990 + "n",
    "a long difference": "n - " * 990 + "n", "a long product": "n * " * 990 + "n", "a long and": "b && " * 790 + "b",
    "fields of fields": "s" + ".s" * 1990, "indexes": "rows" + "[0]" * 1300, "methods": "s" + ".size()" * 560,
    "macros in macros": "rows.all(r, " * 300 + "b" + ")" * 300, "10,000 digits": "9" * 10_000 + " > n",
    "3,900 digits": "9" * 3900 + " > n",
    "an exponent": "1e999999999 > n", "a fraction": "0." + "1" * 3900 + " > n",
    "a large exponent": "1e" + "9" * 3900 + " > n",
    "NaN": "NaN > n", "Infinity": "Infinity > n",
    "quotes": "'" * 3999, "open quotes": "\"a'" * 1300, "backslashes": "'" + "\\" * 3997,
    "a NUL": "n > 1\x00", "a lone surrogate": "s == '\\ud800'", "too large a character": "s == '\\U00110000'",
    "10 MB": "n > 1 || " * (10 * 2 ** 20 // 9), "a comment only": "// nothing", "blank": "  \n ",
    "full width": "ｎ ＞ １",
    "a big list": "n in [" + "1," * 1900 + "1]", "many arguments": "min(" + "1," * 1900 + "1) > 0",
    "a quote in a name": "n' == 1",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_rule_is_refused_at_once(name):
    check("n > 1", SCOPE)       # the parser is built on first use

    def refuse():
        with pytest.raises(EngineError) as caught:
            check(HOSTILE[name], SCOPE, Type("bool"))
        return caught
    caught, events = effort(refuse)
    assert events < 20_000      # the first of a process fills caches
    assert all(problem.code.startswith("rules.") for problem in caught.value.problems)
    assert len(json.dumps([problem.as_json() for problem in caught.value.problems])) < 2000


@pytest.mark.parametrize("source", [None, 5, True, ["n"], {"expr": "n"}, b"n"])
def test_what_is_no_text_is_refused(source):
    with pytest.raises(EngineError, match="no_text"):
        parse(source)


PIECES = st.sampled_from([
    "n", "b", "s", "m", "d", "rows", "r", "r.n", "(", ")", "[", "]", ",", ".", "?", ":", "&&", "||", "!", "-", "+",
    "*", "/", "%",
    "<", "==", "in", "'a'", "'", '"', "1", "2.5", "true", "null", ".all(r, ", ".map(", "size(", "has(",
    "sum(rows, r, ", "div(",
    "age(", "today", "deadline(", "'days'",
    "register('x', ", "in_state('a')", "b'x'", "1u", "{", "}", "\\", "\n",
    "//", "中", "#r", "$fact"])


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=25).map(" ".join), st.text(max_size=60)))
def test_no_text_breaks_the_checker(source):
    try:
        expr = check(source, SCOPE)
    except EngineError:
        return
    json.dumps(expr.ast)
    expr.run({})
    explain(expr, {})
    with suppress(EngineError):
        to_sql(expr.ast, "sqlite", {name: name for name in SCOPE.names})


def deepest():
    """The largest rules that every bound lets through, the depth that SQLite reads among them."""
    yield "(" * 32 + "b" + ")" * 32
    yield "!" * 30 + "b"
    yield " && ".join(["b"] * 200)
    yield "b ? n : " * 11 + "n"
    yield "rows.all(r, rows.exists(q, q.n > r.n))"


@pytest.mark.parametrize("source", list(deepest()))
def test_what_the_bounds_let_through_runs_on_every_side(source, javascript):
    import sqlite3
    expr = check(source, SCOPE)
    env = {"b": True, "n": 1, "rows": [{"n": 1}, {"n": 2}]}
    explain(expr, env)
    value = expr.run(dict(env))
    assert javascript.ask({"tree": expr.ast, "envs": [env]}) == [value]
    columns = {"b": "1", "n": "1", "rows": """'[{"n": 1}, {"n": 2}]'"""}
    database = sqlite3.connect(":memory:")
    assert database.execute("SELECT " + to_sql(expr.ast, "sqlite", columns)).fetchone()[0] == value
    database.close()
