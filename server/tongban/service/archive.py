"""A backup as a stranger may have made it: names, sizes, hashes and shapes are checked before anything is believed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from sqlalchemy import Table

from tongban.engine.problem import Problem
from tongban.service.errors import Refused
from tongban.store import dump, schema

FORMAT, MANIFEST = 1, "manifest.json"
MOST_MANIFEST, MOST_LINE, MOST_CONTENT = 512 << 20, 64 << 20, 256 << 20
_NAME = re.compile(r"tables/[a-z_]{1,40}\.jsonl|blobs/[0-9a-f]{64}|keys/(demo-secret|authority/[a-z][a-z-]{0,40}\.pem)")
_SHA = re.compile(r"[0-9a-f]{64}")
_PIECE = 1 << 20


def refused(code: str, **params: Any) -> Refused:
    """A problem of the archive as a whole."""
    return Refused(Problem(f"backup.{code}", "", params))


class Archive:
    """An opened backup. `check` reads all of it once; only then rows and contents may be used."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = ZipFile(path)
        except (OSError, BadZipFile, ValueError) as error:
            raise refused("unreadable", path=str(path), why=str(error)) from error
        try:
            self._sizes = self._listed()
            head = self._manifest()
        except BaseException:
            self._zip.close()
            raise
        self.made_at = str(head["at"])[:30]
        self.revision = head["revision"]
        self.entries: dict[str, dict[str, Any]] = head["entries"]

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def _listed(self) -> dict[str, int]:
        infos = self._zip.infolist()
        for info in infos:
            plain = info.compress_type in (ZIP_STORED, ZIP_DEFLATED) and not info.flag_bits & 1
            if not plain or not (info.filename == MANIFEST or _NAME.fullmatch(info.filename)):
                raise refused("name", name=info.filename[:80])
        found = {info.filename: info.file_size for info in infos}
        if len(found) != len(infos) or found.get(MANIFEST, MOST_MANIFEST + 1) > MOST_MANIFEST:
            raise refused("manifest")
        return found

    def _manifest(self) -> dict[str, Any]:
        content = b"".join(self._pieces(MANIFEST, self._sizes[MANIFEST]))
        self.digest = hashlib.sha256(content).hexdigest()
        try:
            head = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise refused("manifest") from error
        if not isinstance(head, dict) or head.get("format") != FORMAT or not isinstance(head.get("entries"), dict):
            raise refused("manifest")
        if head.get("revision") != schema.head():
            raise refused("revision", theirs=str(head.get("revision"))[:40], ours=schema.head())
        tables = {f"tables/{name}.jsonl" for name in dump.tables()}
        named = set(head["entries"])
        if "at" not in head or named != set(self._sizes) - {MANIFEST} or not tables <= named:
            raise refused("manifest")
        for name, entry in head["entries"].items():
            if not _is_entry(entry) or entry["size"] != self._sizes[name]:
                raise refused("altered", name=name)
        return head

    def check(self, room: Path) -> None:
        """Read everything once: sizes and hashes are those of the manifest, every row fits its table."""
        if sum(self._sizes.values()) > shutil.disk_usage(room).free:
            raise refused("no_room")
        for name, entry in self.entries.items():
            if name.startswith("blobs/") and (entry["sha256"] != name[6:] or entry["size"] > MOST_CONTENT):
                raise refused("altered", name=name)
            hashed = hashlib.sha256()
            for piece in self._pieces(name, entry["size"]):
                hashed.update(piece)
            if hashed.hexdigest() != entry["sha256"]:
                raise refused("altered", name=name)
        known = dump.tables()
        for name in self.under("tables/"):
            table = known.get(name[7:-6])
            if table is None:
                raise refused("name", name=name)
            for _ in self.rows(table):
                pass

    def under(self, prefix: str) -> list[str]:
        """Names of entries, in order."""
        return sorted(name for name in self.entries if name.startswith(prefix))

    def read(self, name: str) -> bytes:
        """One entry whole."""
        return b"".join(self._pieces(name, self.entries[name]["size"]))

    def rows(self, table: Table) -> Iterator[list[Any]]:
        """The rows of a table, each fitting it."""
        name = f"tables/{table.name}.jsonl"
        with self._opened(name) as stream:
            number = 0
            while line := _line(stream, name):
                number += 1
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):
                    row = None
                if (column := dump.misfit(table, row)) is not None:
                    raise refused("row", table=table.name, line=number, column=column)
                yield row

    def _pieces(self, name: str, size: int) -> Iterator[bytes]:
        """The bytes of an entry; never more than it says it has."""
        with self._opened(name) as stream:
            left = size
            while left > 0:
                try:
                    piece = stream.read(min(_PIECE, left))
                except (BadZipFile, zlib.error, EOFError, OSError) as error:
                    raise refused("altered", name=name) from error
                if not piece:
                    break
                left -= len(piece)
                yield piece
            if left:
                raise refused("altered", name=name)

    def _opened(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(name)
        except (BadZipFile, OSError, RuntimeError) as error:      # the last: encrypted, or an unknown compression
            raise refused("altered", name=name) from error


def _is_entry(entry: Any) -> bool:
    return (isinstance(entry, dict) and type(entry.get("size")) is int
            and isinstance(entry.get("sha256"), str) and bool(_SHA.fullmatch(entry["sha256"])))


def _line(stream: IO[bytes], name: str) -> bytes:
    line = stream.readline(MOST_LINE + 1)
    if len(line) > MOST_LINE:
        raise refused("altered", name=name)
    return line
