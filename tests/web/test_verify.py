"""The public page that says whether a document is genuine: enough, and nothing more."""

import pytest
from tests.service.world import ANSWERS

from tongban.service import documents as papers
from tongban.store import documents


@pytest.fixture
def code(site):
    """A document of a submitted case, as its record stands before the PDF is there."""
    case_id = site.world.submitted()
    row = {
        "id": f"{case_id}:1:0", "case_id": case_id, "name": "proof", "kind": "certificate", "number": "青0001",
        "title": {"zh": "证明", "en": "Proof"}, "code": "7H3K9QWM2XTB4RVD", "at": site.world.clock(),
        "status": "issued",
        "facts": {"values": {"application.uscc": ANSWERS["uscc"]}, "n": 0,
                  "public": [{"label": {"zh": "企业"}, "text": {"zh": "海风<b>家政</b>"}}]},
    }
    with site.world.rt.store.transaction() as conn:
        documents.add(conn, row)
    return row["code"]


def test_a_visitor_sees_what_is_public_and_nothing_else(site, code):
    page = site.caller().get(f"/verify/{code}")
    assert page.status_code == 200
    assert "真实有效" in page.text
    assert "青0001" in page.text
    assert "海风&lt;b&gt;家政" in page.text
    assert ANSWERS["uscc"] not in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_typed_codes_find_their_document(site, code):
    answer = site.caller().get("/verify?code=7h3k-9qwm-2xtb-4rvd")
    assert answer.status_code == 303
    assert "真实有效" in site.caller().get(answer.headers["Location"]).text


def test_revocation_shows_at_once(site, code):
    with site.world.rt.store.transaction() as conn:
        documents.change(conn, documents.by_code(conn, code)["id"], status="revoked", reason="不符合条件")
    page = site.caller().get(f"/verify/{code}").text
    assert "已经撤销" in page
    assert "不符合条件" in page


@pytest.mark.parametrize("asked", ["7H3K9QWM2XTB4RVE", "x", "%00", "a" * 500, "..%2f"])
def test_an_unknown_code_is_404_and_tells_nothing(site, code, asked):
    page = site.caller().get(f"/verify/{asked}")
    assert page.status_code == 404
    assert "青0001" not in page.text


def test_keys_and_status_list_are_open_to_any_page(site):
    for path in ("/verify/keys.json", "/verify/status.jws"):
        answer = site.caller().get(path)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "PRIVATE" not in answer.text


def test_a_document_past_its_term_is_expired(site, code):
    with site.world.rt.store.transaction() as conn:
        documents.change(conn, documents.by_code(conn, code)["id"], until="2026-11-22")
    assert papers.verify(site.world.rt, code).state == "expired"
