"""Many documents of one layout: the template is laid out once, each document's values are written into it.

A value is stamped where it has its line to itself (facts, tables, numbers, codes, photos) and fits. Whatever stands
inside running text is part of the template, so documents that differ there have different templates. One page only,
no attachments. Whatever does not fit these rules is rendered in full by the caller.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from weasyprint.document import Document
from weasyprint.formatting_structure import boxes

from tongban.paper import fonts, glyphs, marks, pictures, render
from tongban.paper.blank import Blank, compressed, stream
from tongban.paper.letters import Family, Letters, Line, Unprintable
from tongban.paper.sheet import Sheet
from tongban.paper.sign import Signer, seal

KEPT = 64  # templates of a process; one takes about 300 KB
_TEXT = re.compile(rb"BT\n1 0 0 -1 (\S+) (\S+) Tm\n.*?ET\n", re.DOTALL)
_HEX = re.compile(rb"<([0-9a-f]*)>")


class Unfit(Exception):
    """This document cannot be stamped."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one mark was: its place on the page, its letters, and how much room there is."""

    x: float
    y: float
    size: float
    family: Family
    room: float
    shift: float  # share of the spare room that goes before the text
    width: float  # of the mark


class Stamps:
    """The templates of one process. The first document of a layout is rendered in full: most have no second."""

    def __init__(self, where: Path, signer: Signer) -> None:
        self._where, self._signer = where, signer
        self._known: OrderedDict[bytes, Template | bool | None] = OrderedDict()

    def make(self, sheet: Sheet) -> render.Printed | None:
        """The signed document; None = render it in full."""
        if sheet.attachments or sheet.meta.copy:
            return None
        found = marks.Marks()
        page, printer = render.html(sheet, self._where, found)
        css = render.margins(printer)
        key = hashlib.sha256(f"{page}\0{css}".encode()).digest()
        known = self._known.get(key, True)
        if known is True or not found.texts:
            self._known[key] = False
        elif known is False:
            self._known[key] = known = _template(page, css, self._where, found)
        self._known.move_to_end(key)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        if not isinstance(known, Template):
            return None
        try:
            pdf = known.fill(found, render.identifier(sheet), self._signer)
        except (Unfit, Unprintable):
            return None
        return render.Printed(pdf, 1, "".join(sorted(printer.lost)))


def _template(page: str, css: str, where: Path, found: marks.Marks) -> Template | None:
    try:
        return Template(render.lay(page, css, where), where, found)
    except Unfit:
        return None


class Template:
    """A laid out page with gaps."""

    def __init__(self, document: Document, where: Path, found: marks.Marks) -> None:
        if len(document.pages) != 1:
            raise Unfit
        self._where = where
        boxed = dict(_marked(document.pages[0]._page_box, found))
        with pikepdf.open(io.BytesIO(render.write(document))) as pdf:
            self._cut(pdf, boxed, found)

    def _cut(self, pdf: pikepdf.Pdf, boxed: dict[int, Spot], found: marks.Marks) -> None:
        page = pdf.pages[0].obj
        content = page.Contents.read_bytes()
        self._pieces, self._spots = _pieces(content, boxed, _hexes(self._where))
        if len(self._spots) != len(found.texts):
            raise Unfit
        self._pictures = _pictures(page, len(found.codes) + len(found.photos))
        rest = b"".join(self._pieces)
        named = {name: font for name, font in page.Resources.Font.items() if name.encode() + b" " in rest}
        page.Resources.Font = pdf.make_indirect(pikepdf.Dictionary())
        self._named = [(name, font.objgen[0]) for name, font in named.items()]
        kept = pdf.make_indirect(pikepdf.Array(list(named.values())))  # keeps the fonts from being swept away
        pdf.Root[pikepdf.Name.TongbanFonts] = kept
        gap = pdf.make_indirect(pikepdf.Dictionary())
        _field(pdf, page, gap)
        swept = io.BytesIO()
        pdf.save(swept, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        with pikepdf.open(swept) as clean:
            self._lay_out(clean)

    def _lay_out(self, pdf: pikepdf.Pdf) -> None:
        """Numbers changed in the sweep: note those of the gaps, then keep everything else as it is."""
        page = pdf.pages[0].obj
        self._content = page.Contents.objgen[0]
        self._fonts = page.Resources.Font.objgen[0]
        kept = pdf.Root.TongbanFonts
        self._named = [(name, font.objgen[0]) for (name, _), font in zip(self._named, kept, strict=True)]
        del pdf.Root[pikepdf.Name.TongbanFonts]
        self._signature = pdf.Root.AcroForm.Fields[0].V.objgen[0]
        self._images = {}
        for name, one in page.Resources.XObject.items():
            if name in self._pictures:
                self._images[self._pictures[name]] = one.objgen[0]
        gaps = {self._content, self._fonts, self._signature, kept.objgen[0], *self._images.values()}
        self._blank = Blank(pdf, frozenset(gaps))

    def fill(self, found: marks.Marks, identifier: bytes, signer: Signer) -> bytes:
        """The signed file of one document."""
        letters = Letters(self._where)
        parts = [self._pieces[0]]
        for spot, said, piece in zip(self._spots, found.texts, self._pieces[1:], strict=True):
            parts += [_placed(spot, letters.line(said, spot.family)), piece]
        loose: dict[int, bytes] = {}
        streams = {self._content: compressed(b"".join(parts)), **self._image_streams(found)}
        named = letters.embed(self._blank.size, loose, streams)
        every = [*self._named, *named]
        loose[self._fonts] = b"<<%s>>" % b"".join(b"%s %d 0 R " % (n.encode(), at) for n, at in every)
        room, sealed = seal(signer)
        return self._blank.write(loose, streams, identifier, self._signature, room, sealed)

    def _image_streams(self, found: marks.Marks) -> dict[int, bytes]:
        made = {}
        for number, content, error in found.codes:
            side, bits = pictures.qr_bits(content, error)
            made[self._images[number]] = compressed(bits, **_image(side, side, "DeviceGray", 1))
        for number, content in found.photos:
            jpeg, width, height = pictures.measured(content)
            said = pikepdf.Dictionary(**_image(width, height, "DeviceRGB", 8), Filter=pikepdf.Name.DCTDecode)
            made[self._images[number]] = stream(said.unparse(), jpeg)
        return made


def _image(width: int, height: int, space: str, bits: int) -> dict[str, Any]:
    name = pikepdf.Name
    return {"Type": name.XObject, "Subtype": name.Image, "Width": width, "Height": height,
            "ColorSpace": name("/" + space), "BitsPerComponent": bits, "Interpolate": False}


def _field(pdf: pikepdf.Pdf, page: Any, value: Any) -> None:
    """The invisible field that carries the signature."""
    name = pikepdf.Name
    title = str(pdf.docinfo.get("/Title", "Issuer"))
    field = pdf.make_indirect(pikepdf.Dictionary(
        FT=name.Sig, T="Issuer", TU=title, Type=name.Annot, Subtype=name.Widget, F=132, Rect=[0, 0, 0, 0], P=page,
        V=value,
    ))
    page.Annots = pikepdf.Array([field])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]), SigFlags=3)


