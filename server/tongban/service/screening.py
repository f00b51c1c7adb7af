"""Who of a whole register qualifies today: a procedure's rules asked of every entry at once, in the database (C10).

The rules are those of the procedure's `screen`; an entry answers the fields of its form. What a register cannot answer
stays unknown and is said so; it never counts as passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tongban.engine import answers
from tongban.engine.model import Field, Json, Rule, Version
from tongban.engine.problem import EngineError
from tongban.engine.rules import literal, to_sql
from tongban.service import books, drafts, regions
from tongban.service.access import Person, may
from tongban.service.books import Book
from tongban.service.cases import view as case_view
from tongban.service.errors import Denied, NotFound
from tongban.service.registers import cells, columns, hidden, instant, key_of, lies_within, reach
from tongban.service.runtime import Runtime
from tongban.service.start import begin
from tongban.service.views.registers import ScreenRow, ScreenRule, ScreenView
from tongban.store import definitions, entries, registers

PAGE = 50
VERDICTS = (entries.PASSES, entries.FAILS, entries.UNKNOWN)


def screen(rt: Runtime, person: Person, slug: str, verdict: str = entries.PASSES, after: str = "", lang: str = "zh"
           ) -> ScreenView:
    """Counts by verdict and by rule, and a page of the entries with one verdict."""
    verdict = verdict if verdict in VERDICTS else entries.PASSES
    with rt.store.reading() as conn:
        version, book = _subject(rt, conn, person, slug)
        asking = _Asking(rt, conn, version, book)
        asked, left_out = asking.rules()
        at, day = instant(rt, "")
        judging = entries.Screening(book.name, at, reach(book, person), asked)
        counts, per_rule = entries.tally(conn, judging)
        found = entries.judged_page(conn, judging, verdict, int(after) if after.isdecimal() else 0, PAGE + 1)
    masked, flow = hidden(book, person), version.workflow
    clauses = flow.source.get("clauses") or {}
    rules = tuple(ScreenRule(one.id, one.label or {"zh": one.id, "en": one.id}, one.clause, clauses.get(one.clause),
                             one.kind == "hard", *per_rule.get(one.id, (0, 0)), one.id not in left_out)
                  for one in asking.wanted())
    rows = tuple(ScreenRow(
        row["id"], key_of(book, row, masked), cells(book, row, masked, lang),
        tuple(rule for rule, said in truths.items() if said is False),
        tuple(rule for rule, said in truths.items() if said is None)) for row, truths in found[:PAGE])
    return ScreenView(slug, flow.title, book.name, book.title, day, verdict, counts, rules, columns(book, masked), rows,
                      str(found[PAGE - 1][0]["n"]) if len(found) > PAGE else None,
                      tuple(one.label for one in asking.unanswered()), may(person, "procedure.start", flow))


def propose(rt: Runtime, person: Person, slug: str, entry_id: str, key: str) -> tuple[str, str]:
    """Start the procedure for one entry, its form filled in with what the register says. Gives (case, task)."""
    with rt.store.reading() as conn:
        version, book = _subject(rt, conn, person, slug)
        rows = entries.by_id(conn, book.name, entry_id)
        if not rows or rows[-1]["left_at"] is not None or not lies_within(rows[-1], reach(book, person)):
            raise NotFound
        asking = _Asking(rt, conn, version, book)
        raw = asking.as_typed({book.key: rows[-1]["key"], **rows[-1]["fields"]})
    if not may(person, "procedure.start", version.workflow):
        raise Denied
    received = begin(rt, person, slug, key)
    task = next((t for t in case_view(rt, person, received.case_id).tasks if t.form and t.actions), None)
    if task is None:
        return received.case_id, ""
    if not received.repeated:
        drafts.save(rt, person, received.case_id, task.id, raw)
    return received.case_id, task.id


def _subject(rt: Runtime, conn: Connection, person: Person, slug: str) -> tuple[Version, Book]:
    """The procedure and the register that it screens, for whoever may read that."""
    row = definitions.procedure(conn, slug)
    version = rt.version(conn, row["current"]) if row is not None else None
    spec = version.bundle["workflow"].get("screen") if version is not None else None
    if version is None or spec is None:
        raise NotFound
    return version, books.book(rt, conn, person, spec["register"])


@dataclass(frozen=True, slots=True)
class _Asking:
    """A procedure's rules and how a register answers them."""

    rt: Runtime
    conn: Connection
    version: Version
    book: Book

    @property
    def spec(self) -> Mapping[str, Any]:
        spec: Mapping[str, Any] = self.version.bundle["workflow"]["screen"]
        return spec

    @property
    def form(self) -> str:
        return str(self.spec["form"])

    @property
    def dialect(self) -> str:
        return self.conn.dialect.name

    def wanted(self) -> list[Rule]:
        """The rules in clause order."""
        return [rule for rule in self.version.workflow.rules.values() if rule.id in self.spec["rules"]]

    def fields(self) -> dict[str, Field]:
        """Canonical name -> field of the form."""
        return {f"{self.form}.{one.id}": one for one in self.version.workflow.forms[self.form].fields}

    def column(self, name: str) -> Field | None:
        """The column that answers a field: as the definition says, else of the same name; of the same type only."""
        one = self.fields().get(name)
        given = self.spec.get("columns") or {}
        column = self.book.field(given.get(name) or given.get(name.partition(".")[2]) or name.partition(".")[2])
        if one is None or column is None:
            return None
        same = (column.value_type.kind, column.value_type.scale) == (one.value_type.kind, one.value_type.scale)
        return column if same else None

    def unanswered(self) -> list[Field]:
        """Fields that rules read and no column answers."""
        read = {name for rule in self.wanted() for name in rule.test.names}
        return [one for name, one in self.fields().items() if name in read and self.column(name) is None]

    def rules(self) -> tuple[list[tuple[str, str, bool]], set[str]]:
        """Each rule as SQL; what cannot be asked of a database is unknown for every entry."""
        known, found, left_out = self.columns(), [], set()
        for rule in self.wanted():
            try:
                text = self.sql(rule, known)
            except EngineError:
                text = _nothing(self.dialect)
                left_out.add(rule.id)
            found.append((rule.id, text, rule.kind == "hard"))
        return found, left_out

    def sql(self, rule: Rule, known: Mapping[str, str]) -> str:
        test = self.asked(rule.test.ast, known)
        if rule.when is None:
            return test
        yes = "1" if self.dialect == "sqlite" else "TRUE"
        return f"CASE WHEN {self.asked(rule.when.ast, known)} THEN {test} ELSE {yes} END"

    def asked(self, ast: Json, known: Mapping[str, str]) -> str:
        """One expression: look-ups in registers and parameters become names whose SQL is known."""
        extra = dict(known)
        return to_sql(self.without_facts(ast, extra), self.dialect, extra)

    def without_facts(self, ast: Json, known: dict[str, str]) -> Json:
        if not isinstance(ast, list):
            return ast
        if ast[0] == "listed" and ast[1][:2] == ["fact", "register"] and ast[1][2][0] == "lit":
            key, at = (to_sql(part, self.dialect, known) for part in ast[1][3:5])
            name = f"$listed{len(known)}"
            known[name] = entries.listed_sql(ast[1][2][1], key, at)
            return ["name", name, "bool"]
        if ast[0] == "as" and isinstance(ast[2], list) and ast[2][:2] == ["fact", "parameter"]:
            value = self.parameter(ast[2], known)
            return ["lit", value, *ast[3:]] if value is not None else ast
        return [self.without_facts(part, known) for part in ast]

    def parameter(self, ast: Json, known: Mapping[str, str]) -> Json:
        """A parameter whose name, region and day are the same for every entry."""
        parts = [part[1] if part[0] == "lit" else self.rt.today() if part[:2] == ["name", "today"] else None
                 for part in ast[2:5]]
        if len(parts) < 3 or None in parts:
            return None
        name, region, day = (str(part) for part in parts)
        return registers.parameter(self.conn, name, [*regions.chain(region), "*"], day)

    def columns(self) -> dict[str, str]:
        """Canonical name -> SQL: the entry's columns, and what is the same for all."""
        now, today = literal(self.rt.clock(), self.dialect), literal(self.rt.today(), self.dialect)
        found = {"today": today, "now": now, "submitted_at": now, "started_at": now}
        for name, one in self.fields().items():
            column = self.column(name)
            if column is None:
                found[name] = "NULL"
            elif column.id == self.book.key:
                found[name] = "entries.key"
            else:
                found[name] = entries.column_sql(self.dialect, column.id, one.value_type.kind)
        return found

    def as_typed(self, values: Mapping[str, Json]) -> dict[str, Json]:
        """The register's values as inputs of the form hold them."""
        raw: dict[str, Json] = {}
        for name, one in self.fields().items():
            column = self.column(name)
            if column is not None and values.get(column.id) is not None and not one.computed:
                raw[one.id] = answers.as_raw(one, values[column.id])
        return raw


def _nothing(dialect: str) -> str:
    return "NULL" if dialect == "sqlite" else "NULL::boolean"

