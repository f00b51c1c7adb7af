"""What every reading function shares: the problems found so far, and rules compiled in the scope they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tongban.engine.model import Expr, Holder, Span, Text, Type
from tongban.engine.problem import EngineError, Problem
from tongban.engine.read.shape import Walker
from tongban.engine.read.vocabulary import UNITS
from tongban.engine.rules import Scope, check

Json = Any
Raw = Mapping[str, Any]

BOOL, STRING, ANY = Type("bool"), Type("string"), Type("any")
BROKEN = Expr("", ["null"], ANY, frozenset(), lambda env: None)     # keeps reading going after a rule that is wrong
SLOT = re.compile(r"\{([^{}]{1,200})\}")


@dataclass(slots=True)
class Context:
    """One reading. `scope` is replaced while a form is read and put back afterwards."""

    walker: Walker
    scope: Scope
    exprs: dict[str, Expr] = field(default_factory=dict)        # every rule of the definition by its pointer
    arrows: dict[tuple[str, int], str] = field(default_factory=dict)    # (state, number of the transition) -> pointer
    compiled: dict[Any, tuple[Expr, Any]] = field(default_factory=dict)     # with what keeps the ids apart

    @property
    def problems(self) -> list[Problem]:
        return self.walker.problems

    def rule(self, source: str | None, at: str, want: Type | None = None) -> Expr | None:
        """The compiled rule; BROKEN, with its problems noted, where it is wrong."""
        if source is None:
            return None
        expr = self._compiled(source, at, want)
        if expr is not BROKEN:
            self.exprs[at] = expr
        return expr

    def _compiled(self, source: str, at: str, want: Type | None) -> Expr:
        """Each rule is compiled once for each scope."""
        known = self.compiled.get((source, id(want), id(self.scope)))
        if known is not None:
            return known[0]
        if self.walker.full:
            return BROKEN
        try:
            expr = check(source, self.scope, want)
        except EngineError as error:
            for problem in error.problems:
                self.walker.add(problem.code, at, **{**problem.params, "source": source})
            return BROKEN
        self.compiled[source, id(want), id(self.scope)] = expr, (want, self.scope)
        return expr

    def inside(self, names: Mapping[str, tuple[str, Type]]) -> Scope:
        """The present scope with more names in it, which win."""
        return replace(self.scope, names={**self.scope.names, **names})

    def must(self, source: str | None, at: str, want: Type | None = None) -> Expr:
        """The same where a rule has to stand; the walker has already reported a missing one."""
        return self.rule(source, at, want) or BROKEN

    def flag(self, value: bool | str | None, at: str) -> bool | Expr:
        """true, false, or a rule that says so."""
        return self.must(value, at, BOOL) if isinstance(value, str) else bool(value)

    def reference(self, kind: str, name: str, known: Mapping[str, Any] | list[str], at: str) -> bool:
        """Report a name that stands for nothing."""
        if name in known:
            return True
        self.walker.unknown(f"read.no_such_{kind}", at, name, list(known))
        return False

    def text(self, value: Text | None, at: str, check_slots: bool = True) -> Text | None:
        """An author's text; its {placeholders} have to be names that rules know too."""
        for language, words in (value or {}).items():
            for slot in SLOT.findall(words) if check_slots else ():
                self.rule(slot.split("|")[0], f"{at}/{language}")
        return value

    def holder(self, raw: Raw, at: str, parties: Mapping[str, Any]) -> Holder:
        """Who may act. Party names are checked here, roles by the proof against a world of people."""
        if (party := raw.get("party")) is not None:
            self.reference("party", party, parties, f"{at}/party")
        return Holder(
            party, raw.get("role"), self.rule(raw.get("person"), f"{at}/person"),
            self.rule(raw.get("scope"), f"{at}/scope"), self.rule(raw.get("when"), f"{at}/when", BOOL))

    def holders(self, raw: Json, at: str, parties: Mapping[str, Any]) -> tuple[Holder, ...]:
        """One holder or several."""
        if isinstance(raw, Mapping):
            return (self.holder(raw, at, parties),)
        return tuple(self.holder(item, place, parties) for item, place in items(raw, at))


def items(raw: list[Json] | None, at: str) -> Iterator[tuple[Json, str]]:
    """Items that fit, with their pointers."""
    return ((item, f"{at}/{i}") for i, item in enumerate(raw or ()) if item is not None)


def span(raw: Raw | None) -> Span | None:
    """A length of time."""
    return next((Span(raw[unit], unit) for unit in UNITS if unit in raw), None) if raw else None  # type: ignore[arg-type]
