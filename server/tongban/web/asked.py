"""What the inputs of a decision ask for, in a form post and in a phone's record alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from tongban.service.act import ActRequest
from tongban.web.language import say

OVERRIDE = "_override."
HELPED = ("name", "id_number", "relation", "consent")


def asked(given: MultiDict[str, str], kind: str, task_id: str | None, raw: Mapping[str, Any]) -> ActRequest:
    """The request; the inputs of an action carry its name, for several stand on one page."""
    name = given.get("action", "")
    marks = {mark: given.get(f"_note.{mark}", "").strip() or say("web.mark") for mark in given.getlist("_mark")}
    to = [*given.getlist(f"_to.{name}"), *given.getlist(f"_people.{name}")]
    return ActRequest(
        kind=kind, task=task_id, action=name, raw=raw, reason=given.get(f"_reason.{name}", ""),
        clauses=tuple(given.getlist(f"_clauses.{name}")), signature=given.get(f"_signature.{name}") or None,
        marks=marks if any(given.getlist(f"_to.{name}")) else {}, to=tuple(one for one in to if one),
        then=given.get("_then", ""),
        overrides=overrides(given))


def overrides(typed: MultiDict[str, str]) -> dict[str, str]:
    """Rule -> why it may be let pass; a rule that stands in the way of several actions has a box at each."""
    boxes = [(name, words) for name, words in typed.items(multi=True) if name.startswith(OVERRIDE) and words.strip()]
    return {name.removeprefix(OVERRIDE): words for name, words in boxes}


def helped(given: Mapping[str, str]) -> dict[str, str]:
    """帮办代办: the person for whom staff fill in, as the page asks; empty where nobody is named."""
    said = {name: given.get(f"_behalf.{name}", "").strip()[:200] for name in HELPED}
    said["consent"] = said["consent"] or given.get("_behalf.typed", "").strip()[:200]
    return {name: words for name, words in said.items() if words} if said["name"] else {}
