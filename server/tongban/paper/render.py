"""A sheet becomes a PDF: tagged, declared PDF/A-3a, fetching nothing but `data:` addresses."""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pydyf
from weasyprint import CSS, HTML, Attachment
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from tongban.paper import blocks, embed, fonts, pictures, styles
from tongban.paper.ink import escaped, plain
from tongban.paper.marks import Marks
from tongban.paper.printer import Printer
from tongban.paper.sheet import PaperError, Printed, Sheet

MAX_PAGES = 300
MAX_BYTES = 20_000_000
VARIANT = "pdf/a-3a"
SELDOM = (20_000, 20, 50)  # new objects between two looks for garbage, and looks between two deeper ones
SEAL_INK = 0.86  # the words under a seal stay readable
LETTERS = frozenset({"receipt", "return", "refusal", "decision", "letter", "notice", "list", "register"})


@lru_cache(maxsize=1)
def defaults() -> dict[str, dict[str, Any]]:
    """Layouts for documents whose definition gives no blocks."""
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("defaults.json").read_text("utf-8"))
    return found


def layout_of(kind: str, layout: Mapping[str, Any]) -> Mapping[str, Any]:
    """The layout with its kind's default where it has no blocks of its own."""
    if layout.get("blocks"):
        return layout
    known = defaults()
    return {
        **known.get("letter" if kind == "notice" else kind, known["letter"]),
        **{k: v for k, v in layout.items() if v},
    }


def render(sheet: Sheet, where: Path | None = None) -> Printed:
    """The PDF, unsigned. Same sheet, same bytes."""
    where = fonts.ready(where or fonts.folder())
    page, printer = html(sheet, where)
    document = lay(page, margins(printer), where)
    if len(document.pages) > MAX_PAGES:
        raise PaperError("paper.too_long", pages=MAX_PAGES)
    if sheet.meta.kind == "certificate" and len(document.pages) > 1 and not sheet.layout.get("many_pages"):
        raise PaperError("paper.one_page")
    made = dt.datetime.fromisoformat(sheet.meta.issued_on)
    files = [
        Attachment(string=content.decode(), name=name, relationship="Data", created=made, modified=made)
        for name, content in sheet.attachments.items()
    ]
    pdf = write(document, attachments=files, pdf_identifier=identifier(sheet))
    if len(pdf) > MAX_BYTES:
        raise PaperError("paper.too_large", limit=MAX_BYTES)
    return Printed(pdf, len(document.pages), "".join(sorted(printer.lost)))


def lay(page: str, css: str, where: Path) -> Document:
    """The pages, laid out."""
    config, base = _fonts(where)
    source = HTML(string=page, base_url=None, url_fetcher=fetcher())
    return source.render(stylesheets=[base, CSS(string=css, font_config=config)], font_config=config)


def write(document: Document, **options: Any) -> bytes:
    """The file of laid out pages."""
    return document.write_pdf(pdf_variant=VARIANT, finisher=_finish, **options) or b""


def _finish(document: Document, pdf: pydyf.PDF) -> None:
    """Put the seals where their stand-ins are: one red point, shown through the seal's ink, a little transparent.

    The colour profile is exchanged for one that says the same in a quarter of the bytes.
    """
    side = pictures.SEAL_PIXELS
    for one in [one for one in pdf.objects if isinstance(one, pydyf.Stream)]:
        if one.extra.get("N") == 3:
            one.stream = [pictures.colours()]
        if one.extra.get("Filter") != "/DCTDecode":
            continue
        held = pictures.ink(getattr(one.stream[0], "data", b""))
        if held is None:
            continue
        shape = {"Type": "/XObject", "Subtype": "/Image", "Width": side, "Height": side, "BitsPerComponent": 1}
        parms = pydyf.Dictionary({"K": -1, "Columns": side, "Rows": side})
        mask = pydyf.Stream([held], {**shape, "ColorSpace": "/DeviceGray", "Filter": "/CCITTFaxDecode",
                                     "DecodeParms": parms, "Decode": pydyf.Array([0, SEAL_INK])})
        pdf.add_object(mask)
        red = bytes.fromhex(pictures.SEAL_RED.removeprefix("#"))
        one.stream = [red]
        one.extra = {**shape, "Width": 1, "Height": 1, "BitsPerComponent": 8, "ColorSpace": "/DeviceRGB",
                     "SMask": mask.reference}
    pdf.objects[:] = [_Packed(one) if isinstance(one, pydyf.Stream) else one for one in pdf.objects]


