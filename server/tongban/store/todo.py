"""Open work: one row per open seat, and the lists that are read from it alone.

A million cases must not slow an inbox down, so nothing here looks at the cases themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Insert,
    Integer,
    String,
    Table,
    Text,
    TextualSelect,
    bindparam,
    column,
    delete,
    exists,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from tongban.store.base import Row, metadata
from tongban.store.cases import cases, journal, members
from tongban.store.prepared import Prepared, among

todo = Table(
    "todo", metadata,
    Column("case_id", String(40), ForeignKey("cases.id"), primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),     # rows of a case are reused in place
    Column("task", String(40), nullable=False),
    Column("state", String(80), nullable=False),
    Column("workflow", String(80), nullable=False),
    Column("version", String(64), nullable=False),
    Column("number", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("role", String(40)),
    Column("region", String(60)),                   # of the task's scope: the county of a street, else the scope
    Column("scope", String(60)),
    Column("who", String(60)),                      # addressed to one person or organisation
    Column("claimed", String(40)),
    Column("opened", String(30), nullable=False),
    Column("due", String(30), nullable=False),      # "9999" = none, so that it sorts last
    Column("provisional", Boolean, nullable=False),
    Column("claimed_for", String(40)),              # in whose name a deputy holds it
)
Index(None, todo.c.role, todo.c.region, todo.c.due, todo.c.case_id)
Index(None, todo.c.role, todo.c.due, todo.c.case_id)
Index("ix_todo_who", todo.c.who, todo.c.due, todo.c.case_id,
      sqlite_where=todo.c.who.is_not(None), postgresql_where=todo.c.who.is_not(None))
Index("ix_todo_claimed", todo.c.claimed, todo.c.due, todo.c.case_id,
      sqlite_where=todo.c.claimed.is_not(None), postgresql_where=todo.c.claimed.is_not(None))
Index("ix_todo_claimed_for", todo.c.claimed_for, todo.c.due, todo.c.case_id,
      sqlite_where=todo.c.claimed_for.is_not(None), postgresql_where=todo.c.claimed_for.is_not(None))

NEVER = "9999"
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
WIDE = 30           # regions of a span that are still read one by one
Form = tuple[str | bool, ...]
_COLUMNS = [column.name for column in todo.c]


@dataclass(frozen=True, slots=True)
class Reach:
    """One branch of an inbox: a role over a span of regions, or what is addressed to somebody.

    low..high is a half-open span of region codes; low alone is one code; neither = everywhere.
    """

    role: str | None = None
    low: str | None = None
    high: str | None = None
    who: str | None = None
    claimed: str | None = None
    lent: str | None = None             # what a deputy has claimed in this person's name


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows an inbox. `after` = (due, case id, slot) of the last row seen."""

    claimed: bool | None = None         # None = any; False = only what nobody has taken
    workflow: str = ""
    region: str = ""
    due_before: str = ""
    after: tuple[str, str, int] | None = None


def _form(reach: Reach, wanted: Wanted) -> Form:
    """What a branch looks like without its values: statements are built once for each form."""
    place = ("" if reach.low is None else "wide" if reach.high is not None
             else "street" if len(reach.low) > 6 and reach.low.isdigit() else "code")
    return (place, reach.role is not None, reach.who is not None, reach.claimed is not None,
            reach.lent is not None, bool(wanted.workflow), bool(wanted.region), wanted.claimed is False,
            bool(wanted.due_before), wanted.after is not None)


def _values(reaches: Sequence[Reach], wanted: Wanted) -> dict[str, str | int | None]:
    """The values of all branches."""
    found: dict[str, str | int | None] = {"workflow": wanted.workflow, "wanted_region": wanted.region,
                                          "before": wanted.due_before}
    found |= dict(zip(("after_due", "after_case", "after_slot"), wanted.after or (), strict=False))
    for n, reach in enumerate(reaches):
        low = reach.low or ""
        found |= {f"role{n}": reach.role, f"who{n}": reach.who, f"claimed{n}": reach.claimed, f"lent{n}": reach.lent,
                  f"low{n}": low, f"high{n}": reach.high, f"county{n}": low[:6], f"street{n}": low.rstrip("0")}
    return found


