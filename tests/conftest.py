"""Fixtures that more than one floor uses."""

from __future__ import annotations

pytest_plugins = ["tests.databases"]