class _Packed(pydyf.Stream):  # type: ignore[misc]
    """A stream that is compressed once: the file's identifier is made of all objects, which asks for each again."""

    data = b""

    def __init__(self, of: pydyf.Stream) -> None:
        super().__init__()
        self.number, self.generation, self.offset, self.free = of.number, of.generation, of.offset, of.free
        self.data = of.data


def identifier(sheet: Sheet) -> bytes:
    """The file's own mark: the same print gives the same one."""
    return hashlib.sha256(f"{sheet.meta.code} {sheet.meta.serial}".encode()).digest()[:16]


def fetcher() -> URLFetcher:
    """Fetches what stands in the document itself, and nothing from anywhere else."""
    return URLFetcher(allowed_protocols=["data"], allow_redirects=False)


def html(sheet: Sheet, where: Path, marks: Marks | None = None) -> tuple[str, Printer]:
    """The document's HTML; every value in it has been escaped. With `marks`, that of its template."""
    meta = sheet.meta
    layout = layout_of(meta.kind, sheet.layout)
    printer = Printer(sheet, where, layout, marks)
    body = blocks.write(printer, list(layout["blocks"]))
    printer.check()
    mark = (
        f'<div class="demo" aria-hidden="true">{printer.say("paper.demo" if meta.demo else "paper.copy")}</div>'
        if (meta.demo or meta.copy)
        else ""
    )
    frame = _frame(layout)
    css = "letter" if meta.kind in LETTERS else meta.kind
    created = f'<meta name="dcterms.created" content="{meta.issued_on}">' if meta.issued_on else ""
    page = (
        f'<!doctype html><html lang="{"zh-CN" if meta.lang == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<title>{escaped(plain(meta.title))}</title><meta name="author" content="{escaped(plain(meta.office))}">'
        f'{created}</head><body class="{css}">{frame}{mark}{body}</body></html>'
    )
    return page, printer


def _frame(layout: Mapping[str, Any]) -> str:
    if not (layout.get("page") or {}).get("frame"):
        return ""
    return '<div class="frame" style="top:-9mm;bottom:-6mm;left:-9mm;right:-9mm"></div>'


def margins(printer: Printer) -> str:
    """The style sheet of the paper and of what stands in its margins."""
    layout, meta = printer.layout, printer.meta
    numbers = (layout.get("page") or {}).get("numbers", meta.kind != "certificate")
    footer = printer.margin(layout["footer"]) if layout.get("footer") else []
    if not footer and numbers:
        footer = ["— ", "counter(page)", " —"]
    if meta.demo:
        note = printer.say("paper.demo_note")
        footer = [*footer, "　　" if footer else "", note]
    header = printer.margin(layout["header"]) if layout.get("header") else []
    return styles.page_css(layout, meta.kind, styles.content(header), styles.content(footer))


def warm(where: Path) -> None:
    """Load fonts and style sheet, so that the first document is not slower than the rest.

    What is loaded then stays, and a page is made of many small things that soon go: looking for garbage as often as
    Python does took a fifth of a document's time.
    """
    config, base = _fonts(where)
    HTML(string="<p>文 A</p>").render(stylesheets=[base], font_config=config).write_pdf(pdf_variant=VARIANT)
    gc.freeze()
    gc.set_threshold(*SELDOM)


@lru_cache(maxsize=1)
def _fonts(where: Path) -> tuple[FontConfiguration, CSS]:
    """Made once a process: a new font configuration a document costs 40 ms, and its memory is never given back."""
    embed.use(where)
    config = FontConfiguration()
    fetcher = URLFetcher(allowed_protocols=["file"])
    faces = CSS(string=fonts.stylesheet(where) + styles.BASE, font_config=config, url_fetcher=fetcher)
    return config, faces
