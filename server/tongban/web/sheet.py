"""A form evaluated and ready for its templates: its pages, and what goes to its script."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from markupsafe import Markup

from tongban.engine.answers import Answers
from tongban.engine.model import Json, Page
from tongban.engine.problem import Problem
from tongban.web.fieldtree import body
from tongban.web.fieldview import FieldView
from tongban.web.look import Look

_PARTS = {"group": "field-rows", "file": "field-file", "photo": "field-file", "signature": "field-sign",
          "declaration": "field-sign", "position": "field-place", "choice": "field-choice", "choices": "field-choice",
          "region": "field-region", "address": "field-region", "money": "field-money"}
CHECK = "check"     # the page with all answers, after the last page of the form


@dataclass(frozen=True, slots=True)
class PageView:
    """One page of the form as drawn."""

    page: Page
    fields: tuple[FieldView, ...]
    hidden: bool
    number: int
    current: bool
    wrong: int

    @property
    def id(self) -> str:
        return self.page.id


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form evaluated and ready for its templates."""

    look: Look
    answers: Answers
    pages: tuple[PageView, ...]
    problems: tuple[Problem, ...]
    current: str
    drawn: dict[str, Markup] = field(default_factory=dict, compare=False, repr=False)

    @property
    def asked(self) -> tuple[PageView, ...]:
        """Pages that have something to show."""
        return tuple(page for page in self.pages if not page.hidden)

    @property
    def data(self) -> Markup:
        """What the script of the form evaluates, as JSON inside the page."""
        return _safe(body(self.look, self.answers))

    @property
    def parts(self) -> list[str]:
        """Scripts of the field types in this form, fetched together with the page's own instead of after them."""
        kinds = {one.type for page in self.look.form.pages for one in page.fields}
        return sorted({_PARTS[kind] for kind in kinds & _PARTS.keys()})

    @property
    def editable(self) -> bool:
        return any(f.mode == "edit" for page in self.pages for f in page.fields)


def inside(data: Json) -> Markup:
    """JSON as it may stand inside a page's <script type="application/json">."""
    return _safe(json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def _safe(text: str) -> Markup:
    """Nothing in a script element of JSON means anything to the browser but "<" (its end, a comment); it is written as
    JSON's own escape, so the text says the same and cannot leave its element."""
    return Markup(text.replace("<", "\\u003c"))    # noqa: S704 - see above
