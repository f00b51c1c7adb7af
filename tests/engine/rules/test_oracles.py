"""Where the profile agrees with CEL, two implementations of CEL give the same values; their errors are unknown."""

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from tongban.engine.model import Type
from tongban.engine.problem import EngineError
from tongban.engine.rules import Scope, check

pytestmark = pytest.mark.slow

TYPES = {"i": Type("int"), "j": Type("int"), "b": Type("bool"), "c": Type("bool"), "s": Type("string"),
         "t": Type("string"), "xs": Type("list", item=Type("int")), "ys": Type("list", item=Type("string"))}
SCOPE = Scope({name: (name, kind) for name, kind in TYPES.items()}, builtins={})
WHOLE = st.one_of(st.integers(-3, 5), st.sampled_from([2 ** 53 - 1, -(2 ** 53) + 1, 3037000500]))
TEXTS = st.sampled_from(["", "a", "ab", "中", "a中", "𠮷b", "\uffee"])
RECORDS = st.lists(st.fixed_dictionaries({
    "i": WHOLE, "j": WHOLE, "b": st.booleans(), "c": st.booleans(), "s": TEXTS, "t": TEXTS,
    "xs": st.lists(WHOLE, max_size=4), "ys": st.lists(TEXTS, max_size=3)}), min_size=1, max_size=6)

SHAPES = {
    "int": ["i", "j", "0", "3", "-7", "0x1F", "({int} + {int})", "({int} - {int})", "(i * {int})",
    "({int} % {int})", "-(i)",
            "size({text})", "{text}.size()", "size(xs)", "xs[{int}]", "({bool} ? {int} : {int})",
            "size(xs + [i, j])",
            "size(xs.filter(x, x > i))", "xs.map(x, x + 1)[0]", "xs.map(x, x > 0, x - 1)[1]", "(9007199254740991 * i)"],
    "bool": ["b", "c", "true", "false", "({int} < {int})", "({int} == {int})", "({int} >= {int})", "({text} < {text})",
             "({text} == {text})", "({bool} && {bool})", "({bool} || {bool})", "!{bool}", "({bool} ? {bool} : {bool})",
             "(i in xs)", "(s in ys)", "(j in [1, 2, i])", "{text}.contains({text})", "{text}.startsWith({text})",
             "{text}.endsWith({text})", "xs.all(x, {row})", "xs.exists(x, {row})", "xs.exists_one(x, x > j)",
             "(xs == [i, j])",
             "ys.exists(y, y != s && xs.all(x, x > size(y)))"],
    "row": ["x > 0", "x % i == 0", "(x > 1 || {bool})", "x + j != {int}"],
    "text": ["s", "t", "''", "'a'", "'中\\u4e2d'", "r'\\n'", "({text} + {text})",
             "({bool} ? {text} : {text})", "ys[0]"],
}


@st.composite
def sources(draw, kind, depth=3):
    shapes = [shape for shape in SHAPES[kind] if depth or "{" not in shape]
    shape = draw(st.sampled_from(shapes))
    parts = shape.split("{")
    text = parts[0]
    for part in parts[1:]:
        inner, _, rest = part.partition("}")
        text += draw(sources(inner, depth - 1)) + rest
    return text


ANY = st.sampled_from(["bool", "int", "text"]).flatmap(sources)
SETTINGS = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def bufbuild(node_script):
    return node_script("tests/pwa/cel_oracle.mjs", "@bufbuild/cel")


@SETTINGS
@given(source=ANY, records=RECORDS)
def test_the_values_are_those_of_bufbuild_cel(bufbuild, source, records):
    expr = within(source)
    for record, other in zip(records, bufbuild.ask({"source": source, "envs": records}), strict=True):
        same(source, record, expr.run(dict(record)), other.get("value"))


@pytest.fixture(scope="module")
def google():
    """Google's C++ implementation; its module checks types itself."""
    from cel_expr_python import cel
    kinds = {"int": cel.Type.INT, "bool": cel.Type.BOOL, "string": cel.Type.STRING}
    lists = {"int": cel.Type("list<int>"), "string": cel.Type("list<string>")}
    return cel.NewEnv(variables={
        name: lists[kind.item.kind] if kind.item else kinds[kind.kind] for name, kind in TYPES.items()})


@SETTINGS
@given(source=ANY, records=RECORDS)
def test_the_values_are_those_of_cel_cpp(google, source, records):
    expr, compiled = within(source), google.compile(source)
    for record in records:
        found = compiled.eval(data=record)
        failed = "ERROR" in str(found.type()).upper()
        same(source, record, expr.run(dict(record)), None if failed else found.value())


def within(source):
    """The rule compiled, or no example where it nests lists deeper than the profile goes."""
    try:
        return check(source, SCOPE)
    except EngineError as refused:
        if [problem.code for problem in refused.problems] != ["rules.nested"]:
            raise
        reject()


def same(source, record, ours, theirs):
    if isinstance(ours, int) and abs(ours) > 2 ** 53 and isinstance(theirs, (int, float)):
        theirs, ours = float(theirs), float(ours)       # JSON of the other side is a double there
    assert ours == theirs, f"{source}\n{record}\nours {ours!r}, theirs {theirs!r}"
