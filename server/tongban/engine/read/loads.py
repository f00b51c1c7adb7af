"""JSON text -> plain values, with hostile input refused quickly: size, depth, numbers, duplicate keys, bad text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tongban.engine.problem import Problem, escape

MAX_SIZE = 500_000          # characters; the largest shipped bundle has 70,000
MAX_DEPTH = 64
MAX_NODES = 12_000          # the largest shipped bundle has 2,400
MAX_DIGITS = 18             # every number fits a signed 64-bit integer
MAX_PROBLEMS = 100          # nobody reads more, and a hostile file must not make us write them

Json = Any
Trail = Any                 # (the trail of what is around, key or index); None = the root


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a JSON text holds; `value` is None where there are problems."""

    value: Json
    problems: tuple[Problem, ...] = ()


class _Refused(ValueError):
    """Raised by the hooks of the JSON parser to stop it."""


def load_json(text: str | bytes) -> Loaded:
    """Parse a JSON text. Never raises: what is wrong comes back as problems."""
    if len(text) > MAX_SIZE:
        return _failed("read.too_large", limit=MAX_SIZE)
    repeated: list[tuple[dict[str, Json], str]] = []

    def unite(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        united = dict(pairs)
        if len(united) < len(pairs):
            seen: set[str] = set()
            repeated.extend((united, key) for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return united

    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=unite, parse_int=_int, parse_float=_float, parse_constant=_constant)
    except UnicodeDecodeError as error:
        return _failed("read.not_utf8", position=error.start)
    except json.JSONDecodeError as error:
        return _failed("read.not_json", line=error.lineno, column=error.colno)
    except _Refused as error:
        return _failed(str(error.args[0]), number=error.args[1])
    except RecursionError:      # the C scanner unwinds cleanly; deeper than MAX_DEPTH in any case
        return _failed("read.too_deep", limit=MAX_DEPTH)
    problems = survey(value, repeated)
    return Loaded(None if problems else value, problems)


def survey(value: Json, repeated: list[tuple[dict[str, Json], str]] | None = None) -> tuple[Problem, ...]:
    """Walk a value without recursion and report all that is no plain bounded JSON."""
    twice: dict[int, list[str]] = {}
    for owner, key in repeated or ():
        twice.setdefault(id(owner), []).append(key)
    if not isinstance(value, (Mapping, list)):
        wrong = _scalar(value)
        return (Problem(wrong),) if wrong else ()
    problems: list[Problem] = []
    stack: list[tuple[Json, Trail, int]] = [(value, None, 0)]
    nodes = 0
    while stack and len(problems) < MAX_PROBLEMS:
        node, trail, depth = stack.pop()
        nodes += len(node)
        if nodes > MAX_NODES:
            return (Problem("read.too_many_values", params={"limit": MAX_NODES}),)
        if depth >= MAX_DEPTH:
            return (Problem("read.too_deep", _pointer(trail), {"limit": MAX_DEPTH}),)
        problems += [Problem("read.duplicate_key", _pointer(trail), {"key": key}) for key in twice.get(id(node), ())]
        inner: list[tuple[Json, Trail, int]] = []
        for step, child in enumerate(node) if isinstance(node, list) else node.items():
            if isinstance(node, Mapping) and (not isinstance(step, str) or len(step) > 200 or _scalar(step)):
                problems.append(Problem("read.bad_text", _pointer(trail)))
            elif isinstance(child, (Mapping, list)):
                inner.append((child, (trail, step), depth + 1))
            elif wrong := _scalar(child):
                problems.append(Problem(wrong, _pointer((trail, step))))
        stack += reversed(inner)        # the stack gives them back in document order
    return tuple(problems[:MAX_PROBLEMS])


def _pointer(trail: Trail) -> str:
    """The JSON pointer of a place; written only where there is something to say about it."""
    steps: list[str] = []
    while trail is not None:
        trail, step = trail
        steps.append("/" + escape(str(step)))
    return "".join(reversed(steps))


def canonical(value: Json) -> str:
    """One text for one value: no spaces, members in the author's order, for the order of states has meaning."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(value: Json) -> str:
    """SHA-256 of the canonical text."""
    return sha256(canonical(value).encode()).hexdigest()


def _scalar(node: Json) -> str | None:
    if node is None or isinstance(node, bool):
        return None
    if isinstance(node, int):
        return None if -10 ** MAX_DIGITS < node < 10 ** MAX_DIGITS else "read.number_too_long"
    if isinstance(node, float):
        return None if math.isfinite(node) else "read.not_a_number"
    if not isinstance(node, str):
        return "read.not_plain_json"
    if node.isascii() and node.isprintable():
        return None
    try:
        node.encode()       # a lone surrogate has no UTF-8
    except UnicodeEncodeError:
        return "read.bad_text"
    return "read.bad_text" if any(c < " " and c not in "\n\t" for c in node) else None


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS + 1:
        raise _Refused("read.number_too_long", digits[:20] + "…")
    return int(digits)


def _float(digits: str) -> float:
    if len(digits) > 2 * MAX_DIGITS or not math.isfinite(number := float(digits)):
        raise _Refused("read.number_too_long", digits[:20] + "…")
    return number


def _constant(name: str) -> Json:
    raise _Refused("read.not_a_number", name)


def _failed(code: str, **params: Json) -> Loaded:
    return Loaded(None, (Problem(code, params=params),))
