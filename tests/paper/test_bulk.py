"""Many documents at once: what is finished stays finished, what fails is named, nothing is made twice."""

import io

import pikepdf
import pytest
from tests.paper import sheets

from tongban.paper import bulk, render
from tongban.paper.sheet import PaperError


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render.render(sheets.decision()).pdf


def orders(count: int, make):
    return [bulk.Order(f"case:{n}:0", f"粤证〔2026〕{n}/号", lambda n=n: make(n)) for n in range(count)]


def test_a_killed_run_goes_on_where_it_stopped(pdf, tmp_path):
    asked = []

    def make(n):
        asked.append(n)
        if n == 5 and asked.count(5) == 1:
            raise KeyboardInterrupt
        return pdf

    with pytest.raises(KeyboardInterrupt):
        bulk.run(orders(9, make), tmp_path, workers=1)
    before = len(bulk.read(tmp_path))
    with (tmp_path / bulk.MANIFEST).open("a", encoding="utf-8") as manifest:
        manifest.write('{"id": "case:7:0", "fil')
    seen = []
    batch = bulk.run(orders(9, make), tmp_path, workers=1, progress=lambda done, of: seen.append((done, of)))
    assert (batch.kept, batch.done, batch.failed) == (before, 9 - before, ())
    assert before >= 1
    assert seen[-1] == (9 - before, 9 - before)
    with pikepdf.open(tmp_path / bulk.MERGED) as merged:
        assert len(merged.pages) == 9
    assert len(list(tmp_path.glob("粤证*.pdf"))) == 9


def test_a_file_that_was_altered_is_made_again(pdf, tmp_path):
    bulk.run(orders(2, lambda n: pdf), tmp_path)
    next(tmp_path.glob("粤证*.pdf")).write_bytes(b"x")
    assert bulk.run(orders(2, lambda n: pdf), tmp_path).done == 1


def test_one_that_fails_is_named_and_the_others_are_made(pdf, tmp_path):
    def make(n):
        if n == 1:
            raise PaperError("paper.no_glyph", characters="x")
        return pdf

    batch = bulk.run(orders(3, make), tmp_path)
    assert (batch.done, batch.failed) == (2, (("case:1:0", "paper.no_glyph"),))
    with pikepdf.open(io.BytesIO((tmp_path / bulk.MERGED).read_bytes())) as merged:
        assert len(merged.pages) == 2
