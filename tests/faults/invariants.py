"""What must hold after any fault; one checker for all faults. Each is shown to catch a planted fault."""

from __future__ import annotations

from collections.abc import Iterable

from tongban.engine.fold import fold
from tongban.store import cases, todo
from tongban.store.session import Store


def broken(store: Store, acknowledged: Iterable[tuple[str, int, str]]) -> list[str]:
    """Everything that is wrong. `acknowledged` = (case, seq, key) that somebody was told was received."""
    found: list[str] = []
    with store.reading() as conn:
        ids = [row[0] for row in conn.exec_driver_sql("SELECT id FROM cases ORDER BY n")]
        for case_id in ids:
            if why := cases.verify(conn, case_id):
                found.append(f"{case_id}: {why}")
            row, lines = cases.get(conn, case_id), cases.record(conn, case_id)
            if fold(e for line in lines for e in line["body"]["events"]) != row["snapshot"]:
                found.append(f"{case_id}: the case is not what its record says")
            open_tasks = {t["id"] for t in row["snapshot"]["tasks"]} if row["status"] == "open" else set()
            if {r["task"] for r in todo.of_case(conn, case_id)} != open_tasks:
                found.append(f"{case_id}: open work differs from the case")
        stored = {(r[0], r[1]): r[2] for r in conn.exec_driver_sql('SELECT case_id, seq, "key" FROM journal')}
        found += [f"{case_id}/{seq}: acknowledged, but not there" for case_id, seq, key in acknowledged
                  if stored.get((case_id, seq)) != key]
        numbers = [row[0] for row in conn.exec_driver_sql("SELECT number FROM cases ORDER BY number")]
        series: dict[str, list[int]] = {}
        for name, _, serial in (number.rpartition("-") for number in numbers):
            series.setdefault(name, []).append(int(serial))
        found += [f"case numbers {name} have a gap or a double" for name, serials in series.items()
                  if serials != list(range(1, len(serials) + 1))]
    return found
