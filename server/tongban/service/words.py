"""Authors' sentences with {placeholders}: filled with a case's answers as people read them, when the thing happens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tongban import text
from tongban.engine import answers
from tongban.engine.model import Field, Text, Version
from tongban.paper import gather
from tongban.paper.formats import FORMATS
from tongban.service import regions

_SLOT = re.compile(r"\{([A-Za-z_][\w.]*)(?:\|\w+)?\}")


def fill(words: Mapping[str, str], version: Version, case: Mapping[str, Any]) -> Text:
    """Every language with its slots filled; a name without a value leaves a blank."""
    def filled(sentence: str, lang: str) -> str:
        return _SLOT.sub(lambda slot: _shown(slot[1], version, case, lang), sentence)

    return {lang: filled(sentence, lang) for lang, sentence in words.items()}


def _shown(name: str, version: Version, case: Mapping[str, Any], lang: str) -> str:
    form, dot, field_id = name.partition(".")
    if dot and form in version.workflow.forms:
        return _value(version, case, form, field_id, lang)
    for key in version.workflow.forms:
        if field_id_in(version, key, name):
            return _value(version, case, key, name, lang)
    value, variable = case["vars"].get(name, case.get(name)), version.workflow.variables.get(name)
    if value is None:
        return ""
    if variable is not None:
        return FORMATS["text"](gather.of_type(value, variable.type), "", lang)
    return text.label(value, lang) if isinstance(value, Mapping) else str(value)


def field_id_in(version: Version, form: str, name: str) -> Field | None:
    """The field of a form with that id."""
    return next((one for one in version.workflow.forms[form].fields if one.id == name), None)


def _value(version: Version, case: Mapping[str, Any], form: str, name: str, lang: str) -> str:
    one, value = field_id_in(version, form, name), case["answers"].get(form, {}).get(name)
    if one is None:
        return ""
    return regions.shown(one, value, lang) or answers.show(one, value, lang)
