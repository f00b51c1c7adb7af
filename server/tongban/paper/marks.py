"""Places for values that differ from one document of a batch to the next: a template carries marks in their stead."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache

from PIL import Image

FIRST = 90_000_001  # marks are numbers: one run of digits that no layout breaks


@dataclass(slots=True)
class Marks:
    """What one document puts where its template has marks, in order."""

    texts: list[str] = field(default_factory=list)
    codes: list[tuple[int, str, str]] = field(default_factory=list)  # number of the picture, content, error level
    photos: list[tuple[int, bytes]] = field(default_factory=list)

    def text(self, said: str) -> str:
        """Keep a line of text; gives its mark."""
        self.texts.append(said)
        return str(FIRST + len(self.texts) - 1)

    def code(self, content: str, error: str) -> bytes:
        """Keep what a QR code says; gives its mark."""
        self.codes.append((self._next(), content, error))
        return picture(self.codes[-1][0])

    def photo(self, content: bytes) -> bytes:
        """Keep a photo; gives its mark."""
        self.photos.append((self._next(), content))
        return picture(self.photos[-1][0])

    def _next(self) -> int:
        return len(self.codes) + len(self.photos)


@lru_cache(maxsize=64)
def picture(number: int) -> bytes:
    """A JPEG unlike that of any other number; its bytes are found again in the template."""
    out = io.BytesIO()
    Image.new("RGB", (5, 7), (200, 16 * number % 256, 40)).save(out, "JPEG", quality=90, comment=f"mark {number}")
    return out.getvalue()
