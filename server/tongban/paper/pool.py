"""Warm processes that render: a document that takes too long or too much memory costs one child, nothing else."""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import queue
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tongban.paper import fonts
from tongban.paper.sheet import PaperError, Printed, Sheet, Signer

SECONDS = 30.0
MEMORY = 1_200_000_000  # bytes of address space: a page takes 135 MB, a table of 300 pages 600 MB
START = 60.0
WEAR = 2000  # documents after which a child is replaced
SPOILED = {"paper.no_memory", "paper.failed"}   # after these a child may have no memory left for the next sheet


@dataclass(slots=True)
class _Child:
    process: BaseProcess
    pipe: Connection
    scratch: Path           # its own folder for temporary files: what renders unpacks 67 MB of fonts there
    made: int = 0


class Pool:
    """`size` children, each with its fonts loaded. Safe to use from several threads."""

    def __init__(
        self,
        size: int = 1,
        signer: Signer | None = None,
        where: Path | None = None,
        seconds: float = SECONDS,
        memory: int = MEMORY,
    ) -> None:
        self.where = fonts.ready(where or fonts.folder())
        self.seconds, self._memory, self._signer = seconds, memory, signer
        self._context = mp.get_context("forkserver")
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        self._closed = threading.Event()
        for _ in range(size):
            self._idle.put(None)

    def render(self, sheet: Sheet) -> Printed:
        """The signed PDF. Raises PaperError; one that is not `lasting` may succeed when tried again."""
        with self._child() as child:
            try:
                child.pipe.send(sheet)
                if not child.pipe.poll(self.seconds):
                    self._end(child)
                    raise PaperError("paper.too_slow", seconds=int(self.seconds))
                answer = child.pipe.recv()
                if isinstance(answer, PaperError) and answer.code in SPOILED:
                    self._end(child)
            except (EOFError, OSError) as problem:
                self._end(child)
                raise PaperError("paper.worker_lost", False) from problem
        if isinstance(answer, PaperError):
            raise answer
        printed: Printed = answer
        return printed

    def close(self) -> None:
        """End the children."""
        self._closed.set()
        with contextlib.suppress(queue.Empty):
            while True:
                child = self._idle.get_nowait()
                if child:
                    self._end(child)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _child(self) -> Iterator[_Child]:
        child = self._idle.get()
        try:
            if child is None or not child.process.is_alive() or child.made >= WEAR:
                if child:
                    self._end(child)
                child = self._start()
            child.made += 1
            yield child
        finally:
            alive = child if child and child.process.is_alive() else None
            self._idle.put(alive)

    def _start(self) -> _Child:
        ours, theirs = self._context.Pipe()
        scratch = Path(tempfile.mkdtemp(prefix="tongban-paper-"))
        given = (theirs, self.where, self._signer, self._memory, scratch)
        process = self._context.Process(target=_serve, args=given, daemon=True, name="tongban-paper")
        process.start()
        theirs.close()
        child = _Child(process, ours, scratch)
        if not ours.poll(START) or ours.recv() != "ready":
            self._end(child)
            raise PaperError("paper.worker_lost", False)
        return child

    @staticmethod
    def _end(child: _Child) -> None:
        child.process.kill()
        child.process.join(5)
        child.pipe.close()
        shutil.rmtree(child.scratch, ignore_errors=True)


def _serve(*given: Any) -> None:
    """Only the child loads what renders and signs: a web process would carry some 40 MB that it never uses."""
    import_module("tongban.paper.child").serve(*given)
