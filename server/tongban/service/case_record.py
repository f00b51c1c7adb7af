"""The record of a case in words, and the opinions of its reviewers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tongban.engine.model import Text
from tongban.service import files
from tongban.service.access import only_readable
from tongban.service.seen import Line, Seen, both, both_or, role_at
from tongban.service.views import OpinionView, RecordView

TOLD = frozenset({
    "started", "acted", "claimed", "released", "transferred", "delegated", "advised", "signers_added",
    "signers_removed", "urged", "copied", "skipped", "replaced", "overridden", "fired", "suspended", "unsuspended",
    "deadline_moved", "taken_back", "received", "finished"})
"""Events that people are told of; the others are how the engine keeps its books."""


def record(seen: Seen) -> tuple[RecordView, ...]:
    """Who did what, when, in which role, and why."""
    returned = {line.seq: line.event for line in seen.lines if line.event["type"] == "returned"}
    found = []
    for line in seen.lines:
        if line.event["type"] not in TOLD:
            continue
        event, who = line.event, line.event.get("by") or line.actor
        back = returned.get(line.seq, {}) if event["type"] == "acted" else {}
        deputy = event.get("deputy_of") or line.by.get("deputy_of")
        found.append(RecordView(
            line.seq, line.at, _what(seen, line), seen.name(who), role_words(event), seen.name(deputy),
            seen.label(event["state"]) if event.get("state") else None, str(event.get("reason") or ""),
            tuple(event.get("clauses") or ()), back.get("marks") or {}, line.hash, *_origin(line)))
    return tuple(found)


def _origin(line: Line) -> tuple[str | None, str, str, str]:
    """When it was captured on a phone, and on whose behalf; both belong to what a person did."""
    if line.event["type"] != "acted":
        return None, "", "", ""
    origin = line.by.get("origin") or {}
    helped = origin.get("on_behalf") or {}
    consent = str(helped.get("consent") or "")
    return (origin.get("happened_at") or origin.get("captured_at"), str(helped.get("name") or ""),
            str(helped.get("relation") or ""), consent if files.is_id(consent) else "")


def role_words(event: Mapping[str, Any]) -> Text | None:
    """The role that was used, with its place."""
    if not event.get("role"):
        return None
    return role_at(str(event["role"]), event.get("scope"))


def _what(seen: Seen, line: Line) -> Text:
    event, kind = line.event, line.event["type"]
    if kind == "released" and event.get("by") is None:
        kind = "freed"
    if kind == "claimed" and event.get("back"):
        kind = "claimed_back"
    if kind == "acted":
        return seen.action_label(event.get("state"), event["action"])
    names = event.get("to")
    told = [seen.name(one) or one for one in names] if isinstance(names, list) else seen.name(names) or ""
    action = seen.action_label(event.get("state"), str(event.get("action") or ""))
    return both(f"service.record.{kind}", to=told, action=action, rule=_rule(seen, event),
                back=seen.name(event.get("back")) or "",
                event=both_or(f"event.{event.get('event')}", str(event.get("event") or "")),
                outcome=both_or(f"outcome.{event.get('outcome')}", str(event.get("outcome") or "")))


def _rule(seen: Seen, event: Mapping[str, Any]) -> Text:
    rule = seen.version.workflow.rules.get(str(event.get("rule")))
    return (rule.label if rule else None) or {"zh": str(event.get("rule") or ""), "en": str(event.get("rule") or "")}


def opinions(seen: Seen, readable: Mapping[str, Collection[str]]) -> tuple[OpinionView, ...]:
    """What each reviewer decided, with what they filled in, as it stood then."""
    flow, found = seen.version.workflow, []
    answered = {(line.seq, line.event["form"]): line.event["values"] for line in seen.lines
                if line.event["type"] == "answered"}
    for line in seen.lines:
        event = line.event
        if event["type"] != "acted" or not event.get("task") or event.get("party"):
            continue
        state = seen.state(event["state"])
        form = state.task.form if state and state.task else None
        values = answered.get((line.seq, form), {}) if form else {}
        shown = only_readable(flow.forms[form].fields, values, readable.get(form, ())) if form else {}
        found.append(OpinionView(
            event["state"], seen.label(event["state"]), event["action"],
            seen.action_label(event["state"], event["action"]), seen.name(event["by"]) or "", line.at,
            role_words(event), seen.office(event.get("deputy_of") or event["by"]), str(event.get("reason") or ""),
            tuple(event.get("clauses") or ()), event.get("signature"), shown, seen.name(event.get("deputy_of"))))
    return tuple(found)
