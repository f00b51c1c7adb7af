"""What a return for correction opens again: the marked fields, and whatever depends on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tongban.engine.model import Expr, Field, Form


def reopened(form: Form, marks: Collection[str], prefix: str = "") -> frozenset[str]:
    """Ids of the fields that may be written after a return. `marks` are field ids or "form.field"."""
    open_ = {mark.removeprefix(prefix).split(".")[0].split("/")[0] for mark in marks}
    readers = {one.id: frozenset(_own(one, prefix)) for one in form.fields}
    waiting = list(open_)
    while waiting:
        source = waiting.pop()
        for name, reads in readers.items():
            if source in reads and name not in open_:
                open_.add(name)
                waiting.append(name)
    return frozenset(open_ & readers.keys())


def _own(one: Field, prefix: str) -> Iterator[str]:
    """Names of this form's fields that a field's appearance or value rests on; its checks are judged anyway."""
    for rule in (one.visible, one.required, one.readonly, one.computed, *(c.when for c in one.choices)):
        if isinstance(rule, Expr):
            for name in rule.names:
                yield name.removeprefix(prefix).split(".")[0]
    for column in one.fields:
        yield from _own(column, prefix)
