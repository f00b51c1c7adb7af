"""Amounts in capitals as banks write them."""

from __future__ import annotations

import pytest

from tongban.engine.answers import capitals


@pytest.mark.parametrize(("fen", "said"), [
    (0, "零元整"), (5, "伍分"), (50, "伍角整"), (105, "壹元零伍分"), (1005, "壹拾元零伍分"),
    (150, "壹元伍角整"),
    (100500, "壹仟零伍元整"), (100050, "壹仟元伍角整"), (1680_32, "壹仟陆佰捌拾元叁角贰分"),
    (107000_53, "壹拾万柒仟元伍角叁分"),
    (16409_02, "壹万陆仟肆佰零玖元零贰分"), (500000000, "伍佰万元整"), (100_005_000_00, "壹亿零伍仟元整"),
    (100_000_001_00, "壹亿零壹元整"), (1_000_000_000_000_00, "壹万亿元整"), (1_200_000_000_000_00, "壹万贰仟亿元整"),
    (1_000_100_000_000_00, "壹万零壹亿元整"), (-1_00, "负壹元整"),
])
def test_amounts_are_written_in_capitals(fen: int, said: str) -> None:
    assert capitals(fen) == said


def test_an_amount_past_all_names_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        capitals(10**18)
