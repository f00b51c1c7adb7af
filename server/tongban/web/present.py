"""What the pages of a case need beyond its view: drawn forms, the chart, the keys of a submission."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flask import request
from markupsafe import Markup

from tongban.engine import answers, draw
from tongban.engine.answers import Lookups
from tongban.engine.model import Field, Form, Json, Page, Text
from tongban.engine.problem import Problem
from tongban.service import regions
from tongban.service.cases import questions
from tongban.service.colleagues import colleagues as others
from tongban.service.seen import both_or
from tongban.service.views import ActionView, CaseView, ChoiceView, FormView, TaskView
from tongban.web import fields, show
from tongban.web.asked import overrides
from tongban.web.language import current, label, problem, say
from tongban.web.session import runtime, signed_in

PAGED = frozenset({"group"})     # rows want the width of a page, and their buttons without script
MOST = 60       # drawings that are kept; one has 5 to 40 KB
MASKED = frozenset({"citizen_id", "bank_account"})      # shown whole only in the form where they are filled in
_drawings: dict[tuple[int, tuple[str, ...], tuple[str, ...], str], tuple[Mapping[str, Json], Markup]] = {}


def key() -> str:
    """The key that makes a submission count once, made when the page is made; a phone makes its own."""
    return str(uuid.uuid4())


def given_key() -> str:
    """The key that came with the form; a form without one is taken, but only once by itself."""
    return request.form.get("key", "")[:80] or key()


def drawing(chart: Mapping[str, Json], lit: Sequence[str] = (), way: Sequence[str] = ()) -> Markup:
    """The chart of a procedure as SVG, twice: left to right for a desk, top to bottom for a phone. Sheets show one."""
    lang = current()
    key = (id(chart), tuple(lit), tuple(way), lang)
    found = _drawings.get(key)
    if found is None:
        if len(_drawings) >= MOST:
            _drawings.clear()
        across = draw.svg(chart, lit=lit, way=way, lang=lang)
        down = draw.svg(chart, lit=lit, way=way, lang=lang, down=True)
        both = f'<div class="wide-only">{across}</div><div class="narrow-only">{down}</div>'
        found = _drawings[key] = (chart, Markup(both))      # noqa: S704 - escaped there; the chart stays alive: its id is its own
    return found[1]


def value_text(field: Field, value: Json) -> str:
    """A value as people read it; what cannot be shown as its kind is shown as it is."""
    if value in (None, "", []):
        return ""
    if field.type in MASKED:
        return show.mask(str(value))
    return regions.shown(field, value, current()) or answers.show(field, value, current())


def colleagues() -> Sequence[ChoiceView]:
    """People to whom work may be handed."""
    return others(runtime(), signed_in())


def filled_fields(view: FormView) -> list[str]:
    """Ids of the fields that have something to show."""
    return [one.id for one in view.form.fields if view.modes.get(one.id, "see") != "hidden"
            and (one.id in view.before or one.id in view.marks or value_text(one, view.values.get(one.id)))]


def left_out(view: FormView) -> int:
    """How many readable questions were left blank."""
    shown = set(filled_fields(view))
    asked = [one for one in view.form.fields if view.modes.get(one.id, "see") != "hidden" and one.type != "static"]
    return sum(1 for one in asked if one.id not in shown)


def look(case: CaseView, form: FormView, raw: Mapping[str, Json] | None = None,
         problems: Sequence[Problem] | None = None, layout: str = "steps", page: str = "") -> fields.Look:
    """Everything a form of a case is drawn with."""
    return fields.Look(
        form=form.form, lang=current(), raw=raw if raw is not None else form.raw,
        values={**form.values, **({} if raw else {name: value for name, (value, _) in form.prefilled.items()})},
        prefilled={} if raw else {name: source for name, (_, source) in form.prefilled.items()},
        problems=problems, env=dict(form.env), prefix=f"{form.key}.", modes=form.modes, marks=form.marks,
        before=form.before, layout="sections" if layout == "sections" else "steps", page=page,
        clauses={item.id: item.words for item in case.clauses}, children=regions.children,
        lookups=Lookups(region=regions.full_name), files=f"/files/case/{case.id}/")


def inline(case: CaseView, task: TaskView, raw: Mapping[str, Json] | None = None,
           problems: Sequence[Problem] = ()) -> Markup | str:
    """The fields of a reviewer's task, standing beside what they are about; "link" where they need a page."""
    form = case.form(task.form) if task.form else None
    if form is None or not any(action.kind == "act" for action in task.actions):
        return ""
    sheet = fields.sheet(look(case, form, raw, problems or None, layout="sections"))
    if any(one.field.type in PAGED and one.mode == "edit" for page in sheet.pages for one in page.fields):
        return "link"
    return fields.edit(sheet) if sheet.editable else ""


def own_problems(problems: Sequence[Problem], form: FormView | None) -> tuple[Problem, ...]:
    """Problems at fields of this form."""
    ids = {one.id for one in form.form.fields} if form else set()
    return tuple(one for one in problems if one.at.strip("/").split("/")[0] in ids)


@dataclass(frozen=True, slots=True)
class SoftRule:
    """A rule that holds as a rule (原则上): what is not met, who may let it pass, and what was typed as the reason."""

    rule: str
    words: str
    role: Text
    may: bool
    typed: str


