"""What a part of a rule is called and how its value is written, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from tongban.engine.model import Env, Json, Text
from tongban.engine.rules.syntax import Ast
from tongban.engine.rules.tree import scale_of
from tongban.engine.rules.words import NAMES, PHRASES, VALUES

Show = Callable[[str, Json], "Text | str | None"]
LANGUAGES = ("zh", "en")
_SLOT = re.compile(r"\{(\w+)\}")


class Describer:
    """Knows the labels, and which row of which list a macro's variable stands for."""

    def __init__(self, env: Env, labels: Mapping[str, Text], show: Show | None) -> None:
        self.env = env
        self.labels = labels
        self.show = show
        self.rows: dict[str, tuple[str, int]] = {}

    @contextmanager
    def row(self, variable: str, source: Ast, number: int) -> Iterator[None]:
        outer = self.rows.get(variable)
        self.rows[variable] = (self.path(source), number)
        yield
        if outer is None:
            del self.rows[variable]
        else:
            self.rows[variable] = outer

    def path(self, ast: Ast) -> str:
        """The canonical name of a field, through lists: form.rows.amount; "" for anything else."""
        if ast[0] == "name":
            return self.rows[ast[1]][0] if ast[1] in self.rows else str(ast[1])
        if ast[0] == "get":
            above = self.path(ast[1])
            return f"{above}.{ast[2]}" if above else ""
        return self.path(ast[1]) if ast[0] in ("filter", "up", "as") and isinstance(ast[1], list) else ""

    def text(self, ast: Ast) -> Text:
        """What people call it."""
        operation = ast[0]
        if operation in ("name", "get"):
            return self._name(ast)
        if operation == "lit":
            return self.value(ast, ast[1])
        if operation in ("up", "known"):
            return self.text(ast[1])
        if operation == "as":
            return self.text(ast[2])
        if operation in ("+", "*", "join", "chain"):
            mark = {"*": " × "}.get(operation, " + ")
            parts = [self.text(part) for part in ast[1:]]
            return {lang: mark.join(part[lang] for part in parts) for lang in LANGUAGES}
        return self._phrase(ast)

    def _name(self, ast: Ast) -> Text:
        path = self.path(ast)
        label = self.labels.get(path) or NAMES.get(path) or _plain(path.rsplit(".", 1)[-1] or str(ast[2]))
        inner = ast
        while inner[0] == "get":
            inner = inner[1]
        if inner[0] == "name" and inner[1] in self.rows:
            return _fill("row", [_plain(str(self.rows[inner[1]][1])), label])
        if inner[0] == "fact":
            column = self.labels.get(f"{_outside(inner)}.{path.rsplit('.', 1)[-1] or ast[2]}")
            return _fill("of", [self.text(inner), column or label])
        return label if set(LANGUAGES) <= label.keys() else _plain(next(iter(label.values())))

    def _phrase(self, ast: Ast) -> Text:
        operation = ast[0]
        if operation == "fact":
            key = ast[1] if ast[1] in ("register", "parameter") else f"fact_{ast[1]}"
            return _fill(key, [self.labels.get(_outside(ast)) or self.text(ast[2]), *map(self.text, ast[3:])])
        if operation == "listed":
            return _fill("listed", [self.text(ast[1][2])])
        if operation in ("in_state", "outcome_of"):
            return _fill(operation, [_plain(ast[1])])
        if operation == "sum":
            with self.row(ast[2], ast[1], 0):
                column = self.labels.get(self.path(ast[3])) or _plain(self.path(ast[3]).rsplit(".", 1)[-1])
            return _fill("sum", [column if column["zh"] else self.text(ast[1])])
        parts = [self.text(part) for part in ast[1:] if isinstance(part, list)]
        if operation in PHRASES:
            return _fill(operation, parts)
        inner = {lang: f"{operation}({', '.join(part[lang] for part in parts)})" for lang in LANGUAGES}
        return _fill("chosen", []) if operation == "?:" else inner

    def value(self, ast: Ast, value: Json) -> Text:
        """A value as people write it."""
        path = self.path(ast)
        shown = self.show(path, value) if self.show and path and value is not None else None
        if shown is not None:
            return _plain(shown) if isinstance(shown, str) else shown
        return written(value, scale_of(ast))

    def with_value(self, ast: Ast, like: Ast, value: Json) -> Text:
        """What something is compared with: a plain value, or a name with its value behind it."""
        if ast[0] == "list" and all(part[0] == "lit" for part in ast[1:]):
            return _joined([self.value(like, part[1]) for part in ast[1:]])
        if ast[0] == "lit":
            return self.value(like, value) if self.path(like) and not ast[2:] else self.value(ast, value)
        name, shown = self.text(ast), self.value(ast, value)
        return {"zh": f"{name['zh']}（{shown['zh']}）", "en": f"{name['en']} ({shown['en']})"}


def _outside(fact: Ast) -> str:
    """Under what the label of a register or parameter stands: "register:id"."""
    return f"{fact[1]}:{fact[2][1]}"


def written(value: Json, scale: int = 0) -> Text:
    """Plain JSON as people write it; a scaled whole number gets its point back."""
    if value is None or isinstance(value, bool):
        return VALUES["unknown" if value is None else str(value).lower()]
    if isinstance(value, int):
        return _plain(decimal(value, scale))
    if isinstance(value, list):
        return _joined([written(part, scale) for part in value[:10]])
    return _plain(str(value) if not isinstance(value, dict) else "…")


def decimal(value: int, scale: int) -> str:
    """123450 with scale 2 -> 1,234.5; 700 -> 7."""
    whole, rest = divmod(abs(value), 10 ** scale)
    fraction = f"{rest:0{scale}d}".rstrip("0") if scale else ""
    return f"{'-' if value < 0 else ''}{whole:,}{'.' if fraction else ''}{fraction}"


def _plain(text: str) -> Text:
    return dict.fromkeys(LANGUAGES, text)


def _joined(parts: Sequence[Text]) -> Text:
    return {"zh": "、".join(part["zh"] for part in parts),
            "en": ", ".join(part.get("en", part["zh"]) for part in parts)}


def _fill(key: str, parts: Sequence[Text]) -> Text:
    """A phrase with its slots {1}, {2}, {all} filled."""
    def one(lang: str) -> str:
        def slot(match: re.Match[str]) -> str:
            if match[1] == "all":
                return _joined(parts)[lang]
            place = int(match[1])
            return parts[place - 1][lang] if place <= len(parts) else ""
        return _SLOT.sub(slot, PHRASES[key][lang])
    return {lang: one(lang) for lang in LANGUAGES}
