"""A state's `task` -> model.TaskSpec: who holds it, how it is decided, what it asks for, its policies."""

from __future__ import annotations

from typing import Any

from tongban.engine.model import Decide, Expr, Span, TaskSpec
from tongban.engine.read.context import Context, Raw, items, span
from tongban.engine.read.names import Names

Json = Any


def read_task(context: Context, names: Names, raw: Raw, at: str) -> TaskSpec:
    """One task; forms, parties and states it refers to are checked."""
    holders = context.holders(raw["who"], f"{at}/who", names.parties) if "who" in raw else (
        context.holder(raw, at, names.parties),)
    forms = {name.split(".")[0] for name in names.types if "." in name}
    if "form" in raw:
        context.reference("form", raw["form"], sorted(forms), f"{at}/form")
    for form, place in items(raw.get("shows"), f"{at}/shows"):
        context.reference("form", form, sorted(forms), place)
    for who, place in items(raw.get("never"), f"{at}/never"):
        context.reference("party_or_state", who, [*names.parties, *names.states], place)
    edits = {}
    for form, fields in (raw.get("edits") or {}).items():
        for name, place in items(fields, f"{at}/edits/{form}"):
            context.reference("name", f"{form}.{name}", names.types, place)
        edits[form] = tuple(fields)
    return TaskSpec(
        holders, raw.get("form"), _decide(context, raw.get("decide"), f"{at}/decide"),
        _due(context, raw.get("due"), f"{at}/due"),
        raw.get("overdue"), tuple(raw.get("never") or ()), raw.get("when_empty", "block"),
        raw.get("same_person", "allow"), raw.get("own_case", "refuse"), tuple(raw.get("shows") or ()), edits,
        context.text(raw.get("label"), f"{at}/label"), context.text(raw.get("hint"), f"{at}/hint"))


def _due(context: Context, raw: Json, at: str) -> Span | Expr | None:
    """A length of time from the opening, or a rule that gives the day."""
    return context.rule(raw, at) if isinstance(raw, str) else span(raw)


def _decide(context: Context, raw: Json, at: str) -> Decide:
    if raw is None or isinstance(raw, str):
        return Decide(raw or "any")
    mode = raw.get("mode") or next((key for key in ("quorum", "ratio") if key in raw), "any")
    if mode in ("quorum", "ratio") and mode not in raw:
        context.walker.add("read.missing_key", at, key=mode)
    count = raw.get("quorum", 1)
    if count < 1:
        context.walker.add("read.too_small", f"{at}/quorum", least=1)
    above, below = (int(n) for n in raw.get("ratio", "1/1").split("/"))
    if above > below:
        context.walker.add("read.ratio_above_one", f"{at}/ratio", ratio=raw["ratio"])
    return Decide(mode, count, (above, below), raw.get("carry"), raw.get("veto", True), raw.get("otherwise"))
