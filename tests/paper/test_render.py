"""What is printed: the right characters, nothing fetched, nothing obeyed that a value says."""

import io
import subprocess
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pikepdf
import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from PIL import Image
from tests.paper import office, sheets

from tongban.engine.layout import FORMATS
from tongban.paper import blocks, fonts, formats, render
from tongban.paper.sheet import Cell, PaperError, Section, Sheet, Value


def words(pdf: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def table_with(value: str) -> Sheet:
    return Sheet(office.meta("table", "表"), sections=(Section("f", "内容", (Cell("说明", value, wide=True),)),))


@pytest.mark.parametrize("name", sheets.ALL)
def test_every_kind_prints_its_text_and_is_tagged_and_declared(name):
    sheet = sheets.ALL[name]()
    printed = render.render(sheet)
    assert sheet.meta.title in words(printed.pdf).replace(" ", "")
    with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
        root = pdf.Root
        assert bool(root.MarkInfo.Marked) is True
        assert str(root.Lang).startswith("zh")
        assert "/StructTreeRoot" in root
        xmp = root.Metadata.read_bytes()
        assert b"<pdfaid:part>3</pdfaid:part>" in xmp or b'pdfaid:part="3"' in xmp
        assert b"<pdfaid:conformance>A</pdfaid:conformance>" in xmp or b'pdfaid:conformance="A"' in xmp
        assert "/OutputIntents" in root or "/AF" in root or pdf.pdf_version >= "1.7"
        assert all(font_is_embedded(font) for page in pdf.pages for font in page.Resources.Font.values())
        assert "/JavaScript" not in root.get("/Names", {})


def font_is_embedded(font: pikepdf.Object) -> bool:
    held = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    return any(key in held.FontDescriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_the_faces_in_a_file_hold_the_very_shapes_and_widths_of_the_pinned_ones():
    with pikepdf.open(io.BytesIO(render.render(sheets.receipt()).pdf)) as pdf:
        held = [font.DescendantFonts[0].FontDescriptor for font in pdf.pages[0].Resources.Font.values()]
        cut = {str(one.FontName): TTFont(io.BytesIO(one.FontFile2.read_bytes())) for one in held if "/FontFile2" in one}
    for name, font in cut.items():
        file = {"TB-Song": "song.ttf", "TB-Song-Bold": "song-bold.ttf", "TB-Fang": "fang.ttf", "TB-Latin": "latin.ttf",
                "TB-Hei": "hei.ttf", "TB-Light": "light.ttf"}[name.partition("+")[2].rstrip(",")]
        with TTFont(fonts.folder() / file, lazy=True) as whole:
            shown = [n for n in range(1, font["maxp"].numGlyphs) if font["loca"][n] != font["loca"][n + 1]]
            assert shown
            for number in shown:
                mine, theirs = font.getGlyphName(number), whole.getGlyphName(number)
                assert font["glyf"][mine].compile(font["glyf"]) == whole["glyf"][theirs].compile(whole["glyf"])
                assert font["hmtx"][mine] == whole["hmtx"][theirs]


def test_both_codes_are_read_off_the_printed_page():
    sheet = sheets.certificate()
    drawn = subprocess.run(["pdftoppm", "-r", "150", "-gray", "-"], input=render.render(sheet).pdf,
                           capture_output=True, check=True).stdout
    with Image.open(io.BytesIO(drawn)) as page:
        read = {code.text for code in zxingcpp.read_barcodes(page)}
    assert read == {sheet.meta.verify_url, sheet.meta.payload}


def test_an_office_has_a_place_for_its_seal_and_a_person_signs_by_hand():
    sheet = sheets.agreement()
    open_ones = tuple(replace(one, seal=None) for one in sheet.signatures)
    said = words(render.render(replace(sheet, signatures=open_ones)).pdf).replace(" ", "")
    assert "广东粤海智能装备有限公司（盖章）" in said
    assert "丙方：钟𬭎" in said
    assert "钟𬭎（盖章）" not in said
    assert "钟建国（盖章）" not in said


def test_rare_characters_of_names_are_printed_and_read_back():
    printed = render.render(sheets.certificate(name="赟珺䶮𬭎㛃"))
    assert "赟珺䶮𬭎㛃" in words(printed.pdf)
    assert printed.lost == ""


def test_a_certificate_with_a_character_that_no_font_has_is_refused():
    with pytest.raises(PaperError) as caught:
        render.render(sheets.certificate(name="张\U0002fa1f"))
    assert (caught.value.code, caught.value.params) == ("paper.no_glyph", {"characters": "\U0002fa1f"})


def test_a_table_prints_the_mark_for_it_and_says_so():
    printed = render.render(table_with("很好😀"))
    assert "很好〓" in words(printed.pdf)
    assert printed.lost == "😀"


def test_a_certificate_never_prints_an_empty_value():
    with pytest.raises(PaperError) as caught:
        render.render(
            replace(sheets.certificate(), layout={"blocks": [{"text": "{name}"}]}, values={"name": Value(None)})
        )
    assert caught.value.code == "paper.no_value"


HOSTILE = {
    "markup": ("<script>alert(1)</script><h1>大</h1>&lt;", "<script>alert(1)</script><h1>大</h1>&lt;"),
    "directions": ("金额\u202e001\u2066x\u200f", "金额001x"),
    "controls": ("甲\x00乙\x1b[31m丙\x7f", "甲乙[31m丙"),
    "braces": ("{document.number} {{x}}", "{document.number} {{x}}"),
    "surrogates": ("甲\ud800乙", "甲乙"),
    "style": ("</td><style>*{display:none}</style>", "</td><style>*{display:none}</style>"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_value_is_printed_as_the_text_it_is(name):
    given, wanted = HOSTILE[name]
    assert wanted.replace(" ", "") in words(render.render(table_with(given)).pdf).replace(" ", "").replace("\n", "")


@pytest.mark.slow
def test_a_hundred_thousand_characters_are_cut_visibly():
    printed = render.render(table_with("长" * 100_000))
    assert "全文共100000字" in words(printed.pdf).replace(" ", "").replace("\n", "")
    assert printed.pages < 40


def test_nothing_is_fetched_whatever_a_value_names(tmp_path):
    asked = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim", "utf-8")
    port = server.server_address[1]
    urls = f'<img src="http://127.0.0.1:{port}/a"><link rel=attachment href="file://{secret}">@import url(http://127.0.0.1:{port}/b)'
    sheet = replace(
        table_with(urls),
        layout={
            "blocks": [
                {"title": urls},
                {"form": True},
                {"text": urls, "style": {"font": f"url(http://127.0.0.1:{port}/c)"}},
            ],
            "header": urls,
            "footer": f"url(file://{secret})",
        },
    )
    try:
        printed = render.render(sheet)
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []
    assert "geheim" not in words(printed.pdf)
    with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
        assert not pdf.attachments


def test_the_fetcher_itself_refuses_files_and_the_network(tmp_path):
    page = f'<img src="file://{tmp_path}/x.png"><img src="http://127.0.0.1:9/x.png">'
    fetcher = render.fetcher()
    for url in (f"file://{tmp_path}/x", "http://127.0.0.1:9/x", "ftp://127.0.0.1/x"):
        with pytest.raises(Exception, match=r"(?i)protocol|not allowed|forbidden"):
            fetcher.fetch(url)
    assert page


def test_a_code_that_cannot_hold_its_facts_is_refused_in_words():
    sheet = sheets.certificate()
    with pytest.raises(PaperError) as caught:
        render.render(replace(sheet, meta=replace(sheet.meta, payload="x" * 3000)))
    assert caught.value.code == "paper.code_too_long"


def test_what_is_no_picture_is_refused():
    for content in (b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", b""):
        sheet = replace(sheets.certificate(), pictures={"photo": content})
        if content:
            with pytest.raises(PaperError, match=r"paper\.not_an_image"):
                render.render(sheet)


def test_the_same_sheet_gives_the_same_bytes():
    assert render.render(sheets.table()).pdf == render.render(sheets.table()).pdf


def test_a_certificate_has_one_page():
    layout = {"blocks": [{"title": "t"}, {"page_break": True}, {"text": "x"}]}
    with pytest.raises(PaperError, match=r"paper\.one_page"):
        render.render(replace(sheets.certificate(), layout=layout))


def test_the_code_of_a_table_never_stands_on_a_page_of_its_own():
    def pages(rows: int) -> list[str]:
        more = Section("more", "其他", tuple(Cell(f"事项{n}", "有", wide=True) for n in range(rows)))
        sheet = sheets.table()
        return words(render.render(replace(sheet, sections=(*sheet.sections, more))).pdf).split("\f")[:-1]

    last = [pages(rows)[-1] for rows in (16, 18, 20, 22)]
    assert all("查验码" in one for one in last)
    assert min(len("".join(one.split())) for one in last) > 50


def test_every_format_of_the_engine_can_be_written():
    assert set(formats.FORMATS) == FORMATS


@pytest.mark.parametrize(
    ("value", "form", "wanted"),
    [
        (Value("2026-11-22", "date"), "date", "2026年11月22日"),
        (Value("2026-11-22", "date"), "date_cn", "二〇二六年十一月二十二日"),
        (Value("2026-11-22T16:30:00Z", "datetime"), "text", "2026年11月23日 00:30"),
        (Value(500000000, "decimal", 2), "capitals", "伍佰万元整"),
        (Value(500000000, "decimal", 2), "money", "5,000,000.00"),
        (Value(380, "decimal", 2), "percent", "3.80%"),
        (Value("370202199003150180"), "masked", "3702**********0180"),
        (Value("张三"), "masked", "张*"),
        (Value("欧阳赟珺"), "masked", "欧***"),
        (Value("13905321234"), "masked", "1390***1234"),
        (Value("4"), "level", "四级/中级工"),
        (Value(""), "dash", "--"),
        (Value(7, "int"), "number:4", "0007"),
    ],
)
def test_formats_write_as_officials_do(value, form, wanted):
    name, _, argument = form.partition(":")
    assert formats.show(value, name, argument) == wanted


def test_a_layout_with_unknown_parts_is_told_where():
    layout = {
        "styles": {"a": {"font": "Comic"}},
        "blocks": [
            {"tex": "x"},
            {"text": "x", "style": "b"},
            {"text": "x", "colour": "red"},
            {"side": [[{"texxt": 1}]]},
        ],
    }
    assert [(p.code, p.at) for p in blocks.check(layout, "/documents/d")] == [
        ("document.unknown_style", "/documents/d/styles/a/font"),
        ("document.unknown_block", "/documents/d/blocks/0"),
        ("document.unknown_style", "/documents/d/blocks/1/style"),
        ("document.unknown_key", "/documents/d/blocks/2/colour"),
        ("document.unknown_block", "/documents/d/blocks/3/side/0/0"),
    ]
