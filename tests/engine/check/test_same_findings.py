"""The same definition has the same findings, made-up answers and all, whatever the process proved before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tongban.engine.check import check_bundle
from tongban.engine.check.solver import Question

ROOT = Path(__file__).parents[3]


def shipped(slug: str) -> dict[str, Any]:
    flow = json.loads((ROOT / f"workflows/{slug}.json").read_text("utf-8"))
    return {"workflow": flow, "forms": {form: json.loads((ROOT / f"forms/{form}.json").read_text("utf-8"))
                                        for form in flow["forms"].values()}}


def test_the_order_of_proofs_changes_neither_findings_nor_the_answers_that_they_stand_on(
        monkeypatch: pytest.MonkeyPatch) -> None:
    possible, shown = Question.possible, []

    def kept(self: Question, *formulas: Any) -> Any:
        model = possible(self, *formulas)
        shown.append(model if model in (None, "?") else self.answers(model))
        return model

    def proved(slug: str) -> tuple[list[Any], list[Any]]:
        shown.clear()
        return [found.as_json() for found in check_bundle(shipped(slug))], list(shown)

    monkeypatch.setattr(Question, "possible", kept)
    one, other = "qd-contact-reg", "ha-visit"
    first = proved(one), proved(other)
    assert {found["code"] for found in first[1][0]} >= {"check.undecided_condition"}, "findings that stand on answers"
    assert (proved(other), proved(one)) == (first[1], first[0])
    assert (proved(one), proved(other)) == first
