"""A form as the phone's script evaluates it: types, rule trees, sentences; no labels, which stand in the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongban.engine.answers import TYPES, Answers, number
from tongban.engine.model import Expr, Field, Form, Json
from tongban.text import say
from tongban.web.look import Look

Tree = dict[str, Any]
FILL = "answer.required.fill"
MOST = 400
SAID = {"signed": "signature", "agreed": "declaration"}      # words for what is drawn or ticked


@dataclass(frozen=True, slots=True)
class Fixed:
    """What is the same for every case of a form."""

    form: Form
    names: frozenset[str]       # what the rules read besides the form's own fields
    words: Tree
    pages: list[Tree]
    body: str                   # words and pages as JSON


_fixed: dict[tuple[int, str, str, frozenset[str]], Fixed] = {}


def tree(look: Look, answers: Answers) -> Tree:
    """{prefix, env, held, words, pages: [{id, visible, fields}]}.

    env     what the rules read besides the form's own fields; figures, where there are any: the parameters they read
    held    values that no input of the page holds; of what this person may not read there is no trace at all
    """
    fixed, moving = _parts(look, answers)
    return {**moving, "words": fixed.words, "pages": fixed.pages}


def body(look: Look, answers: Answers) -> str:
    """The same as JSON."""
    fixed, moving = _parts(look, answers)
    return _json(moving)[:-1] + "," + fixed.body[1:]


def _parts(look: Look, answers: Answers) -> tuple[Fixed, Tree]:
    secret = frozenset(one.id for one in look.form.fields if look.modes.get(one.id) == "hidden")
    key = (id(look.form), look.lang, look.prefix, secret)
    fixed = _fixed.get(key)
    if fixed is None:
        if len(_fixed) >= MOST:
            _fixed.clear()
        fixed = _fixed[key] = _made(look.form, look.lang, look.prefix, secret)
    held = {one.id: answers.values.get(one.id) for one in look.form.fields
            if one.id not in secret and (_kept(one) or look.modes.get(one.id) == "see")}
    env = {name: look.env.get(name) for name in sorted(fixed.names) if name in look.env}
    figures = look.env.get("$figures")
    return fixed, {"prefix": look.prefix, "env": env, "held": held, **({"figures": figures} if figures else {})}


def _made(form: Form, lang: str, prefix: str, secret: frozenset[str]) -> Fixed:
    own = {prefix + one.id for one in form.fields} | {
        f"{prefix}{one.id}.{column.id}" for one in form.fields for column in one.fields}
    names = {name for one in _all(form) for rule in _rules(one) for name in rule.names}
    names |= {name for page in form.pages if page.visible for name in page.visible.names}
    kinds = {one.type for one in _all(form)}
    words = {kind: say(TYPES[kind].ask, lang) for kind in sorted(kinds) if TYPES[kind].ask != FILL}
    words |= {name: say(f"form.{name}", lang) for name in ("unknown", "left", "over")}
    words |= {name: say(f"form.pasted.{name}", lang) for name in ("odd", "cut") if "group" in kinds}
    words |= {name: say(f"form.said.{name}", lang) for name, kind in SAID.items() if kind in kinds}
    words["fill"] = say(FILL, lang)
    pages = [_bare({"id": page.id, "visible": _ast(page.visible),
                    "fields": [_field(one) for one in page.fields if one.id not in secret]}) for page in form.pages]
    return Fixed(form, frozenset(names - own | {"today"}), words, pages, _json({"words": words, "pages": pages}))


def _json(part: Tree) -> str:
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))


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
        "accuracy": one.options.get("accuracy"),
        "values": [c.value for c in one.choices] if one.type == "choices" else None,
    })


def _bound(one: Field, written: Json) -> Json:
    """A bound in the scaled ints that the script compares."""
    return written if one.type not in ("integer", "decimal", "rate", "money") else number.limit(written, one.scale)


def _bare(part: Mapping[str, Json]) -> Tree:
    return {key: value for key, value in part.items()
            if value is not None and value is not False and value not in ([], {}, "")}
