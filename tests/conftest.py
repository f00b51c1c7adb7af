"""Fixtures that more than one floor uses, and the order of a run."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.databases"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop in its thread, in which nothing else may start one."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
