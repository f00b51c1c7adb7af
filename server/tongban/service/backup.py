"""Backup and restore while the server runs: one archive of tables, contents and keys that fits either database.

A backup is a ZIP file: tables/<name>.jsonl (a row a line), blobs/<SHA-256>, keys/<file>, and manifest.json with the
size and SHA-256 of each. It never carries a database file: a database file from elsewhere can hold triggers and views
that run when it is opened. What is restored is checked as what a stranger may have made.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import Connection, Table
from sqlalchemy.exc import StatementError

from tongban.engine.problem import Problem
from tongban.paper.numbers import series
from tongban.service import files, unfold
from tongban.service.archive import FORMAT, MANIFEST, Archive
from tongban.service.errors import Refused
from tongban.service.runtime import Runtime
from tongban.store import cases, counters, dump, messages, schema, search

KEPT = ("demo-secret", "authority")
"""Files and folders of the data folder that a server cannot do without; they hold private keys."""
_HASH = re.compile(r"[0-9a-f]{64}")
_WITH_CONTENTS = ("documents", "files")


@dataclass(frozen=True, slots=True)
class Made:
    """What went into a backup. `missing` = contents that the tables name and the store of contents lacks."""

    rows: int
    cases: int
    contents: int
    missing: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Checked:
    """How many chains were followed, and what is wrong: (case or "audit", why)."""

    cases: int
    wrong: tuple[tuple[str, str], ...] = ()


# --- out --------------------------------------------------------------------------------------------------------

def make(rt: Runtime, target: Path) -> Made:
    """Write a backup. The file appears under its name only when it is whole; it is for its owner's eyes only."""
    if target.exists():
        raise Refused(Problem("backup.exists", "", {"path": str(target)}))
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
                made = _write(rt, _Writer(archive))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    except OSError as error:        # no such folder, no right to write there, no room left
        raise Refused(Problem("backup.unwritable", "", {"path": str(target), "why": error.strerror or ""})) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    rt.store.run(lambda conn: messages.note(conn, rt.clock(), None, "backed_up", target.name[:120], cases=made[1]))
    return Made(*made, size=target.stat().st_size)


class _Writer:
    """Entries of an archive with their sizes and hashes."""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive
        self.entries: dict[str, dict[str, Any]] = {}

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        info = ZipInfo(name)
        info.compress_type = ZIP_STORED if name.startswith("blobs/") else ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        hashed, size = hashlib.sha256(), 0
        with self.archive.open(info, "w", force_zip64=True) as entry:
            for part in parts:
                entry.write(part)
                hashed.update(part)
                size += len(part)
        self.entries[name] = {"size": size, "sha256": hashed.hexdigest()}


def _write(rt: Runtime, out: _Writer) -> tuple[int, int, int, tuple[str, ...]]:
    counted, named = {}, set[str]()
    with rt.store.snapshot() as conn:
        for name, table in dump.tables().items():
            lines = _Lines(conn, table, named)
            out.put(f"tables/{name}.jsonl", lines)
            counted[name] = lines.count
    missing = []
    for digest in sorted(named):        # after the tables: a content is there before a row names it
        content = files.blobs(rt).get(digest)
        if content is None:
            missing.append(digest)
        else:
            out.put(f"blobs/{digest}", [content])
    for name, path in _key_files(rt.config.data):
        out.put(f"keys/{name}", [path.read_bytes()])
    head = {"format": FORMAT, "revision": schema.head(), "at": rt.clock(), "missing": missing, "entries": out.entries}
    out.put(MANIFEST, [json.dumps(head, ensure_ascii=False, indent=1).encode()])
    return sum(counted.values()), counted["cases"], len(named) - len(missing), tuple(missing)


class _Lines:
    """The lines of a table; collects the contents that its rows name."""

    def __init__(self, conn: Connection, table: Table, named: set[str]) -> None:
        self.conn, self.table, self.named, self.count = conn, table, named, 0
        self.status = list(table.c.keys()).index("status") if table.name in _WITH_CONTENTS else None

    def __iter__(self) -> Iterator[bytes]:
        for row in dump.rows(self.conn, self.table):
            self.count += 1
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
            if self.status is not None and row[self.status] not in ("open", "refused"):
                self.named.update(_contents(row[1:]))       # the id of an upload looks like a content, and is none
            yield line.encode() + b"\n"


