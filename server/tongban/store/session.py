"""Connections and transactions, on SQLite and on PostgreSQL.

SQLite runs in WAL mode with synchronous=FULL: with NORMAL a power cut loses work that people were told was received.
Every writing transaction starts with BEGIN IMMEDIATE behind a write gate; without it writers sleep and retry instead
of queueing, and the slowest hundredth wait ten times as long.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Integer, bindparam, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
TRIES = 8
_RETRY_STATES = ("40001", "40P01")      # PostgreSQL: serialisation failure, deadlock


class Stale(Exception):
    """A row changed between reading and writing; the work is done again from the start."""


class Store:
    """One database. `transaction()` writes, `reading()` reads, `run()` repeats what lost a race."""

    def __init__(self, url: str) -> None:
        self.url: URL = make_url(url)
        if self.url.drivername in ("postgres", "postgresql"):
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url) if self.sqlite else _postgres(self.url)
        self._gate = Gate(Path(f"{self.url.database}.gate")) if self.sqlite else None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing transaction; committed durably on leaving, rolled back on any exception."""
        with self._gate or contextlib.nullcontext(), self.engine.connect() as conn, conn.begin():
            self._begin(conn, "BEGIN IMMEDIATE")
            yield conn

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view for reading only."""
        with self.engine.connect() as conn, conn.begin():
            self._begin(conn, "BEGIN")
            yield conn

    @contextlib.contextmanager
    def glance(self) -> Iterator[Connection]:
        """For one prepared statement that only reads: it sees one instant anyway, so nothing is begun or committed."""
        with self.engine.connect() as conn:
            raw: Any = conn.connection.driver_connection
            if not self.sqlite:
                raw.autocommit = True
            try:
                yield conn
            finally:
                if not self.sqlite and not raw.closed:
                    raw.autocommit = False

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Everything as of one instant, however long the reading takes; nobody waits for it."""
        with self.engine.connect() as conn:
            if not self.sqlite:     # SQLite's readers see one instant anyway
                conn.execution_options(isolation_level="REPEATABLE READ")
            with conn.begin():
                self._begin(conn, "BEGIN")
                if not self.sqlite:
                    conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
                    conn.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                yield conn

    def _begin(self, conn: Connection, words: str) -> None:
        """SQLite's driver begins nothing (see `_prepare_sqlite`); an event of the engine would cost every statement."""
        raw = conn.connection.driver_connection
        if self.sqlite and raw is not None:
            raw.execute(words)

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a writing transaction, again from the start when it lost a race that it may win next time."""
        for attempt in range(TRIES):
            try:
                with self.transaction() as conn:
                    return work(conn)
            except (DBAPIError, Stale) as error:
                if attempt == TRIES - 1 or not may_retry(error):
                    raise
                time.sleep(random.uniform(0.001, 0.004) * 2 ** attempt)  # noqa: S311 - spreads retries, no secret
        raise AssertionError("unreachable")

    def lock(self, conn: Connection, name: str) -> None:
        """Let one transaction at a time pass here until it ends. SQLite has one writer anyway."""
        if not self.sqlite:
            conn.execute(select(func.pg_advisory_xact_lock(func.hashtext(bindparam("lock_name", name)).cast(Integer))))

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()
        if self._gate:
            self._gate.close()


class Gate:
    """Writers of one SQLite file queue here: threads on a lock, processes on a locked file beside the database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: int | None = None
        self._pid = 0

    def __enter__(self) -> Gate:
        self._lock.acquire()
        try:
            fcntl.flock(self._open(), fcntl.LOCK_EX)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            fcntl.flock(self._open(), fcntl.LOCK_UN)
        finally:
            self._lock.release()

    def _open(self) -> int:
        if self._file is None or self._pid != os.getpid():      # a forked child would share the parent's lock
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._pid = os.getpid()
        return self._file

    def close(self) -> None:
        """Close the lock file."""
        if self._file is not None and self._pid == os.getpid():
            os.close(self._file)
        self._file = None


def may_retry(error: Exception) -> bool:
    """Whether the same work may succeed when it is simply done again."""
    if isinstance(error, Stale):
        return True
    cause = getattr(error, "orig", None)
    if isinstance(cause, sqlite3.OperationalError):
        return getattr(cause, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    return getattr(cause, "sqlstate", None) in _RETRY_STATES


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("the database needs a file: what is only in memory cannot be durable")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 15, "check_same_thread": False}, pool_size=16,
                           pool_use_lifo=True)      # the connection that wrote last has the newest pages in memory
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None       # the store begins transactions, not the driver
    for pragma, want in (("journal_mode=WAL", "wal"), ("synchronous=FULL", 2), ("foreign_keys=ON", 1)):
        connection.execute(f"PRAGMA {pragma}")
        got = connection.execute(f"PRAGMA {pragma.split('=')[0]}").fetchone()[0]
        if got != want:
            raise RuntimeError(f"SQLite refused {pragma} (it says {got!r}): durable commits are not possible here")


def _postgres(url: URL) -> Engine:
    options = "-c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
    engine = create_engine(url, pool_size=16, max_overflow=16, pool_pre_ping=False, pool_recycle=1800,
                           connect_args={"options": options})
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def _prepare_postgres(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        for name in ("synchronous_commit", "fsync"):
            got = cursor.execute(f"SHOW {name}").fetchone()[0]
            if got == "off":
                raise RuntimeError(f"PostgreSQL runs with {name}={got}: durable commits are not possible here")
    connection.rollback()
