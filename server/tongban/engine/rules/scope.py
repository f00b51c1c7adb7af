"""What a rule may name: fields, variables, built-ins, registers, parameters, states; and the functions it may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongban.engine.model import Type
from tongban.engine.rules import dates

BOOL, INT, STRING, ANY = Type("bool"), Type("int"), Type("string"), Type("any")
DATE, DATETIME = Type("date"), Type("datetime")

BUILTINS: Mapping[str, Type] = {
    "today": DATE, "now": DATETIME, "started_at": DATETIME, "submitted_at": DATETIME,
    "case_id": STRING, "case_scope": STRING, "actor_id": STRING, "round": INT,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The names one rule may use.

    names       name in the source -> (canonical name in the env, its type)
    registers   register -> its fields; parameters -> the type of their value
    states      state ids for in_state and outcome_of; None = not checked
    """

    names: Mapping[str, tuple[str, Type]] = field(default_factory=dict)
    registers: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    parameters: Mapping[str, Type] = field(default_factory=dict)
    states: frozenset[str] | None = None
    builtins: Mapping[str, Type] = field(default_factory=lambda: BUILTINS)

    def find(self, name: str) -> tuple[str, Type] | None:
        if name in self.names:
            return self.names[name]
        return (name, self.builtins[name]) if name in self.builtins else None

    def all_names(self) -> list[str]:
        return [*self.names, *self.builtins]


@dataclass(frozen=True, slots=True)
class Function:
    """A pure function of known values: any unknown argument makes the result unknown."""

    params: tuple[str, ...]
    result: Type
    run: Callable[..., Any]
    calendar: bool = False      # takes the calendar as its last argument


def _contains(text: str, part: str) -> bool:
    return part in text


def substring(text: str, start: int, end: int) -> str | None:
    """Code points start (counted from 0) up to but not with end; unknown outside the text, as CEL errs there."""
    return text[start:end] if 0 <= start <= end <= len(text) else None


FUNCTIONS: Mapping[str, Function] = {
    "contains": Function(("string", "string"), BOOL, _contains),
    "startsWith": Function(("string", "string"), BOOL, str.startswith),
    "endsWith": Function(("string", "string"), BOOL, str.endswith),
    "substring": Function(("string", "int", "int"), STRING, substring),
    "date": Function(("datetime",), DATE, dates.date_of),
    "start_of_day": Function(("date",), DATETIME, dates.start_of_day),
    "end_of_day": Function(("date",), DATETIME, dates.end_of_day),
    "add_days": Function(("date", "int"), DATE, dates.add_days),
    "add_months": Function(("date", "int"), DATE, dates.add_months),
    "add_years": Function(("date", "int"), DATE, dates.add_years),
    "days_between": Function(("date", "date"), INT, dates.days_between),
    "months_between": Function(("date", "date"), INT, dates.months_between),
    "years_between": Function(("date", "date"), INT, dates.years_between),
    "term_end": Function(("date", "int"), DATE, dates.term_end),
    "year": Function(("date",), INT, dates.year),
    "month": Function(("date",), INT, dates.month),
    "day": Function(("date",), INT, dates.day),
    "weekday": Function(("date",), INT, dates.weekday),
    "month_start": Function(("date",), DATE, dates.month_start),
    "month_end": Function(("date",), DATE, dates.month_end),
    "add_working_days": Function(("date", "int"), DATE, dates.add_working_days, calendar=True),
    "working_days_between": Function(("date", "date"), INT, dates.working_days_between, calendar=True),
    "deadline": Function(("moment", "int", "unit"), DATETIME, dates.deadline, calendar=True),
}

ALIASES = {"age": "years_between", "maturity": "add_months"}

METHODS = ("contains", "startsWith", "endsWith", "substring", "size", "all", "exists", "exists_one", "map", "filter")
MACROS = ("all", "exists", "exists_one", "map", "filter")
SPECIAL = ("has", "known", "size", "sum", "count", "min", "max", "abs", "div", "div_up", "round_to", "in_state",
           "outcome_of", "in_register", "register", "parameter", "count_cases", "count_other")

WITHIN = ("open", "approved", "all")
