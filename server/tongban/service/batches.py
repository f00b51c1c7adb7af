"""Documents printed many at once, from a list or for a period: made in slices by a worker, fetched in parts.

A batch names documents that cases issued; each has its number already. A slice renders what the outbox did not come to
yet, then keeps one merged file for the printer and one archive of the signed files with a manifest. When all are made,
the merged files become one. A killed worker loses at most the slice it was at; documents of it that were finished are
not made again.
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import secrets
import zipfile
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openpyxl import load_workbook

from tongban.engine.model import Text
from tongban.engine.problem import Problem
from tongban.engine.rules.dates import end_of_day, start_of_day
from tongban.paper import bulk
from tongban.paper.sheet import PaperError
from tongban.service import documents, people
from tongban.service.access import CaseSubject, Person, may
from tongban.service.errors import Denied, NotFound, Refused
from tongban.service.files import blobs
from tongban.service.runtime import Runtime
from tongban.store import batches, definitions
from tongban.store.base import Row, digest

SLICE = 250  # documents of one part: about 12 MB
MOST = 20_000
LEASE = 300  # seconds for one slice
SHEETS = 2_000_000  # bytes of a list
WHOLE = 0  # number of the file of all parts
_log = logging.getLogger("tongban.batches")


@dataclass(frozen=True, slots=True)
class Choice:
    """A document that somebody may print."""

    procedure: str
    document: str
    title: Text
    of: Text


@dataclass(frozen=True, slots=True)
class Part:
    """One finished slice."""

    number: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A document that could not be made."""

    document: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class BatchView:
    """Documents printed together: how far it is, and what is ready."""

    id: str
    title: Text
    at: str
    status: str
    total: int
    done: int
    failed: int
    parts: tuple[Part, ...] = ()
    problems: tuple[Spoilt, ...] = ()
    missing: tuple[str, ...] = ()  # listed, but no such document that this person may print
    whole: bool = False  # the parts stand in one file as well


def choices(rt: Runtime, person: Person) -> tuple[Choice, ...]:
    """The documents that this person may print, by procedure."""
    found = []
    with rt.store.reading() as conn:
        for row in rt.procedures(conn):
            flow = rt.version(conn, row["current"]).workflow
            if not flow.documents or not _prints(rt, person, rt.version(conn, row["current"]), None):
                continue
            found += [Choice(flow.id, name, one.title, flow.title) for name, one in flow.documents.items()]
    return tuple(found)


def _prints(rt: Runtime, person: Person, version: Any, scope: str | None) -> bool:
    """Whether somebody has the documents of a place in hand; of any place at all, where none is given."""
    places = [scope] if scope is not None else [g.scope for g in person.grants] + [g.scope for _, g in person.lent]
    return any(may(person, "document.manage", CaseSubject({"submitted_at": "x", "scope": place}, version))
               for place in places)


def listed(content: bytes) -> tuple[str, ...]:
    """Numbers of cases or documents: the first column of a spreadsheet or of a text file."""
    if len(content) > SHEETS:
        raise Refused(Problem("batch.too_large", "/list"))
    if content[:2] == b"PK":
        rows: Iterable[Any] = _sheet(content)
    else:
        text = content.decode("utf-8-sig", "replace")
        rows = csv.reader(text.splitlines(), delimiter="\t" if "\t" in text[:2000] else ",")
    found = [str(row[0]).strip() for row in rows if row and row[0] is not None]
    if found and not any(char.isdigit() for char in found[0]):
        found = found[1:]       # the heading of the column
    return tuple(dict.fromkeys(one[:60] for one in found if one))


