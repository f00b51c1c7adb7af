"""What offices do with many at once, by the API as on the pages: documents printed together, a register screened."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pikepdf
import pytest
from flask import Flask
from tests.service.test_documents import approved, made, printing  # noqa: F401
from tests.service.test_registers import CODES, enter, held  # noqa: F401
from tests.service.world import World
from tests.web.test_api import Caller

from tongban.app import create_app
from tongban.config import Config
from tongban.service import batches
from tongban.store import cases
from tongban.store.session import Store


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def calls(there: World, tmp_path: Any) -> Any:
    app: Flask = create_app(Config(demo=True, data=tmp_path), there.rt)
    return lambda login: Caller(app, there, login)


def number(there: World, case_id: str) -> str:
    with there.rt.store.reading() as conn:
        return str(cases.get(conn, case_id)["number"])


@pytest.mark.slow
def test_documents_are_printed_together_and_fetched_in_parts(made: World, tmp_path: Any) -> None:  # noqa: F811
    by = calls(made, tmp_path)
    city, other = by("city"), by("shibei")
    first, second = approved(made), approved(made)
    with made.rt.store.reading() as conn:
        slug = cases.get(conn, first)["workflow"]
    assert (slug, "proof") in [(one["procedure"], one["document"]) for one in city("GET", "/batches").json["choices"]]
    wanted = {"procedure": slug, "document": "proof", "numbers": [number(made, first), number(made, second), "2026-9"]}
    asked = city("POST", "/batches", wanted, Idempotency_Key="print-once")
    again = city("POST", "/batches", wanted, Idempotency_Key="print-once")
    assert (asked.status_code, asked.json["missing"], again.json["id"]) == (201, ["2026-9"], asked.json["id"])
    assert city("POST", "/batches", {**wanted, "since": "2026-02-30"}).json["problems"][0]["at"] == "/since"
    assert other("POST", "/batches", wanted).status_code == 422      # no case of theirs
    path = asked.headers["Location"].removeprefix("/api/v1")
    assert city("GET", f"{path}/parts/1/pdf").status_code == 404     # not yet
    assert batches.step(made.rt) == 2
    done = city("GET", path).json
    assert (done["status"], done["done"], [part["number"] for part in done["parts"]]) == ("done", 2, [1])
    with pikepdf.open(io.BytesIO(city("GET", f"{path}/parts/1/pdf").data)) as merged:
        assert len(merged.pages) == 2
    with zipfile.ZipFile(io.BytesIO(city("GET", f"{path}/parts/1/zip").data)) as archive:
        assert len(archive.namelist()) == 3
    assert [one["id"] for one in city("GET", "/batches").json["rows"]] == [asked.json["id"]]
    assert other("GET", path).status_code == 404
    assert other("GET", "/batches").json["rows"] == []


def test_a_register_is_screened_and_what_qualifies_is_started(held: World, tmp_path: Any) -> None:  # noqa: F811
    by = calls(held, tmp_path)
    keeper, firm = by("shinan"), by("boss")
    enter(held)
    enter(held, n=2, staff="9", founded="2026-01-01")
    found = keeper("GET", "/procedures/grant/screening").json
    assert found["counts"] == {"passes": 1, "fails": 1, "unknown": 0}
    (row,) = found["rows"]
    assert row["key"] == CODES[0]
    (failed,) = keeper("GET", "/procedures/grant/screening?verdict=fails").json["rows"]
    assert failed["fails"] == ["ten", "old"]
    assert firm("GET", "/procedures/grant/screening").status_code == 404
    assert keeper("GET", "/registers/firms").json["screens"][0]["slug"] == "grant"
    history = keeper("GET", f"/registers/firms/entries/{row['id']}").json
    assert [(spell["by"], spell["cells"][0]) for spell in history["spells"]] == [
        ("shinan先生", {"label": {"zh": "信用代码", "en": "信用代码"}, "value": CODES[0]})]
    assert "raw" not in history
    assert keeper("POST", "/procedures/grant/screening", {"entry": row["id"]}).status_code == 403    # firms apply
    assert keeper("POST", "/procedures/grant/screening", {"entry": "none"}).status_code == 404
