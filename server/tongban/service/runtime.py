"""The runtime: what every use case is handed first. Made once by the server, the worker and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from tongban.config import Config
from tongban.engine.model import Version
from tongban.engine.read import read_bundle
from tongban.engine.rules.dates import date_of
from tongban.service.mail import Mailer
from tongban.service.texting import Texter
from tongban.store import counters, definitions
from tongban.store.base import Row
from tongban.store.session import Store

Effect = Mapping[str, Any]
Inline = Callable[["Runtime", Connection, Mapping[str, Any], Effect], None]
"""(runtime, connection, case, effect): runs in the commit that causes the effect, e.g. to take a number."""
Handler = Callable[["Runtime", Connection, Effect], None]
"""(runtime, connection, effect): runs from the outbox, in the transaction that marks the row done."""
Outside = Callable[["Runtime", Effect], None]
"""(runtime, effect): reaches outside (mail, PDF, webhook); no transaction is open; may be called twice."""


PROCEDURES = "$procedures"      # beside facts in what is remembered


def utc_now() -> str:
    """The wall clock, as every instant is written."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Runtime:
    """Database, clock, configuration, and what is wired to the kinds of effects."""

    store: Store
    clock: Callable[[], str] = utc_now
    config: Config = field(default_factory=Config)
    blobs: Any = None
    paper: Any = None           # service.documents.Press: the processes that render
    mailer: Mailer | None = None
    texter: Texter | None = None
    pusher: Any = None                              # service.push.Pusher
    systems: Mapping[str, Any] = field(default_factory=dict)        # id -> service.outside.System
    inline: dict[str, Inline] = field(default_factory=dict)
    handlers: dict[str, Handler] = field(default_factory=dict)
    outside: dict[str, Outside] = field(default_factory=dict)
    _versions: dict[str, Version] = field(default_factory=dict, repr=False)
    _facts: dict[Any, Any] = field(default_factory=dict, repr=False)
    _epoch: int = -1

    def today(self) -> str:
        """The day it is in China."""
        return date_of(self.clock()) or ""

    def version(self, conn: Connection, hashed: str) -> Version:
        """A published version, compiled. It never changes, so it is read once a process."""
        known = self._versions.get(hashed)
        if known is None:
            row = definitions.version(conn, hashed)
            reading = read_bundle(row["bundle"]) if row else None
            if reading is None or reading.version is None or reading.version.hash != hashed:
                raise LookupError(f"version {hashed} is not in the database or cannot be read")
            known = self._versions[hashed] = reading.version
        return known

    def procedures(self, conn: Connection) -> Sequence[Row]:
        """Every procedure with the number and date of its current version, by slug; not to be changed.

        Whoever publishes or withdraws one moves the epoch on, and then they are read again.
        """
        memory = self.remembered(counters.value(conn, "epoch"))
        if PROCEDURES not in memory:
            memory[PROCEDURES] = definitions.list_procedures(conn)
        found: Sequence[Row] = memory[PROCEDURES]
        return found

    def remembered(self, epoch: int) -> dict[Any, Any]:
        """What holds until somebody changes people, parameters, calendars or procedures: then `epoch` has moved on."""
        if epoch != self._epoch:
            self._facts, self._epoch = {}, epoch
        return self._facts
