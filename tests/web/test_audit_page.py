"""/admin/audit and GET /audit: found in the navigation, filtered, paged, the same on both."""

from __future__ import annotations

import re

import pytest
from tests.web.conftest import Site

from tongban.service import account, audit, staff


def test_admin_and_auditor_find_filter_and_page_the_audit_and_programs_read_the_same(
        site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    world = site.world
    staff.grant(world.rt, world.who("admin"), "u-shinan", "city_hr", "370200", "2026-12-01", "2026-12-31")
    for login in ("admin", "auditor"):
        assert 'href="/admin/audit"' in site.caller(login).get("/").text
    assert 'href="/admin/audit"' not in site.caller("shinan").get("/").text
    auditor = site.caller("auditor")
    page = auditor.get("/admin/audit?verb=granted&q=admin&since=2026-11-23&until=2026-11-23").text
    rows = re.findall(r'<li class="item audit-row">(.*?)</li>', page, re.DOTALL)
    assert len(rows) == 1
    for words in ("admin先生", "授予角色", "shinan先生（shinan）", "市人社局", "青岛市", "至 2026年12月31日"):
        assert words in rows[0]
    assert '<option value="granted" selected>' in page
    assert "没有符合条件的记录" in auditor.get("/admin/audit?until=2026-11-22").text

    monkeypatch.setattr(audit, "PAGE", 3)
    first = auditor.get("/admin/audit?verb=granted").text
    more = re.search(r'hx-get="(/admin/audit\?verb=granted&amp;before=\d+)"', first)
    assert more is not None
    path = more[1].replace("&amp;", "&")
    part = auditor.get(path, headers={"HX-Request": "true"}).text
    assert part.count("audit-row") == 3
    assert "<h1>" not in part
    assert 'href="/admin/audit?verb=granted"' in auditor.get(path).text       # without script: back to the newest

    token = account.make_token(world.rt, world.who("auditor"), "x", ("read",))
    headers = {"Authorization": f"Bearer {token}"}
    told = auditor.client.get(f"/api/v1{path.removeprefix('/admin')}", headers=headers).json
    assert [f"第 {row['number']} 条" in part for row in told["rows"]] == [True] * 3
    assert (told["rows"][0]["what"]["en"], told["filters"]["verb"]) == ("Gave a role", "granted")
    assert auditor.client.get("/api/v1/audit?verb=none", headers=headers).status_code == 422
    act_only = account.make_token(world.rt, world.who("auditor"), "x", ("act",))
    assert auditor.client.get("/api/v1/audit", headers={"Authorization": f"Bearer {act_only}"}).status_code == 403