def _branch(form: Form, n: int) -> str:
    """The condition of one branch; its values are named by its number."""
    place, role, who, claimed, lent, workflow, region, unclaimed, due, after = form
    tests = ((role, f"role = :role{n}"), (who, f"who = :who{n}"), (claimed, f"claimed = :claimed{n}"),
             (lent, f"claimed_for = :lent{n}"), (workflow, "workflow = :workflow"), (region, "region = :wanted_region"),
             (unclaimed, "claimed IS NULL"), (due, "due < :before"),
             (after, "(due, case_id, slot) > (:after_due, :after_case, :after_slot)"))
    there = [test.format(n=n) for test in _PLACES[str(place)]]
    return " AND ".join([*there, *(test for asked, test in tests if asked)])


_PLACES = {
    "": (),
    "code": ("region = :low{n}",),
    "street": ("region = :county{n}", "substr(scope, 1, length(:street{n})) = :street{n}"),     # its county's, then its
    "wide": ("region || '' >= :low{n}", "region || '' < :high{n}"),     # read by due date, the region only looked at,
}                                                                       # or the planner would sort them all


_NEXT_REGION = Prepared(lambda _sqlite: text("""
WITH RECURSIVE there(region, n) AS (
  SELECT min(region), 1 FROM todo WHERE role = :role AND region >= :low AND region < :high
  UNION ALL
  SELECT (SELECT min(t.region) FROM todo t WHERE t.role = :role AND t.region > there.region AND t.region < :high), n + 1
  FROM there WHERE there.region IS NOT NULL AND n <= :most)
SELECT region FROM there WHERE region IS NOT NULL""").columns(todo.c.region))


def spread(conn: Connection, reaches: Sequence[Reach]) -> list[Reach]:
    """Spans as the single regions that have work now, so that each is read by due date; a wide span stays one.

    One look into the index for each region: a city has a dozen.
    """
    found: list[Reach] = []
    for reach in reaches:
        codes: list[str] = []
        if reach.high is not None:
            asked = {"role": reach.role, "low": reach.low, "high": reach.high, "most": WIDE}
            codes = [row["region"] for row in _NEXT_REGION.all(conn, asked)]
        narrow = reach.high is not None and len(codes) <= WIDE
        found += [replace(reach, low=code, high=None) for code in codes] if narrow else [reach]
    return found


def _union(columns: Iterable[str], forms: tuple[Form, ...], each: str = "") -> str:
    """Written as text: SQLAlchemy takes fifty milliseconds to build a union of sixteen, and who asks first waits."""
    branches = (f"SELECT {', '.join(columns)} FROM todo WHERE {_branch(form, n)}"       # noqa: S608 - holds no value
                for n, form in enumerate(forms))
    return " UNION ALL ".join(f"({one}{each})" if each else one for one in branches)


@lru_cache(512)
def _listing(forms: tuple[Form, ...]) -> Prepared:
    return Prepared(lambda sqlite_: _list(forms, sqlite_))


def _list(forms: tuple[Form, ...], sqlite_: bool) -> TextualSelect:
    """Every branch is read along its own index by due date; they are merged, and read no further than the page.

    SQLite does so by itself. PostgreSQL sorts a whole region unless each branch says where it ends.
    """
    order = " ORDER BY due, case_id, slot LIMIT :most"
    if sqlite_:
        return text(f"{_union(_COLUMNS, forms)}{order}").columns(*todo.c)
    every = _union(_COLUMNS, forms, order)
    return text("SELECT DISTINCT ON (due, case_id, slot) * "        # noqa: S608 - as above
                f"FROM ({every}) AS every{order}").columns(*todo.c)


@lru_cache(512)
def _counting(forms: tuple[Form, ...]) -> Prepared:
    return Prepared(lambda sqlite_: _count(forms, sqlite_))


def _count(forms: tuple[Form, ...], sqlite_: bool) -> TextualSelect:
    """Branches are read one after the other, until there are enough; PostgreSQL merges them as for the list."""
    order = " ORDER BY due, case_id, slot LIMIT :cap"
    once = (f"SELECT DISTINCT case_id, slot FROM ({_union(('case_id', 'slot'), forms)}) AS every LIMIT :cap"  # noqa: S608
            if sqlite_ else
            "SELECT DISTINCT ON (due, case_id, slot) 1 FROM "     # noqa: S608 - as above
            f"({_union(('due', 'case_id', 'slot'), forms, order)}) AS every{order}")
    return text(f"SELECT count(*) AS n FROM ({once}) AS once").columns(column("n", Integer))     # noqa: S608 - as above


