"""A case, as one person may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tongban.engine.model import Form, Text
from tongban.engine.problem import Problem

Json = Any


@dataclass(frozen=True, slots=True)
class ChoiceView:
    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class ActionView:
    """One thing that the person may do now. `kind` is a Command kind: act, claim, release, transfer, take_back …"""

    kind: str
    name: str                                   # the action's name for kind act; else the kind
    label: Text
    task: str | None = None
    tone: str = "neutral"                       # primary | neutral | danger
    reason: bool = False                        # a written reason is needed
    clauses: bool = False                       # clauses must be named; choose from CaseView.clauses
    signature: bool = False
    marks: bool = False                         # fields may be marked as defective
    form: bool = True                           # the task's form must be complete
    returns: tuple[ChoiceView, ...] = ()        # states that a return may go to
    then: str = ""                              # redo | resume | ask: what happens after the return
    people: bool = False                        # asks for people (transfer, add_sign, copy): service.people.colleagues
    soft: tuple[Problem, ...] = ()              # rules "in principle" that do not pass now: a named role may override


@dataclass(frozen=True, slots=True)
class VoteView:
    who: str
    action: Text
    at: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """Open work. `actions` is empty for a person who may only look."""

    id: str
    state: str
    label: Text
    holder: Text                                # who is waited for, in words
    opened: str
    hint: Text | None = None
    due: str | None = None
    provisional: bool = False                   # the due date may move: a year without a calendar (I-18)
    overdue: bool = False
    form: str | None = None                     # key in CaseView.forms
    claimed_by: str | None = None               # name
    mine: bool = False                          # claimed by, or addressed to, this person alone
    actions: tuple[ActionView, ...] = ()
    votes: tuple[VoteView, ...] = ()
    need: int = 1
    mode: str = "any"
    instead_of: str | None = None               # name of the person for whom this one may act here, as their deputy
    claimed_for: str | None = None              # name of the person for whom a deputy holds it


@dataclass(frozen=True, slots=True)
class FormView:
    """One form of the case as this person sees it.

    modes: field id -> see | edit | must | hidden. Hidden fields have neither value nor mark here.
    raw: what the person typed and saved without submitting (a draft); it goes back into the inputs as it was.
    before: the values of the previous round, only for fields that changed.
    """

    key: str
    form: Form
    values: Mapping[str, Json]
    modes: Mapping[str, str]
    marks: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, Json] = field(default_factory=dict)
    raw: Mapping[str, Json] | None = None
    saved_at: str | None = None
    task: str | None = None                     # the open task that this form is filled in for
    prefilled: Mapping[str, tuple[Json, Text]] = field(default_factory=dict)    # (value, its source), not sent yet
    env: Mapping[str, Json] = field(default_factory=dict, repr=False)   # what its rules may read besides its own fields


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the rail. status: done | now | next | skipped."""

    state: str
    label: Text
    status: str
    entered: str | None = None
    left: str | None = None
    due: str | None = None
    waits_for: Text | None = None
    provisional: bool = False                   # the due date may move


@dataclass(frozen=True, slots=True)
class RecordView:
    """One line of the record: who did what, when, in which role, why."""

    seq: int
    at: str
    what: Text
    who: str | None = None                      # None = the system
    role: Text | None = None
    deputy_of: str | None = None
    state: Text | None = None
    reason: str = ""
    clauses: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    hash: str = ""
    captured_at: str | None = None              # on a phone without a network, by its clock set right
    on_behalf: str = ""                         # name of the person who was helped (帮办代办)
    on_behalf_why: str = ""
    on_behalf_signed: str = ""                  # id of the picture of their signature; "" = they said their name


@dataclass(frozen=True, slots=True)
class OpinionView:
    """A reviewer's decision for the opinion box."""

    state: str
    label: Text
    action: str
    action_label: Text
    who: str
    at: str
    role: Text | None = None
    office: Text | None = None
    reason: str = ""
    clauses: tuple[str, ...] = ()
    signature: str | None = None
    values: Mapping[str, Json] = field(default_factory=dict)
    deputy_of: str | None = None        # the name of the person whose place they took


@dataclass(frozen=True, slots=True)
class DocumentView:
    id: str
    kind: str
    title: Text
    status: str                                 # waiting | issued | replaced | revoked | failed
    issued_at: str
    number: str | None = None
    code: str | None = None                     # verify code
    problem: Problem | None = None              # why it could not be made: for who manages it
    managed: bool = False                       # this person may print it again, revoke it, try again


@dataclass(frozen=True, slots=True)
class MessageView:
    id: str
    number: int             # later ones have higher numbers
    text: Text
    at: str
    case_id: str | None = None
    read: bool = False


@dataclass(frozen=True, slots=True)
class MessagesView:
    rows: tuple[MessageView, ...]
    before: int | None      # the page after this one begins before that number


@dataclass(frozen=True, slots=True)
class LinkView:
    case_id: str
    number: str
    title: Text
    status: str
    outcome: str | None
    relation: str                               # parent | child


@dataclass(frozen=True, slots=True)
class ClauseView:
    id: str
    words: Text


@dataclass(frozen=True, slots=True)
class CaseView:
    id: str
    number: str
    procedure: str                              # slug
    title: Text
    subject: str
    status: str                                 # open | closed
    outcome: str | None
    seq: int                                    # the case version to send back as `expected`
    round: int
    version: str                                # hash of the definition
    version_no: int
    started_at: str
    updated_at: str
    submitted_at: str | None
    scope: str | None
    scope_name: Text
    applicant: str
    steps: tuple[StepView, ...]
    active: tuple[str, ...]                     # chart state ids that are lit
    visited: tuple[str, ...]                    # chart state ids on the way taken
    tasks: tuple[TaskView, ...]
    actions: tuple[ActionView, ...]             # without a task: withdraw, object, take back, urge …
    forms: tuple[FormView, ...]
    opinions: tuple[OpinionView, ...]
    record: tuple[RecordView, ...]
    documents: tuple[DocumentView, ...]
    messages: tuple[MessageView, ...]
    links: tuple[LinkView, ...]
    clauses: tuple[ClauseView, ...]
    chart: Mapping[str, Json]                   # the workflow's JSON, for drawing
    previews: tuple[tuple[str, Text], ...] = ()     # documents that an office of the case may look at beforehand
    next_step: Text | None = None               # what the case waits for, in one sentence

    def form(self, key: str) -> FormView | None:
        """The form with that key, if this person may read it."""
        return next((form for form in self.forms if form.key == key), None)

    def task(self, task_id: str) -> TaskView | None:
        """The open task with that id."""
        return next((task for task in self.tasks if task.id == task_id), None)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One field of a comparison between two rounds."""

    field: str
    label: Text
    before: Json
    now: Json


@dataclass(frozen=True, slots=True)
class Received:
    """Answer to an action. Problems, or a receipt: `seq` is the case version after it."""

    case_id: str
    seq: int
    number: str = ""
    at: str = ""
    problems: tuple[Problem, ...] = ()
    repeated: bool = False                      # the key was seen before: this is the stored answer
    status: str = "open"
    outcome: str | None = None
    dropped: tuple[Problem, ...] = ()           # answers that were left out, each with its reason; told once

    @property
    def ok(self) -> bool:
        """Whether it was taken into the record."""
        return not self.problems
