"""Many documents at once: single files, one merged file, a manifest, and going on where a killed run stopped."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf

from tongban.paper.sheet import PaperError

MANIFEST, MERGED = "manifest.jsonl", "all.pdf"
PART = 250  # documents that are merged at once
AHEAD = 4  # documents asked for before they are needed, per worker

Make = Callable[[], bytes]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """One wanted document. `make` gives its finished PDF and may run in a thread."""

    id: str
    name: str  # of the file, without suffix
    make: Make


@dataclass(frozen=True, slots=True)
class Batch:
    """What a run came to."""

    done: int
    kept: int  # finished by an earlier run
    failed: tuple[tuple[str, str], ...]  # id, code of the problem


def run(
    orders: Iterable[Order], folder: Path, workers: int = 2, progress: Progress | None = None, merge: bool = True
) -> Batch:
    """Make every document that `folder` does not hold yet. Safe to kill and run again."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = list(orders)
    known = read(folder)
    missing = [order for order in wanted if not _held(folder, known.get(order.id))]
    failed: list[tuple[str, str]] = []
    done = 0
    with (folder / MANIFEST).open("a", encoding="utf-8") as manifest, ThreadPoolExecutor(workers) as threads:
        manifest.write("\n" if manifest.tell() else "")       # a line that a kill cut short must not swallow the next
        for order, result in _made(threads, missing, workers):
            try:
                content = result.result()
            except PaperError as problem:
                failed.append((order.id, problem.code))
                continue
            line = _keep(folder, order, content)
            manifest.write(json.dumps(line, ensure_ascii=False) + "\n")
            manifest.flush()
            done += 1
            if progress:
                progress(done + len(failed), len(missing))
        os.fsync(manifest.fileno())
    if merge:
        _merge(folder, wanted)
    return Batch(done, len(wanted) - len(missing), tuple(failed))


def read(folder: Path) -> dict[str, dict[str, str]]:
    """The manifest by id; a line that a kill cut short does not count."""
    found: dict[str, dict[str, str]] = {}
    path = folder / MANIFEST
    for line in path.read_text("utf-8", "replace").splitlines() if path.exists() else ():
        try:
            entry = json.loads(line)
            found[entry["id"]] = entry
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _made(threads: ThreadPoolExecutor, orders: list[Order], workers: int) -> Iterator[tuple[Order, Future[bytes]]]:
    """Finished documents as they come; only a few wait in memory."""
    waiting: dict[Future[bytes], Order] = {}
    queue = iter(orders)
    while True:
        while len(waiting) < workers * AHEAD and (order := next(queue, None)):
            waiting[threads.submit(order.make)] = order
        if not waiting:
            return
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            yield waiting.pop(future), future


def _keep(folder: Path, order: Order, content: bytes) -> dict[str, str]:
    digest = hashlib.sha256(content).hexdigest()
    name = file_name(order.id, order.name)
    part = folder / f".{name}.part"
    part.write_bytes(content)
    part.replace(folder / name)
    return {"id": order.id, "file": name, "sha256": digest, "bytes": str(len(content))}


def file_name(document_id: str, name: str) -> str:
    """Letters, digits and Chinese only; the id's hash keeps equal names apart."""
    plain = "".join(c if c.isalnum() or c in "-_〔〕" else "_" for c in name)[:80]
    return f"{plain}-{hashlib.sha256(document_id.encode()).hexdigest()[:8]}.pdf"


def _held(folder: Path, entry: dict[str, str] | None) -> bool:
    path = folder / entry["file"] if entry else None
    return bool(path and entry and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"])


def _merge(folder: Path, orders: list[Order]) -> None:
    """One file for the printer, in the order of the list. Copies are unsigned: the single files are the originals."""
    known = read(folder)
    held = [folder / known[order.id]["file"] for order in orders if order.id in known]
    if held:
        part = folder / f".{MERGED}.part"
        with TemporaryDirectory(dir=folder, prefix=".") as between:
            join(_parts(held, Path(between)), part)
        part.replace(folder / MERGED)


def _parts(held: list[Path], folder: Path) -> list[Path]:
    """The same pages in files of PART documents, in which faces stand once: little memory for any number."""
    parts = []
    for start in range(0, len(held), PART):
        parts.append(folder / f"{start}.pdf")
        parts[-1].write_bytes(merged(path.read_bytes() for path in held[start:start + PART]))
    return parts


def join(parts: Iterable[Path], to: Path) -> None:
    """Merged files as one. Ten thousand pages need some hundred MB: best done in a process of its own."""
    _whole(parts).save(to, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def merged(contents: Iterable[bytes]) -> bytes:
    """Files one after the other. What is the same in all of them (faces, seals, profiles) is kept once."""
    out = io.BytesIO()
    _whole(map(io.BytesIO, contents)).save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _whole(files: Iterable[Path | io.BytesIO]) -> pikepdf.Pdf:
    whole, known = pikepdf.new(), dict[bytes, Any]()
    for file in files:
        with pikepdf.open(file) as one:
            for page in one.pages:
                if "/Annots" in page:
                    del page.Annots
            start = len(whole.pages)
            whole.pages.extend(one.pages)
            for page in list(whole.pages)[start:]:
                _share(page.obj.Resources, known)
    whole.remove_unreferenced_resources()
    return whole


def _share(resources: Any, known: dict[bytes, Any]) -> None:
    """Faces and pictures that an earlier page has already are taken from there."""
    fonts = resources.get("/Font", pikepdf.Dictionary())
    for name, font in dict(fonts).items():
        fonts[name] = _once(font, known, _face(font))
    pictures = resources.get("/XObject", pikepdf.Dictionary())
    for name, picture in dict(pictures).items():
        mask = picture.get("/SMask")
        if mask is not None:
            picture.SMask = _once(mask, known, (mask,))
        pictures[name] = _once(picture, known, (picture, mask))


def _face(font: Any) -> tuple[Any, ...]:
    """All that a face is made of: its name, letters, widths and what they read as."""
    held = font.DescendantFonts[0]
    return font.BaseFont, font.get("/ToUnicode"), held.get("/W"), held.FontDescriptor.get("/FontFile2")


def _once(thing: Any, known: dict[bytes, Any], parts: tuple[Any, ...]) -> Any:
    said = hashlib.sha256()
    for part in parts:
        said.update(part.read_raw_bytes() if isinstance(part, pikepdf.Stream) else str(part).encode())
    return known.setdefault(said.digest(), thing)
