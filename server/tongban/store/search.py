"""Search by name. Bigrams are made here, in Python: SQLite's trigram index silently finds no two-character name.

Beside the names of a case stands who may find it: where it lies, its procedure, its sides. So a search reads the cases
of an area only, however often a name occurs elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Text, bindparam, column, text
from sqlalchemy.dialects.postgresql import ARRAY

from tongban.store.prepared import Prepared

_WORD = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")
SENT = "sent"
"""Among the places of a case that is no longer only its applicant's business."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a case is found by, and the places where it is found."""

    names: Sequence[str]
    places: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to have a case in sight: its place is this one, and its procedure one of these; None = any."""

    place: str
    workflows: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Words that must all be there; older than the running number `before`; in one of `ways`, None = anywhere."""

    words: str
    workflow: str = ""
    before: int | None = None
    ways: Sequence[Way] | None = None


def fold(name: str) -> str:
    """Full-width forms, case and spaces make no difference to a search."""
    return unicodedata.normalize("NFKC", name).lower()


def grams(names: Iterable[str]) -> list[str]:
    """Every single character and every pair of neighbours; numbers and Latin words also by their beginnings."""
    found: dict[str, None] = {}
    for name in names:
        for word in _WORD.findall(fold(name)):
            if word[0].isascii():
                found.update(dict.fromkeys(word[:end] for end in range(1, min(len(word), 24) + 1)))
            else:
                found.update(dict.fromkeys(word))
            found.update(dict.fromkeys(word[i:i + 2] for i in range(len(word) - 1)))
    return list(found)


def query_grams(q: str) -> list[str]:
    """What must all be there for a query."""
    wanted: dict[str, None] = {}
    for word in _WORD.findall(fold(q)):
        if len(word) == 1 or word[0].isascii():
            wanted[word[:24]] = None
        else:
            wanted.update(dict.fromkeys(word[i:i + 2] for i in range(len(word) - 1)))
    return list(wanted)


def side(who: str) -> str:
    """The place of a case where a side of it is: "o:<organisation>", "p:<person>", "t:<phone>"."""
    return _code("m", who)


def procedure(slug: str) -> str:
    """The place that all cases of a procedure share."""
    return _code("w", slug)


@lru_cache(4096)
def lies(scope: str | None, slug: str) -> tuple[str, ...]:
    """The places of a sent case that lies here: a street is in its county, its city and its province too.

    Each stands there alone and together with the procedure: two long lists need not be held against each other.
    """
    there = [SENT]
    if scope:
        there += [scope[:size] for size in (2, 4, 6, len(scope))] if scope.isdigit() else [_code("o", scope)]
    return tuple(dict.fromkeys([*there, *(place + procedure(slug) for place in there)]))


def area(granted: str) -> str:
    """The place that holds every case which a grant's scope covers; see engine.people.covers."""
    if granted == "*":
        return SENT
    if not granted.isdigit():
        return _code("o", granted)
    if len(granted) != 6:
        return granted
    return granted[:2] if granted.endswith("0000") else granted[:4] if granted.endswith("00") else granted


def _places(ways: Iterable[Way]) -> list[str]:
    """Every place that any of the ways leads to."""
    found: dict[str, None] = {}
    for way in ways:
        found.update(dict.fromkeys([way.place] if way.workflows is None else
                                   [way.place + procedure(slug) for slug in way.workflows]))
    return list(found)


@lru_cache(4096)
def _code(kind: str, value: str) -> str:
    return kind + value.encode().hex()      # one word, whatever it is made of; two are never the same


def put(conn: Connection, n: int, terms: Terms, before: Terms | None = None) -> None:
    """Index a case under its terms. `before` = those that it was indexed under."""
    if conn.dialect.name != "sqlite":
        conn.execute(_PUT_ARRAYS, {"n": n, "grams": grams(terms.names), "places": list(terms.places)})
        return
    if before is not None:      # a contentless index must be told what to forget
        conn.execute(_FORGET, {"n": n, **_words(before)})
    conn.execute(_PUT, {"n": n, **_words(terms)})


_PUT = text("INSERT INTO case_names (rowid, grams, places) VALUES (:n, :grams, :places)")
_FORGET = text("INSERT INTO case_names (case_names, rowid, grams, places) VALUES ('delete', :n, :grams, :places)")
_PUT_ARRAYS = text("INSERT INTO case_names (n, grams, places) VALUES (:n, :grams, :places) ON CONFLICT (n) DO UPDATE "
                   "SET grams = excluded.grams, places = excluded.places").bindparams(
    bindparam("grams", type_=ARRAY(Text)), bindparam("places", type_=ARRAY(Text)))


def _words(terms: Terms) -> dict[str, str]:
    return {"grams": " ".join(grams(terms.names)), "places": " ".join(terms.places)}


