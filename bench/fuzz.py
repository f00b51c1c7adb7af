"""Coverage-guided fuzzing of the definition reader and the rule parser: python bench/fuzz.py [seconds] (needs atheris).

Whatever the bytes are, the answer is a value with problems: an exception that escapes is a finding and ends the run.
"""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "server"))

with atheris.instrument_imports(include=["tongban.engine"]):
    from tongban.engine.problem import EngineError
    from tongban.engine.read import load_json, read_bundle, read_form
    from tongban.engine.rules import Scope, check

SLOWEST = 0.1       # seconds of CPU for one input


def one(data: bytes) -> None:
    """One input: its first byte says what it is fed to."""
    started = time.process_time()
    if not data:
        return
    if data[0] % 2:
        with contextlib.suppress(EngineError):
            check(data[1:].decode("utf-8", "replace"), Scope())
    else:
        value = load_json(data[1:]).value
        read_bundle({"workflow": value, "forms": {"f": value}})
        read_form(value)
    if time.process_time() - started > SLOWEST * 5:
        raise RuntimeError("too slow")


if __name__ == "__main__":
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", "-verbosity=0"], one)
    atheris.Fuzz()
