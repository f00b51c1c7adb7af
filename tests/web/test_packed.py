"""Pages go compressed to our own pages and never to what another site asks for; the form token differs each time."""

from __future__ import annotations

import gzip
import re
from typing import Any

import brotli
import pytest


def _asked(site: Any, **headers: str) -> Any:
    client = site.app.test_client()
    client.set_cookie("tb-session", site.world.tokens["boss"])
    client.get("/")
    return client.get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(("encoding", "open_it"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_page_asked_for_by_ourselves_or_by_its_person_is_compressed(site: Any, encoding: str, open_it: Any) -> None:
    plain = _asked(site)
    for where in ("same-origin", "none"):
        answer = _asked(site, Accept_Encoding=encoding, Sec_Fetch_Site=where)
        assert answer.headers["Content-Encoding"] == encoding
        assert int(answer.headers["Content-Length"]) == len(answer.data) < len(plain.data) / 2
        assert _words(open_it(answer.data).decode()) == _words(plain.text)
        assert {"Accept-Encoding", "Sec-Fetch-Site"} <= set(", ".join(answer.headers.getlist("Vary")).split(", "))


@pytest.mark.parametrize("where", ["cross-site", "same-site", ""])
def test_page_that_another_site_asks_for_is_never_compressed(site: Any, where: str) -> None:
    answer = _asked(site, Accept_Encoding="gzip, br", Sec_Fetch_Site=where)
    assert "Content-Encoding" not in answer.headers


def test_form_token_is_written_differently_in_every_answer_and_each_writing_counts(site: Any) -> None:
    client = site.app.test_client()
    client.set_cookie("tb-session", site.world.tokens["boss"])
    tokens = [re.search(r'name="csrf" content="(\w+)"', client.get("/").text)[1] for _ in range(4)]
    body = {"account": client.get("/phone/me").json["account"], "sent_at": "2026-11-23T01:00:00Z", "records": []}
    sent = [client.post("/phone/sync", json=body, headers={"X-CSRF-Token": one}) for one in tokens]
    assert [one.status_code for one in sent] == [200] * 4
    assert len({part for one in tokens for part in (one[:32], one[32:])}) == 8
    for wrong in ("", "0" * 64, tokens[0][:-1], tokens[0][:32] + tokens[1][32:], tokens[0] + tokens[0], "é" * 64):
        given = client.post("/phone/sync", json=body, headers={"X-CSRF-Token": wrong.encode().decode("latin-1")})
        assert given.status_code == 403, wrong


def test_files_of_the_build_carry_only_the_headers_that_matter_for_files(site: Any) -> None:
    client = site.app.test_client()
    sheet = re.search(r'href="(/assets/[^"]+\.css)"', client.get("/sign-in").text)[1]
    answer = client.get(sheet)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Content-Security-Policy" not in answer.headers
    assert "Content-Security-Policy" in client.get("/assets/none/none").headers


def _words(page: str) -> str:
    """A page without what differs in every answer."""
    return re.sub(r"[0-9a-f]{64}|[0-9a-f-]{36}", "", page)
