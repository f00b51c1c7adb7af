"""What is said and read: values that cannot be there yet, placeholders without a value, things nobody uses, texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongban.engine.check.known import Facts, Known
from tongban.engine.check.subject import Subject
from tongban.engine.layout import OWN_NAMES, Found, find
from tongban.engine.model import Action, Document, Expr
from tongban.engine.problem import escape
from tongban.engine.rules.tree import names_of, walk

Json = Any
LANGUAGES = ("zh", "en")


def check_content(subject: Subject, known: Known) -> None:
    """All checks of this module."""
    _too_early(subject, known)
    _placeholders(subject, known)
    _variables(subject)
    _nowhere(subject)
    _unused(subject)
    _texts(subject, subject.version.bundle["workflow"], "")
    for id_, form in subject.version.bundle["forms"].items():
        _texts(subject, form, f"/forms/{escape(id_)}")


# --- values that cannot be there ---------------------------------------------------------------------------------

def _too_early(subject: Subject, known: Known) -> None:
    """Guards and requirements that read a form which nobody can have filled in by then: never true."""
    if not subject.explored.complete:
        return
    asked = _asked_forms(subject) - _may_be_given(subject)
    for transition, at in subject.transitions():
        if transition.source not in subject.reached:
            continue
        some = known.ever_at(transition.source)
        exprs = [(transition.guard, f"{at}/guard")] if transition.guard else []
        exprs += [(subject.flow.rules[r].test, f"{at}/require") for r in transition.require if r in subject.flow.rules]
        for expr, place in exprs:
            for form in sorted({n.split(".")[0] for n in expr.names if "." in n} & asked - some):
                subject.add("read_too_early", place, form=subject.flow.forms[form].title, source=expr.source)


def _may_be_given(subject: Subject) -> set[str]:
    """Forms that a rule asks about with known(): a linked case may have filled them in beforehand."""
    trees = [part for expr in subject.reading.exprs.values() for part in walk(expr.ast) if part[0] == "known"]
    return {name.split(".")[0] for tree in trees for name in names_of(tree) if "." in name}


def _placeholders(subject: Subject, known: Known) -> None:
    """Every placeholder has a value on every way that issues the document."""
    if not subject.explored.complete:
        return
    told: set[tuple[str, str]] = set()
    asked = _asked_forms(subject) - _may_be_given(subject)
    for action, at, sure in _issues(subject, known):
        document = subject.flow.documents.get(str(action.args.get("document")))
        if document is None or sure is None:
            continue
        for slot in find(document.layout, f"/documents/{escape(document.id)}")[0]:
            expr = document.exprs.get(slot.source)
            if expr is None or _conditional(subject, slot.at) or slot.want:
                continue
            _blank(subject, document, slot, expr)
            for name in sorted(expr.names - OWN_NAMES):
                if _certain(subject, name, sure, asked) or (document.id, name) in told:
                    continue
                told.add((document.id, name))
                subject.add("placeholder_unfilled", slot.at, name=name, document=document.title, issued=at)


def _blank(subject: Subject, document: Document, slot: Found, expr: Expr) -> None:
    """A bare field that nobody need fill in: a certificate is not printed without it, a sentence has a hole."""
    name = next(iter(expr.names)) if len(expr.names) == 1 else ""
    form, _, field_id = name.partition(".")
    strict, cell = document.kind == "certificate", slot.at.endswith("/value")
    if slot.source not in (name, field_id) or "/public/" in slot.at or (cell and not strict):
        return
    around = list(_around(subject, slot.at))[-1]
    if "dash" in (slot.format, around.get("format") if cell and isinstance(around, Mapping) else ""):
        return
    for one in subject.flow.forms[form].fields if form in subject.flow.forms else ():
        if one.id == field_id and one.required is False and not one.computed and "default" not in one.options:
            subject.add("placeholder_optional", slot.at, "error" if strict else "warning", field=one.label,
                        document=document.title)


def _certain(subject: Subject, name: str, sure: Facts, asked: set[str]) -> bool:
    if "." in name:
        return name.split(".", maxsplit=1)[0] in sure or name.split(".", maxsplit=1)[0] not in asked
    return name in sure or name not in subject.flow.variables


def _asked_forms(subject: Subject) -> set[str]:
    return {state.task.form for state in subject.flow.states.values() if state.task and state.task.form}


def _issues(subject: Subject, known: Known) -> Iterator[tuple[Action, str, Facts | None]]:
    """Every place that issues a document, with what is certain there; None where the place is never reached."""
    for state in subject.flow.states.values():
        reached = any(n.id == state.id for e in subject.explored.edges for n in e.entered)
        for action in (*state.entry, *state.exit):
            if action.kind == "issue":
                sure = known.at_entry(state.id) if reached else None
                yield action, subject.places[state.id], sure
    for transition, at in subject.transitions():
        for action in transition.actions:
            if action.kind == "issue":
                taken = any(a.spec is transition for a in subject.explored.taken)
                yield action, at, known.on_arrow(transition) if taken else None


def _conditional(subject: Subject, at: str) -> bool:
    """Whether a block around the placeholder is shown only under a condition of its own."""
    return any(isinstance(node, Mapping) and "when" in node for node in _around(subject, at))


def _around(subject: Subject, at: str) -> Iterator[Json]:
    """What holds the value at a JSON pointer, from outside in."""
    node: Json = subject.version.bundle["workflow"]
    for step in at.split("/")[1:]:
        yield node
        key = step.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node.get(key) if isinstance(node, Mapping) else None


# --- things nobody sets or uses ----------------------------------------------------------------------------------

def _variables(subject: Subject) -> None:
    flow = subject.flow
    given = {name for a in subject.actions() if a.kind == "set" for name in a.args}
    read = {name for expr in subject.reading.exprs.values() for name in expr.names}
    for variable in flow.variables.values():
        at = f"/variables/{variable.id}"
        if variable.id in read and variable.id not in given and variable.initial is None:
            subject.add("variable_never_set", at, "warning", name=variable.id)
        elif variable.id not in read:
            subject.add("variable_unused", at, "warning", name=variable.id)


def _nowhere(subject: Subject) -> None:
    """Rules that ask where the case belongs (parameters do, by themselves) in a workflow that does not say it."""
    if subject.flow.scope is None:
        for at, expr in subject.reading.exprs.items():
            if "case_scope" in expr.names:
                subject.add("scope_missing", at, "warning")


def _unused(subject: Subject) -> None:
    flow = subject.flow
    required = {rule for t, _ in subject.transitions() for rule in t.require}
    for rule in flow.rules.values():
        if rule.id not in required:
            subject.add("rule_unused", f"/rules/{rule.id}", "warning", rule=rule.label or rule.id)
    issued = {str(a.args.get("document")) for a in subject.actions() if a.kind in ("issue", "revoke")}
    for document in flow.documents.values():
        if document.id not in issued:
            subject.add("document_unused", f"/documents/{document.id}", "warning", document=document.title)
    shown = _asked_forms(subject) | {f for s in flow.states.values() if s.task for f in (*s.task.shows, *s.task.edits)}
    read = {name.split(".")[0] for expr in subject.reading.exprs.values() for name in expr.names if "." in name}
    for key, form in flow.forms.items():
        if key not in shown | read:
            subject.add("form_unused", f"/forms/{key}", "warning", form=form.title)
    lookups = {part[2][1] for expr in subject.reading.exprs.values() for part in walk(expr.ast)
               if part[:2] == ["fact", "register"]}
    lookups |= {str(a.args.get("in")) for a in subject.actions() if a.kind == "register"}
    written = subject.version.bundle["workflow"]
    lookups |= {str(words) for words in _strings([written.get("screen") or {}, written.get("recurring") or []])}
    for register in flow.registers:
        if register not in lookups and not _option(subject, register) and not _begins(subject, register):
            subject.add("register_unused", f"/registers/{register}", "warning", register=register)
    _parties(subject)


def _begins(subject: Subject, register: str) -> bool:
    """Whether a field begins with what the register holds."""
    held = (one.options.get("prefill") or () for form in subject.flow.forms.values() for one in form.fields)
    return any(source.startswith(f"register:{register}.")
               for sources in held for source in ([sources] if isinstance(sources, str) else sources))


def _parties(subject: Subject) -> None:
    flow = subject.flow
    acting = {h.party for s in flow.states.values() if s.task for h in s.task.holders}
    acting |= {h.party for t, _ in subject.transitions() for h in t.by}
    told = [a.args.get("to") for a in subject.actions() if a.kind == "notify"]
    acting |= {h.party for holders in told if isinstance(holders, tuple) for h in holders}    # who is told has a part
    for party in flow.parties.values():
        if party.id not in acting:
            subject.add("party_idle", f"/parties/{party.id}", "warning", party=party.label or party.id)


def _option(subject: Subject, register: str) -> bool:
    """Whether a field offers a register's entries as its choices."""
    return any(register in (str(v) for v in _strings(one.options)) for form in subject.flow.forms.values()
               for one in form.fields)


def _strings(node: Json) -> Iterator[str]:
    inner = node.values() if isinstance(node, Mapping) else node if isinstance(node, (list, tuple)) else ()
    if isinstance(node, str):
        yield node
    for child in inner:
        yield from _strings(child)


# --- texts -------------------------------------------------------------------------------------------------------

def _texts(subject: Subject, node: Json, at: str) -> None:
    """Texts that lack a language."""
    if isinstance(node, Mapping):
        if "zh" in node or "en" in node:
            for language in LANGUAGES:
                if not str(node.get(language, "")).strip() and all(isinstance(v, str) for v in node.values()):
                    subject.add("text_missing", at, "warning", language=language)
            return
        for key, child in node.items():
            _texts(subject, child, f"{at}/{escape(key)}")
    elif isinstance(node, list):
        for i, child in enumerate(node):
            _texts(subject, child, f"{at}/{i}")
