"""How each function of the language is checked and what it becomes in the typed tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tongban.engine.model import Type
from tongban.engine.rules.dates import UNITS
from tongban.engine.rules.scope import (
    ALIASES,
    ANY,
    BOOL,
    DATE,
    DATETIME,
    FUNCTIONS,
    INT,
    STRING,
    WITHIN,
)
from tongban.engine.rules.syntax import MAX_SCALE, Ast
from tongban.engine.rules.tree import LOST, Typed, cast, number
from tongban.engine.rules.words import WORDS

# One recursion in two files: an expression may be a call, and the arguments of a call are expressions, which are
# checked by the checker that is handed in. Only its name is needed here, and only by annotations.
if TYPE_CHECKING:
    from tongban.engine.rules.check import Checker

Call = Callable[["Checker", str, list[Ast]], Typed]


def arity(checker: Checker, name: str, args: list[Ast], least: int, most: int | None = None) -> bool:
    most = least if most is None else most
    if least <= len(args) <= most:
        return True
    checker.wrong("arguments", name=name, want=str(least) if least == most else f"{least}–{most}", found=len(args))
    return False


def listed(checker: Checker, tree: Ast) -> Typed:
    """An expression that must be a list, and the type of its members."""
    ast, kind = checker.visit(tree)
    if kind.kind == "any":
        return (ast, ANY) if (ast, kind) == LOST else (["as", "list", ast], ANY)
    if kind.kind != "list":
        checker.wrong("wrong_type", want=WORDS["list"], found=WORDS[kind.kind])
        return LOST
    return ast, kind.item or ANY


def quoted(checker: Checker, name: str, tree: Ast) -> str | None:
    """A name that must be written as text, so that it is known before the rule runs."""
    if tree[0] == "lit" and isinstance(tree[1], str):
        return tree[1]
    checker.wrong("not_quoted", name=name)
    return None


def plain(checker: Checker, name: str, args: list[Ast]) -> Typed:
    """A function of the table."""
    name = ALIASES.get(name, name)
    if name == "substring" and len(args) == 2:
        args = [*args, ["call", "size", args[0]]]
    function = FUNCTIONS[name]
    if not arity(checker, name, args, len(function.params)):
        return LOST
    parts = [argument(checker, name, want, tree) for want, tree in zip(function.params, args, strict=True)]
    if name == "date" and parts[0][1].kind == "date":
        return parts[0]
    return [name, *(part[0] for part in parts)], function.result


def argument(checker: Checker, name: str, want: str, tree: Ast) -> Typed:
    if want == "unit":
        unit = quoted(checker, name, tree)
        if unit is not None and unit not in UNITS:
            return checker.unknown("unknown_unit", unit, UNITS)
        return ["lit", unit], STRING
    typed = checker.visit(tree)
    if want == "moment" or name == "date":
        if typed[1].kind == "string" and typed[0][0] == "lit":
            return checker.fit(typed, DATETIME if len(typed[0][1]) > 10 else DATE)
        return typed if typed[1].kind in ("date", "datetime") else checker.fit(typed, DATETIME)
    return checker.fit(typed, Type(want))


def macro(checker: Checker, name: str, target: Ast, args: list[Ast]) -> Typed:
    """list.all(x, test) and its kin; map may take a test before what it makes."""
    if not arity(checker, name, args, 2, 3 if name == "map" else 2):
        return LOST
    ast, item = listed(checker, target)
    if len(args) == 3:
        test = checker.body(args[0], item, args[1])
        ast = ["filter", ast, "#" + str(args[0][1]), checker.fit(test, BOOL)[0]] if test else ast
    body = checker.body(args[0], item, args[-1])
    if body is None:
        return LOST
    variable = "#" + args[0][1]
    if name == "map":
        return ["map", ast, variable, body[0]], Type("list", item=body[1])
    test_ast = checker.fit(body, BOOL)[0]
    return [name, ast, variable, test_ast], Type("list", item=item) if name == "filter" else BOOL


def known(checker: Checker, name: str, args: list[Ast]) -> Typed:
    if not arity(checker, name, args, 1):
        return LOST
    return ["known", checker.visit(args[0])[0]], BOOL


def size(checker: Checker, name: str, args: list[Ast]) -> Typed:
    if not arity(checker, name, args, 1):
        return LOST
    ast, kind = checker.visit(args[0])
    if kind.kind not in ("string", "list"):
        return LOST if (ast, kind) == LOST else (
            checker.wrong("wrong_type", want=WORDS["text or list"], found=WORDS[kind.kind]))
    return ["length" if kind.kind == "string" else "size", ast], INT


def total(checker: Checker, name: str, args: list[Ast]) -> Typed:
    """sum(list), sum(list, x, expression), count(list), count(list, x, test)."""
    if len(args) == 1:
        ast, item = listed(checker, args[0])
        if name == "count":
            return ["size", ast], INT
        args = [args[0], ["id", "_"], ["id", "_"]]
    if not arity(checker, name, args, 3):
        return LOST
    ast, item = listed(checker, args[0])
    body = checker.body(args[1], item, args[2])
    if body is None or body == LOST:
        return LOST
    if name == "count":
        return ["count", ast, "#" + args[1][1], checker.fit(body, BOOL)[0]], INT
    if not number(body[1]):
        body = checker.fit(body, INT)
    return ["sum", ast, "#" + args[1][1], body[0]], body[1]


def extreme(checker: Checker, name: str, args: list[Ast]) -> Typed:
    """min and max of a list, or of several values."""
    if len(args) == 1:
        ast, item = listed(checker, args[0])
        return ordered(checker, name, (["least" if name == "min" else "most", ast], item))
    if not arity(checker, name, args, 2, 20):
        return LOST
    parts, kind = checker.align([checker.visit(arg) for arg in args])
    return ordered(checker, name, ([name, *parts], kind))


def ordered(checker: Checker, name: str, typed: Typed) -> Typed:
    if typed[1].kind in ("list", "map", "bool", "any") and not checker.problems:
        return checker.wrong("no_order", operator=name, found=WORDS[typed[1].kind])
    return typed


def absolute(checker: Checker, name: str, args: list[Ast]) -> Typed:
    if not arity(checker, name, args, 1):
        return LOST
    ast, kind = numeric(checker, args[0])
    return ["abs", ast], kind


def numeric(checker: Checker, tree: Ast) -> Typed:
    typed = checker.visit(tree)
    return typed if number(typed[1]) or typed == LOST else checker.fit(typed, INT)


def digits(checker: Checker, name: str, tree: Ast) -> int | None:
    if tree[0] == "lit" and type(tree[1]) is int and 0 <= tree[1] <= MAX_SCALE:
        return tree[1]
    checker.wrong("no_digits", name=name, limit=MAX_SCALE)
    return None


def quotient(operation: str, checker: Checker, above: Typed, below: Typed, scale: int) -> Typed:
    """above / below with `scale` digits, as the quotient of two whole numbers (I-08)."""
    shift = scale + below[1].scale - above[1].scale
    top = ["up", above[0], shift] if shift > 0 else above[0]
    bottom = ["up", below[0], -shift] if shift < 0 else below[0]
    return [operation, top, bottom, *([scale] if scale else [])], Type("decimal", scale) if scale else INT


def divide(checker: Checker, name: str, args: list[Ast]) -> Typed:
    """div(a, b, digits) rounds half up; div_up(a, b) goes to the next whole number (I-16)."""
    if not arity(checker, name, args, 3 if name == "div" else 2):
        return LOST
    scale = digits(checker, name, args[2]) if name == "div" else 0
    above, below = numeric(checker, args[0]), numeric(checker, args[1])
    return LOST if scale is None else quotient(name, checker, above, below, scale)


def rounded(checker: Checker, name: str, args: list[Ast]) -> Typed:
    if not arity(checker, name, args, 2):
        return LOST
    typed, scale = numeric(checker, args[0]), digits(checker, name, args[1])
    if scale is None or typed == LOST:
        return LOST
    if scale >= typed[1].scale:
        return checker.scale_to(typed, scale)
    return quotient("div", checker, typed, (["lit", 1], INT), scale)


def state(checker: Checker, name: str, args: list[Ast]) -> Typed:
    if not arity(checker, name, args, 1):
        return LOST
    wanted = quoted(checker, name, args[0])
    states = checker.scope.states
    if wanted is not None and states is not None and wanted not in states:
        return checker.unknown("unknown_state", wanted, states)
    return [name, wanted], BOOL if name == "in_state" else STRING


def as_of(checker: Checker, args: list[Ast], place: int) -> Ast:
    """The moment at which a register is read: given, else that of submission (I-13), else now."""
    if len(args) > place:
        ast, kind = argument(checker, "register", "moment", args[place])
        return ["end_of_day", ast] if kind.kind == "date" else ast
    submitted, now = ["name", "submitted_at", "datetime"], ["name", "now", "datetime"]
    return ["?:", ["known", submitted], submitted, now]


def register(checker: Checker, name: str, args: list[Ast]) -> Typed:
    if not arity(checker, name, args, 2, 3):
        return LOST
    which = quoted(checker, name, args[0])
    key = checker.fit(checker.visit(args[1]), STRING)[0]
    moment = as_of(checker, args, 2)
    if which is None:
        return LOST
    fields = checker.scope.registers.get(which)
    if fields is None:
        return checker.unknown("unknown_register", which, checker.scope.registers)
    fact = ["fact", "register", ["lit", which], key, moment]
    return (["listed", fact], BOOL) if name == "in_register" else (fact, Type("map", fields=fields))


def parameter(checker: Checker, name: str, args: list[Ast]) -> Typed:
    if not arity(checker, name, args, 1, 3):
        return LOST
    which = quoted(checker, name, args[0])
    region = checker.fit(checker.visit(args[1]), STRING)[0] if len(args) > 1 else ["name", "case_scope", "string"]
    day = checker.fit(checker.visit(args[2]), DATE)[0] if len(args) > 2 else ["name", "today", "date"]
    if which is None:
        return LOST
    kind = checker.scope.parameters.get(which)
    if kind is None:
        return checker.unknown("unknown_parameter", which, checker.scope.parameters)
    fact = ["fact", "parameter", ["lit", which], region, day]
    return cast(fact, kind), kind


def others(checker: Checker, name: str, args: list[Ast]) -> Typed:
    """count_cases('workflow', 'field', value, 'open') and count_other('field', value, 'open')."""
    before = 2 if name == "count_cases" else 1
    if not arity(checker, name, args, before + 1, before + 2):
        return LOST
    texts = [quoted(checker, name, tree) for tree in args[:before]]
    value, kind = checker.visit(args[before])
    within = quoted(checker, name, args[before + 1]) if len(args) > before + 1 else "all"
    if within is not None and within not in WITHIN:
        return checker.unknown("unknown_within", within, WITHIN)
    if kind.kind in ("list", "map"):
        return checker.wrong("wrong_type", want=WORDS["string"], found=WORDS[kind.kind])
    if name == "count_other" and texts[0] is not None:
        found = checker.scope.find(texts[0])
        if found is None:
            return checker.unknown("unknown_name", texts[0], checker.scope.names)
        texts = [found[0]]
    fact = ["fact", "count" if before == 2 else name, *(["lit", text] for text in texts), value, ["lit", within]]
    return cast(fact, INT), INT


CALLS: dict[str, Call] = {
    **dict.fromkeys((*FUNCTIONS, *ALIASES), plain), **dict.fromkeys(("has", "known"), known), "size": size,
    **dict.fromkeys(("sum", "count"), total), **dict.fromkeys(("min", "max"), extreme), "abs": absolute,
    **dict.fromkeys(("div", "div_up"), divide), "round_to": rounded,
    **dict.fromkeys(("in_state", "outcome_of"), state), **dict.fromkeys(("register", "in_register"), register),
    "parameter": parameter, **dict.fromkeys(("count_cases", "count_other"), others),
}
