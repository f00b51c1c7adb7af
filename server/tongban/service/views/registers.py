"""Registers, what stands in them, what was imported, who qualifies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tongban.engine.model import Text
from tongban.engine.problem import Problem


@dataclass(frozen=True, slots=True)
class BookRow:
    name: str
    title: Text
    size: int                                   # entries that stand in it now
    procedures: tuple[Text, ...]
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class ColumnView:
    id: str
    label: Text
    type: str
    masked: bool = False


@dataclass(frozen=True, slots=True)
class EntryRow:
    id: str
    key: str
    cells: tuple[str, ...]                      # in the order of the columns, as people read them
    entered_at: str
    left_at: str | None = None


@dataclass(frozen=True, slots=True)
class ScreenLink:
    """A procedure that screens a register."""

    slug: str
    title: Text


@dataclass(frozen=True, slots=True)
class RegisterView:
    name: str
    title: Text
    columns: tuple[ColumnView, ...]
    rows: tuple[EntryRow, ...]
    on: str                                     # the day that was asked about
    today: bool                                 # whether that is now
    q: str
    count: int
    more: bool                                  # there are more than were counted
    after: str | None
    keeps: bool
    screens: tuple[ScreenLink, ...] = ()        # open procedures that screen it


@dataclass(frozen=True, slots=True)
class CellView:
    """A column as people read it."""

    label: Text
    value: str


@dataclass(frozen=True, slots=True)
class SpellView:
    """One dated row of an entry."""

    entered_at: str
    left_at: str | None
    ground: str | None
    case_id: str | None                         # the case that entered it, where this person may see it
    number: str | None
    by: str | None                              # who entered it by hand
    cells: tuple[CellView, ...]
    changed: tuple[str, ...] = ()               # labels of what differs from the row before
    left_case: str | None = None
    left_number: str | None = None
    left_by: str | None = None


@dataclass(frozen=True, slots=True)
class EntryView:
    register: str
    title: Text
    id: str
    key: str
    name: str
    stands: bool
    spells: tuple[SpellView, ...]               # latest first
    keeps: bool
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportView:
    """What came of a spreadsheet."""

    kept: bool                                  # False = only checked
    entered: int
    changed: int
    same: int
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreenRule:
    id: str
    label: Text
    clause: str | None
    words: Text | None                          # of the clause
    hard: bool
    fails: int
    unknown: int
    asked: bool = True                          # False = a register cannot answer it


@dataclass(frozen=True, slots=True)
class ScreenRow:
    id: str
    key: str
    cells: tuple[str, ...]
    fails: tuple[str, ...] = ()                 # ids of rules
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreenView:
    slug: str
    title: Text
    register: str
    register_title: Text
    on: str
    verdict: str                                # passes | fails | unknown: whose rows are shown
    counts: Mapping[str, int]
    rules: tuple[ScreenRule, ...]
    columns: tuple[ColumnView, ...]
    rows: tuple[ScreenRow, ...]
    after: str | None
    missing: tuple[Text, ...]                   # fields that no column answers
    can_start: bool
