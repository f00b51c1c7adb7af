"""What operations do with known values: exact arithmetic within its bounds, equality, kinds."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from tongban.engine.rules.dates import as_date, as_instant
from tongban.engine.rules.tree import WORD_BITS

_LIMIT: int = 2 ** WORD_BITS


def bounded(value: int) -> int | None:
    return value if -_LIMIT < value < _LIMIT else None


def equal(left: Any, right: Any) -> bool | None:
    """Equality of plain JSON; lists with unknown members are unequal where one known member differs."""
    if left is None or right is None:
        return None
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return False
        found = [equal(a, b) for a, b in zip(left, right, strict=True)]
        return False if False in found else None if None in found else True
    return bool(left == right and isinstance(left, bool) == isinstance(right, bool))


def _plus(*values: int) -> int:
    """A sum; once it has left its bounds it stays beyond them, as in SQL."""
    total = 0
    for value in values:
        total += value
        if bounded(total) is None:
            return _LIMIT
    return total


def remainder(a: int, b: int) -> int | None:
    """The sign of the dividend, as CEL, JavaScript and SQL have it; unknown by zero."""
    if not b:
        return None
    rest = abs(a) % abs(b)
    return -rest if a < 0 else rest


def half_up(a: int, b: int) -> int | None:
    """a / b rounded half away from zero (I-08); unknown by zero."""
    if not b:
        return None
    whole, rest = divmod(abs(a), abs(b))
    whole += 2 * rest >= abs(b)
    return bounded(-whole if (a < 0) != (b < 0) else whole)


def ceiling(a: int, b: int) -> int | None:
    return bounded(-(-a // b)) if b else None


WORK: dict[str, Callable[..., Any]] = {
    "+": _plus, "-": operator.sub, "*": operator.mul, "up": operator.mul, "neg": operator.neg, "abs": abs,
    "%": remainder, "div": half_up, "div_up": ceiling, "min": min, "max": max,
    "join": lambda *texts: "".join(texts), "chain": lambda *lists: [m for part in lists for m in part],
    "length": len, "size": len}

KINDS: dict[str, Callable[[Any], bool]] = {
    "bool": lambda v: isinstance(v, bool), "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "string": lambda v: isinstance(v, str), "time": lambda v: isinstance(v, str),
    "date": lambda v: as_date(v) is not None, "datetime": lambda v: as_instant(v) is not None,
    "list": lambda v: isinstance(v, list), "map": lambda v: isinstance(v, dict), "any": lambda v: True}
