"""What the service floor gives back: frozen views, complete enough to render without asking again.

Every sentence is a `Text` ({"zh": …, "en": …}); the web picks the language. Instants are UTC strings.
"""

from __future__ import annotations

from tongban.service.views.case import (
    ActionView,
    CaseView,
    ChangeView,
    ChoiceView,
    ClauseView,
    DocumentView,
    FormView,
    LinkView,
    MessagesView,
    MessageView,
    OpinionView,
    Received,
    RecordView,
    StepView,
    TaskView,
    VoteView,
)
from tongban.service.views.lists import BoxView, BulkRow, InboxRow, InboxView
from tongban.service.views.procedures import (
    CatalogueView,
    DefinitionRow,
    DefinitionView,
    DifferenceView,
    FigureView,
    PaperView,
    ProcedureRow,
    ProcedureView,
    VersionView,
)

__all__ = [
    "ActionView",
    "BoxView",
    "BulkRow",
    "CaseView",
    "CatalogueView",
    "ChangeView",
    "ChoiceView",
    "ClauseView",
    "DefinitionRow",
    "DefinitionView",
    "DifferenceView",
    "DocumentView",
    "FigureView",
    "FormView",
    "InboxRow",
    "InboxView",
    "LinkView",
    "MessageView",
    "MessagesView",
    "OpinionView",
    "PaperView",
    "ProcedureRow",
    "ProcedureView",
    "Received",
    "RecordView",
    "StepView",
    "TaskView",
    "VersionView",
    "VoteView",
]