def soft_rules(action: ActionView, problems: Sequence[Problem] = ()) -> list[SoftRule]:
    """Those that stand in the way of an action: as the case stands, and as the form was just filled in. What was typed
    in a box is never lost."""
    asked = request.form.get("action") == action.name
    told = [*action.soft, *(one for one in problems if one.code == "engine.rule_soft" and asked)]
    found = {one.at.removeprefix("#rule/"): one for one in told}
    who = signed_in()
    held = {grant.role for grant in (*who.grants, *(grant for _, grant in who.lent))}
    typed = overrides(request.form)
    boxes = [SoftRule(rule, problem(one), both_or(f"role.{one.params['role']}", one.params["role"]),
                      one.params["role"] in held, typed.get(rule, "")) for rule, one in found.items()]
    return boxes + [SoftRule(rule, say("web.override"), {}, True, words) for rule, words in typed.items()
                    if asked and rule not in found]


def typed_words(case: CaseView, raw: Mapping[str, Json]) -> list[tuple[str, str]]:
    """What somebody typed that can no longer be sent, by question, so that it can be copied."""
    asked = questions(runtime(), signed_in(), case.id)
    given = [(label(asked[name].label), words) for name, value in answers.nested(raw).items()
             if name in asked and (words := _in_words(asked[name], value))]
    reason = request.form.get(f"_reason.{request.form.get('action', '')}", "").strip()
    return [*given, *([(say("web.reason"), reason)] if reason else [])]


def _in_words(field: Field, raw: Json) -> str:
    """A raw answer as its field shows it; what cannot be read stands as it was typed."""
    if field.type == "group" and isinstance(raw, (Mapping, list)):
        rows = (_row_words(field, row) for row in (raw.values() if isinstance(raw, Mapping) else raw))
        return "\n".join(f"{n}. {words}" for n, words in enumerate(filter(None, rows), 1))
    if field.type in ("region", "address"):      # of a region that is not chosen to its end, too
        inside = isinstance(raw, Mapping)
        raw = [regions.shown(field, answers.deepest(raw.get("region") if inside else raw), current()),
               *([raw.get("detail")] if inside else [])]
        return " ".join(_parts(raw))
    if field.type == "declaration" and isinstance(raw, Mapping):
        raw = {name: part for name, part in raw.items() if name != "agreed"}        # a tick is no words
    typed = "、".join(_parts(raw))
    if not typed:
        return ""
    plain = replace(field, required=False, visible=None, readonly=False, computed=None, valid=())
    value = answers.read(Form("typed", {}, (Page("typed", {}, (plain,)),)), {field.id: raw}, {}, "draft"
                         ).values.get(field.id)
    return typed if value is None else answers.show(plain, value, current())


def _row_words(group: Field, row: Json) -> str:
    """The cells of a row under the names of their columns."""
    cells = ((one, _in_words(one, row.get(one.id))) for one in group.fields) if isinstance(row, Mapping) else ()
    return "；".join(f"{label(one.label)} {words}" for one, words in cells if words)


def _parts(raw: Json) -> Iterator[str]:
    """What was typed into each of the boxes of one question."""
    for one in raw.values() if isinstance(raw, Mapping) else raw if isinstance(raw, list) else [raw]:
        if isinstance(one, (Mapping, list)):
            yield from _parts(one)
        elif one not in ("", None) and not str(one).startswith("data:"):        # a drawing is no words
            yield str(one)


def with_raw(case: CaseView, key_: str | None, raw: Mapping[str, Json]) -> CaseView:
    """The case with what was just typed in place of the saved draft."""
    return replace(case, forms=tuple(replace(f, raw=raw) if f.key == key_ else f for f in case.forms))


def context(case: CaseView, applicant: bool, **more: Any) -> dict[str, Any]:
    """What `page/case.html` is rendered with."""
    tasks = [task for task in case.tasks if any(action.kind == "act" for action in task.actions)]
    act = tasks[0] if tasks else None
    drawn: dict[str, Any] = {task.id: "link" if applicant and task.form else inline(case, task) for task in tasks}
    return {
        "case": case, "applicant": applicant, "typed": request.form, "fields": drawn, "problems": (), "conflict": False,
        "since": (), "leftover": (), "problem_task": None,
        "readable": [form for form in case.forms if not form.task and (form.values or form.marks)],
        "clause_words": {item.id: item.words for item in case.clauses}, "decided": _closing(case),
        "returned": _returned(case),
        "markable": any(action.marks for task in tasks for action in task.actions), "act_task": act,
        "act_href": _act_href(case, act, applicant),
        "drawing": drawing(case.chart, case.active, case.visited),
        "soft": partial(soft_rules, problems=more.get("problems") or ()), **more}


def _act_href(case: CaseView, task: TaskView | None, applicant: bool) -> str:
    if task is None:
        return ""
    return f"/cases/{case.id}/tasks/{task.id}" if applicant and task.form else f"#task-{task.id}"


def _closing(case: CaseView) -> Any:
    """The line that ended the case: what somebody did last, else what the clock did."""
    if case.status == "open" or not case.record:
        return None
    return next(line for line in case.record if line.seq == case.record[-1].seq)


def _returned(case: CaseView) -> Any:
    """The line that sent it back, while it is with the applicant."""
    if case.status != "open" or not any(form.marks for form in case.forms):
        return None
    return next((line for line in reversed(case.record) if line.marks or line.reason), None)
