"""Workflow JSON and the forms it uses -> model.Workflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongban.engine.layout import OWN_NAMES, find
from tongban.engine.model import Document, Expr, Form, Party, Rule, Type, Variable, Workflow
from tongban.engine.problem import escape
from tongban.engine.read.chart import Chart
from tongban.engine.read.context import ANY, BOOL, STRING, Context, Raw, items
from tongban.engine.read.forms import field_types, raw_fields, read_form, report_cycle
from tongban.engine.read.names import Names, name_all
from tongban.engine.read.types import type_of
from tongban.engine.rules import Scope

Json = Any
_META = ("capabilities", "parameters", "calendar", "recurring", "meta")
_DOCUMENT_NAMES = {name: (name, ANY) for name in OWN_NAMES}


@dataclass(frozen=True, slots=True)
class Sources:
    """The two halves of a bundle after the walker has left out what does not fit."""

    workflow: Raw
    forms: Mapping[str, Raw]        # form id -> form


def read_workflow(context: Context, sources: Sources) -> Workflow:
    """The whole definition; what is wrong is in `context.problems`."""
    raw = sources.workflow
    used = _forms_used(context, sources)
    registers = {id_: {name: type_of(context, spec, f"/registers/{id_}/fields/{name}")
                       for name, spec in (register.get("fields") or {}).items()}
                 for id_, register in (raw.get("registers") or {}).items()}
    types = {id_: type_of(context, spec, f"/variables/{id_}") for id_, spec in (raw.get("variables") or {}).items()}
    names = name_all(types, {key: field_types(form) for key, form in used.items()})
    names.parties, names.registers, names.documents = raw.get("parties") or {}, registers, raw.get("documents") or {}
    names.rules, names.clauses = raw.get("rules") or {}, (raw.get("source") or {}).get("clauses") or {}
    names.derived = frozenset(f"{key}.{spec['id']}" for key, form in used.items() for spec in raw_fields(form)
                              if "computed" in spec or spec["type"] in ("computed", "fact"))
    names.parameters = {id_: type_of(context, spec, f"/parameters/{id_}")
                        for id_, spec in (raw.get("parameters") or {}).items()}
    _books(context, raw)
    _screen(context, raw, used)
    _clashes(context, names, used)
    chart = Chart(context, names)
    chart.find(raw, "")
    context.scope = scope_of(names)
    forms = {key: _form(context, names, key, form) for key, form in used.items()}
    states = chart.read(raw)
    return Workflow(
        raw.get("id", ""), raw.get("title") or {}, states, forms, _parties(context, names, raw),
        _rules(context, names, raw), _variables(context, raw, types), _documents(context, raw), registers,
        raw.get("summary"), raw.get("source") or {}, raw.get("region"), tuple(raw.get("audience") or ()),
        context.holders(raw.get("starters") or [], "/starters", names.parties),
        context.rule(raw.get("scope"), "/scope", STRING), context.rule(raw.get("subject"), "/subject"),
        _tested_on(context, raw), _unique(context, raw),
        {**{key: raw[key] for key in _META if key in raw}, "names": names.short})


def _tested_on(context: Context, raw: Raw) -> Expr | None:
    """The qualifying event that the window of validity is tested on, where it is not the start of the case."""
    rule = ((raw.get("source") or {}).get("valid") or {}).get("tested_on")
    return None if rule == "today" else context.rule(rule, "/source/valid/tested_on")


def _books(context: Context, raw: Raw) -> None:
    """Columns and documents that registers name."""
    registers = raw.get("registers") or {}
    for id_, register in registers.items():
        columns, place = register.get("fields") or {}, f"/registers/{id_}"
        if register.get("document"):
            context.reference("document", register["document"], raw.get("documents") or {}, f"{place}/document")
        for at in ("readers", "keepers"):
            for reader, where in items(register.get(at), f"{place}/{at}"):
                if "column" in reader:
                    context.reference("column", reader["column"], columns, f"{where}/column")
        for at in ("masked", "labels"):
            for name in filter(None, register.get(at) or ()):
                context.reference("column", name, {**columns, register.get("key", ""): None}, f"{place}/{at}")


def _screen(context: Context, raw: Raw, used: Mapping[str, Raw]) -> None:
    """What a screening of a whole register names."""
    registers, screen = raw.get("registers") or {}, raw.get("screen")
    if screen and context.reference("register", screen.get("register"), registers, "/screen/register"):
        columns = registers[screen["register"]].get("fields") or {}
        context.reference("form", screen.get("form"), used, "/screen/form")
        for rule, where in items(screen.get("rules"), "/screen/rules"):
            context.reference("rule", rule, raw.get("rules") or {}, where)
        for name, column in (screen.get("columns") or {}).items():
            context.reference("column", column, columns, f"/screen/columns/{name}")


def scope_of(names: Names, form: str | None = None) -> Scope:
    """What rules may name. In a form its own fields by their ids come first; full names are known everywhere."""
    known = {name: (name, type_) for name, type_ in names.types.items()}
    known.update({short: (full, names.types[full]) for short, full in names.short.items()})
    if form:
        known.update({full.split(".", 1)[1]: (full, type_) for full, type_ in names.types.items()
                      if full.startswith(f"{form}.")})
    return Scope(known, names.registers, names.parameters, frozenset(names.states))


def _forms_used(context: Context, sources: Sources) -> dict[str, Raw]:
    used = {}
    for key, id_ in (sources.workflow.get("forms") or {}).items():
        if context.reference("form_file", id_, sources.forms, f"/forms/{key}"):
            used[key] = sources.forms[id_]
    return used


def _form(context: Context, names: Names, key: str, raw: Raw) -> Form:
    outer, at = context.scope, f"/forms/{escape(raw.get('id', ''))}"
    context.scope = scope_of(names, key)
    form = read_form(context, raw, at, f"{key}.")
    report_cycle(context, form, at, f"{key}.")
    context.scope = outer
    return form


def _clashes(context: Context, names: Names, used: Mapping[str, Raw]) -> None:
    for name in names.types:
        if "." not in name and name in used:
            context.walker.add("read.name_twice", f"/variables/{name}", name=name)


def _parties(context: Context, names: Names, raw: Raw) -> dict[str, Party]:
    found = {}
    for id_, spec in (raw.get("parties") or {}).items():
        known: dict[str, str | None] = {}
        for part in ("key", "phone"):
            known[part] = names.canonical(spec[part]) if spec.get(part) else None
            if spec.get(part) and known[part] is None:
                context.walker.unknown("read.no_such_name", f"/parties/{id_}/{part}", spec[part], list(names.types))
        found[id_] = Party(id_, spec.get("kind", "person"), spec.get("label"), bool(spec.get("starts")),
                           bool(spec.get("many")), known["key"], known["phone"])
    return found


def _rules(context: Context, names: Names, raw: Raw) -> dict[str, Rule]:
    found = {}
    for id_, spec in (raw.get("rules") or {}).items():
        at = f"/rules/{id_}"
        if names.clauses and spec.get("clause"):
            context.reference("clause", spec["clause"], names.clauses, f"{at}/clause")
        kind = spec.get("kind", "hard")
        if kind == "hard" and "override" in spec:
            context.walker.add("read.override_of_hard", f"{at}/override")
        if kind == "soft" and "override" not in spec:
            context.walker.add("read.missing_key", at, key="override")
        found[id_] = Rule(id_, context.must(spec.get("test"), f"{at}/test", BOOL), spec.get("clause"), kind,
                          spec.get("override"), context.rule(spec.get("when"), f"{at}/when", BOOL),
                          context.text(spec.get("say"), f"{at}/say"), spec.get("label"))
    return found


def _variables(context: Context, raw: Raw, types: Mapping[str, Type]) -> dict[str, Variable]:
    return {id_: Variable(id_, types[id_], context.rule(spec.get("initial"), f"/variables/{id_}/initial", types[id_]))
            for id_, spec in (raw.get("variables") or {}).items()}


def _unique(context: Context, raw: Raw) -> tuple[Mapping[str, Any], ...]:
    found = []
    for spec, at in items(raw.get("unique"), "/unique"):
        key = spec.get("key")
        keys = [(key, f"{at}/key")] if isinstance(key, str) else list(items(key, f"{at}/key"))
        found.append({**spec, "key": tuple(context.must(part, place) for part, place in keys),
                      "say": context.text(spec.get("say"), f"{at}/say")})
    return tuple(found)


def _documents(context: Context, raw: Raw) -> dict[str, Document]:
    outer = context.scope
    context.scope = context.inside(_DOCUMENT_NAMES)
    documents = {}
    for id_, spec in (raw.get("documents") or {}).items():
        slots, problems = find(spec, f"/documents/{escape(id_)}")
        for problem in problems:
            context.walker.add(problem.code, problem.at, **problem.params)
        exprs = {slot.source: context.must(slot.source, slot.at, BOOL if slot.want == "bool" else None)
                 for slot in slots}
        documents[id_] = Document(id_, spec.get("kind", ""), spec.get("title") or {}, spec, exprs)
    context.scope = outer
    return documents
