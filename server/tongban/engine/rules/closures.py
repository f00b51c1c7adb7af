"""Typed tree -> Python closures with Kleene's three values: None is unknown and spreads, except where the other operand
of `&&` or `||` decides alone. Closures never raise on typed values.

A macro's variable lives in the env under "#name" while its body runs.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

from tongban.engine.model import Compiled, Env
from tongban.engine.rules.scope import FUNCTIONS
from tongban.engine.rules.syntax import Ast
from tongban.engine.rules.tree import WORD_BITS, bits
from tongban.engine.rules.values import KINDS, WORK, bounded, equal

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def compile_python(ast: Ast) -> Compiled:
    """The closure of a typed tree: env -> value, None where it is unknown."""
    return _BUILD.get(ast[0], _function)(ast)


def _all(asts: Iterable[Ast]) -> list[Compiled]:
    return [compile_python(part) for part in asts]


# --- values

def _lit(ast: Ast) -> Compiled:
    value = ast[1]
    return lambda env: value


def _name(ast: Ast) -> Compiled:
    name = ast[1]
    return lambda env: env.get(name)


def _get(ast: Ast) -> Compiled:
    name = ast[2]
    if ast[1][0] == "name":
        row = ast[1][1]

        def column(env: Env) -> Any:
            held = env.get(row)
            return held.get(name) if held.__class__ is dict else None
        return column
    inner = compile_python(ast[1])

    def field(env: Env) -> Any:
        held = inner(env)
        return held.get(name) if isinstance(held, dict) else None
    return field


def _at(ast: Ast) -> Compiled:
    inner, index = _all(ast[1:])

    def at(env: Env) -> Any:
        members, place = inner(env), index(env)
        if members is None or place is None or not 0 <= place < len(members):
            return None
        return members[place]
    return at


def _as(ast: Ast) -> Compiled:
    fits, inner = KINDS[ast[1]], compile_python(ast[2])

    def cast(env: Env) -> Any:
        value = inner(env)
        return value if value is not None and fits(value) else None
    return cast


def _known(ast: Ast) -> Compiled:
    inner = compile_python(ast[1])
    return lambda env: inner(env) is not None


def _list(ast: Ast) -> Compiled:
    parts = _all(ast[1:])
    return lambda env: [part(env) for part in parts]


# --- logic

def _and(ast: Ast) -> Compiled:
    parts = tuple(_all(ast[1:]))

    def both(env: Env) -> bool | None:
        result: bool | None = True
        for part in parts:
            value = part(env)
            if value is False:
                return False
            if value is None:
                result = None
        return result
    return both


def _or(ast: Ast) -> Compiled:
    parts = tuple(_all(ast[1:]))

    def either(env: Env) -> bool | None:
        result: bool | None = False
        for part in parts:
            value = part(env)
            if value is True:
                return True
            if value is None:
                result = None
        return result
    return either


def _not(ast: Ast) -> Compiled:
    inner = compile_python(ast[1])

    def negate(env: Env) -> bool | None:
        value = inner(env)
        return None if value is None else not value
    return negate


def _choose(ast: Ast) -> Compiled:
    condition, yes, no = _all(ast[1:])

    def choose(env: Env) -> Any:
        value = condition(env)
        if value is None:
            return None
        return yes(env) if value else no(env)
    return choose


# --- comparison

def _compare(ast: Ast) -> Compiled:
    test = _COMPARE[ast[0]]
    if ast[2][0] == "lit" and ast[1][0] == "name":
        return _compare_name(test, ast[1][1], ast[2][1])
    left, right = _all(ast[1:])
    if ast[0] in ("==", "!="):
        return _equality(left, right, ast[0] == "==")

    def compare(env: Env) -> bool | None:
        a = left(env)
        b = right(env)
        return None if a is None or b is None else test(a, b)
    return compare


def _compare_name(test: Callable[[Any, Any], bool], name: str, value: Any) -> Compiled:
    """The commonest rule of all, field against number, in one call."""
    def compare(env: Env) -> bool | None:
        held = env.get(name)
        return None if held is None else test(held, value)
    return compare


def _equality(left: Compiled, right: Compiled, wanted: bool) -> Compiled:
    def same(env: Env) -> bool | None:
        found = equal(left(env), right(env))
        return None if found is None else found is wanted
    return same


def _in(ast: Ast) -> Compiled:
    item, members = _all(ast[1:])

    def contained(env: Env) -> bool | None:
        held, value = members(env), item(env)
        if held is None:
            return None
        result: bool | None = False
        for member in held:
            found = equal(value, member)
            if found:
                return True
            if found is None:
                result = None
        return result
    return contained


# --- numbers and texts

def _whole(ast: Ast) -> Compiled:
    """+ - * neg abs up: exact, unknown beyond 64 bits."""
    parts, work = _all(p for p in ast[1:] if isinstance(p, list)), WORK[ast[0]]
    if ast[0] == "up":
        factor = 10 ** ast[2]
        parts.append(lambda env: factor)
    roomy = bits(ast) < WORD_BITS
    if len(parts) == 2:
        return _pair(parts[0], parts[1], work, roomy)

    def arithmetic(env: Env) -> int | None:
        values = [part(env) for part in parts]
        if None in values:
            return None
        return bounded(work(*values))
    return arithmetic


def _pair(left: Compiled, right: Compiled, work: Callable[..., Any], roomy: bool) -> Compiled:
    def arithmetic(env: Env) -> int | None:
        a, b = left(env), right(env)
        if a is None or b is None:
            return None
        return work(a, b) if roomy else bounded(work(a, b))
    return arithmetic


def _strict(ast: Ast) -> Compiled:
    """Operations that are unknown as soon as one operand is."""
    parts, work = _all(part for part in ast[1:] if isinstance(part, list)), WORK[ast[0]]

    def apply(env: Env) -> Any:
        values = [part(env) for part in parts]
        return None if None in values else work(*values)
    return apply


def _extreme(ast: Ast) -> Compiled:
    inner, pick = compile_python(ast[1]), min if ast[0] == "least" else max

    def extreme(env: Env) -> Any:
        members = inner(env)
        return pick(members) if members and None not in members else None
    return extreme


# --- macros

def _rows(env: Env, variable: str, members: list[Any], body: Compiled) -> list[Any]:
    """The body for every member, with the outer variable of the same name put back afterwards."""
    outer = env.get(variable)
    found = []
    for env[variable] in members:
        found.append(body(env))
    env[variable] = outer
    return found


def _macro(ast: Ast) -> Compiled:
    inner, variable, body, finish = compile_python(ast[1]), ast[2], compile_python(ast[3]), _FINISH[ast[0]]

    def macro(env: Env) -> Any:
        members = inner(env)
        return None if members is None else finish(_rows(env, variable, members, body), members)
    return macro


def _quantifier(ast: Ast) -> Compiled:
    inner, variable, body, decides = compile_python(ast[1]), ast[2], compile_python(ast[3]), ast[0] == "exists"
    if ast[3][0] in _COMPARE and ast[3][1][:2] == ["name", variable] and ast[3][2][0] == "lit":
        return _quantify_plain(inner, _COMPARE[ast[3][0]], ast[3][2][1], decides)

    def quantify(env: Env) -> bool | None:
        members = inner(env)
        if members is None:
            return None
        outer = env.get(variable)
        result: bool | None = not decides
        for env[variable] in members:
            found = body(env)
            if found is decides:
                result = decides
                break
            if found is None:
                result = None
        env[variable] = outer
        return result
    return quantify


def _quantify_plain(inner: Compiled, test: Callable[[Any, Any], bool], value: Any, decides: bool) -> Compiled:
    """The commonest condition on members, against a constant: without a call for each."""
    def quantify(env: Env) -> bool | None:
        members = inner(env)
        if members is None:
            return None
        result: bool | None = not decides
        for member in members:
            if member is None:
                result = None
            elif test(member, value) is decides:
                return decides
        return result
    return quantify


def _just_one(found: list[bool | None], _: list[Any]) -> bool | None:
    if found.count(True) > 1:
        return False
    return None if None in found else found.count(True) == 1


_FINISH: dict[str, Callable[[list[Any], list[Any]], Any]] = {
    "exists_one": _just_one,
    "map": lambda found, _: found,
    "filter": lambda found, members: None if None in found else [m for m, f in zip(members, found, strict=True) if f],
    "count": lambda found, _: None if None in found else found.count(True),
    "sum": lambda found, _: None if None in found else bounded(sum(found)),
}


# --- what the engine knows

def _fact(ast: Ast) -> Compiled:
    kind, parts = ast[1], _all(ast[2:])

    def fact(env: Env) -> Any:
        values = [part(env) for part in parts]
        ask = env.get("$fact")
        return None if ask is None or None in values else ask(kind, *values)
    return fact


def _listed(ast: Ast) -> Compiled:
    inner = compile_python(ast[1])

    def listed(env: Env) -> bool | None:
        row = inner(env)
        return None if row is None else isinstance(row, dict)
    return listed


def _state(ast: Ast) -> Compiled:
    ask, state = "$" + ast[0], ast[1]

    def asked(env: Env) -> Any:
        answer = env.get(ask)
        return None if answer is None else answer(state)
    return asked


def _function(ast: Ast) -> Compiled:
    """A function of the table: strict in its arguments."""
    function, parts = FUNCTIONS[ast[0]], _all(ast[1:])
    run = function.run
    if function.calendar:
        def dated(env: Env) -> Any:
            values = [part(env) for part in parts]
            ask = env.get("$fact") or _no_fact
            return None if None in values else run(*values, lambda year: ask("calendar", year))
        return dated

    def apply(env: Env) -> Any:
        values = [part(env) for part in parts]
        return None if None in values else run(*values)
    return apply


def _no_fact(*_: Any) -> None:
    return None


_BUILD: dict[str, Callable[[Ast], Compiled]] = {
    "lit": _lit, "name": _name, "get": _get, "at": _at, "as": _as, "known": _known, "list": _list, "&&": _and,
    "||": _or, "!": _not, "?:": _choose, "in": _in, "fact": _fact, "listed": _listed,
    **dict.fromkeys(_COMPARE, _compare), **dict.fromkeys(("+", "-", "*", "neg", "abs", "up"), _whole),
    **dict.fromkeys(("%", "div", "div_up", "min", "max", "join", "chain", "length", "size"), _strict),
    **dict.fromkeys(("least", "most"), _extreme), **dict.fromkeys(("all", "exists"), _quantifier),
    **dict.fromkeys(_FINISH, _macro), **dict.fromkeys(("in_state", "outcome_of"), _state),
}
