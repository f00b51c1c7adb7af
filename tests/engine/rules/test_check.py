"""The checker knows names, types and scales, and says everything that is wrong at once."""

import re
from pathlib import Path

import pytest

from tongban import text
from tongban.engine import rules
from tongban.engine.model import Type
from tongban.engine.problem import EngineError
from tongban.engine.rules import Scope, check

MONEY = Type("decimal", 2)
ROW = Type("map", fields={"amount": MONEY, "name": Type("string"), "on": Type("date"), "n": Type("int")})
SCOPE = Scope(
    {"headcount": ("a.headcount", Type("int")), "a.headcount": ("a.headcount", Type("int")),
     "amount": ("a.amount", MONEY), "rate": ("a.rate", MONEY), "ok": ("a.ok", Type("bool")),
     "years": ("a.years", Type("list", item=Type("int"))), "rows": ("a.rows", Type("list", item=ROW)),
     "birth": ("a.birth", Type("date")), "kind": ("a.kind", Type("string", choices=("new", "old"))),
     "name": ("a.name", Type("string")), "data": ("data", Type("any")), "kinds": (
         "a.kinds", Type("list", item=Type("string", choices=("new", "old")))), "at": ("a.at", Type("time"))},
    registers={"listed": {"uscc": Type("string"), "limit": MONEY}}, parameters={"wage": MONEY},
    states=frozenset({"draft", "review"}))


def problems(source, want=None):
    with pytest.raises(EngineError) as caught:
        check(source, SCOPE, want)
    return caught.value.problems


def lit(source):
    return check(source, SCOPE).ast[2]


def test_a_literal_takes_the_scale_of_the_field():
    assert lit("amount <= 30000000") == ["lit", 3000000000, 2]
    assert lit("rate <= 3.8") == ["lit", 380, 2]
    assert lit("rate <= 3.80") == ["lit", 380, 2]


def test_a_finer_literal_lifts_the_field_instead():
    assert check("rate == 3.815", SCOPE).ast == ["==", ["up", ["name", "a.rate", "decimal", 2], 1], ["lit", 3815, 3]]


def test_multiplication_adds_scales():
    assert check("amount * rate", SCOPE).type == Type("decimal", 4)
    assert check("amount * 1.5 + 1", SCOPE).type == Type("decimal", 3)


def test_division_has_the_digits_it_is_asked_for():
    run = check("div(amount, headcount, 2)", SCOPE).run
    assert run({"a.amount": 1000, "a.headcount": 3}) == 333
    assert run({"a.amount": 1005, "a.headcount": 10}) == 101          # 1.005 goes up
    assert run({"a.amount": -1005, "a.headcount": 10}) == -101        # and away from zero
    assert run({"a.amount": 1000, "a.headcount": 0}) is None
    assert check("div(headcount, amount, 1)", SCOPE).run({"a.headcount": 1, "a.amount": 300}) == 3    # 1 / 3.00 = 0.3


def test_a_third_rounds_up():
    assert check("div_up(headcount, 3)", SCOPE).run({"a.headcount": 10}) == 4


def test_names_are_canonical():
    assert check("a.headcount > 1 && headcount < 5", SCOPE).names == {"a.headcount"}


