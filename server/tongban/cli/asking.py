"""A rule against answers: names and types come from a workflow, or from the answers themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tongban.engine import answers
from tongban.engine.model import Expr, Field, Rule, Text, Type, Version
from tongban.engine.problem import EngineError, Problem
from tongban.engine.read.names import name_all
from tongban.engine.read.workflow import scope_of
from tongban.engine.rules import Scope, check
from tongban.engine.rules.explain import Explanation, explain

Json = Any
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def ask(source: str, given: Mapping[str, Json], version: Version | None, today: str) -> Explanation:
    """Explain a rule, or a workflow's rule by its id. Raises EngineError where rule or answers are wrong."""
    env = around(today)
    if version is None:
        values = {name: _scaled(value) for name, value in given.items()}
        scope = Scope({name: (name, _type(value)) for name, value in given.items()})
        return explain(check(source, scope), env | values)
    flow = version.workflow
    fields = {f"{key}.{one.id}": one for key, form in flow.forms.items() for one in form.fields}
    env |= typed(version, given, env)
    subject: Expr | Rule | None = flow.rules.get(source)
    if subject is None:
        names = name_all({v.id: v.type for v in flow.variables.values()},
                         {key: {f.id: f.value_type for f in form.fields} for key, form in flow.forms.items()})
        names.registers, names.states = flow.registers, list(flow.states)
        subject = check(source, scope_of(names))
    labels: dict[str, Text] = {name: one.label for name, one in fields.items()}
    return explain(subject, env, labels, lambda name, value: _show(fields.get(name), value))


def around(today: str) -> dict[str, Json]:
    """What a rule may ask where there is no server: the day, and nothing that is on record."""
    return {"today": today, "now": f"{today}T01:00:00Z", "$fact": lambda *key: None}


def typed(version: Version, given: Mapping[str, Json], env: dict[str, Json]) -> dict[str, Json]:
    """Raw answers of each form as values, under their canonical names. Raises EngineError where one is wrong."""
    values: dict[str, Json] = {}
    problems: list[Problem] = []
    looks = answers.Lookups(region=lambda code: {"zh": code, "en": code})
    for key, raw in given.items():
        if key not in version.workflow.forms or not isinstance(raw, Mapping):
            known = list(version.workflow.forms)
            problems.append(Problem("cli.no_such_form", f"/{key}", {"form": key, "known": known}))
            continue
        step = answers.Step(f"{key}.", {}, None, looks)
        read = answers.read(version.workflow.forms[key], raw, env | values, "draft", step)
        problems += [Problem(p.code, f"/{key}{p.at}", p.params) for p in read.problems if p.level == "error"]
        values |= {f"{key}.{name}": value for name, value in read.values.items()}
    if problems:
        raise EngineError(problems)
    return values


def _show(one: Field | None, value: Json) -> Text | None:
    return {lang: answers.show(one, value, lang) for lang in ("zh", "en")} if one and value is not None else None


def _type(value: Json) -> Type:
    """The type that a bare JSON value stands for."""
    if isinstance(value, bool):
        return Type("bool")
    if isinstance(value, int):
        return Type("int")
    if isinstance(value, float):
        return Type("decimal", len(repr(value).partition(".")[2]) or 1)
    if isinstance(value, str):
        return Type("date" if _DATE.fullmatch(value) else "string")
    if isinstance(value, list):
        return Type("list", item=_type(value[0]) if value else Type("any"))
    if isinstance(value, Mapping):
        return Type("map", fields={name: _type(inner) for name, inner in value.items()})
    return Type("any")


def _scaled(value: Json) -> Json:
    """Decimals as scaled ints."""
    return int(repr(value).replace(".", "")) if isinstance(value, float) else value
