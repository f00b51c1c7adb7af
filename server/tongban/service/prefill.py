"""What a blank form can be begun with: the enterprise's profile, registers, the same side's earlier cases.

Nothing of it is an answer until the person sends it: each value says where it comes from and can be changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tongban.engine import answers
from tongban.engine.model import Field, Form, Text
from tongban.service.access import Person, readable
from tongban.service.runtime import Runtime
from tongban.service.seen import both
from tongban.store import cases, people, registers

Json = Any
LOOK_BACK = 5       # earlier cases that are looked at


@dataclass(frozen=True, slots=True)
class Offered:
    """A value to begin with and where it comes from, in words."""

    value: Json
    source: Text


def offered(rt: Runtime, conn: Connection, person: Person, form: Form, case_id: str = "") -> dict[str, Offered]:
    """Field id -> what it may begin with, by the field's `prefill`: a source, or several in order of trust."""
    wanted = {one.id: one for one in form.fields if one.options.get("prefill")}
    if not wanted or not person.applies:        # what an office knows of itself is nobody's application
        return {}
    asked = _Sources(rt, conn, person, case_id)
    found = {}
    for one in wanted.values():
        sources = one.options["prefill"]
        for source in [sources] if isinstance(sources, str) else sources:
            held = asked.find(str(source), one)
            if held is not None:
                found[one.id] = held
                break
    return found


_Past = tuple[Any, Mapping[str, Form], Mapping[str, Collection[str]]]      # row, forms, readable fields of each


class _Sources:
    """Looks each source up once."""

    def __init__(self, rt: Runtime, conn: Connection, person: Person, case_id: str) -> None:
        self.rt, self.conn, self.person, self.case_id = rt, conn, person, case_id
        self.org = people.organisation(conn, person.org) if person.org else None
        self.past: Sequence[_Past] | None = None

    def find(self, source: str, field: Field) -> Offered | None:
        kind, _, name = source.partition(".")
        raw, words = self._asked(kind, name, field)
        if raw in (None, "", [], {}):
            return None
        with suppress(answers.Refused):      # what the field itself would not take is not offered
            value = answers.TYPES[field.type].read(field, raw)
            return Offered(value, words) if value is not None else None
        return None

    def _asked(self, kind: str, name: str, field: Field) -> tuple[Json, Text]:
        if kind == "profile" and self.org:
            own = {"name": self.org["name"].get("zh"), "uscc": self.org["code"], "region": self.org["region"]}
            return own.get(name, (self.org["details"] or {}).get(name)), both("service.prefill.profile")
        if kind == "person":
            own = {"name": self.person.name, "email": self.person.email, "mobile": self.person.phone}
            return own.get(name), both("service.prefill.person")
        if kind == "earlier":
            return self._earlier(field)
        register = kind.removeprefix("register:")
        if register != kind and self.person.org:
            entry = registers.lookup(self.conn, register, self.person.org, self.rt.clock())
            return (entry["fields"].get(name) if entry else None), both("service.prefill.register")
        return None, {}

    def _earlier(self, field: Field) -> tuple[Json, Text]:
        if self.past is None:
            self.past = list(self._cases())
        for row, forms, seen in self.past:
            for key, form in forms.items():
                same = next((one for one in form.fields if one.id == field.id), None)
                value = (row["snapshot"]["answers"].get(key) or {}).get(field.id)
                if same and same.type == field.type and value is not None and field.id in seen.get(key, ()):
                    return answers.as_raw(same, value), both("service.prefill.earlier", number=row["number"])
        return None, {}

    def _cases(self) -> Iterator[_Past]:
        who = [f"p:{self.person.id}", *([f"o:{self.person.org}"] if self.person.org else [])]
        for row in cases.latest_of(self.conn, who, self.case_id, LOOK_BACK):
            version = self.rt.version(self.conn, row["version"])
            yield row, version.workflow.forms, readable(self.person, row["snapshot"], version)
