"""Signatures, offline payloads, the status list, numbers, and the processes that render."""

import datetime as dt
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from tests.paper import sheets
from tests.paper.office import meta

from tongban.paper import authority, check, numbers, pool, proof, render
from tongban.paper.sheet import Cell, PaperError, Section, Sheet, Value
from tongban.paper.sign import sign

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authority")
    return authority.make(folder, "青岛市人社局", NOW), proof.issuer(folder / "payload-key.pem"), folder


def keys(office) -> dict:
    signer, issuer, _ = office
    return {"keys": [issuer.jwk("青岛市人社局", True)], "certificates": [signer.certificate.read_text("ascii")]}


@pytest.fixture(scope="module")
def signed(office) -> bytes:
    return sign(render.render(sheets.decision()).pdf, office[0])


def test_poppler_and_pyhanko_accept_the_signature(office, signed, tmp_path):
    path = tmp_path / "d.pdf"
    path.write_bytes(signed)
    said = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert check.pdf(signed, keys(office)).state == "genuine"


@pytest.mark.parametrize("place", [200, 5_000, -900, -20])
def test_one_changed_byte_is_refused(office, signed, place):
    changed = bytearray(signed)
    changed[place] ^= 1
    assert check.pdf(bytes(changed), keys(office)).state in ("altered", "unsigned")


def test_an_appended_revision_is_refused(office, signed):
    assert check.pdf(signed + b"\n% more\n", keys(office)).state == "altered"


def test_a_strangers_signature_is_not_ours(office, signed, tmp_path):
    other = authority.make(tmp_path / "other", "别人", NOW)
    theirs = {"certificates": [other.certificate.read_text("ascii")]}
    assert check.pdf(signed, theirs).state == "stranger"
    assert check.pdf(render.render(sheets.decision()).pdf, theirs).state == "unsigned"


