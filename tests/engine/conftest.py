"""Engine tests share the short chart notation of charts.py, and one small correct bundle that they change."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
_SMALL = json.loads((Path(__file__).parent / "small.json").read_text("utf-8"))


@pytest.fixture
def small() -> dict[str, Any]:
    return copy.deepcopy(_SMALL)
