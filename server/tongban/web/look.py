"""Everything a form is shown with, before its rules are evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tongban.engine.answers import Lookups
from tongban.engine.answers.kind import NOTHING_KNOWN
from tongban.engine.model import Choice, Env, Field, Form, Json
from tongban.engine.problem import Problem
from tongban.service.regions import Inside


@dataclass(frozen=True, slots=True)
class Look:
    """Everything a form is shown with.

    raw        what was typed (a draft, a refused submission); values: what is stored. Raw wins where it has a field.
    problems   None = not judged yet (a first look); else shown at their fields
    modes      field id -> see | edit | must | hidden, as the service gives them; missing = edit
    marks      field id -> a reviewer's note; before: field id -> value of the last round
    prefilled  field id -> where the value came from, in words; shown beside it until it is confirmed
    layout     steps = one page at a time; sections = all pages below each other, for staff
    """

    form: Form
    lang: str
    raw: Mapping[str, Json] | None = None
    values: Mapping[str, Json] = field(default_factory=dict)
    problems: Sequence[Problem] | None = None
    env: Env = field(default_factory=dict)
    prefix: str = ""
    modes: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, Json] = field(default_factory=dict)
    prefilled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    layout: Literal["steps", "sections"] = "steps"
    page: str = ""
    clauses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lookups: Lookups = NOTHING_KNOWN
    children: Inside | None = None          # region code -> (code, name) below it
    options: Callable[[Field], Sequence[Choice]] | None = None              # choices that come from a register
    files: str = "/files/"                                                  # address of an attachment: files + id
