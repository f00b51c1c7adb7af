"""Pictures on a document: seals drawn as outlines, QR codes, photos and signatures checked and bounded."""

from __future__ import annotations

import base64
import io
import math
from functools import lru_cache
from pathlib import Path

import segno
from fontTools.pens.qu2cuPen import Qu2CuPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from PIL import Image, UnidentifiedImageError

from tongban.paper.sheet import PaperError, Seal

MAX_BYTES = 8_000_000
MAX_PIXELS = 40_000_000
SEAL_RED = "#c9151e"
EM = 200


def data_uri(kind: str, content: bytes) -> str:
    """The only address a document may fetch from."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def photo(content: bytes, width: int = 413, height: int = 579) -> str:
    """A photo (1-inch at 300 dpi is 295 x 413) decoded, turned upright, shrunk and encoded again as JPEG."""
    picture = _open(content)
    picture.thumbnail((width, height))
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=82)
    return data_uri("image/jpeg", out.getvalue())


def signature(content: bytes) -> str:
    """A signature: ink on transparent ground, so that it may lie over a line or a seal."""
    picture = _open(content).convert("RGBA")
    picture.thumbnail((480, 200))
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return data_uri("image/png", out.getvalue())


def _open(content: bytes) -> Image.Image:
    if len(content) > MAX_BYTES:
        raise PaperError("paper.image_too_large")
    try:
        picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
        if picture.width * picture.height > MAX_PIXELS:
            raise PaperError("paper.image_too_large")
        picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as problem:
        raise PaperError("paper.not_an_image") from problem
    return picture if picture.mode in ("RGB", "RGBA") else picture.convert("RGBA")


def qr(content: str, error: str = "m") -> str:
    """A QR code as a small PNG; the mask is fixed, which saves most of the time and costs nothing in reading."""
    code = segno.make(content, error=error, mask=4, micro=False, boost_error=False)
    out = io.BytesIO()
    code.save(out, kind="png", scale=4, border=2)
    return data_uri("image/png", out.getvalue())


@lru_cache(maxsize=256)
def seal(stamp: Seal, where: Path) -> str:
    """A round red seal. Characters are drawn as outlines, so they stay a picture and out of the document's text."""
    name = stamp.name[:24]
    size = 9.4 if len(name) <= 12 else 7.6 if len(name) <= 18 else 6.2
    spread = min(270.0, 22.0 * max(len(name) - 1, 1) * size / 9.4 + 6)
    letters = []
    for index, char in enumerate(name):
        angle = -spread / 2 + (spread * index / (len(name) - 1) if len(name) > 1 else spread / 2)
        letters.append(_letter(char, angle, 35.5, size, where))
    note = "".join(_flat(c, (i - (len(stamp.note) - 1) / 2) * 6.6, 29, 6.2, where) for i, c in enumerate(stamp.note))
    star = " ".join(f"{13 * math.sin(math.pi * k * 0.8):.2f},{-13 * math.cos(math.pi * k * 0.8):.2f}" for k in range(5))
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-50 -50 100 100" width="200" height="200">'
        f'<g fill="{SEAL_RED}" opacity="0.86"><circle r="47" fill="none" stroke="{SEAL_RED}" stroke-width="2.6"/>'
        f'<polygon points="{star}"/>{"".join(letters)}{note}</g></svg>'
    )
    return data_uri("image/svg+xml", drawing.encode())


def _letter(char: str, angle: float, radius: float, size: float, where: Path) -> str:
    place = f"translate(0 {-radius:.2f}) scale({size / EM:.4f})"
    return f'<g transform="rotate({angle:.2f})"><path transform="{place}" d="{_outline(char, where)}"/></g>'


def _flat(char: str, x: float, y: float, size: float, where: Path) -> str:
    place = f"translate({x:.2f} {y:.2f}) scale({size / EM:.4f})"
    return f'<path transform="{place}" d="{_outline(char, where)}"/>'


@lru_cache(maxsize=1)
def _face(where: Path) -> TTFont:
    return TTFont(where / "song-bold.ttf", lazy=True)


@lru_cache(maxsize=2048)
def _outline(char: str, where: Path) -> str:
    """The glyph as an SVG path, EM units high, centred on 0,0; whole numbers keep the file small."""
    font = _face(where)
    name = font.getBestCmap().get(ord(char))
    if name is None:
        return ""
    glyphs = font.getGlyphSet()
    pen = SVGPathPen(glyphs, ntos=lambda number: str(round(number)))
    scale = EM / font["head"].unitsPerEm
    shape = TransformPen(
        Qu2CuPen(pen, 1.0, all_cubic=True), (scale, 0, 0, -scale, -glyphs[name].width / 2 * scale, EM * 0.36)
    )
    glyphs[name].draw(shape)
    return str(pen.getCommands())
