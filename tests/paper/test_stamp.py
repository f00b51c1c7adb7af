"""What is stamped looks like what is rendered in full, reads the same and is signed; the rest is not stamped."""

import datetime as dt
import io
import subprocess
from dataclasses import replace

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageFilter
from tests.paper import sheets
from tests.paper.test_pictures import drawn

from tongban.paper import authority, check, fonts, glyphs, render, stamp
from tongban.paper.sheet import PaperError

NAMES = ("王伟", "欧阳赟珺", "王䶮", "李𬭎", "买买提·阿不都", "Anna Müller", "张 A", "刘芳")


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    return authority.make(tmp_path_factory.mktemp("keys") / "a", "测试机构", dt.datetime.now(dt.UTC))


@pytest.fixture(scope="module")
def stamps(signer):
    made = stamp.Stamps(fonts.ready(fonts.folder()), signer)
    assert made.make(certificate(100)) is None, "the first of a layout is rendered in full"
    return made


def certificate(n: int, name: str = ""):
    base = sheets.certificate()
    said = name or NAMES[n % len(NAMES)]
    values = {**base.values, "name": replace(base.values["name"], value=said, text=said)}
    meta = replace(base.meta, number=f"S000137020226{n:09d}", serial=f"{n:08d}", code=f"7H3K-9QWM-2XTB-{n:04d}",
                   verify_url=f"https://tongban.example/verify/7H3K9QWM2XTB{n:04d}")
    return replace(base, values=values, meta=meta)


def words(pdf: bytes) -> str:
    said = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return said.stdout.decode()


def uncovered(one: Image.Image, other: Image.Image) -> float:
    """How much of the ink of one picture is nowhere near ink of the other: a line of Latin letters alone sits 0.2 mm
    higher in a full rendering, which is less than the two points that this forgives."""
    ink = one.point(lambda level: 255 if level < 120 else 0)
    near = other.filter(ImageFilter.MinFilter(5)).point(lambda level: 255 if level < 200 else 0)
    return ImageChops.subtract(ink, near).histogram()[255] / (one.width * one.height)


def test_a_missing_name_would_be_seen():
    one, other = (drawn(render.render(certificate(1, name)).pdf, 100) for name in ("王伟", "欧阳赟珺"))
    assert max(uncovered(one, other), uncovered(other, one)) > 0.0001


@pytest.mark.slow
@pytest.mark.parametrize("n", range(len(NAMES)))
def test_a_stamped_certificate_looks_and_reads_like_a_rendered_one(stamps, signer, n):
    made, full = stamps.make(certificate(n)), render.render(certificate(n))
    assert made is not None
    assert words(made.pdf).split() == words(full.pdf).split()
    assert NAMES[n].replace(" ", "") in words(made.pdf).replace(" ", "")
    one, other = drawn(made.pdf, 100), drawn(full.pdf, 100)
    assert max(uncovered(one, other), uncovered(other, one)) < 0.0001
    assert check.pdf(made.pdf, {"certificates": [signer.certificate.read_text()]}).state == "genuine"


def test_a_changed_byte_of_a_stamped_certificate_is_refused(stamps, signer):
    made = stamps.make(certificate(1)).pdf
    keys = {"certificates": [signer.certificate.read_text()]}
    for at in (40, len(made) // 2, len(made) - 40):
        altered = made[:at] + bytes([made[at] ^ 1]) + made[at + 1 :]
        assert check.pdf(altered, keys).state != "genuine"


def test_poppler_accepts_the_signature_of_a_stamped_certificate(stamps, tmp_path):
    path = tmp_path / "one.pdf"
    path.write_bytes(stamps.make(certificate(2)).pdf)
    said = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said


def test_a_stamped_certificate_is_tagged_declared_and_small(stamps):
    made = stamps.make(certificate(3)).pdf
    assert len(made) <= 50 * 1024
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert pdf.Root.MarkInfo.Marked
        assert pdf.open_metadata().pdfa_status == "3A"
        assert pdf.Root.AcroForm.Fields[0].TU
        assert "/TongbanFonts" not in pdf.Root
        assert all("/FontFile2" in f.DescendantFonts[0].FontDescriptor for f in pdf.pages[0].Resources.Font.values())


def test_what_does_not_fit_its_line_is_not_stamped(stamps):
    assert stamps.make(certificate(4, "很长的名字" * 30)) is None
    assert stamps.make(certificate(4, "两\n行")) is None


def test_documents_that_differ_in_running_text_do_not_share_a_template(stamps):
    other = certificate(5)
    blocks = [{"text": {"zh": "另一种正文。", "en": "Other words."}}, *other.layout["blocks"]]
    changed = replace(other, layout={**other.layout, "blocks": blocks})
    assert stamps.make(changed) is None
    made = stamps.make(changed)
    assert made is not None
    assert "另一种正文" in words(made.pdf)


@pytest.mark.parametrize("make", [sheets.table, sheets.agreement])
def test_what_reflows_is_rendered_in_full(signer, make):
    fresh = stamp.Stamps(fonts.folder(), signer)
    assert [fresh.make(make()) for _ in range(3)] == [None, None, None]


def test_a_letter_that_no_face_has_is_refused_as_ever(stamps):
    with pytest.raises(PaperError) as refused:
        stamps.make(certificate(6, "王\U000e0100\U0002ffff"))
    assert refused.value.code == "paper.no_glyph"


def test_no_pinned_face_has_glyphs_composed_of_others():
    for one in fonts.FACES:
        face = glyphs.face(fonts.folder(), one.family, one.weight >= 600)
        if face is not None:
            content, place = face.cut(face.cmap.values())
            assert len(place) >= len(set(face.cmap.values()))
            assert content[:4] == b"\x00\x01\x00\x00"
