"""A form as the phone's script evaluates it: types, rule trees, sentences; no labels, which stand in the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tongban.engine.answers import TYPES, Answers, number
from tongban.engine.model import Expr, Field, Form, Json
from tongban.text import say

if TYPE_CHECKING:
    from tongban.web.fields import Look

Tree = dict[str, Any]
FILL = "answer.required.fill"


def tree(look: Look, answers: Answers) -> Tree:
    """{prefix, env, held, pages: [{id, visible, fields}]}.

    env     what the rules read besides the form's own fields
    held    values that no input of the page holds; of what this person may not read there is no trace at all
    """
    form, env, prefix = look.form, look.env, look.prefix
    secret = {one.id for one in form.fields if look.modes.get(one.id) == "hidden"}
    own = {prefix + one.id for one in form.fields} | {
        f"{prefix}{one.id}.{column.id}" for one in form.fields for column in one.fields}
    names = {name for one in _all(form) for rule in _rules(one) for name in rule.names} - own
    pages = [_bare({"id": page.id, "visible": _ast(page.visible),
                    "fields": [_field(one) for one in page.fields if one.id not in secret]}) for page in form.pages]
    names |= {name for page in form.pages if page.visible for name in page.visible.names} - own
    held = {one.id: answers.values.get(one.id) for one in form.fields
            if one.id not in secret and (_kept(one) or look.modes.get(one.id) == "see")}
    kinds = {one.type for one in _all(form)}
    words = {kind: say(TYPES[kind].ask, look.lang) for kind in sorted(kinds) if TYPES[kind].ask != FILL}
    words |= {name: say(f"form.{name}", look.lang) for name in ("unknown", "left", "over")}
    words["fill"] = say(FILL, look.lang)
    return {"prefix": prefix, "env": {name: env.get(name) for name in sorted(names | {"today"}) if name in env},
            "held": held, "words": words, "pages": pages}


def _kept(one: Field) -> bool:
    """Values that no input of the page holds."""
    return one.type in ("fact", "computed") or one.readonly is True


def _all(form: Form) -> list[Field]:
    return [f for one in form.fields for f in (one, *one.fields)]


def _rules(one: Field) -> list[Expr]:
    found = [one.visible, one.required, one.readonly, one.computed, *(c.test for c in one.valid),
             *(c.when for c in one.choices)]
    return [rule for rule in found if isinstance(rule, Expr)]


def _ast(rule: bool | Expr | None) -> Json:
    return rule.ast if isinstance(rule, Expr) else rule or None


def _field(one: Field) -> Tree:
    return _bare({
        "id": one.id, "type": one.options.get("of") or one.type if one.type in ("computed", "fact") else one.type,
        "auto": one.type in ("computed", "fact") or None,
        "scale": one.scale, "unit": one.options.get("unit"), "required": _ast(one.required),
        "visible": _ast(one.visible),
        "readonly": _ast(one.readonly), "computed": _ast(one.computed),
        "valid": [_bare({"test": c.test.ast, "say": dict(c.say), "soft": c.soft, "clause": c.clause,
                         "names": sorted(c.test.names)}) for c in one.valid],
        "when": {c.value: c.when.ast for c in one.choices if c.when},
        "alone": [c.value for c in one.choices if c.exclusive], "fields": [_field(column) for column in one.fields],
        "min": _bound(one, one.min), "max": _bound(one, one.max), "kinds": one.options.get("kinds"),
        "values": [c.value for c in one.choices] if one.type == "choices" else None,
    })


def _bound(one: Field, written: Json) -> Json:
    """A bound in the scaled ints that the script compares."""
    return written if one.type not in ("integer", "decimal", "rate", "money") else number.limit(written, one.scale)


def _bare(part: Mapping[str, Json]) -> Tree:
    return {key: value for key, value in part.items()
            if value is not None and value is not False and value not in ([], {}, "")}
