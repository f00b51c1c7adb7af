"""Measures and cuts the pinned TrueType faces: what a stamped value needs of a face, and nothing of the rest."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

from tongban.paper import fonts

COMPOSED = b"\xff\xff"
_TABLES = ("head", "hhea", "maxp", "hmtx", "loca")


class Face:
    """One face file in memory."""

    def __init__(self, path: Path) -> None:
        with TTFont(path, lazy=True) as font:
            self.cmap: dict[int, int] = {c: font.getGlyphID(name) for c, name in font.getBestCmap().items()}
            raw = {tag: font.reader[tag] for tag in _TABLES}
            shapes = font.reader.tables["glyf"]
        with path.open("rb") as file:       # shared by all processes, read where it is wanted
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        self._glyf = whole[shapes.offset : shapes.offset + shapes.length]
        self.head, self.hhea, self.maxp = raw["head"], raw["hhea"], raw["maxp"]
        self.upem = struct.unpack(">H", self.head[18:20])[0]
        self.box = struct.unpack(">4h", self.head[36:44])
        self.ascent, self.descent = struct.unpack(">2h", self.hhea[4:8])
        count, long = struct.unpack(">H", self.maxp[4:6])[0], struct.unpack(">h", self.head[50:52])[0]
        form = f">{count + 1}{'I' if long else 'H'}"
        step = 1 if long else 2
        self._loca = [at * step for at in struct.unpack(form, raw["loca"][: struct.calcsize(form)])]
        self._hmtx = raw["hmtx"]
        self._wide = struct.unpack(">H", self.hhea[34:36])[0]

    def advance(self, glyph: int) -> int:
        """Width of a glyph in units of the em."""
        at = 4 * min(glyph, self._wide - 1)
        return int(struct.unpack(">H", self._hmtx[at : at + 2])[0])

    def _bearing(self, glyph: int) -> int:
        at = 4 * glyph + 2 if glyph < self._wide else 4 * self._wide + 2 * (glyph - self._wide)
        return int(struct.unpack(">h", self._hmtx[at : at + 2])[0])

    def _shape(self, glyph: int) -> bytes:
        return bytes(self._glyf[self._loca[glyph] : self._loca[glyph + 1]])

    def cut(self, wanted: Iterable[int]) -> tuple[bytes, dict[int, int]]:
        """A font file of these glyphs alone, and where each went. Glyph 0 stays glyph 0."""
        place = {0: 0}
        for glyph in wanted:
            place.setdefault(glyph, len(place))
        order = list(place)
        padded = [shape + b"\0" * (-len(shape) % 4) for shape in self._plain(order)]
        ends = [0]
        for shape in padded:
            ends.append(ends[-1] + len(shape))
        metrics = b"".join(struct.pack(">Hh", self.advance(g), self._bearing(g)) for g in order)
        return self._file(len(order), b"".join(padded), struct.pack(f">{len(ends)}I", *ends), metrics), place

    def keep(self, wanted: Iterable[int]) -> bytes:
        """A font file of these glyphs alone, each under the number that it has."""
        order = sorted({0, *wanted})
        shapes = dict(zip(order, self._plain(order), strict=True))
        last = order[-1] + 1
        metrics, loca, glyf, before = bytearray(4 * last), bytearray(), bytearray(), 0
        for glyph in order:
            struct.pack_into(">Hh", metrics, 4 * glyph, self.advance(glyph), self._bearing(glyph))
            loca += struct.pack(">I", len(glyf)) * (glyph + 1 - before)
            glyf += shapes[glyph] + b"\0" * (-len(shapes[glyph]) % 4)
            before = glyph + 1
        return self._file(last, bytes(glyf), bytes(loca + struct.pack(">I", len(glyf))), bytes(metrics))

    def _plain(self, order: list[int]) -> list[bytes]:
        shapes = [self._shape(glyph) for glyph in order]
        if any(shape[:2] == COMPOSED for shape in shapes):
            raise ValueError("a glyph composed of others: no pinned face has one")
        return shapes

    def _file(self, count: int, glyf: bytes, loca: bytes, metrics: bytes) -> bytes:
        tables = {
            b"glyf": glyf,
            b"head": self.head[:8] + b"\0\0\0\0" + self.head[12:50] + b"\0\1" + self.head[52:54],
            b"hhea": self.hhea[:34] + struct.pack(">H", count),
            b"hmtx": metrics,
            b"loca": loca,
            b"maxp": self.maxp[:4] + struct.pack(">H", count) + self.maxp[6:],
        }
        return _sfnt(tables)


@lru_cache(maxsize=16)
def face(where: Path, family: str, bold: bool) -> Face | None:
    """The file of a family, in the nearer weight; None where it is not a TrueType face (its glyphs are not cut)."""
    known = [one for one in fonts.FACES if one.family == family]
    known.sort(key=lambda one: (one.weight >= 600) != bold)
    return Face(where / known[0].file) if known and known[0].file.endswith(".ttf") else None


def _sfnt(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(">I4H", 0x00010000, count, power * 16, power.bit_length() - 1, count * 16 - power * 16)
    at, index, body = 12 + 16 * count, b"", b""
    for tag, content in sorted(tables.items()):
        padded = content + b"\0" * (-len(content) % 4)
        checksum = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        index += tag + struct.pack(">3I", checksum, at + len(body), len(content))
        body += padded
    return head + index + body
