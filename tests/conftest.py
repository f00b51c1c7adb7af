"""Fixtures that more than one floor uses, the order of a run, and how far properties search.

Every run tries the same made-up examples, so that what passed here passes elsewhere; NEW_EXAMPLES=1 tries new ones.
"""

from __future__ import annotations

import multiprocessing
import os

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None)
if os.environ.get("NEW_EXAMPLES") != "1":
    settings.load_profile("same")

# Rendering processes begin with what renders already read: every server of a run starts its own.
multiprocessing.set_forkserver_preload(["tongban.paper.child"])

pytest_plugins = ["tests.databases"]


LONG = ["test_walks.py", "test_loan.py", "test_accessibility.py", "test_forms.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop in its thread, in which nothing else may start one. Of these
    the long ones first, so that at the end no core waits for the other's last test."""
    items.sort(key=lambda item: (item.get_closest_marker("browser") is not None, item.path.name not in LONG))
