"""Why a rule is false, or what is still missing, as problems that `tongban.text` puts into sentences.

Only the conditions that decide are told: of `a && b` those that are false, of `a || b` all, and for a list the rows
that fail. Names are shown by the labels that the caller gives, values as people write them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tongban.engine.model import Env, Expr, Json, Rule, Text
from tongban.engine.problem import Problem
from tongban.engine.rules.closures import compile_python
from tongban.engine.rules.describe import Describer, Show
from tongban.engine.rules.syntax import Ast

MAX_ROWS = 5    # failing rows told one by one


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a rule gives, why it is not true, the canonical names that still need a value, and the values it read."""

    value: Json
    reasons: tuple[Problem, ...]
    missing: tuple[str, ...]
    values: Mapping[str, Json]


def explain(subject: Expr | Rule, env: Env, labels: Mapping[str, Text] | None = None,
            show: Show | None = None) -> Explanation:
    """Explain an expression, or a rule with its clause and its author's words.

    labels  canonical name -> what people call it (columns of a list: "form.rows.amount")
    show    (canonical name, value) -> how the value is written, or None for the usual way
    """
    if isinstance(subject, Rule):
        return _explain_rule(subject, env, labels, show)
    env = dict(env)
    value = subject.run(env)
    reasons = _Reasons(env, Describer(env, labels or {}, show))
    if value is not True:
        reasons.tell(subject.ast, True)
    known = {name: env.get(name) for name in sorted(subject.names)}
    return Explanation(value, tuple(reasons.found), tuple(dict.fromkeys(reasons.needed)),
                       {n: v for n, v in known.items() if v is not None})


def _explain_rule(rule: Rule, env: Env, labels: Mapping[str, Text] | None, show: Show | None) -> Explanation:
    if rule.when is not None:
        asked = explain(rule.when, env, labels, show)
        if asked.value is False:
            return replace(asked, value=True, reasons=())
        if asked.value is None:
            return _cited(asked, rule)
    found = _cited(explain(rule.test, env, labels, show), rule)
    if found.value is False and rule.say:
        params = placeholders(rule.test, env, show)
        own = Problem("rules.explain.said", params=params, clause=rule.clause, say=rule.say)
        return replace(found, reasons=(own, *found.reasons))
    return found


def _cited(found: Explanation, rule: Rule) -> Explanation:
    return replace(found, reasons=tuple(replace(reason, clause=rule.clause) for reason in found.reasons))


def placeholders(expr: Expr, env: Env, show: Show | None = None) -> dict[str, Text]:
    """The values a rule looked at, as people write them, by the last part of their name: for `say` templates."""
    describer = Describer(env, {}, show)
    nodes = [part for part in _names(expr.ast) if not part[1].startswith("#")]
    return {part[1].rsplit(".", 1)[-1]: describer.value(part, env.get(part[1])) for part in nodes}


def _names(ast: Ast) -> list[Ast]:
    inner = [found for part in ast if isinstance(part, list) for found in _names(part)]
    return [ast] if ast[0] == "name" else inner


def _subject(ast: Ast) -> str:
    """What an operation is about in the end: the register of a fact, the state of a question."""
    while isinstance(ast, list):
        ast = ast[1]
    return str(ast)


_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_ASKED = ("name", "get", "fact", "in_state", "outcome_of")
_ROWS = ("all", "exists", "exists_one", "map", "filter", "count", "sum")
_OPEN = ("missing", "no_value")
_DAYS = {"below": "before", "at_most": "not_after", "above": "after", "at_least": "not_before"}
_CODES = {"==": "equal", "!=": "unequal", "<": "below", "<=": "at_most", ">": "above", ">=": "at_least"}


