"""What a workflow names: the fields, variables, registers, documents and states its rules and actions refer to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tongban.engine.model import Type


@dataclass(slots=True)
class Names:
    """Canonical name -> type, and short names where only one form has the field and no variable is called so."""

    types: dict[str, Type] = field(default_factory=dict)
    short: dict[str, str] = field(default_factory=dict)
    parties: Mapping[str, Any] = field(default_factory=dict)
    registers: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Type] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    clauses: Mapping[str, Any] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    derived: frozenset[str] = frozenset()       # fields that are computed or come from outside

    def canonical(self, name: str) -> str | None:
        """The full name behind a name as it was written."""
        return name if name in self.types else self.short.get(name)


def name_all(variables: Mapping[str, Type], forms: Mapping[str, Mapping[str, Type]]) -> Names:
    """Variables and every form's fields."""
    names = Names(dict(variables))
    for form, fields in forms.items():
        names.types.update({f"{form}.{name}": type_ for name, type_ in fields.items()})
    count = Counter(name for fields in forms.values() for name in fields)
    names.short = {name: f"{form}.{name}" for form, fields in forms.items() for name in fields
                   if count[name] == 1 and name not in variables}
    return names
