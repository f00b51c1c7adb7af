"""Problems as data: what is wrong, where, and under which clause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["error", "warning", "unknown"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. The sentence people read is made by `tongban.text` from `code` and `params`.

    at      JSON pointer into a definition ("/states/draft/on/submit") or into answers ("/rows/2/name"); "" = the whole
    level   "unknown" = a value is still needed (I-11): neither passed nor refused
    clause  clause of the notice that asks for it, e.g. "二.2"
    say     the author's own words, language -> text; they win over the catalogue
    """

    code: str
    at: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    level: Level = "error"
    clause: str | None = None
    say: Mapping[str, str] | None = None

    def __hash__(self) -> int:
        return hash((self.code, self.at))

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, without empty members."""
        body = {
            "code": self.code, "at": self.at, "params": dict(self.params), "level": self.level,
            "clause": self.clause, "say": self.say and dict(self.say),
        }
        return {key: value for key, value in body.items() if value or key in ("code", "at")}


class EngineError(Exception):
    """Raised where a caller cannot go on; carries every problem found, never only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.at or '/'} {p.code} {dict(p.params)}" for p in self.problems))


def escape(token: str) -> str:
    """Escape one reference token of a JSON pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")
