"""Facts that rules ask of the world outside: fetched when the engine names them, none before.

What seldom changes (people, parameters, calendars) is remembered by the process until the epoch of the database moves;
the epoch is read with the case itself, so what is remembered is never older than the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tongban.engine.model import FactKey, Field, Outcome, Version
from tongban.engine.people import covers
from tongban.service import regions
from tongban.service.runtime import Runtime
from tongban.store import cases, documents, keys, people, registers
from tongban.store.base import canonical

MOST = 5000             # facts of one decision
MOST_ROUNDS = 40        # of asking again, for whoever fetches round by round


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: the case that is being decided, under which version; `who` acts, where somebody does."""

    rt: Runtime
    conn: Connection
    version: Version
    case_id: str
    epoch: int
    who: str = ""


class Fetched(dict[FactKey, Any]):
    """Facts that are fetched as they are asked for, so that the engine has to be asked once only.

    To the engine it is a mapping that holds every fact; what was looked up stays, and goes into the record.
    """

    def __init__(self, asking: Asking) -> None:
        super().__init__()
        self._asking = asking

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: FactKey) -> Any:
        if len(self) >= MOST:
            raise RuntimeError(f"version {self._asking.version.hash} asks for facts without end")
        self[key] = found = fetch(self._asking, key)
        return found


def settle(asking: Asking, decide: Callable[[Fetched], Outcome]) -> Outcome:
    """Let the engine decide with whatever facts it asks for."""
    return decide(Fetched(asking))


def fetch(asking: Asking, key: FactKey) -> Any:
    """One fact; None = unknown, also for a kind that nobody here knows."""
    kind = key[0]
    fetcher = FETCHERS.get(kind)
    if fetcher is None:
        return None
    if kind not in _LASTING:
        return fetcher(asking, *key[1:])
    memory = asking.rt.remembered(asking.epoch)
    if key not in memory:
        memory[key] = fetcher(asking, *key[1:])
    return memory[key]


def _people(asking: Asking, role: str, scope: str | None) -> list[str]:
    rows = people.colleagues(asking.conn, role, asking.rt.today())
    return list(dict.fromkeys(row["id"] for row in rows if scope is None or covers(row["scope"], scope)))


def _calendar(asking: Asking, year: int) -> Any:
    return registers.calendar(asking.conn, int(year))


def _parameter(asking: Asking, name: str, region: str, date: str) -> Any:
    return registers.parameter(asking.conn, name, [*regions.chain(region), "*"], date)


def _register(asking: Asking, name: str, key: str, as_of: str) -> Any:
    """The fields of the entry; False = not listed then."""
    row = registers.lookup(asking.conn, name, str(key), as_of)
    return dict(row["fields"]) if row else False


def _count(asking: Asking, workflow: str, field_id: str, value: Any, within: str) -> int:
    form, _, name = field_id.rpartition(".")
    asking.rt.store.lock(asking.conn, f"count:{workflow}:{field_id}:{value}")
    forms = [form] if form else [key for key, f in asking.version.workflow.forms.items()
                                 if any(one.id == name for one in f.fields)]
    return sum(keys.counting(asking.conn, workflow, (one, name), value, within) for one in forms)


def _count_other(asking: Asking, field_id: str, value: Any, within: str) -> int:
    form, _, name = field_id.rpartition(".")
    workflow = asking.version.workflow.id
    asking.rt.store.lock(asking.conn, f"count:{workflow}:{field_id}:{value}")
    return keys.counting(asking.conn, workflow, (form, name), value, within, asking.case_id)


def _region(_asking: Asking, code: str) -> Any:
    return regions.full_name(str(code))


def _file(asking: Asking, file_id: str) -> Any:
    """A complete upload by its hash: of whoever acts, or named by this case already. Knowing a hash gives nothing."""
    for row in documents.files_with(asking.conn, str(file_id)):
        if row["status"] == "ready" and (row["owner"] == asking.who or _has_file(asking, str(file_id))):
            return {"name": row["name"], "size": row["size"], "media": row["type"]}
    return None


def _has_file(asking: Asking, file_id: str) -> bool:
    held = cases.get(asking.conn, asking.case_id)
    return held is not None and f'"{file_id}"' in canonical(held["snapshot"]["answers"])


def _option(asking: Asking, field_id: str, value: str) -> Any:
    """Label and region of a choice that comes from a register or from the organisations; None = no such choice."""
    source = _source(asking.version, field_id)
    if source is None:
        return None
    kind, name = source
    if kind == "organisations":
        row = people.organisation(asking.conn, str(value))
        return {**row["name"], "region": row["region"]} if row and row["kind"] == name else None
    entry = registers.lookup(asking.conn, name, str(value), asking.rt.clock())
    if entry is None:
        return None
    label = str(entry["fields"].get("name") or value)
    return {"zh": label, "en": label, "region": entry["fields"].get("region")}


def _source(version: Version, field_id: str) -> tuple[str, str] | None:
    fields: list[Field] = [f for form in version.workflow.forms.values() for f in form.fields]
    fields += [column for one in fields for column in one.fields]
    for one in fields:
        options: Mapping[str, Any] = one.options
        if one.id == field_id and options.get("register"):
            return "register", str(options["register"])
        if one.id == field_id and options.get("organisations"):
            return "organisations", str(options["organisations"])
    return None


FETCHERS: dict[str, Callable[..., Any]] = {
    "people": _people, "calendar": _calendar, "parameter": _parameter, "register": _register, "count": _count,
    "count_other": _count_other, "region": _region, "file": _file, "option": _option,
}
_LASTING = frozenset({"people", "calendar", "parameter"})
