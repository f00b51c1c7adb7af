"""Typed rules as formulas for a solver, three-valued like the rules: what can be true, and answers that show it.

Decided exactly: bool, choices, int, decimal, date and time, linear comparisons between them, membership of a written
value, and facts from outside as free values. Everything else becomes a free value too and is noted as beyond the
solver: what is proved impossible stays impossible, what is found possible is then "not decided", never an alarm.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tongban.engine.model import Expr, Field, Type
from tongban.engine.rules.dates import as_date, as_instant

Json = Any
Ast = list[Any]
Formula = Any               # a z3 expression; the library has no types
Space = Any                 # a z3 context

EFFORT = 5_000_000          # resource units for one question: a busy machine finds the same; shipped ones need 150,000
LIMIT = 2 ** 53             # values stay within it, as in rules
_NUMBERS = ("int", "decimal", "date", "datetime", "time")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Late:
    """z3, loaded when something is proved: each process that only serves pages is smaller by it."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(importlib.import_module("z3"), name)
        setattr(self, name, found)
        return found


z3: Any = _Late()


def space() -> Space:
    """Where the formulas of one proof live. In a space that others used before, the solver finds other answers of those
    that are possible, and what is told of a definition would hang on what was proved earlier."""
    return z3.Context()


def available() -> bool:
    """Whether the solver is installed: an optional extra. The proof says once that guards were not decided."""
    return importlib.util.find_spec("z3") is not None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule that can be true or false; neither = unknown."""

    true: Formula
    false: Formula


@dataclass(frozen=True, slots=True)
class Term:
    """A value and whether it is known."""

    known: Formula
    value: Formula
    kind: str


@dataclass(slots=True)
class Names:
    """What is known of the names: fields with their limits, computed fields, types of the rest."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    certain: frozenset[str] = frozenset()       # names that have a value here
    prefix_of: Callable[[str], str] = lambda name: name.rpartition(".")[0]


