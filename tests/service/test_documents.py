"""Documents of cases: number and record in the commit, the PDF from the outbox, verification, re-issue, revocation."""

import datetime as dt
import subprocess
from copy import deepcopy

import pytest
from tests.service.world import ANSWERS, WORKFLOW, World, text

from tongban.paper import authority, pool, proof
from tongban.paper.sheet import PaperError
from tongban.service import documents as papers
from tongban.service import previews
from tongban.service import printing as sheets
from tongban.service.errors import Denied, NotFound, Refused
from tongban.store import documents, outbox

CERTIFICATE = {
    "kind": "certificate",
    "title": text("稳岗补贴证明"),
    "number": {
        "parts": ["青", "{document.issued_on|year}", {"value": "application.region", "width": 6}, {"counter": 4}],
        "per": ["{document.issued_on|year}", "{application.region}"],
        "length": 15,
    },
    "public": [{"label": text("企业名称"), "value": "application.name"}],
    "attach": True,
    "blocks": [
        {"title": "{document.title}"},
        {
            "facts": [
                {"label": text("企业"), "value": "application.name"},
                {"label": text("地区"), "value": "application.region"},
                {"label": text("编号"), "value": "document.number"},
            ]
        },
        {"sign_off": True},
        {"qr": "verify"},
        {"qr": "offline"},
    ],
}