def _placed(spot: Spot, line: Line) -> bytes:
    width = line.width * spot.size
    if width > spot.room + 0.01:
        raise Unfit
    x = spot.x - spot.shift * (width - spot.width)
    runs = b"".join(b"%s %g Tf\n[%s] TJ\n" % (name.encode(), spot.size, shown) for name, shown in line.runs)
    return b"BT\n1 0 0 -1 %.3f %.3f Tm\n%sET\n" % (x, spot.y, runs)


def _marked(box: Any, found: marks.Marks, around: tuple[Any, ...] = ()) -> Any:
    """Every mark's box on the page, with the blocks around it: (mark, spot without its place)."""
    if isinstance(box, boxes.TextBox):
        number = int(box.text) - marks.FIRST if box.text.isdecimal() and len(box.text) == 8 else -1
        if 0 <= number < len(found.texts):
            yield number, _spot(box, around)
        return
    for child in getattr(box, "children", ()):
        yield from _marked(child, found, (*around, box))


def _spot(box: Any, around: tuple[Any, ...]) -> Spot:
    blocks = [one for one in around if isinstance(one, boxes.BlockContainerBox)]
    near = blocks[-1]
    shift = {"center": 0.5, "right": 1.0, "end": 1.0}.get(near.style["text_align_all"], 0.0)
    if isinstance(near, boxes.InlineBlockBox) and not shift:
        near = next(one for one in reversed(blocks) if not isinstance(one, boxes.InlineBlockBox))
    room = near.width if shift else near.content_box_x() + near.width - box.position_x
    style = box.style
    if style["letter_spacing"] not in ("normal", 0):
        raise Unfit
    family = Family(tuple(style["font_family"]), style["font_weight"] >= 600)
    return Spot(0, 0, style["font_size"], family, room, shift, box.width)


def _hexes(where: Path) -> list[dict[bytes, str]]:
    """Each face's glyphs of the digits, as they stand in a page's content."""
    found = []
    for one in fonts.FACES:
        face = glyphs.face(where, one.family, one.weight >= 600)
        if face is not None:
            found.append({b"%04x" % face.cmap[ord(digit)]: digit for digit in "0123456789"})
    return found


def _pieces(content: bytes, boxed: dict[int, Spot], digits: list[dict[bytes, str]]) -> tuple[list[bytes], list[Spot]]:
    """The page's content cut at its marks, in the order of the marks' numbers, which is the order of the page."""
    pieces, spots, at = [], [], 0
    for text in _TEXT.finditer(content):
        run = b"".join(_HEX.findall(text[0]))
        codes = [run[i : i + 4] for i in range(0, len(run), 4)]
        said = next((s for known in digits if len(s := "".join(known.get(c, "?") for c in codes)) == 8 and
                     s.isdecimal()), "")
        number = int(said) - marks.FIRST if said else -1
        if number not in boxed:
            continue
        if number != len(spots):
            raise Unfit
        held = boxed[number]
        spots.append(Spot(float(text[1]), float(text[2]), held.size, held.family, held.room, held.shift, held.width))
        pieces.append(content[at : text.start()])
        at = text.end()
    return [*pieces, content[at:]], spots


def _pictures(page: Any, count: int) -> dict[str, int]:
    """Which picture of the page stands for which mark."""
    wanted = {marks.picture(number): number for number in range(count)}
    found = {}
    for name, one in page.Resources.XObject.items():
        number = wanted.get(one.read_raw_bytes())
        if number is not None:
            found[name] = number
    if len(found) != count:
        raise Unfit
    return found
