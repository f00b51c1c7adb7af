"""How large a definition may be: counted on the JSON as it is, before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongban.engine.problem import Problem, escape

MAX_STATES = 500        # of a workflow; the largest shipped one has 28
MAX_FIELDS = 300        # of a form, columns among them; the largest shipped one has 49
MAX_WRITTEN = 60_000    # characters of all rules together; the largest shipped workflow has 3,000

Json = Any


def oversize(workflow: Json, forms: Json) -> tuple[Problem, ...]:
    """A problem for each part that is larger than anybody can read."""
    problems = []
    if sum(1 for _ in _states(workflow)) > MAX_STATES:
        problems.append(Problem("read.too_many_states", "/states", {"limit": MAX_STATES}))
    for id_, form in forms.items():
        if fields_of(form) > MAX_FIELDS:
            problems.append(Problem("read.too_many_fields", f"/forms/{escape(id_)}/pages", {"limit": MAX_FIELDS}))
    return tuple(problems)


def fields_of(form: Json) -> int:
    """How many fields and columns a form has."""
    return sum(1 + len(list(_inside(field, "fields")))
               for page in _inside(form, "pages") for field in _inside(page, "fields"))


def _states(node: Json) -> Iterator[Json]:
    inner = node.get("states") if isinstance(node, Mapping) else None
    for child in inner.values() if isinstance(inner, Mapping) else ():
        yield child
        yield from _states(child)


def _inside(node: Json, key: str) -> list[Json]:
    found = node.get(key) if isinstance(node, Mapping) else None
    return found if isinstance(found, list) else []
