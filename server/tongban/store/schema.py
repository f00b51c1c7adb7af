"""The schema: every table known to the metadata, and migrations run when a server or a worker starts."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tongban.store import (
    batches,
    cases,
    codes,
    counters,
    definitions,
    devices,
    documents,
    keys,
    messages,
    notices,
    outbox,
    people,
    registers,
    todo,
)
from tongban.store.base import metadata
from tongban.store.session import Store

SUBJECTS = (batches, cases, codes, counters, definitions, devices, documents, keys, messages, notices, outbox, people,
            registers, todo)
"""Importing them is what makes their tables known to the metadata."""


def config() -> Config:
    """Alembic's configuration; the scripts travel inside the package."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return made


def migrate(store: Store) -> str:
    """Bring the database to the newest schema. Several processes may try at once: one does it, the others wait."""
    alembic = config()
    with store.transaction() as conn:
        if not store.sqlite:        # making an index of a million cases takes minutes, and so does waiting for it
            conn.exec_driver_sql("SET LOCAL statement_timeout = 0")
            conn.exec_driver_sql("SET LOCAL lock_timeout = 0")
        store.lock(conn, "migrate")
        if revision(store) != head():
            alembic.attributes["connection"] = conn
            alembic.attributes["metadata"] = metadata
            command.upgrade(alembic, "head")
    return head()


def head() -> str:
    """The newest revision that this program knows."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def revision(store: Store) -> str | None:
    """The revision that the database is at."""
    with store.reading() as conn:
        return MigrationContext.configure(conn).get_current_revision()