def _contents(value: Any) -> Iterator[str]:
    """Every SHA-256 inside a row of documents or files."""
    if isinstance(value, str):
        if _HASH.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _contents(part)
    elif isinstance(value, list):
        for part in value:
            yield from _contents(part)


def _key_files(data: Path) -> Iterator[tuple[str, Path]]:
    for name in KEPT:
        path = data / name
        if path.is_dir():
            yield from ((f"{name}/{one.name}", one) for one in sorted(path.iterdir()) if one.is_file())
        elif path.is_file():
            yield name, path


# --- in ---------------------------------------------------------------------------------------------------------

def restore(rt: Runtime, source: Path, *, replace: bool = False, leap: int = 0) -> Checked:
    """Make the database what a backup says. Refused, with nothing changed, where anything about it is wrong.

    `leap` lets every series of numbers go on that much later, so that a number given out after the backup was made
    is never given out a second time.
    """
    with Archive(source) as archive:
        archive.check(rt.config.data)
        for name in archive.under("blobs/"):     # first: a row must not be there before its content
            if files.blobs(rt).put(archive.read(name)) != name.removeprefix("blobs/"):
                raise Refused(Problem("backup.altered", "", {"name": name}))
        try:
            checked = rt.store.run(lambda conn: _fill(rt, conn, archive, replace, leap))
        except (StatementError, UnicodeError) as error:
            raise Refused(Problem("backup.unfit", "", {"why": str(error).splitlines()[0][:200]})) from error
        for name in archive.under("keys/"):
            _put_key(rt.config.data, name.removeprefix("keys/"), archive.read(name), replace=replace)
    return checked


def _fill(rt: Runtime, conn: Connection, archive: Archive, replace: bool, leap: int) -> Checked:
    if not replace and not dump.empty(conn):
        raise Refused(Problem("backup.not_empty"))
    epoch, tables = counters.value(conn, "epoch"), dump.tables()
    dump.clear(conn)
    for table in tables.values():
        dump.fill(conn, table, archive.rows(table))
    dump.settle(conn, tables)
    for n, number, case in dump.named(conn):
        search.put(conn, n, unfold.names(case, number))
    checked = _verified(conn)
    if checked.wrong:
        raise Refused(*(Problem("backup.broken", "", {"what": what, "why": why}) for what, why in checked.wrong[:20]))
    if leap:
        dump.leap(conn, leap)
    counters.take(conn, "epoch", epoch + 1)     # whatever processes remember of the people before is void
    messages.note(conn, rt.clock(), None, "restored", archive.digest, made_at=archive.made_at, leap=leap)
    return checked


def _put_key(data: Path, name: str, content: bytes, *, replace: bool) -> None:
    path = data / name
    if path.exists() and not replace:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileNotFoundError):
        path.unlink()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)


# --- the record -------------------------------------------------------------------------------------------------

def verify(rt: Runtime) -> Checked:
    """Follow the chain of every case and of the audit, and hold the counters against what was given out."""
    with rt.store.snapshot() as conn:
        return _verified(conn)


def _verified(conn: Connection) -> Checked:
    wrong, count = [], 0
    for case_id in dump.case_ids(conn):
        count += 1
        if why := cases.verify(conn, case_id):
            wrong.append((case_id, why))
    if why := messages.verify_audit(conn):
        wrong.append(("audit", why))
    given = dump.given_out(conn)
    for workflow, name, serial in dump.prints(conn):
        given[series(f"print/{workflow}/{name}", ())] = serial
    for counter, most in given.items():
        if (stands := counters.value(conn, counter)) < most:
            wrong.append((counter, f"the counter stands at {stands}, but {most} was given out"))
    return Checked(count, tuple(wrong))
