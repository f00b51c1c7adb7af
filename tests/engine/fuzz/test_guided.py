"""A short run of the coverage-guided fuzzer: no input may bring the reader, the parser or the simulator down."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TARGET = Path(__file__).with_name("target.py")


@pytest.mark.slow
def test_guided_fuzzing_of_reader_and_parser_finds_nothing(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    ran = subprocess.run([sys.executable, str(TARGET), str(corpus), "-max_total_time=10"], capture_output=True,
                         text=True, timeout=120, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr[-4000:]
    assert len(list(corpus.glob("seed-*"))) > 40
    assert "Done" in ran.stderr
