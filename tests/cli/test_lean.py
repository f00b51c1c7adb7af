"""What a web process must not carry: loading it costs memory in every one of them."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_a_web_process_loads_nothing_that_renders_or_signs() -> None:
    heavy = ("weasyprint", "pyhanko", "tongban.paper.render", "tongban.paper.sign")
    asked = f"import sys, tongban.app; print([name for name in {heavy!r} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
