"""Working-day calendars as everything that shows a deadline reads them."""

from __future__ import annotations

from typing import Any

from tongban.service.runtime import Runtime
from tongban.store import registers


def every(rt: Runtime) -> dict[int, Any]:
    """Year -> its holidays and worked weekends."""
    with rt.store.reading() as conn:
        return {int(row["year"]): row["days"] for row in registers.list_calendars(conn)}