def _even(reaches: Sequence[Reach]) -> list[Reach]:
    """With branches that find nothing, up to the next of SIZES: building a statement takes longer than running it."""
    last, size = reaches[-1], next((size for size in SIZES if size >= len(reaches)), len(reaches))
    whose = (name for name in ("role", "who", "claimed", "lent") if getattr(last, name) is not None)
    nothing = replace(last, **dict.fromkeys(whose, ""))
    return [*reaches, *[nothing] * (size - len(reaches))]


def page(conn: Connection, reaches: Sequence[Reach], wanted: Wanted, limit: int) -> list[Row]:
    """The next rows by due date, each once."""
    if not reaches:
        return []
    reaches = _even(reaches)
    statement = _listing(tuple(_form(reach, wanted) for reach in reaches))
    most = limit * len(reaches) if conn.dialect.name == "sqlite" else limit
    once: dict[tuple[str, int], Row] = {}
    for row in statement.each(conn, {**_values(reaches, wanted), "most": most}):
        if len(once) == limit:      # the others are of branches that overlap: nobody asked for them
            break
        once[row["case_id"], row["slot"]] = row
    return list(once.values())


def count(conn: Connection, reaches: Sequence[Reach], wanted: Wanted, cap: int) -> int:
    """How many rows there are, counted up to a cap: a badge says "99+" and costs the same at a million."""
    if not reaches:
        return 0
    reaches = _even(reaches)
    statement = _counting(tuple(_form(reach, wanted) for reach in reaches))
    return int(statement.all(conn, {**_values(reaches, wanted), "cap": cap})[0]["n"])


def near(conn: Connection, person: str, who: Sequence[str], reaches: Sequence[Reach],
         numbers: Sequence[int]) -> list[int]:
    """Those of the cases with these running numbers that somebody acted on, got a copy of or has work on."""
    if not numbers:
        return []
    reaches, anything = _even(reaches), Wanted()
    values = {**_values(reaches, anything), "numbers": list(numbers), "person": person, "names": list(who)}
    return [row["n"] for row in _near(tuple(_form(reach, anything) for reach in reaches)).all(conn, values)]


@lru_cache(512)
def _near(forms: tuple[Form, ...]) -> Prepared:
    branches = " OR ".join(f"({_branch(form, n)})" for n, form in enumerate(forms))
    work = text(f"EXISTS (SELECT 1 FROM todo WHERE case_id = cases.id AND ({branches}))")     # noqa: S608 - as above
    return Prepared(lambda sqlite_: select(cases.c.n).where(among(cases.c.n, "numbers", sqlite_), or_(
        exists().where(members.c.case_id == cases.c.id, among(members.c.who, "names", sqlite_)),
        exists().where(journal.c.case_id == cases.c.id, journal.c.actor == bindparam("person")), work)))


def claimed(conn: Connection) -> Sequence[Row]:
    """Every open seat of a task that somebody claimed."""
    wanted = select(todo.c.case_id, todo.c.task, todo.c.claimed, todo.c.role, todo.c.scope, todo.c.who)
    return conn.execute(wanted.where(todo.c.claimed.is_not(None))).mappings().all()


def of_case(conn: Connection, case_id: str) -> Sequence[Row]:
    """The open work of one case."""
    return conn.execute(select(todo).where(todo.c.case_id == case_id).order_by(todo.c.slot)).mappings().all()


def _upsert(sqlite_: bool) -> Insert:
    put_ = (sqlite if sqlite_ else postgresql).insert(todo)
    made: Insert = put_.on_conflict_do_update(
        index_elements=["case_id", "slot"],
        set_={name: put_.excluded[name] for name in _COLUMNS if name not in ("case_id", "slot")})
    return made


_PUT = Prepared(_upsert)


def put(conn: Connection, case_id: str, rows: Sequence[Mapping[str, Any]], before: int) -> None:
    """Make the open work of a case what `rows` says; `before` = how many rows it had."""
    if rows:
        _PUT.run(conn, *({**row, "case_id": case_id, "slot": slot} for slot, row in enumerate(rows)))
    if before > len(rows):
        conn.execute(delete(todo).where(todo.c.case_id == case_id, todo.c.slot >= len(rows)))
