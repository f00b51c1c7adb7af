"""A phone that kept its pages but lost the visitor's cookie can still send what waits."""

from __future__ import annotations

from typing import Any


def test_token_for_sending_comes_with_the_cookie_it_belongs_to(site: Any) -> None:
    client = site.app.test_client()
    client.set_cookie("tb-session", site.world.tokens["boss"])
    me = client.get("/phone/me").json
    body = {"account": me["account"], "sent_at": "2026-11-23T01:00:00Z", "records": []}
    assert client.post("/phone/sync", json=body, headers={"X-CSRF-Token": me["csrf"]}).status_code == 200
    assert client.post("/phone/sync", json=body, headers={"X-CSRF-Token": "0" * 64}).status_code in (400, 403)

