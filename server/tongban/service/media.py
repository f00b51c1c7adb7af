"""What an upload really is: its type by its content, bounds on pixels, pictures made anew without what they hide."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
MOST_PIXELS = 50_000_000
LONG_SIDE = 4000
THUMB = 320


class NotPicture(Exception):
    """A picture that is none, or too large. `code` says which."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class Remade:
    """A picture made anew and its small copy."""

    content: bytes
    media: str
    thumb: bytes
    width: int
    height: int


def sniff(head: bytes) -> str:
    """The media type by the first bytes (give the whole of a small file); "" where it is none that we take."""
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"PK\x03\x04"):
        if b"xl/workbook.xml" in head:
            return XLSX
        return DOCX if b"word/document.xml" in head else ""
    return ""


def remake(content: bytes) -> Remade:
    """Decode a picture within bounds and write it again: upright, at most 4,000 px, without position or other data."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = Image.open(io.BytesIO(content), formats=tuple(PICTURES.values()))
            if picture.width * picture.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            kind = picture.format or "JPEG"
            picture.load()
            upright = ImageOps.exif_transpose(picture)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise NotPicture("files.pixels", max=MOST_PIXELS // 1_000_000) from error
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            raise NotPicture("files.broken") from error
    upright.thumbnail((LONG_SIDE, LONG_SIDE))
    see_through = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    kept = upright.convert("RGBA" if see_through and kind != "JPEG" else "RGB")
    kind = "PNG" if kept.mode == "RGBA" else "JPEG"
    small = kept.copy()
    small.thumbnail((THUMB, THUMB))
    return Remade(_written(kept, kind), f"image/{kind.lower()}", _written(_on_white(small), "JPEG"), *kept.size)


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _written(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "JPEG":
        picture.save(out, "JPEG", quality=85, optimize=True)
    else:
        picture.save(out, kind)
    return out.getvalue()
