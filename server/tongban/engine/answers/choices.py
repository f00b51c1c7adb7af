"""Yes/no, one of several, several of several; lists that are written in the form or come from a register."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tongban.engine.answers import tidy
from tongban.engine.answers.kind import Kind, Refused
from tongban.engine.model import Choice, Field, Json, Type

_YES = {"true", "yes", "y", "1", "on", "是", "有", "对"}
_NO = {"false", "no", "n", "0", "off", "否", "无", "没有", "不是"}
_BOTH = {True: {"zh": "是", "en": "Yes"}, False: {"zh": "否", "en": "No"}}
MAX_CHOSEN = 200


def read_yesno(field: Field, raw: Json) -> bool | None:
    """true or false; nothing chosen is neither."""
    if isinstance(raw, bool):
        return raw
    typed = tidy.narrow(raw).lower()
    if not typed:
        return None
    if typed in _YES:
        return True
    if typed in _NO:
        return False
    raise Refused("yesno.form")


def find(field: Field, typed: str) -> Choice | None:
    """The choice with that value, or the one whose label was written out (spreadsheets, pasted rows)."""
    folded = typed.casefold()
    for choice in field.choices:
        if choice.value == typed:
            return choice
    for choice in field.choices:
        if folded in (choice.value.casefold(), *(label.casefold() for label in choice.label.values())):
            return choice
    return None


def listed_outside(field: Field) -> bool:
    """Whether the choices come from a register or from the organisations, not from the form."""
    return bool(field.options.get("register") or field.options.get("organisations"))


def _known(field: Field, raw: Json) -> str | None:
    typed = tidy.narrow(raw)
    if not typed:
        return None
    if listed_outside(field):             # a register's keys: whoever looks them up judges them
        if len(typed) > 200:
            raise Refused("choice.unknown", value=typed[:20])
        return typed
    choice = find(field, tidy.line(raw)) or find(field, typed)
    if choice is None:
        raise Refused("choice.unknown", value=typed[:20])
    return choice.value


def read_choice(field: Field, raw: Json) -> str | None:
    """The value of one choice."""
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    return _known(field, raw)


def listed(raw: Json) -> list[Json]:
    """Several answers as a page, an API client or a spreadsheet cell sends them."""
    if raw is None or raw == "":
        return []
    if isinstance(raw, list):
        return raw
    typed = tidy.text(raw)
    if typed.startswith("["):
        try:
            found = json.loads(typed)
        except ValueError:
            raise Refused("shape.list") from None
        if isinstance(found, list):
            return found
    for mark in "；;、，,|\n":
        typed = typed.replace(mark, "\n")
    return [part for part in typed.split("\n") if part.strip()]


def read_choices(field: Field, raw: Json) -> list[str] | None:
    """Values in the order of the form, each once. "None of these" stands alone."""
    given = listed(raw)
    if len(given) > MAX_CHOSEN:
        raise Refused("choices.many", max=MAX_CHOSEN)
    chosen = {value for value in (_known(field, item) for item in given) if value is not None}
    if not chosen:
        return None
    alone = [c for c in field.choices if c.exclusive and c.value in chosen]
    if alone and len(chosen) > 1:
        raise Refused("choices.alone", choice=alone[0].label)
    if field.min is not None and len(chosen) < field.min:
        raise Refused("choices.few", min=field.min, have=len(chosen))
    if field.max is not None and len(chosen) > field.max:
        raise Refused("choices.many", max=field.max)
    order = {choice.value: i for i, choice in enumerate(field.choices)}
    return sorted(chosen, key=lambda value: (order.get(value, len(order)), value))


def label(field: Field, value: str, lang: str) -> str:
    """The words of a chosen value; the value itself where the form no longer has it."""
    for choice in field.choices:
        if choice.value == value:
            return choice.label.get(lang) or choice.label.get("zh") or value
    return value


def show_yesno(field: Field, value: bool, lang: str) -> str:
    """是 / 否"""
    own = field.options.get("words")
    words: Mapping[str, str] = (own or {}).get("yes" if value else "no") or _BOTH[value]
    return words.get(lang) or words["zh"]


def show_choices(field: Field, value: list[str], lang: str) -> str:
    """Labels with the enumeration comma of the language."""
    return ("、" if lang == "zh" else ", ").join(label(field, item, lang) for item in value)


def _values(spec: Mapping[str, Json]) -> tuple[str, ...]:
    found = spec.get("choices")
    if not isinstance(found, list):
        return ()
    return tuple(str(c.get("value")) if isinstance(c, Mapping) else str(c) for c in found)


def _one(spec: Mapping[str, Json]) -> Type:
    return Type("string", choices=_values(spec))


_LISTS = {"register": "name of a register", "organisations": "kind of organisations",
          "within": "id of a region field", "search": "flag", "style": "list | radio | select"}

KINDS = {
    "yesno": Kind(read_yesno, show_yesno, type=lambda spec: Type("bool"), options={"words": "texts"},
                  ask="answer.required.yesno"),
    "choice": Kind(read_choice, label, type=_one, options=_LISTS, ask="answer.required.choose"),
    "choices": Kind(read_choices, show_choices, type=lambda spec: Type("list", item=_one(spec)), options=_LISTS,
                    ask="answer.required.choose"),
}