def find(conn: Connection, query: Query, limit: int) -> list[int]:
    """Running numbers (`cases.n`) of cases whose names hold the words, newest first."""
    wanted = query_grams(query.words)
    if not wanted or (query.ways is not None and not query.ways):
        return []
    bounds = {"before": 2 ** 62 if query.before is None else query.before, "limit": limit}
    if conn.dialect.name == "sqlite":
        return list(conn.execute(_FIND, {"match": _match(wanted, query), **bounds}).scalars())
    return _in_postgres(conn, wanted, query, **bounds)


_FIND = text("SELECT rowid FROM case_names WHERE case_names MATCH :match AND rowid < :before "
             "ORDER BY rowid DESC LIMIT :limit")


def _match(wanted: Sequence[str], query: Query) -> str:
    """The query in the words of FTS5. Everything in quotes is a single word of ours."""
    parts = [f"grams : ({_joined(' AND ', wanted)})"]
    if query.workflow:
        parts.append(f'places : "{procedure(query.workflow)}"')
    if query.ways is not None:
        parts.append(f"places : ({_joined(' OR ', _places(query.ways))})")
    return " AND ".join(parts)


def _joined(by: str, words: Iterable[str]) -> str:
    return by.join(f'"{word}"' for word in words)


BLOCK = 4_096
"""Cases whose numbers lie together in PostgreSQL's index of words: the definition of the index says the same."""
BLOCKS = 32
"""As many of them are looked through at once: each is one more list to merge, for 60 us."""


def _in_postgres(conn: Connection, wanted: Sequence[str], query: Query, before: int, limit: int) -> list[int]:
    """The newest block first, then as many at once as those before promise to be enough.

    To choose by itself how to look, PostgreSQL would have to know how rare a word is. It does not, and fetched every
    case that has the word, or one case after the other.
    """
    newest = _NEWEST.all(conn, {"before": before})
    end = top = newest[0]["n"] + 1 if newest else 0
    found: list[int] = []
    blocks = 1
    while end > 0 and len(found) < limit:
        last = (end - 1) // BLOCK
        first = max(0, last + 1 - blocks)
        values = _arrays(wanted, query) | ({"blocks": list(range(first, last + 1))} if blocks <= BLOCKS else {})
        rows = _within(tuple(values), BLOCK).all(conn, {**values, "before": end, "limit": limit - len(found)})
        found += [row["n"] for row in rows]
        end = first * BLOCK
        blocks = _next(limit - len(found), len(found), top - end, end)
    return found


_NEWEST = Prepared(lambda _sqlite: text("SELECT n FROM case_names WHERE n < :before ORDER BY n DESC LIMIT 1").columns(
    column("n", BigInteger)))


def _next(missing: int, found: int, looked: int, left: int) -> int:
    """How many blocks to look through next. All that are left, where that fetches few more than are missing."""
    if left * (found + 1) <= 4 * missing * looked:
        return left // BLOCK + 1
    return min(BLOCKS, 3 * missing * looked // ((2 * found + 1) * BLOCK) + 1)     # half as many again as it looks like


def _arrays(wanted: Sequence[str], query: Query) -> dict[str, list[Any]]:
    """What must be in the arrays of a case, by the names that _TESTS has for them."""
    values: dict[str, list[Any]] = {"grams": list(wanted)}
    if query.workflow:
        values["procedure"] = [procedure(query.workflow)]
    if query.ways is not None:
        values["places"] = _places(query.ways)
    return values


_TESTS = {"grams": "grams @> :grams", "procedure": "places @> :procedure", "places": "places && :places",
          "blocks": "ARRAY[n / {block}] && :blocks"}


@lru_cache
def _within(names: tuple[str, ...], block: int) -> Prepared:
    """`n + 0`: in an order that the index of numbers cannot give, so that the index of words is read."""
    where = " AND ".join(_TESTS[name].format(block=block) for name in names)
    kinds = [bindparam(name, type_=ARRAY(BigInteger if name == "blocks" else Text)) for name in names]
    wanted = text(f"SELECT n FROM case_names WHERE n < :before AND {where} "       # noqa: S608 - holds no value
                  "ORDER BY n + 0 DESC LIMIT :limit").bindparams(*kinds).columns(column("n", BigInteger))
    return Prepared(lambda _sqlite: wanted)


def hollow(conn: Connection) -> bool:
    """Whether there are cases and no index of their names: it was made anew, in another shape."""
    here = "rowid" if conn.dialect.name == "sqlite" else "n"
    return conn.execute(text(f"SELECT EXISTS (SELECT 1 FROM cases) AND NOT EXISTS "       # noqa: S608 - no value
                             f"(SELECT {here} FROM case_names)")).scalar_one() in (1, True)


def clear(conn: Connection) -> None:
    """Forget every name. A contentless index must be told in its own words."""
    conn.execute(text("INSERT INTO case_names (case_names) VALUES ('delete-all')" if conn.dialect.name == "sqlite"
                      else "DELETE FROM case_names"))
