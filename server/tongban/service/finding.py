"""Search by name: the cases that somebody may see, newest first, page by page."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from tongban.service import unfold
from tongban.service.access import OVERSEERS, PARTY_ROLES, Person, roles_of
from tongban.service.runtime import Runtime
from tongban.store import dump, lists, search, todo
from tongban.store.base import Row
from tongban.store.search import Query, Way, area, side
from tongban.store.todo import Reach

SCAN = 200      # newest cases of that name that are looked at one by one for what the index cannot know
_log = logging.getLogger("tongban.boot")


def found(conn: Connection, person: Person, who: Sequence[str], reaches: Sequence[Reach], areas: Sequence[Way],
          query: Query, limit: int) -> tuple[Sequence[Row], int | None]:
    """One page of what this person may see, and the number from which the next one goes on; None = that was all.

    The index knows in whose area and on whose side a case is. What somebody only acted on, holds open work of or got
    a copy of is looked for among the newest cases of that name; whoever has no area goes on through all of them.
    """
    numbers = search.find(conn, Query(query.words, query.workflow, query.before,
                                      [*areas, *(Way(side(name)) for name in who)]), limit)
    if len(numbers) == limit:       # who gets this many had better type more of the name
        return lists.numbered(conn, numbers), numbers[-1]
    newest = search.find(conn, query, SCAN)
    others = [n for n in newest if n not in numbers]
    both = {*numbers, *todo.near(conn, person.id, who, reaches, others)}
    onward = newest[-1] if person.staff and not areas and len(newest) == SCAN else None
    page = sorted((n for n in both if n >= (onward or 0)), reverse=True)
    if len(page) > limit:
        page, onward = page[:limit], page[limit - 1]
    return lists.numbered(conn, page), onward


def areas_of(rt: Runtime, conn: Connection, person: Person, procedures: Iterable[Row]) -> list[Way]:
    """The same that access.may says of one case in an office's area."""
    by_role: dict[str, list[str]] = {}
    for row in procedures:
        for role in roles_of(rt.version(conn, row["current"])):
            by_role.setdefault(role, []).append(row["slug"])
    ways = []
    for grant in (*person.grants, *(grant for _, grant in person.lent)):
        if grant.role in OVERSEERS:
            ways.append(Way(area(grant.scope)))
        elif grant.role in by_role and grant.role not in PARTY_ROLES:
            ways.append(Way(area(grant.scope), tuple(by_role[grant.role])))
    return ways


def refill(rt: Runtime) -> None:
    """Index every case, where the index was made anew."""
    with rt.store.reading() as conn:
        if not search.hollow(conn):
            return
    _log.warning("the names of all cases are indexed again; with a million of them this takes minutes")
    rt.store.run(lambda conn: _fill(rt, conn))


def _fill(rt: Runtime, conn: Connection) -> None:
    rt.store.lock(conn, "search")
    if search.hollow(conn):     # nobody else did it meanwhile
        for n, number, case in dump.named(conn):
            search.put(conn, n, unfold.names(case, number))
