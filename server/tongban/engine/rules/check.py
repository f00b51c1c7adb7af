"""Names and types: turns what was written into the typed tree that runs, and says everything that is wrong with it.

The typed tree (docs/rules.md) has canonical names, aligned scales and no sugar:
["name", canonical, kind, scale?] ["get", x, field, kind, scale?] ["lit", value, scale?] ["up", x, n] (times 10^n)
["as", kind, x] (unknown unless x is of that kind) ["known", x] ["fact", …] and one entry for each function.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tongban.engine.model import Expr, Type
from tongban.engine.near import nearest
from tongban.engine.problem import EngineError, Problem
from tongban.engine.rules.calls import CALLS, macro
from tongban.engine.rules.closures import compile_python
from tongban.engine.rules.dates import as_date, as_instant
from tongban.engine.rules.scope import ANY, BOOL, FUNCTIONS, INT, MACROS, METHODS, SPECIAL, STRING, Scope
from tongban.engine.rules.syntax import SAFE, Ast, parse
from tongban.engine.rules.tree import LOST, Typed, cast, names_of, node, number
from tongban.engine.rules.words import WORDS

MAX_NESTING = 2                         # macros inside macros
MAX_NEAR = 20                           # misspelt names of one rule that get a suggestion


def check(source: str, scope: Scope, want: Type | None = None) -> Expr:
    """The compiled expression; raises EngineError with every problem found."""
    checker = Checker(scope)
    ast, kind = checker.visit(parse(source))
    if want is not None and not checker.problems:
        ast, kind = checker.fit((ast, kind), want)
    if checker.problems:
        raise EngineError(checker.problems)
    return Expr(source, ast, kind, frozenset(names_of(ast)), compile_python(ast))


class Checker:
    """Visits a syntax tree once, keeping the variables of the macros around it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.locals: dict[str, Type] = {}
        self.nesting = 0
        self.problems: list[Problem] = []

    def wrong(self, code: str, **params: Any) -> Typed:
        problem = Problem("rules." + code, params=params)
        if problem not in self.problems:
            self.problems.append(problem)
        return LOST

    def unknown(self, code: str, name: str, known: Iterable[str]) -> Typed:
        """A name that is not there, with the nearest one that is."""
        near = nearest(name, known) if len(self.problems) < MAX_NEAR else None
        return self.wrong(code, name=name, **({"near": near} if near else {}))

    def visit(self, tree: Ast) -> Typed:
        from_operator = _OPERATORS.get(tree[0])
        if from_operator:
            return from_operator(self, tree)
        return getattr(self, "_" + tree[0])(tree)  # type: ignore[no-any-return]  # the syntax has no other nodes

    # --- values and names

    def _lit(self, tree: Ast) -> Typed:
        value = tree[1]
        if isinstance(value, bool):
            return tree, BOOL
        if isinstance(value, str):
            return tree, STRING
        return self.literal(value, 0)

    def _dec(self, tree: Ast) -> Typed:
        return self.literal(tree[1], tree[2])

    def literal(self, value: int, scale: int) -> Typed:
        if abs(value) > SAFE:
            return self.wrong("big_number", found=str(value)[:24] if value < 10 ** 24 else "≥ 10^24")
        return (["lit", value, scale], Type("decimal", scale)) if scale else (["lit", value], INT)

    def _id(self, tree: Ast) -> Typed:
        return self.resolve([tree[1]])

    def _dot(self, tree: Ast) -> Typed:
        path: list[str] = []
        inner = tree
        while inner[0] == "dot":
            path.insert(0, inner[2])
            inner = inner[1]
        if inner[0] == "id":
            return self.resolve([inner[1], *path])
        return self.members(self.visit(inner), path)

    def resolve(self, path: list[str]) -> Typed:
        """A name, the longest that is known, and the fields taken from it."""
        if path[0] in self.locals:
            kind = self.locals[path[0]]
            return self.members((node("name", "#" + path[0], kind=kind), kind), path[1:])
        for length in range(len(path), 0, -1):
            found = self.scope.find(".".join(path[:length]))
            if found:
                return self.members((node("name", found[0], kind=found[1]), found[1]), path[length:])
        return self.unknown("unknown_name", ".".join(path), [*self.scope.all_names(), *self.locals])

    def members(self, typed: Typed, path: list[str]) -> Typed:
        for name in path:
            if typed == LOST:
                return LOST
            typed = self.member(typed, name)
        return typed

    def member(self, typed: Typed, name: str) -> Typed:
        ast, kind = typed
        if kind.kind == "any" or (kind.kind == "map" and kind.fields is None):
            return node("get", ast, name, kind=ANY), ANY
        if kind.kind != "map" or kind.fields is None:
            return self.wrong("no_fields", name=name, found=WORDS[kind.kind])
        if name not in kind.fields:
            return self.unknown("unknown_field", name, kind.fields)
        inner = kind.fields[name]
        got = node("get", ast, name, kind=inner)
        return (cast(got, inner) if ast[0] == "fact" else got), inner

    def _index(self, tree: Ast) -> Typed:
        base = self.visit(tree[1])
        if tree[2][0] == "lit" and isinstance(tree[2][1], str):
            return self.members(base, [tree[2][1]])
        position, ast, kind = self.fit(self.visit(tree[2]), INT)[0], *base
        if kind.kind != "list":
            return LOST if base == LOST else self.wrong("wrong_type", want=WORDS["list"], found=WORDS[kind.kind])
        item = kind.item or ANY
        return ["at", ast, position], item

    def _list(self, tree: Ast) -> Typed:
        parts, item = self.align([self.visit(part) for part in tree[1:]])
        return ["list", *parts], Type("list", item=item)

    def _choose(self, tree: Ast) -> Typed:
        condition = self.fit(self.visit(tree[1]), BOOL)[0]
        parts, kind = self.align([self.visit(part) for part in tree[2:]])
        return ["?:", condition, *parts], kind

    # --- types

    def fit(self, typed: Typed, want: Type) -> Typed:
        """The expression as a value of the wanted type, rescaled or read as a date where that is exact."""
        ast, kind = typed
        if typed == LOST or want.kind == "any":
            return typed
        if kind.kind == "any":
            return cast(ast, want), want
        if number(kind) and number(want):
            return self.rescale(typed, want)
        if kind.kind == want.kind == "list":
            return self.fit_list(typed, want)
        if kind.kind == want.kind:
            return ast, (want if want.kind == "string" else kind)
        if ast[0] == "lit" and kind.kind == "string" and want.kind in _WRITTEN:
            if _WRITTEN[want.kind](ast[1]) is None:
                return self.wrong("bad_literal", found=ast[1], want=WORDS[want.kind])
            return ast, want
        if (kind.kind, want.kind) == ("datetime", "date"):
            return ["date", ast], want
        return self.wrong("wrong_type", want=WORDS[want.kind], found=WORDS[kind.kind])

    def fit_list(self, typed: Typed, want: Type) -> Typed:
        have, item = typed[1].item or ANY, want.item or ANY
        if ANY in (have, item) or (have.kind, have.scale) == (item.kind, item.scale):
            return typed
        if typed[0][0] == "list":
            return ["list", *(self.fit((part, have), item)[0] for part in typed[0][1:])], want
        return self.wrong("wrong_type", want=WORDS[item.kind], found=WORDS[have.kind])

    def rescale(self, typed: Typed, want: Type) -> Typed:
        scale = typed[1].scale
        if scale > want.scale:
            return self.wrong("lossy", have=scale, want=want.scale)
        return self.scale_to(typed, want.scale)[0], want

    def scale_to(self, typed: Typed, scale: int) -> Typed:
        ast, kind = typed
        shift = scale - kind.scale
        if not shift:
            return typed
        if ast[0] == "lit":
            return self.literal(ast[1] * 10 ** shift, scale)
        return ["up", ast, shift], Type("decimal", scale)

    def align(self, typed: list[Typed]) -> tuple[list[Ast], Type]:
        """Several expressions as values of one type."""
        sure = [t for t in typed if t != LOST and t[1].kind != "any"]
        if not sure:
            return [t[0] for t in typed], ANY
        if all(number(t[1]) for t in sure):
            scale = max(t[1].scale for t in sure)
            kind = Type("decimal", scale) if any(t[1].kind == "decimal" for t in sure) else INT
            return [(self.scale_to(t, scale) if t in sure else self.fit(t, kind))[0] for t in typed], kind
        kind = next((t[1] for t in sure if t[0][0] != "lit"), sure[0][1])
        if kind.kind == "datetime" and any(t[1].kind == "date" for t in sure):
            self.wrong("date_and_moment")
            return [t[0] for t in typed], ANY
        self.check_choices(typed, kind)
        return [self.fit(t, kind)[0] for t in typed], kind

    def check_choices(self, typed: list[Typed], kind: Type) -> None:
        for ast, _ in typed:
            if kind.choices and ast[0] == "lit" and isinstance(ast[1], str) and ast[1] not in kind.choices:
                self.unknown("unknown_choice", ast[1], kind.choices)

    def compare(self, tree: Ast) -> Typed:
        (left, right), kind = self.align([self.visit(tree[1]), self.visit(tree[2])])
        if kind.kind == "map" or (kind.kind in ("bool", "list") and tree[0] not in ("==", "!=")):
            return self.wrong("no_order", operator=tree[0], found=WORDS[kind.kind])
        if kind.kind == "any" and tree[0] not in ("==", "!=") and not self.problems:
            return self.wrong("no_order", operator=tree[0], found=WORDS["any"])
        return [tree[0], left, right], BOOL

    def contained(self, tree: Ast) -> Typed:
        if tree[2][0] == "list":
            parts, _ = self.align([self.visit(part) for part in (tree[1], *tree[2][1:])])
            return ["in", parts[0], ["list", *parts[1:]]], BOOL
        item, (ast, kind) = self.visit(tree[1]), self.visit(tree[2])
        if kind.kind == "any":
            return ["in", item[0], ["as", "list", ast]], BOOL
        if kind.kind != "list":
            return self.wrong("wrong_type", want=WORDS["list"], found=WORDS[kind.kind])
        inner = kind.item or ANY
        self.check_choices([item], inner)
        return ["in", self.fit(item, inner)[0], ast], BOOL

    def logic(self, tree: Ast) -> Typed:
        return [tree[0], *(self.fit(self.visit(part), BOOL)[0] for part in tree[1:])], BOOL

    def arithmetic(self, tree: Ast) -> Typed:
        parts = [self.visit(part) for part in tree[1:]]
        if tree[0] == "+" and all(p[1].kind == "string" for p in parts):
            return ["join", *(p[0] for p in parts)], STRING
        if tree[0] == "+" and all(p[1].kind == "list" for p in parts):
            return ["chain", *(p[0] for p in parts)], self.align(parts)[1]
        parts = [self.fit(p, INT) if p[1].kind == "any" else p for p in parts]
        odd = next((p for p in parts if p != LOST and not number(p[1])), None)
        if odd:
            return self.no_sum(tree[0], odd[1])
        if tree[0] in ("*", "%"):
            return self.product(tree[0], parts)
        asts, kind = self.align(parts)
        return [tree[0], *asts], kind

    def no_sum(self, operator: str, kind: Type) -> Typed:
        if kind.kind in ("date", "datetime"):
            return self.wrong("date_sum", operator=operator)
        return self.wrong("wrong_type", want=WORDS["number"], found=WORDS[kind.kind])

    def product(self, operator: str, parts: list[Typed]) -> Typed:
        scale = sum(p[1].scale for p in parts)
        if operator == "%" and scale:
            return self.wrong("wrong_type", want=WORDS["int"], found=WORDS["decimal"])
        if scale > 9:
            return self.wrong("too_fine", scale=scale)
        decimal = any(p[1].kind == "decimal" for p in parts)
        return [operator, *(p[0] for p in parts)], Type("decimal", scale) if decimal else INT

    def divide(self, tree: Ast) -> Typed:
        return self.wrong("no_division")

    # --- calls

    def _method(self, tree: Ast) -> Typed:
        name = tree[2]
        if name in MACROS:
            return macro(self, name, tree[1], tree[3:])
        if name not in METHODS:
            if name == "matches":
                return self.wrong("no_patterns")
            return self.unknown("unknown_function", name, METHODS)
        return self._call(["call", name, tree[1], *tree[3:]])

    def _call(self, tree: Ast) -> Typed:
        name, args = tree[1], tree[2:]
        special = CALLS.get(name)
        if special:
            return special(self, name, args)
        return self.unknown("unknown_function", name, [*FUNCTIONS, *SPECIAL, *METHODS])

    def body(self, name: Ast, item: Type, tree: Ast) -> Typed | None:
        """The inner expression of a macro, with its variable known."""
        if name[0] != "id":
            self.wrong("no_variable")
            return None
        if self.nesting >= MAX_NESTING:
            self.wrong("nested", limit=MAX_NESTING)
            return None
        outer = self.locals
        self.locals = {**outer, name[1]: item}
        self.nesting += 1
        try:
            return self.visit(tree)
        finally:
            self.locals = outer
            self.nesting -= 1


def _is_time(value: str) -> str | None:
    """08:30 or 08:30:00."""
    parts = value.split(":")
    good = len(parts) in (2, 3) and all(len(p) == 2 and p.isascii() and p.isdigit() for p in parts)
    return value if good and int(parts[0]) < 24 and all(int(p) < 60 for p in parts[1:]) else None


_WRITTEN = {"date": as_date, "datetime": as_instant, "time": _is_time}
_OPERATORS = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), Checker.compare), "in": Checker.contained,
    **dict.fromkeys(("&&", "||", "!"), Checker.logic), "?:": Checker._choose, "/": Checker.divide,
    **dict.fromkeys(("+", "-", "*", "%", "neg"), Checker.arithmetic),
}
