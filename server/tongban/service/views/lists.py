"""Inboxes and lists of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tongban.engine.model import Text
from tongban.service.views.case import ChoiceView, Received


@dataclass(frozen=True, slots=True)
class InboxRow:
    case_id: str
    number: str
    subject: str
    title: Text                                 # procedure
    state: str
    label: Text                                 # what is to be done
    task: str | None
    opened: str
    seq: int = 0
    due: str | None = None
    overdue: bool = False
    provisional: bool = False
    claimed_by: str | None = None
    status: str = "open"
    outcome: str | None = None
    scope: str | None = None
    scope_name: Text = field(default_factory=dict)
    round: int = 1
    claimed_for: str | None = None              # in whose name, where a deputy holds it


@dataclass(frozen=True, slots=True)
class BoxView:
    """A tab of the inbox with its badge, capped ("999+")."""

    name: str                                   # open | mine | done | started
    label: Text
    count: str


@dataclass(frozen=True, slots=True)
class InboxView:
    box: str
    boxes: tuple[BoxView, ...]
    rows: tuple[InboxRow, ...]
    after: str | None                           # cursor of the next page; None = this is the last
    filters: Mapping[str, str]
    procedures: tuple[ChoiceView, ...]          # to filter by
    regions: tuple[ChoiceView, ...]
    unread: int = 0


@dataclass(frozen=True, slots=True)
class BulkRow:
    """Result for one case of an action on many."""

    case_id: str
    status: str                                 # done | problem | conflict | missing
    received: Received | None = None
    subject: str = ""                           # or its number; empty where the case is not to be seen