def _sheet(content: bytes) -> list[tuple[Any, ...]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return [row for _, row in zip(range(MOST + 1), book.worksheets[0].iter_rows(values_only=True), strict=False)]
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as wrong:
        raise Refused(Problem("batch.no_list", "/list")) from wrong


def make(
    rt: Runtime, person: Person, procedure: str, document: str, wanted: tuple[str, ...] = (), since: str = "",
    until: str = "", *, key: str | None = None,
) -> str:
    """Ask for a batch; gives its id. Documents of places that this person has not in hand are left out, and named."""
    made = digest("batch", person.id, key)[:20] if key else secrets.token_hex(10)
    with rt.store.transaction() as conn:
        if key and batches.get(conn, made) is not None:     # the same wish, sent again
            return made
        row = definitions.procedure(conn, procedure)
        version = rt.version(conn, row["current"]) if row else None
        known = version.workflow.documents.get(document) if version else None
        if version is None or known is None:
            raise NotFound
        if not _prints(rt, person, version, None):
            raise Denied
        rows = batches.matching(conn, procedure, document, wanted, *_period(since, until))
        held = [one for one in rows if _prints(rt, person, rt.version(conn, one["version"]), one["scope"] or "")]
        if not held:
            raise Refused(Problem("batch.nothing", "/list"))
        if len(held) > MOST:
            raise Refused(Problem("batch.too_many", "/list", {"most": MOST}))
        names = {one["number"] for one in held} | {one["case_number"] for one in held}
        facts = {"ids": [one["id"] for one in held], "parts": [], "problems": [],
                 "missing": [one for one in wanted if one not in names]}
        batches.add(conn, {"id": made, "procedure": procedure, "document": document, "title": dict(known.title),
                           "by": person.id, "at": rt.clock(), "total": len(held), "facts": facts})
        return made


def found(
    rt: Runtime, procedure: str, document: str, wanted: tuple[str, ...], since: str, until: str
) -> tuple[list[str], list[str]]:
    """Ids of the documents, and the numbers that lead to none: for the operator, who has every place in hand."""
    with rt.store.reading() as conn:
        rows = batches.matching(conn, procedure, document, wanted, *_period(since, until))
    names = {row["number"] for row in rows} | {row["case_number"] for row in rows}
    return [row["id"] for row in rows], [one for one in wanted if one not in names]


def _period(since: str, until: str) -> tuple[str, str]:
    """Whole days in Shanghai as instants."""
    return start_of_day(since) or "", end_of_day(until) or "9999"


def latest(rt: Runtime, person: Person) -> tuple[BatchView, ...]:
    """One's own batches; an overseer sees all."""
    with rt.store.reading() as conn:
        rows = batches.latest(conn, None if may(person, "audit.read") else person.id)
    return tuple(_view({**row, "facts": {}}) for row in rows)


def view(rt: Runtime, person: Person, batch_id: str) -> BatchView:
    """How far a batch is."""
    return _view(_own(rt, person, batch_id))


def _own(rt: Runtime, person: Person, batch_id: str) -> Row:
    with rt.store.reading() as conn:
        row = batches.get(conn, batch_id)
    if row is None or not (row["by"] == person.id or may(person, "audit.read")):
        raise NotFound
    return row


def _view(row: Any) -> BatchView:
    facts = row["facts"]
    parts = tuple(Part(n, one["from"] + 1, one["to"]) for n, one in enumerate(facts.get("parts") or (), 1))
    problems = tuple(Spoilt(one["name"], Problem(one["code"], "", one["params"]))
                     for one in facts.get("problems") or ())
    return BatchView(row["id"], row["title"], row["at"], row["status"], row["total"], row["done"], row["failed"], parts,
                     problems, tuple(facts.get("missing") or ()), bool(facts.get("whole")))


def part(rt: Runtime, person: Person, batch_id: str, number: int, kind: str) -> tuple[str, bytes]:
    """File name and content of a part: `pdf` = one file for the printer, `zip` = the signed files and the manifest.

    Number WHOLE is the file for the printer of all parts together.
    """
    row = _own(rt, person, batch_id)
    parts = row["facts"]["parts"]
    held = parts[number - 1].get(kind) if 0 < number <= len(parts) and kind in ("pdf", "zip") else None
    if number == WHOLE and kind == "pdf":
        held = row["facts"].get("whole")
    content = blobs(rt).get(held) if held else None
    if content is None:
        raise NotFound
    name = row["title"].get("zh") or row["document"]
    return f"{name}{'' if number == WHOLE else f'-{number}'}.{kind}", content


def step(rt: Runtime) -> int:
    """Make the next slice of the oldest open batch; gives how many documents it had. The last step joins the slices."""
    now = rt.clock()
    row = rt.store.run(lambda conn: batches.take(conn, now, people.later(now, LEASE)))
    if row is None:
        return 0
    facts = row["facts"]
    start = facts["parts"][-1]["to"] if facts["parts"] else 0
    ids = facts["ids"][start:start + SLICE]
    changed = _sliced(rt, row, ids, start) if ids else {"facts": {**facts, "whole": _joined(rt, facts["parts"])}}
    ended = not ids or len(facts["ids"]) <= SLICE       # a single part is whole already
    rt.store.run(lambda conn: batches.change(conn, row["id"], lease="", status="done" if ended else "open", **changed))
    return len(ids)


def _sliced(rt: Runtime, row: Row, ids: list[str], start: int) -> dict[str, Any]:
    """What the batch holds after one more slice."""
    facts = row["facts"]
    made, problems = _made(rt, ids)
    held: dict[str, str] = {}
    if made:
        whole = bulk.merged(content for _, content in made)
        held = {"pdf": blobs(rt).put(whole), "zip": blobs(rt).put(_archive(made))}
    facts = {**facts, "parts": [*facts["parts"], {"from": start, "to": start + len(ids), **held}],
             "problems": [*facts["problems"], *problems][:1000]}
    return {"facts": facts, "done": row["done"] + len(made), "failed": row["failed"] + len(problems)}


def _joined(rt: Runtime, parts: list[dict[str, Any]]) -> str:
    """The parts as one file, joined in a process whose memory ends with it; "" where it had too little."""
    contents = [content for one in parts if "pdf" in one and (content := blobs(rt).get(one["pdf"]))]
    with TemporaryDirectory() as folder, ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as other:
        files, whole = [Path(folder) / f"{n}.pdf" for n, _ in enumerate(contents)], Path(folder) / bulk.MERGED
        for path, content in zip(files, contents, strict=True):
            path.write_bytes(content)
        try:
            other.submit(bulk.join, files, whole).result()
        except (BrokenExecutor, MemoryError):
            _log.warning("%d parts could not be joined: too little memory", len(files))
            return ""
        return blobs(rt).put(whole.read_bytes())


def _made(rt: Runtime, ids: list[str]) -> tuple[list[tuple[Row, bytes]], list[dict[str, Any]]]:
    """The finished files of a slice in order, and what is wrong with the others."""
    press = documents.press_of(rt)

    def one(document_id: str) -> tuple[Row, bytes] | dict[str, Any]:
        try:
            return documents.finished(rt, press, document_id)
        except PaperError as problem:
            return {"name": document_id, "code": problem.code, "params": dict(problem.params)}

    with ThreadPoolExecutor(rt.config.paper_processes + 1) as threads:
        results = list(threads.map(one, ids))
    return [r for r in results if isinstance(r, tuple)], [r for r in results if isinstance(r, dict)]


def _archive(made: list[tuple[Row, bytes]]) -> bytes:
    """The signed files as they are, and a list of them with their fingerprints."""
    out, lines = io.BytesIO(), io.StringIO()
    manifest = csv.writer(lines)
    manifest.writerow(("file", "number", "code", "serial", "issued", "sha256"))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for row, content in made:
            name = bulk.file_name(row["id"], str(row["number"] or row["code"]))
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
            manifest.writerow((name, row["number"], row["code"], row["serial"], row["at"],
                               hashlib.sha256(content).hexdigest()))
        archive.writestr(zipfile.ZipInfo("manifest.csv", (1980, 1, 1, 0, 0, 0)), "\ufeff" + lines.getvalue())
    return out.getvalue()
