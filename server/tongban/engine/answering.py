"""The answers that come with an action: read by the forms of its task, what nothing reads told or refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from tongban.engine import answers
from tongban.engine.model import Command, Json, TaskSpec
from tongban.engine.problem import Problem, escape
from tongban.engine.returns import open_fields
from tongban.engine.step import Step

LEFT_OUT = frozenset({"answer.hidden", "answer.closed", "answer.trusted"})
"""What is told of answers that are left out; a field that asks for one of them is no warning of the form."""


def read_answers(step: Step, command: Command, spec: TaskSpec | None, *, lenient: bool) -> None:
    """Raw answers become values of the task's form, and of the fields of other forms that the task may edit."""
    _answers_elsewhere(step, command, spec)
    if spec is None:
        return
    looks = answers.Lookups(region=lambda code: step.fact("region", code), file=lambda name: step.fact("file", name),
                            option=lambda field, value: step.fact("option", field.id, value))
    for key, editable in ((spec.form, None), *spec.edits.items()):
        if key is None:
            continue
        stored = step.case["answers"].get(key, {})
        view = answers.Step(f"{key}.", stored, editable or open_fields(step, key), looks)
        raw = _raw_for(command.answers, key, step.version.workflow.forms, main=key == spec.form)
        read = answers.read(step.version.workflow.forms[key], raw, step.env(), "draft" if lenient else "submit", view)
        prefix = "" if key == spec.form else f"/{key}"
        step.problems += [replace(p, at=prefix + p.at) for p in read.problems if p.level == "error"]
        step.dropped += [replace(p, at=prefix + p.at) for p in read.problems if p.code in LEFT_OUT]
        if read.values != stored:
            step.emit("answered", form=key, values=read.values)


def _answers_elsewhere(step: Step, command: Command, spec: TaskSpec | None) -> None:
    """Answers that nothing here reads: left out with a word; refused in a task whose procedure knows no such field.

    What is not done from a task (a withdrawal sent from the page of a form) takes no answers and refuses none.
    """
    forms = step.version.workflow.forms
    for name in list(_unread(command, forms, spec))[:answers.TOLD]:
        form, _, field = name.partition(".")
        whole = form in forms and field
        sought, places = (field.split(".")[0], [form]) if whole else (form, list(forms))
        known = any(sought in fields_of(step, key) for key in places)
        at, params = "/" + "/".join(map(escape, name[:60].split("."))), {"name": name[:60]}
        if known or spec is None:
            step.dropped.append(Problem("answer.elsewhere", at, params, "warning"))
        else:
            step.problems.append(Problem("answer.unknown", at, params))


def _unread(command: Command, forms: Collection[str], spec: TaskSpec | None) -> Iterator[str]:
    """Names of answers that belong to no form of this step; what the forms of the step do not know, they say."""
    here = {spec.form, *spec.edits} if spec else set()
    for name in command.answers:
        form, _, field = name.partition(".")
        if form not in forms or not field:
            if spec is None or spec.form is None:
                yield name
        elif form not in here:
            yield name


def _raw_for(raw: Mapping[str, Json], form: str, forms: Collection[str], *, main: bool) -> dict[str, Json]:
    """Answers of one form: the task's own by bare name ("rows.0.name" is one too), others as "form.field"."""
    prefix = form + "."
    own = {name[len(prefix):]: value for name, value in raw.items() if name.startswith(prefix)}
    if not main:
        return own
    return own | {name: value for name, value in raw.items() if "." not in name or name.split(".")[0] not in forms}


def fields_of(step: Step, form: str) -> set[str]:
    """Ids of the fields of a form."""
    return {field.id for field in step.version.workflow.forms[form].fields}
