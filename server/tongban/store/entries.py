"""Registers as people read them: one page at an instant, a search, the history of one entry, a screening of the whole.

Somebody sees what lies in their slices: all of a register, or the entries whose column holds their region or office.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)

from tongban.store.base import Row
from tongban.store.registers import entries

CAP = 10_000            # nobody counts further
PASSES, FAILS, UNKNOWN = "passes", "fails", "unknown"


@dataclass(frozen=True, slots=True)
class Slice:
    """Entries whose `column` is this value or, with `within`, begins with it. No column = all."""

    column: str = ""
    value: str = ""
    within: bool = False


def page(conn: Connection, register: str, at: str, slices: Sequence[Slice], search: tuple[str, Sequence[str]],
         after: int = 0, limit: int = 50) -> Sequence[Row]:
    """What stood in a register at an instant. `search` = words and the columns that they are looked for in."""
    wanted = select(entries).where(_stood(register, at), _within(slices), _found(*search), entries.c.n > after)
    return conn.execute(wanted.order_by(entries.c.n).limit(limit)).mappings().all()


def count(conn: Connection, register: str, at: str, slices: Sequence[Slice], search: tuple[str, Sequence[str]]) -> int:
    """How many of them, counted up to a cap."""
    some = select(entries.c.n).where(_stood(register, at), _within(slices), _found(*search)).limit(CAP + 1).subquery()
    return int(conn.execute(select(func.count()).select_from(some)).scalar_one())


def every(conn: Connection, register: str, at: str, slices: Sequence[Slice], search: tuple[str, Sequence[str]]
          ) -> Iterator[Row]:
    """All of them, read a thousand at a time."""
    after = 0
    while rows := page(conn, register, at, slices, search, after, 1000):
        yield from rows
        after = rows[-1]["n"]


def by_id(conn: Connection, register: str, entry_id: str) -> Sequence[Row]:
    """Every dated row of one entry, oldest first."""
    wanted = select(entries).where(entries.c.register == register, entries.c.id == entry_id)
    return conn.execute(wanted.order_by(entries.c.entered_at, entries.c.n)).mappings().all()


def sizes(conn: Connection) -> dict[str, int]:
    """How many entries stand in each register now."""
    wanted = select(entries.c.register, func.count()).where(entries.c.left_at.is_(None)).group_by(entries.c.register)
    return {name: int(n) for name, n in conn.execute(wanted)}


def _stood(register: str, at: str) -> ColumnElement[bool]:
    return and_(entries.c.register == register, entries.c.entered_at <= at,
                or_(entries.c.left_at.is_(None), entries.c.left_at > at))


def _within(slices: Sequence[Slice]) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = []
    for one in slices:
        if not one.column:
            return true()
        held = entries.c.fields[one.column].as_string()
        ways.append(held.startswith(one.value, autoescape=True) if one.within else held == one.value)
    return or_(false(), *ways)


def _found(words: str, columns: Sequence[str]) -> ColumnElement[bool]:
    """Each word in the key or in some column."""
    places = [entries.c.key, *(entries.c.fields[column].as_string() for column in columns)]
    return and_(true(), *(or_(*(func.lower(place).contains(word, autoescape=True) for place in places))
                          for word in words.lower().split()))


# --- screening ---------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Screening:
    """Whose entries are judged when, by which rules: (id, SQL over a row of `entries`, whether it alone decides)."""

    register: str
    at: str
    slices: Sequence[Slice]
    rules: Sequence[tuple[str, str, bool]]


def tally(conn: Connection, asked: Screening) -> tuple[dict[str, int], dict[str, tuple[int, int]]]:
    """How many pass, fail and are unknown; for each rule how many fail it and are unknown to it. One pass."""
    judged = _judged(asked)
    verdict = judged.c.verdict
    counts = [func.sum(case((verdict == name, 1), else_=0)) for name in (PASSES, FAILS, UNKNOWN)]
    for n in range(len(asked.rules)):
        held = judged.c[f"r{n}"]
        counts += [func.sum(case((held.is_(false()), 1), else_=0)), func.sum(case((held.is_(None), 1), else_=0))]
    got = [int(value or 0) for value in conn.execute(select(*counts)).one()]
    rules = {rule[0]: (got[3 + 2 * n], got[4 + 2 * n]) for n, rule in enumerate(asked.rules)}
    return dict(zip((PASSES, FAILS, UNKNOWN), got[:3], strict=True)), rules


def judged_page(conn: Connection, asked: Screening, verdict: str, after: int = 0, limit: int = 50
                ) -> list[tuple[Row, dict[str, bool | None]]]:
    """Entries with that verdict, each with what every rule says of it."""
    judged = _judged(asked)
    wanted = select(judged).where(judged.c.verdict == verdict, judged.c.n > after).order_by(judged.c.n).limit(limit)
    return [(row, {rule[0]: _truth(row[f"r{n}"]) for n, rule in enumerate(asked.rules)})
            for row in conn.execute(wanted).mappings()]


def _truth(value: object) -> bool | None:
    return None if value is None else bool(value)


def _judged(asked: Screening) -> FromClause:
    ruled: Select[tuple[object, ...]] = select(
        entries.c.n, entries.c.id, entries.c.key, entries.c.fields, entries.c.entered_at,
        *(literal_column(sql, Boolean).label(f"r{n}") for n, (_, sql, _) in enumerate(asked.rules)),
    ).where(_stood(asked.register, asked.at), _within(asked.slices))
    inner = ruled.subquery()
    deciding = [inner.c[f"r{n}"] for n, rule in enumerate(asked.rules) if rule[2]]
    verdict = case((or_(false(), *(held.is_(false()) for held in deciding)), literal(FAILS)),
                   (or_(false(), *(held.is_(None) for held in deciding)), literal(UNKNOWN)), else_=literal(PASSES))
    return select(inner, verdict.label("verdict")).subquery()


def column_sql(dialect: str, column: str, kind: str) -> str:
    """A column of `entries.fields` as the rules' SQL reads it; a value of another type is unknown."""
    name = column.replace("'", "''")
    if dialect == "sqlite":
        types = {"int": "'integer'", "decimal": "'integer'", "bool": "'true', 'false'", "list": "'array'"}
        held = f"json_extract(entries.fields, '$.\"{name}\"')"
        typed = f"json_type(entries.fields, '$.\"{name}\"')"
        return f"CASE WHEN {typed} IN ({types.get(kind, repr('text'))}) THEN {held} END"
    found, typed = f"entries.fields ->> '{name}'", f"jsonb_typeof(entries.fields -> '{name}')"
    if kind in ("int", "decimal"):
        return f"CASE WHEN {typed} = 'number' AND {found} ~ '^-?[0-9]{{1,18}}$' THEN ({found})::bigint END"
    if kind == "bool":
        return f"CASE WHEN {typed} = 'boolean' THEN ({found})::boolean END"
    if kind == "list":
        return f"CASE WHEN {typed} = 'array' THEN entries.fields -> '{name}' END"
    return f"CASE WHEN {typed} = 'string' THEN {found} END"


def listed_sql(register: str, key: str, at: str) -> str:
    """Whether a key stood in a register at an instant, all given as SQL; unknown where key or instant is."""
    name = register.replace("'", "''")
    there = (f"other.register = '{name}' AND other.key = {key} AND other.entered_at <= {at} "
             f"AND (other.left_at IS NULL OR other.left_at > {at})")
    found = f"EXISTS (SELECT 1 FROM entries AS other WHERE {there})"    # noqa: S608 - quoted above
    return f"CASE WHEN {key} IS NOT NULL AND {at} IS NOT NULL THEN {found} END"

