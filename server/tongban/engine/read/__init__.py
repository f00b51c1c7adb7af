"""JSON -> model: a bundle of one workflow and its forms, every problem at once with its JSON pointer.

Pointers begin in the workflow ("/states/draft/task"); those of a form begin with "/forms/<form id>".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tongban.engine.model import Expr, Form, Version
from tongban.engine.problem import Problem, escape
from tongban.engine.read.context import Context
from tongban.engine.read.forms import field_types, report_cycle
from tongban.engine.read.forms import read_form as _read_form
from tongban.engine.read.loads import Loaded, canonical, digest, load_json, survey
from tongban.engine.read.shape import DROP, Obj, Walker
from tongban.engine.read.size import MAX_WRITTEN, oversize
from tongban.engine.read.vocabulary import FORM, WORKFLOW
from tongban.engine.read.workflow import Sources, read_workflow
from tongban.engine.rules import Scope

__all__ = ["Loaded", "Reading", "canonical", "digest", "load_json", "read_bundle", "read_form"]

Json = Any


@dataclass(frozen=True, slots=True)
class Reading:
    """What a bundle says. `version` is None where anything is wrong; `exprs` holds every rule by its pointer.

    `arrows` maps (state, number of a transition in it) to the pointer of that transition.
    """

    version: Version | None
    problems: tuple[Problem, ...] = ()
    exprs: Mapping[str, Expr] = field(default_factory=dict)
    arrows: Mapping[tuple[str, int], str] = field(default_factory=dict)


def read_bundle(raw: Json) -> Reading:
    """Read {"workflow": {…}, "forms": {form id: {…}}}. Never raises on bad input."""
    if problems := survey(raw):
        return Reading(None, problems)
    if not isinstance(raw, Mapping) or not isinstance(raw.get("workflow"), Mapping) or not isinstance(
            raw.get("forms", {}), Mapping):
        return Reading(None, (Problem("read.no_bundle"),))
    if problems := oversize(raw["workflow"], raw.get("forms", {})):
        return Reading(None, problems)
    walker = Walker(WORKFLOW)
    workflow = walker.fit(raw["workflow"], Obj("workflow"), "")
    workflow = {} if workflow is DROP else workflow
    forms = {id_: _fit_form(walker, form, id_) for id_, form in raw.get("forms", {}).items()}
    if walker.written > MAX_WRITTEN:
        return Reading(None, (Problem("read.too_many_rules", params={"limit": MAX_WRITTEN}),))
    context = Context(walker, Scope())
    model = read_workflow(context, Sources(workflow, forms))
    for id_ in forms:
        if id_ not in workflow.get("forms", {}).values():
            walker.add("read.form_not_used", f"/forms/{escape(id_)}", form=id_)
    bundle = {"workflow": raw["workflow"], "forms": dict(raw.get("forms", {}))}
    version = None if walker.problems else Version(model, digest(bundle), bundle)
    return Reading(version, tuple(walker.problems), context.exprs, context.arrows)


def read_form(raw: Json) -> tuple[Form | None, tuple[Problem, ...]]:
    """Read one form alone: its rules know its own fields only."""
    if problems := survey(raw) or oversize(None, {"": raw}):
        return None, problems
    walker = Walker(FORM)
    fitted = walker.fit(raw, Obj("form"), "")
    if fitted is DROP:
        return None, tuple(walker.problems)
    context = Context(walker, Scope({name: (name, type_) for name, type_ in field_types(fitted).items()}))
    form = _read_form(context, fitted, "")
    report_cycle(context, form, "")
    return (None if walker.problems else form), tuple(walker.problems)


def _fit_form(walker: Walker, raw: Json, id_: str) -> Mapping[str, Any]:
    walker.shapes = FORM
    fitted: Any = walker.fit(raw, Obj("form"), f"/forms/{escape(id_)}")
    walker.shapes = WORKFLOW
    if fitted is DROP:
        return {}
    form: Mapping[str, Any] = fitted
    if form.get("id", id_) != id_:
        walker.add("read.form_id_differs", f"/forms/{escape(id_)}/id", id=form["id"], key=id_)
    return form