@dataclass(slots=True)
class Question:
    """One conversation with the solver: rules are translated, then possibilities are asked for."""

    names: Names
    space: Space
    terms: dict[str, Term] = field(default_factory=dict)        # canonical name or tree -> value
    kinds: dict[str, Type] = field(default_factory=dict)
    beyond: set[str] = field(default_factory=set)               # what is not decided, as written trees
    assumed: list[Formula] = field(default_factory=list)
    used: set[str] = field(default_factory=set)                 # canonical names asked of the author
    without: Expr | None = None                                 # a check that is judged itself, so not assumed
    weighs: bool = False                                        # asks whether something computed is known

    def possible(self, *formulas: Formula) -> Json:
        """A model where all of these hold, None where there is none, or "?" where the solver gives up."""
        solver = z3.Solver(ctx=self.space)
        solver.set("rlimit", EFFORT)
        solver.add(*self.assumed, *formulas)
        answer = solver.check()
        if answer == z3.unsat:
            return None
        return solver.model() if answer == z3.sat else "?"

    def possible_whatever(self, *formulas: Formula) -> bool:
        """Whether all of these can hold while everything beyond the solver is unknown, so whatever it is.

        What is true with an unknown part stays true when the part becomes known (Kleene's logic is monotone), as long
        as no rule asks whether a computed value is known.
        """
        unknown = [z3.Not(self.terms[name].known) for name in sorted(self.beyond)]
        return not self.weighs and self.possible(*formulas, *unknown) not in (None, "?")

    # --- verdicts ----------------------------------------------------------------------------------------------

    def verdict(self, ast: Ast) -> Verdict:
        """A boolean rule."""
        operation = ast[0]
        if operation == "lit":
            return Verdict(z3.BoolVal(ast[1] is True, self.space), z3.BoolVal(ast[1] is False, self.space))
        if operation == "!":
            inner = self.verdict(ast[1])
            return Verdict(inner.false, inner.true)
        if operation in ("&&", "||"):
            parts = [self.verdict(part) for part in ast[1:]]
            trues, falses = [p.true for p in parts], [p.false for p in parts]
            if operation == "&&":
                return Verdict(z3.And(trues), z3.Or(falses))
            return Verdict(z3.Or(trues), z3.And(falses))
        if operation == "?:":
            asked, yes, no = (self.verdict(part) for part in ast[1:])
            return Verdict(z3.Or(z3.And(asked.true, yes.true), z3.And(asked.false, no.true)),
                           z3.Or(z3.And(asked.true, yes.false), z3.And(asked.false, no.false)))
        if operation in _COMPARE:
            return self._compare(operation, ast[1], ast[2])
        if operation == "known":
            self.weighs |= ast[1][0] != "name"
            known = self._known(ast[1])
            return Verdict(known, z3.Not(known))
        if operation == "in":
            return self._member(ast)
        term = self.term(ast, "bool")
        return Verdict(z3.And(term.known, term.value), z3.And(term.known, z3.Not(term.value)))

    def _known(self, ast: Ast) -> Formula:
        if _kind(ast) == "bool":
            verdict = self.verdict(ast)
            return z3.Or(verdict.true, verdict.false)
        return self.term(ast, _kind(ast)).known

    def _compare(self, operation: str, left: Ast, right: Ast) -> Verdict:
        kind = _kind(left) if left[0] != "lit" else _kind(right)
        if kind == "bool":
            one, other = self.verdict(left), self.verdict(right)
            same = z3.Or(z3.And(one.true, other.true), z3.And(one.false, other.false))
            differ = z3.Or(z3.And(one.true, other.false), z3.And(one.false, other.true))
            return Verdict(same, differ) if operation == "==" else Verdict(differ, same)
        if kind not in (*_NUMBERS, "string") or (kind == "string" and operation not in ("==", "!=")):
            return self._free([operation, left, right])
        one_, other_ = self.term(left, kind), self.term(right, kind)
        holds = _COMPARE[operation](one_.value, other_.value)
        known = z3.And(one_.known, other_.known)
        return Verdict(z3.And(known, holds), z3.And(known, z3.Not(holds)))

    def _member(self, ast: Ast) -> Verdict:
        item, held = ast[1], ast[2]
        if held[0] == "list":
            each = [self._compare("==", item, part) for part in held[1:]]
            return Verdict(z3.Or(*(v.true for v in each), self.space), z3.And(*(v.false for v in each), self.space))
        if item[0] == "lit" and held[0] == "name":
            self.used.add(held[1])
            return self._input(["in", item, held], f"{item[1]} in {held[1]}")
        return self._free(ast)

    def _free(self, ast: Ast) -> Verdict:
        self.beyond.add(_written(ast))
        return self._input(ast, _written(ast))

    def _input(self, ast: Ast, name: str) -> Verdict:
        """A yes or no from outside."""
        if name not in self.terms:
            self.terms[name] = Term(z3.Bool(f"?{name}", self.space), z3.Bool(name, self.space), "bool")
            if ast[0] in ("listed", "in_state"):
                self.assumed.append(self.terms[name].known)
        term = self.terms[name]
        return Verdict(z3.And(term.known, term.value), z3.And(term.known, z3.Not(term.value)))

    # --- values ------------------------------------------------------------------------------------------------

    def term(self, ast: Ast, kind: str) -> Term:
        """A value of a kind that the solver has; anything else becomes a free value."""
        operation = ast[0]
        if operation == "lit":
            return Term(z3.BoolVal(True, self.space), self._constant(ast[1], kind), kind)
        if operation == "name":
            return self._name(ast)
        if operation in ("+", "-", "neg", "up", "*", "abs") and kind in ("int", "decimal"):
            return self._arithmetic(ast, kind)
        if operation == "?:":
            asked, yes, no = self.verdict(ast[1]), self.term(ast[2], kind), self.term(ast[3], kind)
            known = z3.Or(z3.And(asked.true, yes.known), z3.And(asked.false, no.known))
            return Term(known, z3.If(asked.true, yes.value, no.value), kind)
        if operation == "add_days" and ast[2][0] == "lit":
            start = self.term(ast[1], "date")
            return Term(start.known, start.value + ast[2][1], "date")
        return self._outside(ast, kind)

    def _arithmetic(self, ast: Ast, kind: str) -> Term:
        operation = ast[0]
        if operation == "up":
            inner = self.term(ast[1], kind)
            return Term(inner.known, inner.value * 10 ** ast[2], kind)
        parts = [self.term(part, kind) for part in ast[1:]]
        if operation == "*" and sum(part[0] != "lit" for part in ast[1:]) > 1:
            return self._outside(ast, kind)
        known = z3.And([part.known for part in parts])
        value = parts[0].value
        if operation == "neg":
            return Term(known, -value, kind)
        if operation == "abs":
            return Term(known, z3.If(value < 0, -value, value), kind)
        for part in parts[1:]:
            value = _SUM[operation](value, part.value)
        return Term(known, value, kind)

    def _outside(self, ast: Ast, kind: str) -> Term:
        """A fact, or something beyond the solver: one free value for the same expression."""
        name = _written(ast)
        if name not in self.terms:
            if ast[0] not in _FACTS:
                self.beyond.add(name)
            self.terms[name] = self._fresh(name, Type(kind, ast[3] if ast[0] == "as" and len(ast) > 3 else 0))
            if ast[0] in ("listed", "in_state"):
                self.assumed.append(self.terms[name].known)
        return self.terms[name]

    def _fresh(self, name: str, type_: Type) -> Term:
        known = z3.Bool(f"?{name}", self.space)
        self.kinds[name] = type_
        if type_.kind == "bool":
            return Term(known, z3.Bool(name, self.space), "bool")
        if type_.kind in _NUMBERS:
            value = z3.Int(name, self.space)
            low, high = _BOUNDS.get(type_.kind, (-LIMIT, LIMIT))
            self.assumed.append(z3.And(value >= low, value <= high))
            return Term(known, value, type_.kind)
        return Term(known, z3.String(name, self.space), type_.kind)

    def _name(self, ast: Ast) -> Term:
        name = ast[1]
        if name in self.terms:
            return self.terms[name]
        type_ = Type(ast[2], ast[3] if len(ast) > 3 else 0)
        one = self.names.fields.get(name)
        if one is not None and one.computed is not None and type_.kind != "bool":
            self.terms[name] = self.term(one.computed.ast, type_.kind)
            return self.terms[name]
        self.terms[name] = term = self._fresh(name, type_)
        self.used.add(name)
        if name in _ALWAYS or name in self.names.certain:
            self.assumed.append(term.known)
        if one is not None:
            self._field(name, one, term)
        return term

    def _field(self, name: str, one: Field, term: Term) -> None:
        """What a form lets through: limits, choices, checks, and a value where one is required."""
        if one.choices:
            self.assumed.append(z3.Or([term.value == z3.StringVal(choice.value, self.space) for choice in one.choices]))
        scale = one.scale if term.kind == "decimal" else 0
        for limit, above in ((one.min, True), (one.max, False)):
            if limit is not None and term.kind in ("int", "decimal"):
                edge = round(float(limit) * 10 ** scale)
                self.assumed.append(term.value >= edge if above else term.value <= edge)
        form = self.names.prefix_of(name)
        if form in self.names.certain:
            self._asked(one, term)
        for check in one.valid:
            if not check.soft and check.test is not self.without:
                verdict = self.verdict(check.test.ast)
                self.assumed.append(z3.Implies(term.known, z3.Not(verdict.false)))

    def _asked(self, one: Field, term: Term) -> None:
        """In a form that has been filled in: known where it was shown and required."""
        shown = self.verdict(one.visible.ast).true if one.visible is not None else z3.BoolVal(True, self.space)
        self.assumed.append(z3.Implies(term.known, shown))
        if one.required is True:
            self.assumed.append(z3.Implies(shown, term.known))
        elif one.required is not False:
            self.assumed.append(z3.Implies(z3.And(shown, self.verdict(one.required.ast).true), term.known))

    def _constant(self, value: Json, kind: str) -> Formula:
        """A written value."""
        if isinstance(value, bool):
            return z3.BoolVal(value, self.space)
        if isinstance(value, int):
            return z3.IntVal(value, self.space)
        if kind == "date" and (day := as_date(value)):
            return z3.IntVal(day.toordinal(), self.space)
        if kind == "datetime" and (moment := as_instant(value)):
            return z3.IntVal(int((moment - _EPOCH).total_seconds()), self.space)
        if kind == "time":
            hours, minutes = str(value).split(":")[:2]
            return z3.IntVal(int(hours) * 3600 + int(minutes) * 60, self.space)
        return z3.StringVal(str(value), self.space)

    # --- answers -----------------------------------------------------------------------------------------------

    def answers(self, model: Json) -> dict[str, Json]:
        """The values of a model as answers have them: scaled ints, dates, strings; None = not answered."""
        found: dict[str, Json] = {}
        for name, term in sorted(self.terms.items()):
            if name in self.beyond or (name.startswith("[") and not self._is_input(name)):
                continue
            known = z3.is_true(model.eval(term.known, model_completion=True))
            found[name] = self._plain(term, model) if known else None
        return found

    def _is_input(self, name: str) -> bool:
        return name.startswith(tuple(f'["{fact}"' for fact in _FACTS))

    def _plain(self, term: Term, model: Json) -> Json:
        value = model.eval(term.value, model_completion=True)
        if term.kind == "bool":
            return z3.is_true(value)
        if term.kind == "date":
            return date.fromordinal(value.as_long()).isoformat()
        if term.kind == "datetime":
            return (_EPOCH + timedelta(seconds=value.as_long())).strftime("%Y-%m-%dT%H:%M:%SZ")
        if term.kind == "time":
            return f"{value.as_long() // 3600:02}:{value.as_long() // 60 % 60:02}"
        return value.as_long() if term.kind in _NUMBERS else value.as_string()


