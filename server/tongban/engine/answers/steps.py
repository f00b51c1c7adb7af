"""What a return for correction opens again: the marked fields, and whatever depends on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from tongban.engine.model import Expr, Field, Form


def reopened(forms: Mapping[str, Form], marks: Collection[str]) -> frozenset[str]:
    """Names of the fields that may be written after a return. `forms` by what stands before the names of their fields
    in rules ("application."); a mark is such a name, or that of a column or row inside it."""
    readers = {prefix + one.id: frozenset(_read_by(one, prefix))
               for prefix, form in forms.items() for one in form.fields}
    open_ = {found for mark in marks for prefix in forms
             if mark.startswith(prefix) and (found := _field(mark, prefix)) in readers}
    waiting = list(open_)
    while waiting:
        source = waiting.pop()
        for name, reads in readers.items():
            if name not in open_ and any(read == source or read.startswith(source + ".") for read in reads):
                open_.add(name)
                waiting.append(name)
    return frozenset(open_)


def _field(mark: str, prefix: str) -> str:
    return prefix + mark.removeprefix(prefix).split(".")[0].split("/")[0]


def _read_by(one: Field, prefix: str) -> Iterator[str]:
    """Names that a field's appearance, choices or value rest on; its checks are judged anyway."""
    for rule in (one.visible, one.required, one.readonly, one.computed, *(c.when for c in one.choices)):
        if isinstance(rule, Expr):
            yield from rule.names
    if one.options.get("within"):
        yield f"{prefix}{one.options['within']}"
    for column in one.fields:
        yield from _read_by(column, prefix)
