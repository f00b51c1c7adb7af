"""Counter-examples in the author's words: fields by their labels, values as people write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tongban.engine.answers import show
from tongban.engine.model import Field, Type
from tongban.engine.rules.tree import walk

Json = Any
SHOWN = 12          # values of one example


class Words:
    """Says values of names; `fields` are those of the definition."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self.fields = fields

    def example(self, values: Mapping[str, Json], kinds: Mapping[str, Type]) -> dict[str, Json]:
        """Concrete answers, as data and as a sentence."""
        said = {}
        for lang, comma in (("zh", "；"), ("en", "; ")):
            pairs = [f"{self._word(n, lang)} = {self._value(n, v, kinds, lang)}" for n, v in values.items()]
            said[lang] = comma.join(pairs[:SHOWN]) + ("……" if len(pairs) > SHOWN else "") or "—"
        return {"answers": dict(values), "example": said}

    def label(self, name: str) -> Json:
        """What a name is called."""
        if name in self.fields:
            return self.fields[name].label
        return {lang: self._word(name, lang) for lang in ("zh", "en")}

    def _word(self, name: str, lang: str) -> str:
        if name in self.fields:
            return self.fields[name].label.get(lang) or name
        if name.startswith("["):
            literals = [part[1] for part in walk(json.loads(name)) if part[0] == "lit"]
            return " ".join(str(x) for x in literals) or name
        return name

    def _value(self, name: str, value: Json, kinds: Mapping[str, Type], lang: str) -> str:
        if value is None:
            return {"zh": "未填", "en": "not answered"}[lang]
        if isinstance(value, bool):
            return {"zh": "是" if value else "否", "en": "yes" if value else "no"}[lang]
        if name in self.fields and self.fields[name].type == "group":
            return self._rows(self.fields[name], value, lang)
        if name in self.fields and self.fields[name].type != "address":
            return show(self.fields[name], value, lang)
        type_ = kinds.get(name)
        if type_ is not None and type_.kind == "decimal" and type_.scale:
            whole = str(abs(value)).rjust(type_.scale + 1, "0")
            return f"{'-' if value < 0 else ''}{whole[:-type_.scale]}.{whole[-type_.scale:]}"
        return str(value)

    def _rows(self, group: Field, rows: list[Mapping[str, Json]], lang: str) -> str:
        count = {"zh": f"{len(rows)} 行", "en": f"{len(rows)} row{'' if len(rows) == 1 else 's'}"}[lang]
        columns = {column.id: column for column in group.fields}
        said = [", ".join(f"{columns[k].label.get(lang) or k} {show(columns[k], v, lang)}" for k, v in row.items()
                          if k in columns and v is not None) for row in rows[:3]]
        return f"{count} ({' / '.join(said)})" if said else count