class _Reasons:
    """Walks down to the conditions that decide. `want` is what a condition should have been."""

    def __init__(self, env: Env, describer: Describer) -> None:
        self.env = env
        self.say = describer
        self.found: list[Problem] = []
        self.needed: list[str] = []

    def tell(self, ast: Ast, want: bool) -> None:
        value = self.value(ast)
        if value is want:
            return
        teller = _TELL.get(ast[0])
        if teller:
            teller(self, ast, want)
        elif value is None:
            self.missing(ast)
        else:
            self.leaf(ast, want)

    def value(self, ast: Ast) -> Json:
        return compile_python(ast)(self.env)

    def add(self, code: str, **params: Json) -> None:
        problem = Problem("rules.explain." + code, params=params, level="unknown" if code in _OPEN else "error")
        if problem not in self.found:
            self.found.append(problem)

    def missing(self, ast: Ast) -> None:
        """The names and facts that a part still needs; where it has all, the part that cannot be worked out."""
        before = len(self.found), len(self.needed)
        self.lacking(ast)
        if (len(self.found), len(self.needed)) == before:
            while ast[0] not in ("name", "get"):
                inner = next((p for p in ast[1:] if isinstance(p, list) and self.value(p) is None), None)
                if inner is None:
                    break
                ast = inner
            self.add("no_value", left=self.say.text(ast))

    def lacking(self, ast: Ast) -> None:
        if ast[0] == "known" or self.value(ast) is not None:
            return
        inner = [part for part in ast[1:] if isinstance(part, list)]
        if ast[0] in _ASKED and all(self.value(part) is not None for part in inner):
            self.needed.append(self.say.path(ast) or _subject(ast))
            self.add("missing", name=self.say.text(ast))
        elif ast[0] in _ROWS and self.value(ast[1]) is not None:
            self.each_row(ast, self.lacking, lambda value: value is None)
        elif ast[0] == "?:" and self.value(ast[1]) is not None:
            self.lacking(ast[2 if self.value(ast[1]) else 3])
        else:
            for part in inner[:1] if ast[0] in _ROWS or ast[0] == "?:" else inner:
                self.lacking(part)

    def every(self, ast: Ast, want: bool) -> None:
        """a && b, or the reverse of a || b: each part that fails."""
        for part in ast[1:]:
            self.tell(part, want)

    def one_of(self, ast: Ast, want: bool) -> None:
        """a || b: all its parts, since any would do."""
        if self.value(ast) is not None:
            self.add("one_of", count=len(ast) - 1)
        self.every(ast, want)

    def logic(self, ast: Ast, want: bool) -> None:
        (self.every if (ast[0] == "&&") is want else self.one_of)(ast, want)

    def negation(self, ast: Ast, want: bool) -> None:
        self.tell(ast[1], not want)

    def choice(self, ast: Ast, want: bool) -> None:
        condition = self.value(ast[1])
        if condition is None:
            self.missing(ast[1])
        else:
            self.tell(ast[2 if condition else 3], want)

    def comparison(self, ast: Ast, want: bool) -> None:
        if self.value(ast) is None:
            self.missing(ast)
            return
        operator = ast[0] if want else _OPPOSITE[ast[0]]
        left, right = ast[1:]
        if left[0] == "lit" and right[0] != "lit":
            left, right, operator = right, left, {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(operator, operator)
        value, code = self.value(left), _CODES[operator]
        self.add(_DAYS.get(code, code) if isinstance(value, str) else code,
                 left=self.say.text(left), value=self.say.value(left, value),
                 right=self.say.with_value(right, left, self.value(right)))

    def membership(self, ast: Ast, want: bool) -> None:
        if self.value(ast) is None:
            self.missing(ast)
            return
        item, members = ast[1:]
        self.add("in" if want else "not_in", left=self.say.text(item), value=self.say.value(item, self.value(item)),
                 right=self.say.with_value(members, item, self.value(members)))

    def rows(self, ast: Ast, want: bool) -> None:
        """all: the rows that fail; not exists: the rows that hold."""
        if self.value(ast[1]) is None:
            self.missing(ast[1])
        elif (ast[0] == "all") is want:
            self.each_row(ast, lambda body: self.tell(body, want), lambda value: value is not want)
        elif self.value(ast) is None:
            self.missing(ast)
        else:
            self.add("no_row" if ast[0] == "exists" else "all_rows", left=self.say.text(ast[1]))

    def each_row(self, ast: Ast, tell: Callable[[Ast], None], concerns: Callable[[Json], bool]) -> None:
        members, variable, body = self.value(ast[1]) or [], ast[2], ast[3]
        outer, told = self.env.get(variable), 0
        for number, member in enumerate(members, 1):
            self.env[variable] = member
            if concerns(self.value(body)):
                told += 1
                if told <= MAX_ROWS:
                    with self.say.row(variable, ast[1], number):
                        tell(body)
        self.env[variable] = outer
        if told > MAX_ROWS:
            self.add("more_rows", count=told - MAX_ROWS)

    def presence(self, ast: Ast, want: bool) -> None:
        if want:
            self.lacking(ast[1])
        else:
            self.add("must_be_empty", left=self.say.text(ast[1]))

    def leaf(self, ast: Ast, want: bool) -> None:
        self.add("must_hold" if want else "must_not_hold", left=self.say.text(ast))


_TELL: dict[str, Callable[[_Reasons, Ast, bool], None]] = {
    **dict.fromkeys(("&&", "||"), _Reasons.logic), "!": _Reasons.negation, "?:": _Reasons.choice,
    **dict.fromkeys(_CODES, _Reasons.comparison), "in": _Reasons.membership,
    **dict.fromkeys(("all", "exists"), _Reasons.rows), "known": _Reasons.presence,
}
