"""Names that the pages use themselves: an author is told, instead of a form that cannot be sent."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.service.world import FORM, OPINION, WORKFLOW

from tongban.engine.read import read_bundle


def problems(form: dict[str, Any]) -> list[tuple[str, str]]:
    bundle = {"workflow": WORKFLOW, "forms": {"grant-application": form, "grant-opinion": OPINION}}
    return [(p.code, p.at) for p in read_bundle(bundle).problems]


@pytest.mark.parametrize("name", ["kind", "key", "task", "action", "from", "expected", "csrf"])
def test_a_question_with_a_name_of_the_page_is_refused_at_its_place(name: str) -> None:
    form = copy.deepcopy(FORM)
    form["pages"][0]["fields"].append({"id": name, "type": "text", "label": {"zh": "类别"}})
    assert problems(form) == [("read.name_reserved", "/forms/grant-application/pages/0/fields/5/id")]


def test_a_page_cannot_be_called_as_the_last_one() -> None:
    form = copy.deepcopy(FORM)
    form["pages"][0]["id"] = "check"
    assert problems(form) == [("read.name_reserved", "/forms/grant-application/pages/0/id")]
