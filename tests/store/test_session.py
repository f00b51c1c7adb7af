"""Transactions: durable, queued, repeated after a lost race, the same on both databases."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from tongban.store import counters, schema
from tongban.store.base import metadata
from tongban.store.session import Stale, Store


def test_migrated_schema_is_the_one_the_program_knows(store: Store) -> None:
    with store.reading() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": False})
        apart = ("case_names", *(("ix_cases_id_updated_at_n",) if store.sqlite else ()))      # of PostgreSQL only
        found = [d for d in compare_metadata(context, metadata) if not any(name in repr(d) for name in apart)]
    assert found == []
    assert schema.migrate(store) == schema.head() == schema.revision(store)


def test_migrating_a_large_database_is_not_cut_off(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[str] = []

    def upgrade(alembic: Config, to: str) -> None:
        conn = alembic.attributes["connection"]
        limits.extend(conn.exec_driver_sql(f"SHOW {name}").scalar() for name in ("statement_timeout", "lock_timeout")
                      if not store.sqlite)
    monkeypatch.setattr(schema, "head", lambda: "the next one")
    monkeypatch.setattr(schema.command, "upgrade", upgrade)
    schema.migrate(store)
    assert limits == ([] if store.sqlite else ["0", "0"])


def test_every_sqlite_connection_is_durable_and_checked(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    with store.transaction() as conn, store.reading() as other:
        for one in (conn, other):
            assert one.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert one.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert one.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    store.close()


def test_memory_database_is_refused() -> None:
    with pytest.raises(ValueError, match="durable"):
        Store("sqlite:///:memory:")


def test_writer_holds_the_write_lock_from_its_first_statement(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    other = sqlite3.connect(store.url.database, timeout=0, isolation_level=None)
    with store.transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()
    store.close()


def _take_and_fail(store: Store, name: str) -> None:
    with store.transaction() as conn:
        counters.take(conn, name)
        raise RuntimeError


def test_exception_rolls_back(store: Store) -> None:
    with pytest.raises(RuntimeError):
        _take_and_fail(store, "x")
    with store.reading() as conn:
        assert counters.value(conn, "x") == 0


def test_connection_that_glanced_commits_nothing_by_itself_afterwards(store: Store) -> None:
    with store.glance() as conn:
        seen = conn.connection.driver_connection
        assert counters.value(conn, "x") == 0
    with pytest.raises(RuntimeError), store.glance() as conn:
        raise RuntimeError

    def give_up(conn: Connection) -> None:
        assert conn.connection.driver_connection is seen
        counters.take(conn, "x")
        raise RuntimeError
    with pytest.raises(RuntimeError), store.transaction() as conn:
        give_up(conn)
    with store.glance() as conn:
        assert counters.value(conn, "x") == 0


def test_lost_race_is_repeated_and_other_errors_are_not(store: Store) -> None:
    tries = []

    def work(_conn: object) -> int:
        tries.append(1)
        if len(tries) < 3:
            raise Stale
        return 7

    assert store.run(work) == 7
    assert len(tries) == 3
    with pytest.raises(ZeroDivisionError):
        store.run(lambda _conn: 1 // 0)


def _count(url: str, times: int) -> None:
    store = Store(url)
    for _ in range(times):
        store.run(lambda conn: counters.take(conn, "number"))
    store.close()


def test_counter_has_no_gap_and_no_double_across_processes_and_threads(database_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_count, args=(database_url, 40)) for _ in range(2)]
    threads = [threading.Thread(target=_count, args=(database_url, 40)) for _ in range(3)]
    for worker in [*workers, *threads]:
        worker.start()
    for worker in [*workers, *threads]:
        worker.join(60)
    store = Store(database_url)
    with store.reading() as conn:
        assert counters.value(conn, "number") == 200
    store.close()


def test_rolled_back_number_is_given_out_again(store: Store) -> None:
    with store.transaction() as conn:
        assert counters.take(conn, "certificate") == 1
    with pytest.raises(RuntimeError):
        _take_and_fail(store, "certificate")
    with store.transaction() as conn:
        assert counters.take(conn, "certificate") == 2


def test_two_processes_migrating_at_once_end_at_the_same_schema(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_migrate, args=(url,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    store = Store(url)
    assert schema.revision(store) == schema.head()
    store.close()


def _migrate(url: str) -> None:
    store = Store(url)
    schema.migrate(store)
    store.close()


def test_reader_sees_one_moment(store: Store) -> None:
    with store.transaction() as conn:
        counters.take(conn, "x")
    if not store.sqlite:
        return
    with store.reading() as reader:
        assert counters.value(reader, "x") == 1
        with store.transaction() as writer:
            counters.take(writer, "x")
        assert counters.value(reader, "x") == 1
        assert reader.execute(text("SELECT 1")).scalar() == 1
