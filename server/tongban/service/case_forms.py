"""The forms of a case as one person may see and fill them in: modes, marks, what changed since the last round."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tongban.engine.answers import TYPES, settle
from tongban.engine.model import Expr, Field, Form, TaskSpec, Text
from tongban.engine.offers import Offer
from tongban.engine.returns import open_fields
from tongban.engine.rules.closures import compile_python
from tongban.service import listing, prefill
from tongban.service.access import only_readable
from tongban.service.seen import Seen, asked
from tongban.service.views import FormView

Json = Any
FIGURES = "$figures"        # beside the values that a form's rules read: parameters, for the page's script


def forms(seen: Seen, offers: list[Offer], readable: Mapping[str, Collection[str]], drafts: Mapping[str, Any],
          ) -> tuple[FormView, ...]:
    """Forms that are being filled in by this person first, then those that hold answers."""
    case, flow, step = seen.case, seen.version.workflow, asked(seen)
    mine = {o.task: o for o in offers if o.task}
    found: list[FormView] = []
    for task in case["tasks"]:
        if task["id"] not in mine or not task["form"]:
            continue
        spec = flow.states[task["state"]].task
        for key, editable in _editable(task["form"], spec):
            allowed = open_fields(step, key) if editable is None else editable
            found.append(_form(seen, step.env(), key, readable, (task["id"], allowed), drafts.get(key)))
    done = {form.key for form in found}
    shows = _shown(seen, offers)
    for key in flow.forms:
        if key not in done and key in case["answers"] and (shows is None or key in shows):
            view = _form(seen, step.env(), key, readable, None, None)
            if any(mode != "hidden" for mode in view.modes.values()):
                found.append(view)
    return tuple(found)


def _editable(main: str, spec: TaskSpec | None) -> list[tuple[str, Collection[str] | None]]:
    return [(main, None), *((spec.edits if spec else {}).items())]


def _shown(seen: Seen, offers: list[Offer]) -> set[str] | None:
    """Forms that the tasks of this person show beside their own; None = all that may be read."""
    specs = [seen.version.workflow.states[o.state].task for o in offers if o.task]
    wanted = [spec.shows for spec in specs if spec is not None and spec.shows]
    return {key for shows in wanted for key in shows} if wanted else None


def _form(seen: Seen, env: Mapping[str, Json], key: str, allowed: Mapping[str, Collection[str]],
          editing: tuple[str, Collection[str] | None] | None, draft: Mapping[str, Any] | None) -> FormView:
    case, form, readable = seen.case, seen.version.workflow.forms[key], allowed.get(key, ())
    values = case["answers"].get(key, {})
    shape = settle(form, values, dict(env), f"{key}.")
    modes = {one.id: _mode(one, readable, editing, shape.hidden, shape.required | shape.readonly, shape.required)
             for one in form.fields}
    prefix = f"{key}."
    marks = {mark.removeprefix(prefix): note for mark, note in case["marks"].items() if mark.startswith(prefix)}
    shown = only_readable(form.fields, shape.values, readable)
    if editing is None:
        shown = {name: value for name, value in shown.items() if modes.get(name) != "hidden"}
    return FormView(
        key, listing.offered(seen.conn, form, prefix, seen.rt.clock()), shown, modes,
        {m: n for m, n in marks.items() if m.split("/")[0] in readable},
        changed(seen, key, form, readable), draft["raw"] if draft else None, draft["saved_at"] if draft else None,
        editing[0] if editing else None, _begun(seen, form, values, draft) if editing else {},
        {**_plain(env, allowed), FIGURES: _figures(form, env)} if editing else _plain(env, allowed))


def _begun(seen: Seen, form: Form, values: Mapping[str, Json], draft: Mapping[str, Any] | None,
           ) -> dict[str, tuple[Json, Text]]:
    """What a form that nobody has written in may begin with."""
    if draft or _written(values):
        return {}
    found = prefill.offered(seen.rt, seen.conn, seen.person, form, seen.case["id"])
    return {name: (one.value, one.source) for name, one in found.items()}


def _mode(one: Field, readable: Collection[str], editing: tuple[str, Collection[str] | None] | None,
          hidden: Collection[str], fixed: Collection[str], required: Collection[str]) -> str:
    """see | edit | must | hidden. While editing, a field that is hidden by a rule keeps its mode: the page shows it
    as soon as its rule is true."""
    place = f"/{one.id}"
    if one.id not in readable:
        return "hidden"
    if editing is None or (editing[1] is not None and one.id not in editing[1]):
        return "hidden" if place in hidden else "see"
    if not TYPES[one.type].holds or TYPES[one.type].trusted or one.computed or one.readonly is True:
        return "see"
    if place in fixed and place not in required:
        return "see"
    return "must" if place in required or one.required is True else "edit"


def changed(seen: Seen, key: str, form: Form, readable: Collection[str]) -> dict[str, Json]:
    """Values of the round before, for the fields that are different now."""
    rounds: list[list[Mapping[str, Json]]] = [[]]
    for line in seen.lines:
        if line.event["type"] == "returned":
            rounds.append([])
        elif line.event["type"] == "answered" and line.event["form"] == key and _written(line.event["values"]):
            rounds[-1].append(line.event["values"])
    earlier, latest = [one for held in rounds[:-1] for one in held], rounds[-1]
    if len(rounds) == 1:        # no return: filled in again on the procedure's own way
        earlier, latest = latest[:-1], latest[-1:]
    if not earlier or not latest:
        return {}
    before, now = earlier[-1], latest[-1]
    different = {f.id: before.get(f.id) for f in form.fields if before.get(f.id) != now.get(f.id)}
    return {name: value for name, value in only_readable(form.fields, different, readable).items()}


def _written(values: Mapping[str, Json]) -> bool:
    return any(value not in (None, []) for value in values.values())


def _figures(form: Form, env: Mapping[str, Json]) -> list[Json]:
    """[[fact, value], …]: the parameters that the form's rules read, as far as their region and day are known by now.

    They are public figures; without them a field that hangs on one would stay hidden on a page that asks for it.
    """
    trees = [rule.ast for one in form.fields for part in (one, *one.fields)
             for rule in (part.visible, part.required, part.readonly, part.computed, *(c.test for c in part.valid))
             if isinstance(rule, Expr)]
    keys = {tuple(compile_python(arg)(dict(env)) for arg in node[1:]) for tree in trees for node in _parameters(tree)}
    known = [(key, env["$fact"](*key)) for key in sorted(keys, key=str) if None not in key]
    return [[list(key), value] for key, value in known if value is not None]


def _parameters(tree: Json) -> Iterator[Json]:
    if isinstance(tree, list):
        if tree[:2] == ["fact", "parameter"]:
            yield ["fact", ["lit", "parameter"], *tree[2:]]
        for part in tree:
            yield from _parameters(part)


def _plain(env: Mapping[str, Json], allowed: Mapping[str, Collection[str]]) -> dict[str, Json]:
    """What rules may read on a page: nothing that only the engine can call, no answer that may not be read."""
    found = {}
    for name, value in env.items():
        form, dot, field_id = name.partition(".")
        if name.startswith("$") or (dot and form in allowed and field_id not in allowed[form]):
            continue
        found[name] = value
    return found
