"""The audit in words: every verb that is written has them, and filters and pages keep to what was asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.service.test_registers import CODES, FIRMS, FLOW, FORM, FOUNDED, enter, held  # noqa: F401
from tests.service.world import OPINION, USCC, WORKFLOW, World

import tongban
from tongban.service import account, audit, books, definitions, register_changes, staff
from tongban.service.errors import Denied
from tongban.service.views.audit import AuditFilter, AuditRow

WRITTEN = re.compile(r'messages\.note\((?:[^()]|\([^()]*\))*?,\s*[^,]+,\s*"([a-z_.]+)"(?: if \w+ else "([a-z_.]+)")?')


def read(world: World, login: str = "auditor", **wanted: str) -> tuple[AuditRow, ...]:
    return audit.page(world.rt, world.who(login), AuditFilter(**wanted)).rows


def told(row: AuditRow) -> str:
    return " · ".join((row.by["zh"], row.what["zh"], *([row.about["zh"]] if row.about else ()),
                       *(one["zh"] for one in row.details)))


def test_every_verb_that_the_program_writes_has_words_and_no_other_has() -> None:
    found: set[str] = set()
    for path in Path(tongban.__file__).parent.rglob("*.py"):
        source = path.read_text("utf-8")
        calls = WRITTEN.findall(source)
        assert len(calls) == source.count("messages.note("), path
        found |= {verb for pair in calls for verb in pair if verb}
    assert found == set(audit.verbs())


def test_only_admins_and_auditors_read_it(world: World) -> None:
    for login in ("boss", "shinan", "city", "nobody"):
        with pytest.raises(Denied):
            read(world, login)
    assert read(world, "admin") == read(world, "auditor")


def test_an_entry_says_who_did_what_to_whom_with_role_place_days_and_version(world: World) -> None:
    admin = world.who("admin")
    world.clock.move(hours=1)
    staff.grant(world.rt, admin, "u-shinan", "city_hr", "370200", "2026-12-01", "2026-12-31")
    number = staff.one(world.rt, admin, "u-shinan").grants[-1].number
    staff.revoke(world.rt, admin, "u-shinan", number)
    definitions.set_open(world.rt, admin, "grant", opened=False)
    account.appoint(world.rt, world.who("shinan"), "shinan2", "2026-12-01", "2026-12-02")
    account.dismiss(world.rt, world.who("shinan"), account.deputies(world.rt, world.who("shinan"))[0]["n"])
    account.make_token(world.rt, world.who("boss"), "x", ("read", "act"), 30)
    spell = "自 2026年12月1日 起 · 至 2026年12月"
    title = WORKFLOW["title"]["zh"]
    rows = read(world)
    assert [told(row) for row in rows[:7]] == [
        "boss先生 · 生成接口令牌 · 允许办理、查看 · 30 天内有效",
        f"shinan先生 · 结束代办 · shinan2先生（shinan2） · {spell}2日",
        f"shinan先生 · 委托代办 · shinan2先生（shinan2） · {spell}2日",
        f"admin先生 · 停办事项 · {title}",
        f"admin先生 · 收回角色 · shinan先生（shinan） · 市人社局 · 青岛市 · {spell}31日",
        f"admin先生 · 授予角色 · shinan先生（shinan） · 市人社局 · 青岛市 · {spell}31日",
        f"admin先生 · 发布事项 · {title} · 第 1 版 · 说明：test"]
    assert (rows[3].login, rows[3].office["zh"], rows[3].subject) == ("admin", "hr-qingdao", "grant")
    assert [told(row) for row in rows[-1:]] == [f"系统 · 授予角色 · boss先生（boss） · 企业 · {USCC}"]


def test_filters_hold_by_verb_by_name_or_login_and_by_day_in_shanghai(world: World) -> None:
    world.clock.move(hours=14, minutes=59)                      # 23:59 of the 23rd in Shanghai
    account.make_token(world.rt, world.who("boss"), "x", ("read",))
    world.clock.move(minutes=1)
    account.make_token(world.rt, world.who("rival"), "x", ("read",))
    assert [row.login for row in read(world, verb="token_made")] == ["rival", "boss"]
    assert [row.login for row in read(world, verb="token_made", since="2026-11-24")] == ["rival"]
    assert [row.login for row in read(world, verb="token_made", until="2026-11-23")] == ["boss"]
    assert [row.login for row in read(world, q="boss先")] == [row.login for row in read(world, q="boss")] == ["boss"]
    assert read(world, q="%") == ()
    view = audit.page(world.rt, world.who("admin"), AuditFilter(verb="no.such", since="2026-02-30"))
    assert (view.filters, len(view.rows)) == (AuditFilter(), len(read(world)))


def test_pages_follow_each_other_without_gap_while_entries_are_added(world: World,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "PAGE", 4)
    who, seen, before = world.who("auditor"), [], 0
    while True:
        view = audit.page(world.rt, who, AuditFilter(), before)
        seen += [row.number for row in view.rows]
        account.make_token(world.rt, world.who("boss"), "x", ("read",))
        if view.before is None:
            break
        before = view.before
    assert seen == list(range(seen[0], 0, -1))


def test_registers_are_told_by_title_and_masked_keys_stay_masked(held: World) -> None:  # noqa: F811
    entry = enter(held)
    register_changes.leave(held.rt, held.who("shinan"), FIRMS, entry, "注销")
    gone, entered = read(held)[:2]
    title = gone.about["zh"]
    assert title != FIRMS
    assert told(gone) == f"shinan先生 · 移出台账 · {title} · {CODES[0]} · 依据：注销"
    assert told(entered) == f"shinan先生 · 登记台账 · {title} · 新登记 · {CODES[0]} · 依据：登记信息"
    book = {**FLOW["registers"][FIRMS], "masked": ["uscc"]}
    page = FORM["pages"][0]
    asked = {**FORM, "pages": [{**page, "fields": [*page["fields"], FOUNDED]}]}
    held.publish({**FLOW, "registers": {**FLOW["registers"], FIRMS: book}}, asked, OPINION)
    assert told(read(held, verb="register.exit")[0]) == \
        f"shinan先生 · 移出台账 · {title} · {books.mask(CODES[0])} · 依据：注销"
