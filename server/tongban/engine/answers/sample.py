"""Answers made from a definition: valid ones that satisfy its rules, edges of every type, wrong ones.

Deterministic by seed. Names and numbers are made up; check digits are right, so they pass where real ones would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import cycle
from random import Random

from tongban.engine.answers import ids, media, number
from tongban.engine.answers.place import stem
from tongban.engine.answers.read import Answers, Step, read
from tongban.engine.model import Env, Field, Form, Json, Rule
from tongban.engine.problem import EngineError

TRIES = 60
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
_GIVEN = ("伟", "芳", "娜", "敏", "静", "秀英", "丽", "强", "磊", "洋", "艳", "勇", "军", "杰", "珺", "赟", "𬭎")
_FIRMS = ("海风家政服务", "恒远机械制造", "蓝湾养老服务", "日出餐饮管理", "云帆信息技术", "绿野农业开发")
_ROADS = ("香港中路", "山东路", "长江路", "人民路", "解放路")
_WORDS = ("用于支付职工工资和社会保险费。", "情况属实，材料齐全。", "按计划于年底前完成。")


def valid(form: Form, env: Env, seed: int = 0, prefix: str = "", rules: Iterable[Rule] = ()) -> dict[str, Json]:
    """Raw answers that the form accepts, and that pass the procedure's rules as far as they rest on this form.

    The nearest that was found where trying did not get there.
    """
    dice = Random(seed)     # noqa: S311 - samples, no secrets
    own = [rule for rule in rules if any(name.startswith(prefix) for name in rule.test.names)]
    raw = {one.id: made for one in form.fields if (made := value(one, dice)) is not None}
    found = read(form, raw, dict(env), step=Step(prefix))
    wrong, loose = _against(found, own, prefix)
    for _ in range(5 * TRIES if own else TRIES):
        if not wrong and not loose:
            break
        other = dict(raw)
        for one in form.fields:
            if one.id in wrong or (one.id in loose and dice.random() < 0.5) or (
                    dice.random() < 0.15 and _feeds(one, form, wrong)):
                made = value(one, dice)
                if made is not None:
                    other[one.id] = made
        tried = read(form, other, dict(env), step=Step(prefix))
        now = _against(tried, own, prefix)
        if len(now[0]) + now[1].total() <= len(wrong) + loose.total():
            raw, found, (wrong, loose) = other, tried, now
    return {name: held for name, held in raw.items() if f"/{name}" not in found.shape.hidden}


def _against(found: Answers, rules: Iterable[Rule], prefix: str) -> tuple[list[str], Counter[str]]:
    """Fields with a problem; and fields that rules read which fail, as often as one does."""
    wrong = [p.at.split("/")[1] for p in found.problems if p.level == "error" and p.at.startswith("/")]
    loose: Counter[str] = Counter()
    for rule in rules:
        if fails(rule, found.shape.env):
            names = (name.removeprefix(prefix) for name in rule.test.names if name.startswith(prefix))
            loose.update({name.partition(".")[0] for name in names})
    return wrong, loose


def fails(rule: Rule, env: Env) -> bool:
    """Whether other answers could mend a rule: what rests on facts, or on answers that nobody has given, is left."""
    try:
        if rule.when is not None and rule.when.run(env) is not True:
            return False
        verdict = rule.test.run(env)
    except (EngineError, KeyError):      # it asks for what only a case has
        return False
    return verdict is False


def _feeds(one: Field, form: Form, wrong: list[str]) -> bool:
    """Whether a check that fails reads this field too."""
    return any(name.rpartition(".")[2] == one.id or name == one.id for other in form.fields if other.id in wrong
               for check in other.valid for name in check.test.names)


def value(one: Field, dice: Random) -> Json:
    """One raw answer of the type, inside the bounds of the field; None where nobody answers."""
    make = _MAKERS.get(one.type)
    if make is None or one.computed or one.readonly is True:
        return None
    return make(one, dice)


def edges(one: Field) -> Iterator[Json]:
    """Raw answers at the rim of what a field takes, and just past it."""
    if one.type in ("integer", "decimal", "rate", "money"):
        for written in (one.min, one.max):
            bound = number.limit(written, one.scale)
            if bound is not None:
                yield from (number.bare(bound + step, one.scale) for step in (-1, 0, 1))
        yield from ("0", "-1", "１，２３４", "3万", "1e3", "9" * 19)
    elif one.type in ("text", "longtext"):
        most = int(one.max or (200 if one.type == "text" else 2000))
        yield from ("字" * most, "字" * (most + 1), "a\x00b", " ", "<b>&amp;", "𬭎" * 5)
    elif one.type in ("date", "month"):
        yield from ("2024-02-29", "2025-02-29", "2026年3月5日", "20260305", "0001-01-01", "9999-12-31", "26-3-5")
    elif one.type in ("choice", "choices"):
        yield from (*(c.value for c in one.choices), "no such choice", [c.value for c in one.choices])
    else:
        yield from ("", "x", "９１３７", {"a": 1}, [1], "0" * 18)


def wrong(form: Form, seed: int = 0) -> dict[str, Json]:
    """One wrong raw answer for every field that can have one."""
    dice = Random(seed)     # noqa: S311 - samples, no secrets
    return {one.id: made for one in form.fields if (made := _spoiled(one, dice)) is not None}


def _spoiled(one: Field, dice: Random) -> Json:
    if one.type == "group":
        return [{c.id: _spoiled(c, dice) for c in one.fields}, {c.id: value(c, dice) for c in one.fields}]
    return _WRONG.get(one.type)


_WRONG: Mapping[str, Json] = {
    "text": "字" * 300, "longtext": "短", "name": "王小明2", "uscc": "91370200MA3C1B2D30",
    "citizen_id": "370202199001010012",
    "mobile": "1380013800", "phone": "85012345", "email": "li.qingdao.cn", "bank_account": "1234567", "integer": "十二",
    "decimal": "1.005", "money": "五百元", "rate": "3.805%", "date": "2026-02-30", "month": "2026-13", "year": "26",
    "date_range": {"from": "2026-02-01", "to": "2026-01-01"}, "time": "25:00", "address": {"region": "", "detail": "8"},
    "position": {"lat": "91", "lng": "0"}, "scan": "x" * 501,
}


def _name(one: Field, dice: Random) -> str:
    return dice.choice(_SURNAMES) + dice.choice(_GIVEN)


def _text(one: Field, dice: Random) -> str:
    found = f"青岛{dice.choice(_FIRMS)}有限公司"
    return found[:int(one.max or 200)].ljust(int(one.min or 0), "一")


def _long(one: Field, dice: Random) -> str:
    return (dice.choice(_WORDS) * (1 + int(one.min or 0) // 8))[:int(one.max or 2000)]


def _citizen_id(one: Field, dice: Random) -> str:
    born = date(1965, 1, 1) + timedelta(days=dice.randrange(14_000))
    body = f"{dice.choice(('370202', '370203', '370282', '441900'))}{born:%Y%m%d}{dice.randrange(1, 1000):03}"
    return body + ids.id_check(body)


def _uscc(one: Field, dice: Random) -> str:
    first = dice.choice([str(kind) for kind in one.options.get("kinds") or ("91", "92", "93")])
    body = f"{first}37020{dice.randrange(2, 5)}MA3{dice.randrange(10_000, 100_000)}" + dice.choice("ABCDEFGH")
    return body + ids.credit_check(body)


def _number(one: Field, dice: Random) -> str:
    least = number.limit(one.min, one.scale)
    most = number.limit(one.max, one.scale)
    low = 0 if least is None else least
    high = max(low, most if most is not None else low + 10 ** (one.scale + 4))
    picked = dice.choice((dice.randint(low, high), dice.randint(low, min(high, low + 60 * 10 ** one.scale)), low, high))
    if one.type == "money" and one.options.get("unit") == "万元":
        return number.bare(picked, one.scale) + "元"
    return number.bare(picked, one.scale)


def _day(dice: Random, back: int = 6000) -> date:
    return date(2026, 10, 1) - timedelta(days=dice.randrange(1, back))


def _date(one: Field, dice: Random) -> str:
    coming = dice.random() < 0.3
    day = (date(2027, 1, 1) + timedelta(days=dice.randrange(2000)) if coming else _day(dice, dice.choice((250, 6000)))
           ).isoformat()
    if one.max == "today" and coming:
        day = _day(dice).isoformat()
    if isinstance(one.min, str) and one.min[:1].isdecimal():
        day = max(day, one.min)
    if one.min == "today":
        day = (date(2026, 12, 1) + timedelta(days=dice.randrange(4000))).isoformat()
    return min(day, one.max) if isinstance(one.max, str) and one.max[:1].isdecimal() else day


def _range(one: Field, dice: Random) -> Json:
    start = _day(dice, 300)
    return {"from": start.isoformat(), "to": (start + timedelta(days=dice.randrange(200))).isoformat()}


def _choices(one: Field, dice: Random) -> Json:
    open_ = [c.value for c in one.choices if not c.exclusive]
    least = max(int(one.min or 1), 1)
    count = min(dice.randint(least, max(least, min(int(one.max or 3), 3))), len(open_))
    return dice.sample(open_, count) if open_ else None


def _region(one: Field, dice: Random) -> str:
    under = str(one.options.get("under") or "370200")
    county = under if under[4:] not in ("", "00") else _COUNTIES.get(under[:4]) or (stem(under).ljust(4, "0") + "02")
    return county + {"street": "002", "village": "002001"}.get(str(one.options.get("level")), "")


def _file(one: Field, dice: Random) -> Json:
    kind = (one.options.get("accept") or (media.IMAGES if one.type == "photo" else media.DOCUMENTS))[0]
    ending = kind.partition("/")[2]
    return [{"id": f"{dice.getrandbits(256):064x}", "name": f"样本{n}.{ending}", "size": 34_567, "media": kind}
            for n in range(1, 1 + max(int(one.min or 1), 1))]


def _address(one: Field, dice: Random) -> Json:
    return {"region": _region(one, dice), "detail": f"{dice.choice(_ROADS)} {dice.randrange(1, 300)} 号"}


def _position(one: Field, dice: Random) -> Json:
    north, east = (f"{degrees}.{dice.randrange(10**6):06}" for degrees in (36, 120))
    return {"lat": north, "lng": east, "accuracy": "12"}


def _rows(one: Field, dice: Random) -> Json:
    least, widest = int(one.min or 1), max([3, *(len(c.choices) for c in one.fields)])
    count = dice.randint(least, max(least, min(dice.choice((3, widest)), int(one.max or 3))))
    rows = [{c.id: made for c in one.fields if (made := value(c, dice)) is not None} for _ in range(count)]
    if dice.random() < 0.5:      # each row another choice: a rule may want all of them
        for column in one.fields:
            if column.type == "choice" and column.choices:
                for row, held in zip(rows, cycle(column.choices), strict=False):
                    row[column.id] = held.value
    return rows


_COUNTIES = {"3700": "370202", "4400": "440703", "4407": "440703", "4311": "431102", "4300": "431102"}

_MAKERS: Mapping[str, Callable[[Field, Random], Json]] = {
    "text": _text, "longtext": _long, "name": _name, "citizen_id": _citizen_id, "uscc": _uscc, "integer": _number,
    "decimal": _number, "rate": _number, "money": _number, "date": _date, "date_range": _range, "choices": _choices,
    "region": _region, "address": _address, "position": _position, "file": _file, "photo": _file, "group": _rows,
    "email": lambda one, dice: f"handler{dice.randrange(1000)}@example.cn",
    "scan": lambda one, dice: f"SN{dice.randrange(10**8):08}",
    "mobile": lambda one, dice: f"13{dice.randrange(10**9):09}",
    "phone": lambda one, dice: f"0532-85{dice.randrange(10**6):06}",
    "bank_account": lambda one, dice: ids.card(f"62284800{dice.randrange(10**10):010}"),
    "month": lambda one, dice: _day(dice).isoformat()[:7],
    "year": lambda one, dice: str(dice.randint(int(one.min or 2000), int(one.max or 2026))),
    "time": lambda one, dice: f"{dice.randrange(8, 18):02}:{dice.choice((0, 30)):02}",
    "yesno": lambda one, dice: dice.random() < 0.6,
    "choice": lambda one, dice: dice.choice([c.value for c in one.choices]) if one.choices else "sample",
    "signature": lambda one, dice: {"typed": _name(one, dice)},
    "declaration": lambda one, dice: {"agreed": True} | (
        {"signature": {"typed": _name(one, dice)}} if one.options.get("sign") else {}),
}
