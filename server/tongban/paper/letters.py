"""Lines of text in the pinned faces, measured and embedded: the letters of one stamped document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tongban.paper import glyphs
from tongban.paper.blank import compressed
from tongban.paper.printer import GAP

_BLANKS = re.compile(" +")
QUARTER = 0.25  # em: what the style sheet leaves between Chinese and other letters


@dataclass(frozen=True, slots=True)
class Family:
    """Faces in the order in which they are asked for a letter."""

    names: tuple[str, ...]
    bold: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Width in ems, and what each face shows."""

    width: float
    runs: tuple[tuple[str, bytes], ...]


class Unprintable(ValueError):
    """A letter that none of the faces can be cut for."""


@dataclass(slots=True)
class _Used:
    face: glyphs.Face
    name: str  # in the page's resources
    family: str
    glyphs: dict[int, int]  # glyph -> place in the cut face
    said: dict[int, str]  # place -> letter


class Letters:
    """Collects what a document needs of each face."""

    def __init__(self, where: Path) -> None:
        self._where = where
        self._used: dict[tuple[str, bool], _Used] = {}

    def line(self, said: str, family: Family) -> Line:
        """One line, set."""
        said = _BLANKS.sub(" ", said).strip()
        gaps = {found.start() for found in GAP.finditer(said)}
        width, runs = 0.0, list[tuple[str, bytearray]]()
        for at, letter in enumerate(said):
            if at in gaps:
                width += QUARTER
                runs[-1][1].extend(b" -250 ")
                continue
            used, glyph = self._find(letter, family)
            place = used.glyphs.setdefault(glyph, len(used.glyphs) + 1)
            used.said.setdefault(place, letter)
            if not runs or runs[-1][0] != used.name:
                runs.append((used.name, bytearray()))
            runs[-1][1].extend(b"<%04x>" % place)
            width += used.face.advance(glyph) / used.face.upem
        return Line(width, tuple((name, bytes(shown).replace(b"><", b"")) for name, shown in runs))

    def _find(self, letter: str, family: Family) -> tuple[_Used, int]:
        for name in family.names:
            face = glyphs.face(self._where, name, family.bold)
            if face is None or letter == "\n":
                raise Unprintable(name)
            glyph = face.cmap.get(ord(letter))
            if glyph:
                key = (name, family.bold)
                used = self._used.get(key) or _Used(face, f"/S{len(self._used)}", name, {}, {})
                return self._used.setdefault(key, used), glyph
        raise Unprintable(letter)

    def embed(self, number: int, loose: dict[int, bytes], streams: dict[int, bytes]) -> Sequence[tuple[str, int]]:
        """Put the cut faces behind the document, from object `number` on. Gives their names and numbers."""
        found = []
        for used in self._used.values():
            content, place = used.face.cut(used.glyphs)
            if any(place[glyph] != at for glyph, at in used.glyphs.items()):
                raise ValueError("glyphs moved")
            tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(content).digest()[:6])
            _font(used, f"/{tag}+{used.family.replace(' ', '-')}-S".encode(), number, loose)
            streams[number + 3] = compressed(content, Length1=len(content))
            streams[number + 4] = compressed(_unicode(used.said))
            found.append((used.name, number))
            number += 5
        return found


def _font(used: _Used, name: bytes, number: int, loose: dict[int, bytes]) -> None:
    face = used.face
    scale = 1000 / face.upem
    widths = b" ".join(b"%d" % round(face.advance(glyph) * scale) for glyph in used.glyphs)
    box = b" ".join(b"%d" % round(edge * scale) for edge in face.box)
    system = b"<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
    high, low = round(face.ascent * scale), round(face.descent * scale)
    loose[number] = (
        b"<</Type/Font/Subtype/Type0/BaseFont%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
        % (name, number + 1, number + 4)
    )
    loose[number + 1] = (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont%s/CIDSystemInfo%s/CIDToGIDMap/Identity/DW 1000/W[1[%s]]"
        b"/FontDescriptor %d 0 R>>" % (name, system, widths, number + 2)
    )
    loose[number + 2] = (
        b"<</Type/FontDescriptor/FontName%s/Flags 4/FontBBox[%s]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d"
        b"/StemV 80/FontFile2 %d 0 R>>" % (name, box, high, low, high, number + 3)
    )


def _unicode(said: dict[int, str]) -> bytes:
    """The map from glyphs back to letters."""
    lines = [b"<%04x> <%s>" % (place, letter.encode("utf-16-be").hex().encode()) for place, letter in said.items()]
    parts = [b"%d beginbfchar\n%s\nendbfchar" % (len(lines[at : at + 100]), b"\n".join(lines[at : at + 100]))
             for at in range(0, len(lines), 100)]
    return (
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) "
        b"/Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        b"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n%s\n"
        b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend" % b"\n".join(parts))