@pytest.fixture(scope="module")
def printing(tmp_path_factory):
    """One set of keys and one rendering process for all tests here."""
    folder = tmp_path_factory.mktemp("papers")
    signer = authority.make(folder / "authority", "通办", dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    with pool.Pool(1, signer) as held:
        yield folder, held


@pytest.fixture
def made(world: World, printing):
    """A world whose approved cases give a certificate and whose refused ones a notice."""
    flow = deepcopy(WORKFLOW)
    flow["documents"] = {
        "proof": CERTIFICATE,
        "notice": {"kind": "refusal", "title": text("不予通过通知书")},
        "table": {"kind": "table", "title": text("申请及审核表")},
    }
    flow["states"]["approved"]["entry"] += [{"issue": "proof"}, {"issue": "table"}]
    flow["states"]["refused"]["entry"] = [{"issue": "notice"}]
    world.rt.config = type(world.rt.config)(demo=True, data=printing[0])
    world.publish(flow)
    papers.wire(world.rt)._pool = printing[1]
    return world


def approved(world: World, login: str = "boss", **answers: object) -> str:
    case_id = world.submitted(login, **answers)
    world.act("shinan", case_id, "approve", {"words": "属实"})
    received = world.act("city", case_id, "approve")
    assert received.ok, received.problems
    return case_id


def delivered(world: World, case_id: str) -> dict[str, dict]:
    with world.rt.store.reading() as conn:
        effects = [row["body"] for row in outbox.of_case(conn, case_id) if row["kind"] == "issue"]
    for effect in effects:
        world.rt.outside["issue"](world.rt, effect)
    with world.rt.store.reading() as conn:
        return {row["name"]: dict(row) for row in documents.of_case(conn, case_id)}


def words(pdf: bytes, tmp_path) -> str:
    path = tmp_path / "d.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


def test_number_and_record_are_there_before_the_pdf(made):
    case_id = approved(made)
    with made.rt.store.reading() as conn:
        row = next(r for r in documents.of_case(conn, case_id) if r["name"] == "proof")
    assert (row["number"], row["status"], row["blob"]) == ("青20263702020001", "waiting", None)


def test_the_certificate_is_signed_carries_the_values_and_verifies(made, tmp_path):
    case_id = approved(made)
    row = delivered(made, case_id)["proof"]
    assert row["status"] == "issued", row["facts"]
    name, pdf = papers.download(made.rt, made.who("boss"), row["id"])
    said = words(pdf, tmp_path)
    assert ANSWERS["name"] in said
    assert "山东省青岛市市南区" in said
    assert name == "青20263702020001.pdf"
    signed = subprocess.run(["pdfsig", tmp_path / "d.pdf"], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in signed
    assert "Total document signed" in signed
    found = papers.verify(made.rt, row["code"].lower())
    assert (found.state, found.number, found.facts[0][1]["zh"]) == ("genuine", row["number"], ANSWERS["name"])


def test_a_preview_that_cannot_be_printed_says_why(made):
    case_id = approved(made, name="坏\U0002fa1f")
    with pytest.raises(Refused) as no:
        previews.of_case(made.rt, made.who("city"), case_id, "proof")
    assert [(p.code, p.params) for p in no.value.problems] == [("paper.no_glyph", {"characters": "\U0002fa1f"})]


def test_a_print_that_is_lost_on_the_way_can_be_tried_again(made, monkeypatch):
    row = delivered(made, approved(made))["proof"]
    city = made.who("city")

    def lost(sheet):
        raise PaperError("paper.worker_lost", False)

    with monkeypatch.context() as broken:
        broken.setattr(papers.press_of(made.rt), "render", lost)
        fresh = papers.reissue(made.rt, city, row["id"], "遗失")
        with pytest.raises(Refused) as no:
            papers.again(made.rt, city, fresh)
        assert no.value.problems[0].code == "paper.worker_lost"
    papers.again(made.rt, city, fresh)
    with made.rt.store.reading() as conn:
        held = documents.get(conn, fresh)
    assert (held["status"], held["number"], bool(held["blob"])) == ("issued", row["number"], True)


def test_delivering_twice_gives_one_document(made):
    case_id = approved(made)
    first = delivered(made, case_id)
    assert delivered(made, case_id) == first


def test_two_cases_get_consecutive_numbers(made):
    numbers = [
        delivered(made, approved(made, login, uscc=uscc))["proof"]["number"][-4:]
        for login, uscc in (("boss", ANSWERS["uscc"]), ("rival", "91370202MA3C000252"))
    ]
    assert numbers == ["0001", "0002"]


def test_only_an_office_of_the_case_revokes(made):
    row = delivered(made, approved(made))["proof"]
    with pytest.raises(Denied):
        papers.revoke(made.rt, made.who("boss"), row["id"], "试试")
    with pytest.raises(NotFound):
        papers.revoke(made.rt, made.who("rival"), row["id"], "试试")
    with pytest.raises(Refused):
        papers.revoke(made.rt, made.who("city"), row["id"], " ")


def test_a_reissue_keeps_the_number_and_takes_a_new_serial(made):
    case_id = approved(made)
    row = delivered(made, case_id)["proof"]
    manager = made.who("city")
    fresh = papers.reissue(made.rt, manager, row["id"], "遗失补发")
    with made.rt.store.reading() as conn:
        old, new = documents.get(conn, row["id"]), documents.get(conn, fresh)
    assert (old["status"], new["status"], new["number"]) == ("replaced", "issued", row["number"])
    assert new["serial"] == old["serial"] + 1
    assert papers.verify(made.rt, old["code"]).state == "replaced"
    papers.revoke(made.rt, manager, fresh, "不符合条件")
    assert papers.verify(made.rt, new["code"]).state == "revoked"
    keys = papers.keys(made.rt)["keys"]
    listed = papers.status_list(made.rt)
    assert proof.revoked_in(listed, new["facts"]["n"], keys) is True
    assert proof.revoked_in(listed, old["facts"]["n"], keys) is False


def test_a_refusal_prints_its_clauses_and_reason(made, tmp_path):
    case_id = made.submitted()
    made.act("shinan", case_id, "refuse", reason="人数不足", clauses=("一",))
    row = delivered(made, case_id)["notice"]
    said = words(papers.download(made.rt, made.who("boss"), row["id"])[1], tmp_path)
    assert "十人以上" in said
    assert "人数不足" in said


def test_a_foreign_document_is_not_found(made):
    row = delivered(made, approved(made))["proof"]
    with pytest.raises(NotFound):
        papers.download(made.rt, made.who("rival"), row["id"])


def test_an_unknown_code_says_nothing(made):
    found = papers.verify(made.rt, "7H3K-9QWM")
    assert (found.state, found.title, found.facts) == ("unknown", None, ())


def test_the_table_shows_the_opinion_and_hides_fields_with_readers_of_their_own(made, tmp_path):
    row = delivered(made, approved(made))["table"]
    said = words(papers.download(made.rt, made.who("city"), row["id"])[1], tmp_path)
    assert "shinan先生" in said
    assert "意见：属实" in said
    assert ANSWERS["uscc"] in said
    assert "账号" not in said
    assert "2026年11月23日" in said


def test_a_receipt_of_the_first_submission_says_whose_it_is(made):
    world = made
    flow = deepcopy(WORKFLOW) | {"id": "received"}
    flow["documents"] = {"receipt": {"kind": "receipt", "title": text("受理回执")}}
    sending = flow["states"]["draft"]["on"]["submit"]
    sending["actions"] = [*sending.get("actions", ()), {"issue": "receipt"}]       # before the next task is open
    world.publish(flow)
    case_id = world.start("boss", "received")
    assert world.act("boss", case_id, "submit", ANSWERS).ok
    with world.rt.store.reading() as conn:
        (row,) = documents.of_case(conn, case_id)
        sheet = sheets.sheet_of(world.rt, conn, row)
    assert (sheet.meta.to, sheet.meta.office) == (ANSWERS["name"], "市南区人社局")
