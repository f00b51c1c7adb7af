"""Pictures on a document: seals, QR codes, photos and signatures checked and bounded."""

from __future__ import annotations

import base64
import io
import math
from functools import lru_cache
from pathlib import Path

import zxingcpp
from PIL import Image, ImageCms, ImageDraw, ImageFont, UnidentifiedImageError

from tongban.paper.sheet import PaperError, Seal

MAX_BYTES = 8_000_000
MAX_PIXELS = 40_000_000
QUIET = 2  # modules of white around a QR code
PORTRAIT = (260, 364)  # points of a photo 25 mm wide: 264 an inch
SEAL_RED = "#c9151e"
SEAL_PIXELS, FINE = 640, 2
ROWS_PER_STRIP, STRIP_OFFSETS, STRIP_SIZES = 278, 273, 279  # of a TIFF file
_INK: dict[bytes, bytes] = {}


def data_uri(kind: str, content: bytes) -> str:
    """The only address a document may fetch from."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def photo(content: bytes, width: int = 413, height: int = 579) -> str:
    """A photo (1-inch at 300 dpi is 295 x 413) decoded, turned upright, shrunk and encoded again as JPEG."""
    picture = _open(content)
    picture.thumbnail((width, height))
    return data_uri("image/jpeg", _jpeg(picture))


def portrait(content: bytes) -> bytes:
    """A 1-inch photo, 5 by 7: what is too wide or too high for its frame is cut off evenly."""
    picture = _open(content)
    width, height = picture.size
    wide, high = min(width, round(height * 5 / 7)), min(height, round(width * 7 / 5))
    left, top = (width - wide) // 2, (height - high) // 2
    cut = picture.crop((left, top, left + max(wide, 1), top + max(high, 1)))
    return _jpeg(cut.resize(PORTRAIT, Image.Resampling.LANCZOS) if cut.width > PORTRAIT[0] else cut)


def measured(content: bytes) -> tuple[bytes, int, int]:
    """A portrait as JPEG, with its width and height."""
    made = portrait(content)
    with Image.open(io.BytesIO(made)) as picture:
        return made, picture.width, picture.height


def _jpeg(picture: Image.Image) -> bytes:
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()


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


@lru_cache(maxsize=1)
def colours() -> bytes:
    """A profile of sRGB, with no hour in it: the same document has the same bytes."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + bytes(12) + made[36:]


def qr(content: str, error: str = "m") -> str:
    """A QR code as a small PNG, one point a module."""
    out = io.BytesIO()
    _code(content, error).save(out, "PNG", optimize=True)
    return data_uri("image/png", out.getvalue())


def qr_bits(content: str, error: str = "m") -> tuple[int, bytes]:
    """The same as a side's length and rows of bits, white = 1: what a PDF picture of one bit a module holds."""
    code = _code(content, error)
    return code.width, code.tobytes()


def _code(content: str, error: str) -> Image.Image:
    """Drawn in C++: in Python the two codes of a certificate took most of the time that stamping it takes."""
    try:
        made = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level=error.upper())
    except ValueError as problem:
        raise PaperError("paper.code_too_long") from problem
    dots = memoryview(made.to_image(scale=1, add_quiet_zones=False))
    high, wide = dots.shape
    code = Image.new("1", (wide + 2 * QUIET, high + 2 * QUIET), 1)
    code.paste(Image.frombytes("L", (wide, high), bytes(dots)).convert("1"), (QUIET, QUIET))
    return code


def seal(stamp: Seal, where: Path) -> str:
    """A round red seal. What the page carries is a stand-in: `ink` says what the finished file shows in its place."""
    return data_uri("image/jpeg", _stand_in(stamp, where))


def ink(stand_in: bytes) -> bytes | None:
    """The seal behind a stand-in, as a fax picture `SEAL_PIXELS` square: a third of what shades of red take."""
    return _INK.get(stand_in)


@lru_cache(maxsize=256)
def _stand_in(stamp: Seal, where: Path) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), SEAL_RED).save(out, "JPEG", comment=repr(stamp))
    _INK[out.getvalue()] = _fax(_drawn(stamp, where))
    return out.getvalue()


def _fax(picture: Image.Image) -> bytes:
    """One bit a point, packed as faxes are (CCITT group 4), black = ink."""
    out = io.BytesIO()
    flat = picture.point(lambda level: 0 if level > 127 else 255).convert("1")
    flat.save(out, "TIFF", compression="group4", tiffinfo={ROWS_PER_STRIP: picture.height})
    with Image.open(io.BytesIO(out.getvalue())) as held:
        start, size = held.tag_v2[STRIP_OFFSETS][0], held.tag_v2[STRIP_SIZES][0]
    return out.getvalue()[start : start + size]


def _drawn(stamp: Seal, where: Path) -> Image.Image:
    big = SEAL_PIXELS * FINE
    mask = Image.new("L", (big, big))
    pen, unit, middle = ImageDraw.Draw(mask), big / 100, big / 2
    edge = round(2.6 * unit)
    pen.ellipse((1.6 * unit, 1.6 * unit, big - 1.6 * unit, big - 1.6 * unit), outline=255, width=edge)
    pen.polygon(_star(middle, 13 * unit), fill=255)
    name, size = stamp.name[:24], _size(len(stamp.name[:24]))
    spread = min(270.0, 22.0 * max(len(name) - 1, 1) * size / 9.4 + 6)
    face = ImageFont.truetype(str(where / "song-bold.ttf"), round(size * unit))
    for index, char in enumerate(name):
        turn = -spread / 2 + (spread * index / (len(name) - 1) if len(name) > 1 else spread / 2)
        _letter(mask, char, face, turn, 38.5 * unit)
    small = ImageFont.truetype(str(where / "song-bold.ttf"), round(6.2 * unit))
    pen.text((middle, middle + 27 * unit), stamp.note[:10], fill=255, font=small, anchor="mm")
    return mask.resize((SEAL_PIXELS, SEAL_PIXELS), Image.Resampling.LANCZOS)


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