@pytest.mark.parametrize(("source", "code", "params"), [
    ("headcont > 1", "unknown_name", {"near": "headcount"}),
    ("zzzz > 1", "unknown_name", {"name": "zzzz"}),
    ("rows.all(r, r.amont > 1)", "unknown_field", {"near": "amount"}),
    ("kind == 'nwe'", "unknown_choice", {"near": "new"}),
    ("kind in ['new', 'odl']", "unknown_choice", {"near": "old"}),
    ("'nwe' in kinds", "unknown_choice", {"near": "new"}),
    ("sizee(name) > 1", "unknown_function", {"near": "size"}),
    ("in_state('reveiw')", "unknown_state", {"near": "review"}),
    ("in_register('lsted', name)", "unknown_register", {"near": "listed"}),
    ("register('listed', name).limt > 1", "unknown_field", {"near": "limit"}),
    ("parameter('wge') > 1", "unknown_parameter", {"near": "wage"}),
    ("deadline(now, 5, 'workingdays') > now", "unknown_unit", {"near": "working_days"}),
    ("count_other('name', name, 'opened') > 1", "unknown_within", {"near": "open"}),
    ("count_other('nmae', name) > 1", "unknown_name", {"near": "name"}),
    ("amount > 'x'", "wrong_type", {}), ("headcount && ok", "wrong_type", {}), ("ok > false", "no_order", {}),
    ("birth < '2026-13-01'", "bad_literal", {}), ("now < '2026-01-01'", "bad_literal", {}),
    ("at < '8:30'", "bad_literal", {}), ("submitted_at < today", "date_and_moment", {}),
    ("birth + 1 > today", "date_sum", {}), ("amount / 2 > 1", "no_division", {}), ("ok ? 1 : 'a'", "wrong_type", {}),
    ("name.matches('a+')", "no_patterns", {}), ("known()", "arguments", {}), ("rows.all(1, true)", "no_variable", {}),
    ("rows.all(a, rows.all(b, rows.all(c, true)))", "nested", {"limit": 2}), ("headcount == 9007199254740993",
    "big_number", {}),
    ("amount == 90071992547409.93", "big_number", {}), ("div(1, 2, headcount) > 1", "no_digits", {}),
    ("in_state(name)", "not_quoted", {}), ("name.length > 1", "no_fields", {}),
    ("amount * amount * amount * amount * 0.01 > 1", "too_fine", {}),
    ("headcount == null", "null", {}), ("size(headcount) > 1", "wrong_type", {}), ("rows < rows", "no_order", {}),
    ("5.5 % 2 == 1", "wrong_type", {}), ("if > 1", "reserved", {}), ("", "unfinished", {}), ("a &&", "unfinished", {}),
    ("ok &| ok", "syntax", {"line": 1, "column": 4}), ("b'x' == b'x'", "not_in_profile", {}), ("'\\q' == name",
    "bad_escape", {}),
    ("'\\x00' == name", "bad_string", {}), ("1e-12 > 1", "fine_number", {}), ("x" * 4001, "too_long", {}),
])
def test_a_mistake_is_told_once_by_its_own_code(source, code, params):
    found = problems(source)
    assert [p.code for p in found] == ["rules." + code]
    assert params.items() <= found[0].params.items()
    for lang in text.LANGUAGES:
        sentence = text.problem(found[0], lang)
        assert sentence != found[0].code
        assert "{" not in sentence


def test_every_mistake_is_told_at_once():
    assert [p.params["name"] for p in problems("headcont > 1 && amont < 5 || nmae == 'a'")] == ["headcont", "amont",
            "nmae"]


def test_the_wanted_type_is_enforced():
    assert problems("headcount", Type("bool"))[0].code == "rules.wrong_type"
    assert problems("amount * rate", MONEY)[0].code == "rules.lossy"
    assert check("headcount", SCOPE, MONEY).ast == ["up", ["name", "a.headcount", "int"], 2]
    assert check("'2026-01-01'", SCOPE, Type("date")).type.kind == "date"
    assert problems("'soon'", Type("date"))[0].code == "rules.bad_literal"


def test_what_comes_from_outside_is_unknown_unless_it_is_of_the_promised_kind():
    run = check("register('listed', name).limit > 5", SCOPE).run
    env = {"a.name": "x", "now": "2026-01-01T00:00:00Z"}
    for row, result in (({"limit": 600}, True), ({"limit": 400}, False), ({"limit": "600"}, None), ({}, None),
            (False, None),
                        (None, None), ({"limit": True}, None)):
        assert run({**env, "$fact": lambda *key, row=row: row}) is result
    assert check("data.amount > 5", SCOPE).run({"data": {"amount": "9"}}) is None


def test_every_code_of_the_language_has_its_sentence():
    folder = Path(rules.__file__).parent
    source = "".join(path.read_text() for path in folder.glob("*.py"))
    codes = set(re.findall(r'(?:wrong|unknown|refuse)\(\s*"(?:rules\.)?(\w+)"', source))
    assert len(codes) > 30
    assert {f"rules.{code}" for code in codes} <= set(text.catalogue())
