"""Prepared statements: the same rows and the same errors as the usual way, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from tongban.store.outbox import outbox
from tongban.store.prepared import Prepared, among
from tongban.store.session import Store, may_retry

PUT = Prepared(lambda _sqlite: insert(outbox))
DONE = Prepared(lambda _sqlite: update(outbox).where(outbox.c.attempts == bindparam("were")).values(
    body=bindparam("body"), lease="now"))
USUAL = select(outbox).where(outbox.c.id == bindparam("wanted"), outbox.c.lease == "")
GET = Prepared(lambda _sqlite: USUAL)


def _row(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": "notify", "body": {"乙": [1, None], "a": "x"}, "at": "now", "lease": "", "attempts": 0,
            **more}


def test_row_is_what_the_usual_way_reads(store: Store) -> None:
    with store.transaction() as conn:
        assert PUT.run(conn, _row("one")) == 1
        assert PUT.run(conn, _row("two"), _row("three", attempts=3)) == 2
        for name in ("one", "two", "three"):
            assert GET.first(conn, {"wanted": name}) == dict(conn.execute(USUAL, {"wanted": name}).mappings().one())
        assert GET.first(conn, {"wanted": "four"}) is None
        assert DONE.run(conn, {"were": 0, "body": {"b": 1}}) == 2
        assert GET.first(conn, {"wanted": "one"}) is None       # `lease` is fixed in the statement
        assert conn.execute(select(outbox.c.body).where(outbox.c.id == "two")).scalar() == {"b": 1}


def test_lists_of_any_length_go_through_one_statement(store: Store) -> None:
    wanted = Prepared(lambda sqlite: select(outbox).where(among(outbox.c.id, "names", sqlite)).order_by(outbox.c.id))
    with store.transaction() as conn:
        PUT.run(conn, *(_row(name) for name in ("一", 'b"', "c\\", "d")))
        for names in ([], ["一"], ['b"', "c\\", "nobody"], ["d"] * 3_000):
            usual = select(outbox).where(outbox.c.id.in_(names)).order_by(outbox.c.id)
            assert wanted.all(conn, {"names": names}) == [dict(row) for row in conn.execute(usual).mappings()]


def _twice(store: Store) -> None:
    with store.transaction() as conn:
        PUT.run(conn, _row("one"))
        PUT.run(conn, _row("one"))


def test_errors_are_named_as_everywhere_and_nothing_is_half_done(store: Store) -> None:
    with pytest.raises(IntegrityError) as seen:
        _twice(store)
    assert not may_retry(seen.value)
    with store.reading() as conn:
        assert GET.first(conn, {"wanted": "one"}) is None


def _cut_off(store: Store) -> None:
    with store.transaction() as conn, store.transaction() as other:
        held = conn.execute(text("SELECT pg_backend_pid()")).scalar()
        other.execute(text("SELECT pg_terminate_backend(:held)"), {"held": held})
        PUT.run(conn, _row("one"))


@pytest.mark.postgres
def test_connection_that_was_cut_is_not_used_again(postgres_url: str) -> None:
    store = Store(postgres_url)
    with pytest.raises(DBAPIError):
        _cut_off(store)
    for _ in range(3):
        with store.reading() as conn:
            assert GET.first(conn, {"wanted": "one"}) is None
    store.close()
