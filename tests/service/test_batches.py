"""Many documents at once: from a list, in slices, going on after a kill, for those who have the place in hand."""

import csv
import io
import subprocess
import zipfile

import pytest
from tests.service.test_documents import approved, made, printing  # noqa: F401
from tests.service.world import World

from tongban.paper import check
from tongban.service import batches, documents
from tongban.service.access import Person
from tongban.service.errors import Denied, NotFound, Refused
from tongban.store import cases
from tongban.store import documents as table


@pytest.fixture
def printed(made: World, monkeypatch) -> tuple[World, list[str]]:  # noqa: F811
    """Three certificates that wait, two documents a slice, the issuing time of day far away."""
    monkeypatch.setattr(batches, "SLICE", 2)
    return made, [approved(made) for _ in range(3)]


def number_of(world: World, case_id: str) -> str:
    with world.rt.store.reading() as conn:
        return str(cases.get(conn, case_id)["number"])


def flow_of(world: World, case_id: str) -> str:
    with world.rt.store.reading() as conn:
        return str(cases.get(conn, case_id)["workflow"])


def who(world: World, login: str) -> Person:
    return world.who(login)


def pages(pdf: bytes) -> list[str]:
    said = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    return said.decode().split("\f")[:-1]


def test_a_list_becomes_parts_with_one_file_the_signed_files_and_a_manifest(printed):
    world, ids = printed
    city, slug = who(world, "city"), flow_of(world, ids[0])
    wanted = batches.listed("\n".join(["编号", *(number_of(world, one) for one in ids), "2026-000000-000009"]).encode())
    made_id = batches.make(world.rt, city, slug, "proof", wanted)
    before = batches.view(world.rt, city, made_id)
    assert (before.status, before.total, before.done, before.missing) == ("open", 3, 0, ("2026-000000-000009",))
    assert [batches.step(world.rt), batches.step(world.rt), batches.step(world.rt)] == [2, 1, 0]
    after = batches.view(world.rt, city, made_id)
    assert (after.status, after.done, after.failed) == ("done", 3, 0)
    assert [(p.first, p.last) for p in after.parts] == [(1, 2), (3, 3)]
    assert after.whole
    first, second, whole = (pages(batches.part(world.rt, city, made_id, n, "pdf")[1]) for n in (1, 2, batches.WHOLE))
    assert (len(first), len(second)) == (2, 1)
    assert whole == first + second
    keys = documents.keys(world.rt)
    with zipfile.ZipFile(io.BytesIO(batches.part(world.rt, city, made_id, 1, "zip")[1])) as archive:
        lines = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
        assert [check.pdf(archive.read(line["file"]), keys).state for line in lines] == ["genuine", "genuine"]
    assert [documents.verify(world.rt, line["code"]).state for line in lines] == ["genuine", "genuine"]
    assert [line["number"] for line in lines] == sorted(line["number"] for line in lines)


def test_a_killed_worker_goes_on_and_makes_nothing_twice(printed, monkeypatch):
    world, ids = printed
    city = who(world, "city")
    made_id = batches.make(world.rt, city, flow_of(world, ids[0]), "proof")
    with monkeypatch.context() as broken:
        broken.setattr(batches, "_archive", lambda made: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            batches.step(world.rt)
    assert batches.step(world.rt) == 0, "its lease is still running"
    with world.rt.store.reading() as conn:
        blobs = {r["id"]: r["blob"] for one in ids for r in table.of_case(conn, one) if r["blob"]}
    world.clock.move(seconds=batches.LEASE + 1)
    assert [batches.step(world.rt), batches.step(world.rt)] == [2, 1]
    with world.rt.store.reading() as conn:
        assert blobs.items() <= {r["id"]: r["blob"] for one in ids for r in table.of_case(conn, one)}.items()
    assert batches.view(world.rt, city, made_id).done == 3


def test_only_who_has_the_place_in_hand_may_print(printed):
    world, ids = printed
    slug = flow_of(world, ids[0])
    for login in ("boss", "rival"):
        with pytest.raises(Denied):
            batches.make(world.rt, who(world, login), slug, "proof")
        assert batches.choices(world.rt, who(world, login)) == ()
    with pytest.raises(Refused) as none:
        batches.make(world.rt, who(world, "shibei"), slug, "proof")
    assert none.value.problems[0].code == "batch.nothing"
    made_id = batches.make(world.rt, who(world, "shinan"), slug, "proof")
    with pytest.raises(NotFound):
        batches.view(world.rt, who(world, "shibei"), made_id)
    with pytest.raises(NotFound):
        batches.part(world.rt, who(world, "city"), made_id, 1, "zip")
    assert batches.view(world.rt, who(world, "auditor"), made_id).total == 3


def test_a_document_that_cannot_be_made_is_named_and_the_others_are_made(printed, monkeypatch):
    world, ids = printed
    city = who(world, "city")
    made_id = batches.make(world.rt, city, flow_of(world, ids[0]), "proof")
    with world.rt.store.transaction() as conn:
        first = table.of_case(conn, ids[0])[0]
        table.change(conn, first["id"], facts={**first["facts"], "values": {
            **first["facts"]["values"], "application.name": "坏\U0002ffff"}})
    for _ in ("two", "one", "joined"):
        batches.step(world.rt)
    after = batches.view(world.rt, city, made_id)
    assert (after.status, after.done, after.failed) == ("done", 2, 1)
    assert after.problems[0].problem.code == "paper.no_glyph"


@pytest.mark.parametrize("content", [b"PK\x03\x04 no archive", b"PK"])
def test_a_list_that_is_no_spreadsheet_is_refused(content):
    with pytest.raises(Refused) as no:
        batches.listed(content)
    assert no.value.problems[0].at == "/list"


def test_a_list_is_the_first_column_without_blanks_and_doubles():
    assert batches.listed("\ufeffA1,x\n\n A2 \nA1\n".encode()) == ("A1", "A2")
