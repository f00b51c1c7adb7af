"""Procedures as applicants see them, and as authors do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tongban.engine.model import Form, Text
from tongban.engine.problem import Problem
from tongban.service.views.case import ChoiceView, ClauseView, Json, StepView
from tongban.service.views.lists import InboxRow


@dataclass(frozen=True, slots=True)
class ProcedureRow:
    slug: str
    title: Text
    summary: Text
    audience: tuple[str, ...]
    region: str | None
    region_name: Text
    status: str                                 # open | ended | early | withdrawn
    capabilities: tuple[str, ...] = ()
    can_start: bool = False


@dataclass(frozen=True, slots=True)
class CatalogueView:
    rows: tuple[ProcedureRow, ...]
    q: str
    audience: str
    region: str
    audiences: tuple[ChoiceView, ...]
    regions: tuple[ChoiceView, ...]


@dataclass(frozen=True, slots=True)
class PaperView:
    """A form that somebody fills in. `questions` counts what is asked of a person; `applicants`: a side of the case."""

    form: Form
    filled_by: tuple[Text, ...]
    applicants: bool
    questions: int


@dataclass(frozen=True, slots=True)
class FigureView:
    """A parameter as it stands today where the procedure holds; `shown` empty where nothing is set."""

    name: str
    label: Text
    clause: str | None
    shown: Text
    place: Text
    starts: str | None


@dataclass(frozen=True, slots=True)
class ProcedureView:
    slug: str
    title: Text
    summary: Text
    status: str
    audience: tuple[str, ...]
    region: str | None
    region_name: Text
    version: str
    version_no: int
    published_at: str
    source: Mapping[str, Json]
    clauses: tuple[ClauseView, ...]
    valid_from: str | None
    valid_until: str | None
    parties: Mapping[str, Text]
    steps: tuple[StepView, ...]
    documents: tuple[ChoiceView, ...]
    forms: tuple[Form, ...]
    rules: tuple[ClauseView, ...]               # what who applies has to meet, each under its clause
    checks: tuple[ClauseView, ...]              # what offices check besides
    papers: tuple[PaperView, ...]               # the forms with who fills them in
    capabilities: tuple[str, ...]
    chart: Mapping[str, Json]
    can_start: bool
    running: tuple[InboxRow, ...] = ()          # this person's own open cases of it
    offices: tuple[Text, ...] = ()              # roles that act in it
    registers: tuple[ChoiceView, ...] = ()
    parameters: tuple[FigureView, ...] = ()
    tested_later: bool = False                  # the window is tested on the day of an event, not of the start


@dataclass(frozen=True, slots=True)
class VersionView:
    no: int
    hash: str
    published_at: str
    published_by: str
    note: str
    current: bool
    open_cases: int = 0


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    slug: str
    title: Text
    status: str                                 # open | withdrawn | draft
    version_no: int
    updated_at: str
    open_cases: int
    has_draft: bool


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """A procedure as its author sees it. `files`: name -> JSON text ("workflow", "forms/<id>")."""

    slug: str
    title: Text
    status: str
    files: Mapping[str, str]
    rev: int                                    # of the draft; send back when saving
    saved_at: str | None
    versions: tuple[VersionView, ...]
    problems: tuple[Problem, ...] = ()
    published: str | None = None


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One place that differs between two versions. kind: added | removed | changed."""

    at: str
    kind: str
    before: Json = None
    now: Json = None
