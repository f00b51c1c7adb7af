"""The catalogues: every sentence people read, in Chinese and English, one JSON file a subject.

A catalogue maps a key to {"zh": …, "en": …}; `{name}` in a text is replaced by the parameter of that name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tongban.engine.problem import Problem

LANGUAGES = ("zh", "en")
_SLOT = re.compile(r"\{([\w.]+)\}")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts: key -> language -> template."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.json")):
        for key, text in json.loads(path.read_text("utf-8")).items():
            if key in texts:
                raise ValueError(f"text {key!r} stands in two catalogues, one of them {path.name}")
            texts[key] = text
    return texts


def label(text: Mapping[str, str] | str | None, lang: str) -> str:
    """The wanted language of an author's text; Chinese where it lacks it; "" for none."""
    if not text:
        return ""
    if isinstance(text, str):
        return text
    return text.get(lang) or text.get("zh") or next(iter(text.values()), "")


def say(key: str, lang: str, /, **params: Any) -> str:
    """The sentence `key` in `lang`. An unknown key is returned as it is, so a gap is seen and never breaks a page."""
    words = label(catalogue().get(key, key), lang)
    return fill(words, lang, params) if params else words


def fill(template: str, lang: str, params: Mapping[str, Any]) -> str:
    """Replace `{name}` by its parameter; bilingual parameters take the same language. Unknown names stay visible."""
    def slot(match: re.Match[str]) -> str:
        value = params.get(match[1], params.get(match[1].rpartition(".")[2], match[0]))
        if isinstance(value, Mapping):
            return label(value, lang)
        if isinstance(value, (list, tuple)):
            words = (label(v, lang) if isinstance(v, Mapping) else str(v) for v in value)
            return ("、" if lang == "zh" else ", ").join(words)
        return str(value)
    return _SLOT.sub(slot, template)


def problem(found: Problem, lang: str) -> str:
    """The sentence of a problem: the author's own words first, then the catalogue's ("did you mean" where it can)."""
    if found.say:
        return fill(label(found.say, lang), lang, found.params)
    near = f"{found.code}.near"
    return say(near if "near" in found.params and near in catalogue() else found.code, lang, **found.params)