def test_the_browser_comes_to_the_same_answers(office, signed, tmp_path):
    script = Path(__file__).parents[2] / "pwa" / "js" / "verify.js"
    (tmp_path / "good.pdf").write_bytes(signed)
    bad = bytearray(signed)
    bad[5_000] ^= 1
    (tmp_path / "bad.pdf").write_bytes(bytes(bad))
    (tmp_path / "longer.pdf").write_bytes(signed + b" ")
    (tmp_path / "plain.pdf").write_bytes(render.render(sheets.decision()).pdf)
    code = f"""
        import {{ check }} from "{script.as_uri()}"; import {{ readFileSync }} from "node:fs";
        const ours = [readFileSync("{office[0].certificate}", "utf8")];
        for (const name of ["good", "bad", "longer", "plain"])
          console.log(await check(new Uint8Array(readFileSync(`{tmp_path}/${{name}}.pdf`)), ours));
        console.log(await check(new Uint8Array(readFileSync("{tmp_path}/good.pdf")), []));"""
    ran = subprocess.run(["node", "--input-type=module", "-e", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["sound", "altered", "altered", "unsigned", "stranger"]


def test_the_demo_authority_says_so_and_keeps_its_keys_private(office):
    signer, _, folder = office
    text = subprocess.run(
        ["openssl", "x509", "-in", signer.certificate, "-noout", "-subject", "-nameopt", "utf8"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "DEMO ONLY" in text
    assert all((folder / name).stat().st_mode & 0o077 == 0 for name in ("signing-key.pem", "payload-key.pem"))
    assert authority.make(folder, "x", NOW) == signer


def claims(index: int = 3) -> dict:
    return proof.claims(
        code="7H3K9QWM2XTB4RVD",
        number="Y0001",
        title="证书",
        issued="2026-11-22",
        until="",
        office="局",
        index=index,
        public={"姓名": "欧**"},
    )


def test_an_offline_payload_verifies_and_any_change_is_refused(office):
    _, issuer, _ = office
    jws = issuer.jws(claims())
    found = check.payload(jws, keys(office))
    assert (found.state, found.facts["姓名"], found.facts["number"]) == ("genuine", "欧**", "Y0001")
    for place in range(0, len(jws), 7):
        changed = jws[:place] + ("A" if jws[place] != "A" else "B") + jws[place + 1 :]
        assert check.payload(changed, keys(office)).state == "altered", place


def test_no_other_algorithm_is_taken(office):
    head = proof._b64(b'{"alg":"none","kid":"' + office[1].kid.encode() + b'"}')
    assert check.payload(f"{head}.e30.", keys(office)).state == "altered"


def test_the_status_list_names_the_revoked(office):
    _, issuer, _ = office
    listed = proof.status_list(issuer, [3, 17], 20, "2026-11-22T00:00:00Z")
    ours = keys(office)["keys"]
    assert [n for n in range(20) if proof.revoked_in(listed, n, ours)] == [3, 17]
    assert proof.revoked_in(listed, 20, ours) is None
    assert check.payload(issuer.jws(claims(3)), keys(office), listed).state == "revoked"
    assert check.payload(issuer.jws(claims(4)), keys(office), listed).state == "genuine"


# --- numbers -----------------------------------------------------------------------------------------------------

SKILL = {
    "parts": ["{org}", "{document.issued_on|yy}", {"value": "level", "width": 1}, {"counter": 6}],
    "per": ["{org}", "{document.issued_on|year}", "{level}"],
    "length": 22,
}


def values(org: str = "Y000137000001", level: str = "4", day: str = "2026-11-22") -> dict[str, Value]:
    return {"org": Value(org), "level": Value(level, text="四级"), "document.issued_on": Value(day, "date")}


class Counters(Counter):
    def take(self, name: str) -> int:
        self[name] += 1
        return self[name]


def test_a_skill_certificate_number_has_22_characters_and_counts_per_body_year_and_level():
    taken = Counters()
    found = [
        numbers.number(SKILL, "skill", values(*v), taken.take)
        for v in [
            ("Y000137000001", "4"),
            ("Y000137000001", "4"),
            ("Y000137000001", "3"),
            ("Y000244000001", "4"),
            ("Y000137000001", "4", "2027-01-01"),
        ]
    ]
    assert found == [
        "Y000137000001264000001",
        "Y000137000001264000002",
        "Y000137000001263000001",
        "Y000244000001264000001",
        "Y000137000001274000001",
    ]


@pytest.mark.parametrize("wrong", [{"org": Value("Y0001")}, {"org": Value(None)}, {"level": Value("12")}])
def test_a_number_that_cannot_be_made_takes_nothing(wrong):
    taken = Counters()
    with pytest.raises(PaperError):
        numbers.number(SKILL, "skill", {**values(), **wrong}, taken.take)
    assert not taken


def test_a_full_series_says_so():
    with pytest.raises(PaperError, match=r"paper\.number_full"):
        numbers.number(SKILL, "skill", values(), lambda _: 1_000_000)


def test_a_code_is_read_whatever_way_it_is_typed():
    code = numbers.code()
    assert len(code) == numbers.CODE_LENGTH
    assert numbers.typed(f" {numbers.spaced(code).lower()} ") == code
    assert numbers.typed("o0Il") == "0011"


def test_a_numbering_rule_is_checked_for_its_shape():
    assert [p.code for p in numbers.check({"parts": ["A"]}, "/n")] == ["document.number_counter"]
    assert [p.code for p in numbers.check({"parts": [{"counter": "six"}]}, "/n")] == ["document.number_part"]
    assert [p.code for p in numbers.check({}, "/n")] == ["document.number_parts"]


# --- processes ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_rendering_that_runs_too_long_costs_one_child_only(office):
    heavy = Section("f", "长", tuple(Cell(f"项{n}", "字" * 300, wide=True) for n in range(3_000)))
    with pool.Pool(1, office[0], seconds=1.5) as press:
        started = time.monotonic()
        with pytest.raises(PaperError, match=r"paper\.too_slow"):
            press.render(Sheet(meta("table", "表"), sections=(heavy,)))
        assert time.monotonic() - started < 60
        press.seconds = 60
        assert press.render(sheets.decision()).pages == 1


@pytest.mark.slow
def test_a_rendering_that_takes_too_much_memory_costs_one_child_only(office):
    heavy = Section("f", "长", tuple(Cell(f"项{n}", "字" * 300, wide=True) for n in range(30_000)))
    with pool.Pool(1, office[0], seconds=120, memory=500_000_000) as press:
        with pytest.raises(PaperError, match=r"paper\.(no_memory|failed|worker_lost)"):
            press.render(Sheet(meta("table", "表"), sections=(heavy,)))
        assert press.render(sheets.decision()).pages == 1


def test_a_problem_comes_back_from_the_child_as_it_is(office):
    with pool.Pool(1, office[0]) as press, pytest.raises(PaperError) as caught:
        press.render(replace(sheets.decision(), layout={"blocks": [{"text": "{nowhere}"}]}))
    assert (caught.value.code, caught.value.params) == ("paper.no_value", {"source": "nowhere"})


PARENT = """
import os, signal, sys
from pathlib import Path
from tests.paper import sheets
from tongban.paper.pool import Pool
press = Pool(1)
press.render(sheets.decision())
print(sum(found.stat().st_size for found in Path(os.environ["TMPDIR"]).rglob("*")), flush=True)
{ending}
"""


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["press.close()", "sys.exit()", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_whatever_ends_a_rendering_process_its_temporary_files_go(tmp_path, ending):
    made = subprocess.run([sys.executable, "-c", PARENT.format(ending=ending)], check=False, capture_output=True,
                          env=os.environ | {"TMPDIR": str(tmp_path)}, text=True)
    assert int(made.stdout) > 10_000_000, "the fonts were not unpacked where this looks"
    left = ["?"]
    until = time.monotonic() + 20
    while left and time.monotonic() < until:
        left = [str(found) for found in tmp_path.rglob("*") if found.is_file()]
        time.sleep(0.1)
    assert not left
