"""What can be read off a typed tree without running it: names, scales, and how large its numbers can grow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tongban.engine.model import Type
from tongban.engine.rules.scope import ANY
from tongban.engine.rules.syntax import Ast

Typed = tuple[Ast, Type]
LOST: Typed = (["lit", None], ANY)      # stands where something was wrong, so one mistake is told once

WORD_BITS = 63          # whole numbers stay within ±2^63 on every side; beyond that a result is unknown
VALUE_BITS = 53         # answers and facts stay within ±2^53 (docs/rules.md)
_ROWS_BITS = 14         # a list has at most 10,000 rows


def names_of(ast: Ast) -> Iterable[str]:
    """Canonical names a tree reads, without the variables of its own macros."""
    for part in walk(ast):
        if part[0] == "name" and not part[1].startswith("#"):
            yield part[1]


def walk(ast: Ast) -> Iterable[Ast]:
    """Every node of a tree."""
    stack = [ast]
    while stack:
        part = stack.pop()
        yield part
        stack.extend(inner for inner in reversed(part) if isinstance(inner, list))


def number(kind: Type) -> bool:
    return kind.kind in ("int", "decimal")


def node(operation: str, *parts: Any, kind: Type) -> Ast:
    """A node that carries its kind, and its scale where it has one."""
    return [operation, *parts, kind.kind, *([kind.scale] if kind.scale else [])]


def cast(ast: Ast, kind: Type) -> Ast:
    """A value from outside, unknown unless it is of the kind that was promised."""
    return ["as", "int" if number(kind) else kind.kind, ast, *([kind.scale] if kind.scale else [])]


def bits(ast: Ast) -> int:
    """How many bits the magnitude of a whole number can need, if every value it reads is within its bound."""
    operation = ast[0]
    if operation == "lit":
        return int(ast[1]).bit_length() if isinstance(ast[1], int) else 0
    if operation in ("+", "-"):
        return max(bits(part) for part in ast[1:]) + (len(ast) - 2).bit_length()
    if operation == "*":
        return sum(bits(part) for part in ast[1:])
    if operation == "up":
        return bits(ast[1]) + int(10 ** ast[2]).bit_length()
    if operation == "sum":
        return bits(ast[3]) + _ROWS_BITS
    if operation in ("neg", "abs", "div", "div_up", "%"):
        return bits(ast[1])
    if operation in ("min", "max", "?:"):
        return max(bits(part) for part in (ast[2:] if operation == "?:" else ast[1:]))
    return VALUE_BITS


def scale_of(ast: Ast) -> int:
    """Digits after the point of a number; 0 for anything else."""
    operation = ast[0]
    if operation == "lit":
        return ast[2] if len(ast) > 2 else 0
    if operation in ("name", "get"):
        place = 3 if operation == "name" else 4
        return ast[place] if len(ast) > place else 0
    if operation == "up":
        return scale_of(ast[1]) + int(ast[2])
    if operation == "*":
        return sum(scale_of(part) for part in ast[1:])
    return _scale_inside(ast)


def _scale_inside(ast: Ast) -> int:
    operation = ast[0]
    if operation in ("div", "as"):
        return ast[3] if len(ast) > 3 else 0
    if operation in ("sum", "map"):
        return scale_of(ast[3])
    if operation in ("+", "-", "neg", "abs", "min", "max", "least", "most", "at", "filter", "list"):
        return max((scale_of(part) for part in ast[1:] if isinstance(part, list)), default=0)
    if operation == "?:":
        return max(scale_of(ast[2]), scale_of(ast[3]))
    return 0
