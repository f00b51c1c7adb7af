"""Effects over a list: one register entry for each row, its columns named by {"row": column}, applied once."""

from __future__ import annotations

from tests.service.world import OTHER_USCC, USCC, World

from tongban.service import effects
from tongban.store import registers


def test_a_list_enters_a_register_row_by_row_and_once(world: World) -> None:
    effect = {
        "id": "rows:1:0", "case": world.submitted(), "kind": "register", "in": "granted", "at": world.clock(),
        "for_each": [{"uscc": USCC, "name": "甲", "note": "stays out"}, {"uscc": OTHER_USCC, "name": "乙"}],
        "enter": {"key": {"row": "uscc"}, "values": {"name": {"row": "name"}}}}
    for _ in range(2):
        world.rt.store.run(lambda conn: effects.register(world.rt, conn, effect))
    with world.rt.store.reading() as conn:
        for key, name in ((USCC, "甲"), (OTHER_USCC, "乙")):
            (row,) = registers.history(conn, "granted", key)
            assert row["fields"]["name"] == name
            assert "note" not in row["fields"]


def test_columns_reach_into_nested_arguments() -> None:
    given = {"answers": {"lead": {"name": {"row": "name"}, "kind": "listed", "lines": [{"row": "a"}, 2]}}}
    assert effects.of_row(given, {"name": "甲", "a": 1}) == {
        "answers": {"lead": {"name": "甲", "kind": "listed", "lines": [1, 2]}}}
