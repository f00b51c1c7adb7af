"""Public notices as anybody reads them, and objections as the office that examines them does."""

from __future__ import annotations

from dataclasses import dataclass

from tongban.engine.model import Text


@dataclass(frozen=True, slots=True)
class NoticeRow:
    id: str
    title: Text
    procedure: Text
    region: Text
    starts: str
    until: str
    status: str                                 # running | suspended | over | ended


@dataclass(frozen=True, slots=True)
class ObjectionView:
    at: str
    name: str
    contact: str
    reason: str
    status: str                                 # raised | waiting | closed


@dataclass(frozen=True, slots=True)
class TableView:
    label: Text
    head: list[Text]
    rows: list[list[Text]]


@dataclass(frozen=True, slots=True)
class NoticeView:
    row: NoticeRow
    facts: tuple[tuple[Text, Text], ...]        # gone once it has ended
    tables: tuple[TableView, ...]               # lists of rows, gone with them
    outcome: str | None
    objectable: bool
    case_id: str | None = None                  # for those who may see the case
    objections: tuple[ObjectionView, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticesView:
    rows: tuple[NoticeRow, ...]
    after: str | None
