"""Numbers of documents over a restore: the series goes on where the backup stands, no gap and no double (I-14)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.service.test_documents import approved, made, printing  # noqa: F401
from tests.service.world import World

from tongban.service import backup
from tongban.store import documents


def proof(world: World, case_id: str) -> str:
    """The number on the certificate of a case."""
    with world.rt.store.reading() as conn:
        return next(str(row["number"]) for row in documents.of_case(conn, case_id) if row["name"] == "proof")


@pytest.mark.slow
def test_document_numbers_go_on_after_a_restore_without_gap_or_double(made: World, tmp_path: Path) -> None:  # noqa: F811
    archive = tmp_path / "between.zip"
    first = proof(made, approved(made))
    backup.make(made.rt, archive)
    after = proof(made, approved(made))
    assert int(after[-4:]) == int(first[-4:]) + 1
    assert backup.restore(made.rt, archive, replace=True).wrong == ()
    with made.rt.store.reading() as conn:
        kept = [row["number"] for row in documents.with_status(conn, "waiting") if row["name"] == "proof"]
    assert kept == [first], "what was issued after the backup is not there any more"
    issued = [proof(made, approved(made)) for _ in range(3)]
    stem = first[:-4]
    assert [first, *issued] == [f"{stem}{n:04}" for n in range(1, 5)]
    assert backup.verify(made.rt).wrong == ()

