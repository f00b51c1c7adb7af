"""What policies leave to tables: parameters by region and date (C31) and the working days of each year (C13, I-18)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from tongban import text
from tongban.engine import answers
from tongban.engine.model import Field, Form, Page, Text, Version
from tongban.engine.problem import Problem
from tongban.service import regions
from tongban.service.access import Person, may
from tongban.service.errors import Denied, Refused
from tongban.service.runtime import Runtime
from tongban.service.views import FigureView
from tongban.store import messages, registers
from tongban.store.base import Row

EVERYWHERE = "*"
MOST_BYTES, MOST_ROWS = 1 << 20, 5000
COLUMNS = ("name", "region", "starts", "value", "source")
HOLIDAYS, WORKDAYS = "holidays", "workdays"


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One value; `current` = in force today at its place."""

    region: str
    place: Text
    starts: str
    shown: str
    source: str
    current: bool


@dataclass(frozen=True, slots=True)
class ParameterView:
    """One parameter: which procedures read it, and its values, latest first."""

    name: str
    label: Text
    unit: Text
    type: str
    procedures: tuple[Text, ...]
    rows: tuple[ParameterRow, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter as definitions declare it."""

    spec: Mapping[str, Any]
    procedures: tuple[Text, ...]

    @property
    def type(self) -> str:
        return str(self.spec["type"])

    @property
    def label(self) -> Text:
        return self.spec.get("label") or {}

    def told(self, value: Any) -> Text:
        """A value as people read it, with its unit; money says its own."""
        unit: Text = {} if self.type == "money" else self.spec.get("unit") or {}
        number = int(value) if str(value).removeprefix("-").isdecimal() else value
        return {lang: f"{_shown(_field(self.type), number, lang)} {unit.get(lang, '')}".strip()
                for lang in text.LANGUAGES}


@dataclass(frozen=True, slots=True)
class CalendarView:
    year: int
    holidays: tuple[str, ...]
    workdays: tuple[str, ...]
    loaded_at: str


def parameters(rt: Runtime, person: Person) -> tuple[ParameterView, ...]:
    """Every parameter that a procedure names or that has a value."""
    _allow(person, "settings.read")
    with rt.store.reading() as conn:
        known, rows = declared(rt, conn), registers.list_parameters(conn)
    names = sorted({*known, *(row["name"] for row in rows)})
    return tuple(_view(rt, name, known.get(name), [row for row in rows if row["name"] == name]) for name in names)


def in_force(rt: Runtime, conn: Connection, version: Version) -> tuple[FigureView, ...]:
    """What a procedure's parameters say today where it holds."""
    flow, found = version.bundle["workflow"], []
    for name, written in (flow.get("parameters") or {}).items():
        spec = _spec(written)
        row = registers.parameter_row(conn, name, [*regions.chain(flow.get("region")), EVERYWHERE], rt.today())
        value = None if row is None else row["value"]
        found.append(FigureView(name, spec.get("label") or {}, spec.get("clause"), _measured(spec, value),
                                {} if row is None or row["region"] == EVERYWHERE else regions.name(row["region"]),
                                None if row is None else row["starts"]))
    return tuple(found)


def _spec(written: Any) -> Mapping[str, Any]:
    return written if isinstance(written, Mapping) else {"type": written}


def _measured(spec: Mapping[str, Any], value: Any) -> Text:
    """A value with its unit, in both languages; empty where there is none."""
    if value is None:
        return {}
    unit = spec.get("unit") or {}
    shown = {lang: _shown(_field(str(spec["type"])), value, lang) for lang in text.LANGUAGES}
    return {"zh": f"{shown['zh']}{unit.get('zh', '')}", "en": f"{shown['en']} {unit.get('en', '')}".strip()}


def put(rt: Runtime, person: Person, raw: Mapping[str, str]) -> None:
    """Load one value; the same name, place and day is corrected."""
    problems = load(rt, person, [raw])
    if problems:
        raise Refused(*(Problem(p.code, "/" + p.at.rpartition("/")[2], p.params) for p in problems))


def load_file(rt: Runtime, person: Person, content: bytes) -> int:
    """Load a JSON list or a CSV with the columns name, region, starts, value, source: all of it or nothing."""
    rows = _listed(content)
    problems = load(rt, person, rows)
    if problems:
        raise Refused(*problems)
    return len(rows)


def load(rt: Runtime, person: Person, rows: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Check every row; only where all are sound they are written."""
    _allow(person, "settings.edit")

    def work(conn: Connection) -> list[Problem]:
        known, problems, good = declared(rt, conn), [], []
        for number, raw in enumerate(rows):
            row, found = _row({key: str(raw.get(key) or "").strip() for key in COLUMNS}, known, f"/{number}")
            problems += found
            good.append(row)
        if not problems:
            for row in good:
                registers.put_parameter(conn, row)
                messages.note(conn, rt.clock(), person.id, "parameter.put", row["name"], region=row["region"],
                              starts=row["starts"], value=str(row["value"]))
        return problems
    return rt.store.run(work)


def calendars(rt: Runtime, person: Person) -> tuple[CalendarView, ...]:
    """Every year that was loaded, latest first."""
    _allow(person, "settings.read")
    with rt.store.reading() as conn:
        rows = registers.list_calendars(conn)
    return tuple(CalendarView(row["year"], tuple(row["days"][HOLIDAYS]), tuple(row["days"][WORKDAYS]), row["loaded_at"])
                 for row in reversed(rows))


def load_calendar(rt: Runtime, person: Person, year: str, content: bytes) -> CalendarView:
    """Load a year: JSON {"holidays": […], "workdays": […]} or a CSV of day and kind (holiday, workday)."""
    _allow(person, "settings.edit")
    problems: list[Problem] = []
    if not (year.isdecimal() and 2000 <= int(year) <= 2100):
        raise Refused(Problem("tables.year", "/year"))
    days = _days(content, year, problems)
    if problems:
        raise Refused(*problems)
    now = rt.clock()

    def work(conn: Connection) -> None:
        registers.put_calendar(conn, int(year), days, now)
        messages.note(conn, now, person.id, "calendar.put", year, holidays=len(days[HOLIDAYS]),
                      workdays=len(days[WORKDAYS]))
    rt.store.run(work)
    return CalendarView(int(year), tuple(days[HOLIDAYS]), tuple(days[WORKDAYS]), now)


# --- parameters -----------------------------------------------------------------------------------------------------

def _allow(person: Person, verb: str) -> None:
    if not may(person, verb):
        raise Denied


def declared(rt: Runtime, conn: Connection) -> dict[str, Declared]:
    """Name -> how it is declared, and the procedures that read it."""
    found: dict[str, Declared] = {}
    for row in rt.procedures(conn):
        flow = rt.version(conn, row["current"]).bundle["workflow"]
        for name, written in (flow.get("parameters") or {}).items():
            before = found.get(name, Declared({}, ()))
            found[name] = Declared({**before.spec, **_spec(written)}, (*before.procedures, flow["title"]))
    return found


def _field(written: str) -> Field:
    kind = written if written in answers.TYPES else {"int": "integer", "bool": "yesno"}.get(written, "text")
    scale = 2 if kind in ("money", "rate") else 0
    return Field("value", kind, {"zh": "数值", "en": "value"}, required=True, scale=scale)


def _row(raw: Mapping[str, str], known: Mapping[str, Declared], at: str) -> tuple[dict[str, Any], list[Problem]]:
    """A row as it is stored, with everything that is wrong with it."""
    problems = [Problem("tables.needed", f"{at}/{name}") for name in ("name", "starts", "value") if not raw[name]]
    region = raw["region"] or EVERYWHERE
    if raw["name"] and raw["name"] not in known:
        problems.append(Problem("tables.unknown_name", f"{at}/name", {"known": ", ".join(sorted(known))}))
    if region != EVERYWHERE and not regions.known(region):
        problems.append(Problem("tables.unknown_region", f"{at}/region", {"value": region}))
    if raw["starts"] and not _is_day(raw["starts"]):
        problems.append(Problem("tables.bad_day", f"{at}/starts", {"value": raw["starts"]}))
    value: Any = None
    if raw["value"] and raw["name"] in known:
        one = _field(known[raw["name"]].type)
        read = answers.read(Form("p", {}, (Page("p", {}, (one,)),)), {"value": raw["value"]}, {}, "submit")
        problems += [Problem(p.code, f"{at}/value", p.params) for p in read.problems if p.level == "error"]
        value = read.values.get("value")
    return {"name": raw["name"], "region": region, "starts": raw["starts"], "value": value, "source": raw["source"]}, \
        problems


def _view(rt: Runtime, name: str, known: Declared | None, rows: Sequence[Row]) -> ParameterView:
    one, today = _field(known.type if known else "text"), rt.today()
    latest: dict[str, str] = {}
    for row in rows:
        if row["starts"] <= today:
            latest[row["region"]] = max(row["starts"], latest.get(row["region"], ""))
    shown = tuple(ParameterRow(
        row["region"], regions.name(row["region"]) if row["region"] != EVERYWHERE else {}, row["starts"],
        _shown(one, row["value"]), row["source"], latest.get(row["region"]) == row["starts"])
        for row in sorted(rows, key=lambda row: (row["region"], row["starts"]), reverse=True))
    spec = known.spec if known else {}
    return ParameterView(name, spec.get("label") or {}, spec.get("unit") or {}, known.type if known else "",
                         known.procedures if known else (), shown)


def _shown(one: Field, value: Any, lang: str = "zh") -> str:
    try:
        return answers.show(one, value, lang)
    except (TypeError, ValueError):
        return str(value)


# --- files ----------------------------------------------------------------------------------------------------------

def _text(content: bytes) -> str:
    if not 0 < len(content) <= MOST_BYTES:
        raise Refused(Problem("tables.file_size", "/sheet", {"most": MOST_BYTES >> 10}))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(Problem("tables.unreadable", "/sheet")) from None


def _listed(content: bytes) -> list[Mapping[str, Any]]:
    words = _text(content)
    found: Any = _json(words) if words.lstrip().startswith("[") else list(csv.DictReader(io.StringIO(words)))
    if not isinstance(found, list) or not found or not all(isinstance(row, Mapping) for row in found):
        raise Refused(Problem("tables.unreadable", "/sheet"))
    if len(found) > MOST_ROWS:
        raise Refused(Problem("tables.too_many", "/sheet", {"most": MOST_ROWS}))
    return found


def _json(words: str) -> Any:
    try:
        return json.loads(words)
    except (ValueError, RecursionError):
        raise Refused(Problem("tables.unreadable", "/sheet")) from None


def _days(content: bytes, year: str, problems: list[Problem]) -> dict[str, list[str]]:
    words = _text(content)
    if words.lstrip().startswith(("{", "[")):
        raw = _json(words)
        if not isinstance(raw, dict):
            raise Refused(Problem("tables.no_days", "/sheet"))
        found = {kind: raw.get(kind) or [] for kind in (HOLIDAYS, WORKDAYS)}
    else:
        rows = list(csv.reader(io.StringIO(words)))
        other = [str(n) for n, row in enumerate(rows, 1) if row and _is_day(row[0].strip())
                 and (len(row) < 2 or row[1].strip() not in (HOLIDAYS[:-1], WORKDAYS[:-1]))]
        if other:
            problems.append(Problem("tables.bad_kind", "/sheet", {"rows": other[:5]}))
        found = {kind: [row[0].strip() for row in rows if len(row) > 1 and row[1].strip() == kind[:-1]]
                 for kind in (HOLIDAYS, WORKDAYS)}
    listed = [day for kind in found.values() if isinstance(kind, list) for day in kind]
    if not listed or not all(isinstance(kind, list) for kind in found.values()):
        raise Refused(Problem("tables.no_days", "/sheet"))
    wrong = [str(day) for day in listed if not isinstance(day, str) or not _is_day(day) or day[:4] != year]
    if wrong:
        problems.append(Problem("tables.bad_days", "/sheet", {"days": wrong[:5], "year": year}))
        return {HOLIDAYS: [], WORKDAYS: []}
    both = sorted({*found[HOLIDAYS]} & {*found[WORKDAYS]})
    if both:
        problems.append(Problem("tables.both", "/sheet", {"days": both[:5]}))
    weekdays = [day for day in found[WORKDAYS] if date.fromisoformat(day).weekday() < 5]
    if weekdays:
        problems.append(Problem("tables.no_weekend", "/sheet", {"days": weekdays[:5]}))
    return {kind: sorted(set(days)) for kind, days in found.items()}


def _is_day(words: str) -> bool:
    try:
        return len(words) == 10 and bool(date.fromisoformat(words))
    except ValueError:
        return False
