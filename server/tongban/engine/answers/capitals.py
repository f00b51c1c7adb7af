"""Amounts in capitals 大写, as cheques and agreements want them: 500000000 fen -> 伍佰万元整."""

from __future__ import annotations

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
LIMIT = 10**18      # fen: below one 亿亿 yuan


def capitals(fen: int) -> str:
    """The amount in capitals; negative amounts begin with 负. Raises ValueError past the names of numbers."""
    if abs(fen) >= LIMIT:
        raise ValueError("amount too large for capitals")
    if fen < 0:
        return "负" + capitals(-fen)
    yuan, part = divmod(fen, 100)
    jiao, cent = divmod(part, 10)
    whole = f"{_whole(yuan)}元" if yuan else ""
    if not part:
        return (whole or "零元") + "整"
    tail = f"{_DIGITS[jiao]}角" if jiao else ("零" if yuan else "")
    return whole + tail + (f"{_DIGITS[cent]}分" if cent else "整")


def _whole(yuan: int) -> str:
    """Groups of four digits from the left; one 零 stands for any run of zeros inside."""
    groups = [yuan // 10_000**i % 10_000 for i in range(4)]
    said, gap = "", False
    for i in (3, 2, 1, 0):
        if not groups[i]:
            gap = gap or bool(said)
            continue
        if said and (gap or groups[i] < 1000):
            said += "零"
        said += _four(groups[i]) + _name(i, groups)
        gap = False
    return said


def _name(i: int, groups: list[int]) -> str:
    """万亿 keeps its 亿 only where the 亿 group itself is empty: 壹万亿, but 壹万贰仟亿."""
    return "万" if i == 3 and groups[2] else _GROUPS[i]


def _four(number: int) -> str:
    said, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if not digit:
            gap = bool(said)
            continue
        said += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return said
