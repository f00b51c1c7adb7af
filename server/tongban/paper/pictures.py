"""Pictures on a document: seals, QR codes, photos and signatures checked and bounded."""

from __future__ import annotations

import base64
import io
import math
from functools import lru_cache
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from tongban.paper.sheet import PaperError, Seal

MAX_BYTES = 8_000_000
MAX_PIXELS = 40_000_000
SEAL_RED = "#c9151e"
SEAL_PIXELS, FINE = 400, 3


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
    """A round red seal as a picture with a clear ground: drawn once, it costs a fifth of a vector drawing each time."""
    big = SEAL_PIXELS * FINE
    ink = Image.new("L", (big, big))
    pen, unit, middle = ImageDraw.Draw(ink), big / 100, big / 2
    edge = round(2.6 * unit)
    pen.ellipse((1.6 * unit, 1.6 * unit, big - 1.6 * unit, big - 1.6 * unit), outline=255, width=edge)
    pen.polygon(_star(middle, 13 * unit), fill=255)
    name, size = stamp.name[:24], _size(len(stamp.name[:24]))
    spread = min(270.0, 22.0 * max(len(name) - 1, 1) * size / 9.4 + 6)
    face = ImageFont.truetype(str(where / "song-bold.ttf"), round(size * unit))
    for index, char in enumerate(name):
        turn = -spread / 2 + (spread * index / (len(name) - 1) if len(name) > 1 else spread / 2)
        _letter(ink, char, face, turn, 38.5 * unit)
    small = ImageFont.truetype(str(where / "song-bold.ttf"), round(6.2 * unit))
    pen.text((middle, middle + 27 * unit), stamp.note[:10], fill=255, font=small, anchor="mm")
    alpha = ink.resize((SEAL_PIXELS, SEAL_PIXELS), Image.Resampling.LANCZOS).point(_few)
    flat = Image.new("RGBA", alpha.size, SEAL_RED)
    flat.putalpha(alpha)
    out = io.BytesIO()
    flat.save(out, "PNG")
    return data_uri("image/png", out.getvalue())


def _few(level: int) -> int:
    """Five levels of ink, the strongest a little transparent: the words under a seal stay readable."""
    return round(level / 255 * 4) * 54


def _size(length: int) -> float:
    return 9.4 if length <= 12 else 7.8 if length <= 18 else 6.4


def _star(middle: float, radius: float) -> list[tuple[float, float]]:
    """Ten corners of a five-pointed star."""
    return [
        (middle + reach * math.sin(math.pi * k / 5), middle - reach * math.cos(math.pi * k / 5))
        for k in range(10)
        for reach in (radius if k % 2 == 0 else radius * 0.382,)
    ]


def _letter(ink: Image.Image, char: str, face: ImageFont.FreeTypeFont, turn: float, reach: float) -> None:
    """One character on the rim, its foot to the middle."""
    side = round(face.size * 1.6)
    tile = Image.new("L", (side, side))
    ImageDraw.Draw(tile).text((side / 2, side / 2), char, fill=255, font=face, anchor="mm")
    tile = tile.rotate(-turn, Image.Resampling.BICUBIC)
    angle = math.radians(turn)
    x, y = ink.width / 2 + reach * math.sin(angle), ink.width / 2 - reach * math.cos(angle)
    ink.paste(255, (round(x - side / 2), round(y - side / 2)), tile)
