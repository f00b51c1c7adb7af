"""The audit as admins and auditors read it."""

from __future__ import annotations

from dataclasses import dataclass

from tongban.engine.model import Text
from tongban.service.views.case import ChoiceView


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; empty = any."""

    verb: str = ""
    q: str = ""                     # part of the name or login of who did it
    since: str = ""                 # days, both included
    until: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry: who did what, to whom or what."""

    number: int
    at: str
    by: Text
    login: str                      # "" = nobody who signs in
    office: Text
    verb: str
    what: Text
    subject: str                    # as it stands in the chain
    about: Text                     # the same in words; empty where somebody did it for themselves
    details: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class AuditView:
    rows: tuple[AuditRow, ...]      # newest first
    before: int | None              # the page after this one begins before that number
    filters: AuditFilter
    verbs: tuple[ChoiceView, ...]
