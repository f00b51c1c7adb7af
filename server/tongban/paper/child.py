"""What runs in a rendering process: one sheet in, one finished PDF or one problem out."""

from __future__ import annotations

import resource
import shutil
import signal
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

from tongban.paper import render, stamp
from tongban.paper.sheet import PaperError, Printed, Sheet, Signer
from tongban.paper.sign import sign


def serve(pipe: Connection, where: Path, signer: Signer | None, memory: int, scratch: Path) -> None:
    """The child: one sheet in, one PDF or problem out. Its temporary files go with it, unless it is killed outright:
    then whoever started it takes them away."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    tempfile.tempdir = str(scratch)
    try:
        _work(pipe, where, signer, memory)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _work(pipe: Connection, where: Path, signer: Signer | None, memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    render.warm(where)
    stamps = stamp.Stamps(where, signer) if signer else None
    pipe.send("ready")
    while True:
        try:
            sheet: Sheet = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(_answer(sheet, where, signer, stamps))


def _answer(
    sheet: Sheet, where: Path, signer: Signer | None, stamps: stamp.Stamps | None
) -> Printed | PaperError:
    """Stamped where the layout was seen before and allows it, else rendered in full."""
    try:
        stamped = stamps.make(sheet) if stamps else None
        if stamped is not None:
            return stamped
        printed = render.render(sheet, where)
        if signer is None or sheet.meta.copy:
            return printed
        return Printed(sign(printed.pdf, signer, sheet.meta.title), printed.pages, printed.lost)
    except PaperError as problem:
        return problem
    except MemoryError:
        return PaperError("paper.no_memory")
    except Exception as problem:    # whatever a library raises is told to the operator; the pool then ends this child
        return PaperError("paper.failed", said=f"{type(problem).__name__}: {problem}"[:500])
