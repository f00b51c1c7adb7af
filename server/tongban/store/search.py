"""Search by name. Bigrams are made here, in Python: SQLite's trigram index silently finds no two-character name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

_WORD = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")


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


def put(conn: Connection, n: int, names: Iterable[str], before: Iterable[str] | None = None) -> None:
    """Index a case under its names. `before` = the names that it was indexed under."""
    new = grams(names)
    if conn.dialect.name != "sqlite":
        conn.execute(text("INSERT INTO case_names (n, grams) VALUES (:n, :grams) "
                          "ON CONFLICT (n) DO UPDATE SET grams = excluded.grams")
                     .bindparams(bindparam("grams", type_=ARRAY(Text))), {"n": n, "grams": new})
        return
    if before is not None:      # a contentless index must be told what to forget
        conn.execute(text("INSERT INTO case_names (case_names, rowid, grams) VALUES ('delete', :n, :grams)"),
                     {"n": n, "grams": " ".join(grams(before))})
    conn.execute(text("INSERT INTO case_names (rowid, grams) VALUES (:n, :grams)"), {"n": n, "grams": " ".join(new)})


def find(conn: Connection, q: str, limit: int = 200) -> Sequence[int]:
    """Numbers (`cases.n`) of cases whose names hold the query, newest first."""
    wanted = query_grams(q)
    if not wanted:
        return []
    if conn.dialect.name != "sqlite":
        rows = conn.execute(text("SELECT n FROM case_names WHERE grams @> :grams ORDER BY n DESC LIMIT :limit")
                            .bindparams(bindparam("grams", type_=ARRAY(Text))), {"grams": wanted, "limit": limit})
        return list(rows.scalars())
    match = " AND ".join(f'"{gram}"' for gram in wanted)
    rows = conn.execute(text("SELECT rowid FROM case_names WHERE case_names MATCH :match ORDER BY rowid DESC "
                             "LIMIT :limit"), {"match": match, "limit": limit})
    return list(rows.scalars())


def clear(conn: Connection) -> None:
    """Forget every name. A contentless index must be told in its own words."""
    conn.execute(text("INSERT INTO case_names (case_names) VALUES ('delete-all')" if conn.dialect.name == "sqlite"
                      else "DELETE FROM case_names"))