_FACTS = ("as", "fact", "listed", "in_state", "outcome_of", "get")
_ALWAYS = frozenset({"today", "now", "started_at", "case_id", "round"})
_BOUNDS = {"date": (1, 3_652_059), "datetime": (-2_208_988_800, 253_402_300_799), "time": (0, 86_399)}
_COMPARE: Mapping[str, Callable[[Formula, Formula], Formula]] = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}
_SUM: Mapping[str, Callable[[Formula, Formula], Formula]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
}
_KINDS = {
    **dict.fromkeys(("&&", "||", "!", "==", "!=", "<", "<=", ">", ">=", "in", "known", "listed", "in_state", "all",
                     "exists", "exists_one", "contains", "startsWith", "endsWith"), "bool"),
    **dict.fromkeys(("+", "-", "*", "%", "neg", "abs", "up", "div", "div_up", "size", "length", "count", "sum",
                     "days_between", "months_between", "years_between", "working_days_between", "year", "month", "day",
                     "weekday", "least", "most", "min", "max"), "int"),
    **dict.fromkeys(("date", "add_days", "add_months", "add_years", "term_end", "month_start", "month_end",
                     "add_working_days"), "date"),
    **dict.fromkeys(("start_of_day", "end_of_day", "deadline"), "datetime"),
    **dict.fromkeys(("join", "substring", "outcome_of"), "string"),
}


def _kind(ast: Ast) -> str:
    """The kind of a tree's value, as far as the solver has to tell kinds apart."""
    operation = ast[0]
    if operation == "lit":
        return "bool" if isinstance(ast[1], bool) else "int" if isinstance(ast[1], int) else "string"
    if operation == "name":
        return str(ast[2])
    if operation in ("get", "at"):
        return str(ast[3])
    if operation == "as":
        return str(ast[1])
    if operation == "?:":
        return _kind(ast[2]) if ast[2][0] != "lit" else _kind(ast[3])
    return _KINDS.get(operation, "any")


def _written(ast: Ast) -> str:
    return json.dumps(ast, ensure_ascii=False, separators=(",", ":"))


def alternatives(verdicts: Iterable[Verdict]) -> Formula:
    """None of these is true."""
    return z3.And([z3.Not(v.true) for v in verdicts])
