"""A sheet becomes a PDF: tagged, declared PDF/A-3a, fetching nothing but `data:` addresses."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from tongban.paper import blocks, fonts, styles
from tongban.paper.ink import escaped, plain
from tongban.paper.printer import Printer
from tongban.paper.sheet import PaperError, Sheet

MAX_PAGES = 300
MAX_BYTES = 20_000_000
VARIANT = "pdf/a-3a"
LETTERS = frozenset({"receipt", "return", "refusal", "decision", "letter", "notice", "list", "register"})


@dataclass(frozen=True, slots=True)
class Printed:
    """A rendered document. `lost`: characters that were printed as 〓 because no pinned face has them."""

    pdf: bytes
    pages: int
    lost: str = ""


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
    config, base = _fonts(where)
    sheet_css = CSS(string=_page(printer), font_config=config)
    source = HTML(string=page, base_url=None, url_fetcher=fetcher())
    document = source.render(stylesheets=[base, sheet_css], font_config=config)
    if len(document.pages) > MAX_PAGES:
        raise PaperError("paper.too_long", pages=MAX_PAGES)
    if sheet.meta.kind == "certificate" and len(document.pages) > 1 and not sheet.layout.get("many_pages"):
        raise PaperError("paper.one_page")
    made = dt.datetime.fromisoformat(sheet.meta.issued_on)
    files = [
        Attachment(string=content.decode(), name=name, relationship="Data", created=made, modified=made)
        for name, content in sheet.attachments.items()
    ]
    identifier = hashlib.sha256(f"{sheet.meta.code} {sheet.meta.serial}".encode()).digest()[:16]
    pdf = document.write_pdf(pdf_variant=VARIANT, attachments=files, pdf_identifier=identifier)
    if pdf is None or len(pdf) > MAX_BYTES:
        raise PaperError("paper.too_large", limit=MAX_BYTES)
    return Printed(pdf, len(document.pages), "".join(sorted(printer.lost)))


def fetcher() -> URLFetcher:
    """Fetches what stands in the document itself, and nothing from anywhere else."""
    return URLFetcher(allowed_protocols=["data"], allow_redirects=False)


def html(sheet: Sheet, where: Path) -> tuple[str, Printer]:
    """The document's HTML; every value in it has been escaped."""
    meta = sheet.meta
    layout = layout_of(meta.kind, sheet.layout)
    printer = Printer(sheet, where, layout)
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


def _page(printer: Printer) -> str:
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
    """Load fonts and style sheet, so that the first document is not slower than the rest."""
    config, base = _fonts(where)
    HTML(string="<p>文 A</p>").render(stylesheets=[base], font_config=config).write_pdf(pdf_variant=VARIANT)


@lru_cache(maxsize=1)
def _fonts(where: Path) -> tuple[FontConfiguration, CSS]:
    """Made once a process: a new font configuration a document costs 40 ms, and its memory is never given back."""
    config = FontConfiguration()
    fetcher = URLFetcher(allowed_protocols=["file"])
    faces = CSS(string=fonts.stylesheet(where) + styles.BASE, font_config=config, url_fetcher=fetcher)
    return config, faces
