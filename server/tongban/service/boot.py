"""Starting up: database, schema, calendars, catalogue, demo; the same for the server, the worker and the commands."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import Connection

from tongban.config import Config
from tongban.engine.problem import Problem
from tongban.service import definitions, demo, finding
from tongban.service.runtime import Runtime, utc_now
from tongban.service.wiring import wire
from tongban.store import registers
from tongban.store.schema import migrate
from tongban.store.session import Store

_DATA = Path(__file__).parent.parent / "data"
_log = logging.getLogger("tongban.boot")


def open_runtime(config: Config, clock: Callable[[], str] = utc_now) -> Runtime:
    """A runtime on a migrated database, wired; nothing is loaded into it."""
    config.data.mkdir(parents=True, exist_ok=True)
    store = Store(config.database_url)
    migrate(store)
    rt = wire(Runtime(store, clock, config))
    finding.refill(rt)
    return rt


def prepare(rt: Runtime) -> Mapping[str, tuple[Problem, ...]]:
    """Load what the program brings: calendars, parameters, procedures, the demo's people. Safe to repeat.

    Gives the problems of shipped procedures that could not be published, by slug.
    """
    rt.store.run(lambda conn: _load_data(rt, conn))
    failed = definitions.load_shipped(rt)
    for slug, problems in failed.items():
        _log.error("shipped procedure %s is not published: %s", slug, [f"{p.at} {p.code}" for p in problems][:5])
    if rt.config.demo:
        demo.load(rt)
    return failed


def warm(rt: Runtime) -> None:
    """Read every procedure in force: they never change, and what is read before a fork is shared after it."""
    with rt.store.reading() as conn:
        for row in rt.procedures(conn):
            rt.version(conn, row["current"])


def _load_data(rt: Runtime, conn: Connection) -> None:
    """Calendars and parameters that are not there yet; what an admin loaded or corrected stays."""
    rt.store.lock(conn, "data")
    known = {row["year"] for row in registers.list_calendars(conn)}
    for path in sorted((_DATA / "calendars").glob("*.json")):
        if int(path.stem) not in known:
            registers.put_calendar(conn, int(path.stem), json.loads(path.read_text("utf-8")), rt.clock())
    there = {(row["name"], row["region"], row["starts"]) for row in registers.list_parameters(conn)}
    for row in json.loads((_DATA / "parameters.json").read_text("utf-8")):
        if (row["name"], row["region"], row["starts"]) not in there:
            registers.put_parameter(conn, row)
