"""The faces inside a PDF, cut here: HarfBuzz copies a whole 15 MB face for each, which is a third of a document's time.

WeasyPrint asks its `Font` for the cut; ours answers for the pinned TrueType faces and leaves every other to WeasyPrint.
Glyphs keep their numbers, because the page's text is written in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from weasyprint.pdf import fonts as written
from weasyprint.pdf import stream
from weasyprint.text.ffi import ffi, harfbuzz

from tongban.paper import fonts, glyphs

HEAD = 300  # bytes: the list of a file's tables with their checksums; no two faces share it


class Font(written.Font):  # type: ignore[misc]
    """A face of the page being written."""

    def subset(self, to_unicode: Mapping[int, str], hinting: bool) -> None:
        """Keep what the page shows."""
        pinned = _known.get(self.file_content)
        face = glyphs.face(*pinned) if pinned and to_unicode else None
        if face is None:
            super().subset(to_unicode, hinting)
        else:
            self.file_content = face.keep(to_unicode)


def use(where: Path) -> None:
    """From now on the faces of this folder are cut here, in this process."""
    for one in fonts.FACES:
        if one.file.endswith(".ttf"):
            with (where / one.file).open("rb") as file:
                _known[file.read(HEAD)] = where, one.family, one.weight >= 600
    stream.Font, written.get_hb_object_data = Font, _content


def _content(held: Any, *more: Any) -> bytes | None:
    """What WeasyPrint reads of a face: of a pinned one its head is enough, the rest is never copied."""
    if not more:
        blob = harfbuzz.hb_face_reference_blob(held)
        with ffi.new("unsigned int *") as length:
            data = harfbuzz.hb_blob_get_data(blob, length)
            head = bytes(ffi.buffer(data, HEAD)) if length[0] >= HEAD else b""
        harfbuzz.hb_blob_destroy(blob)
        if head in _known:
            return head
    whole: bytes | None = _read(held, *more)
    return whole


_known: dict[bytes, tuple[Path, str, bool]] = {}
_read = written.get_hb_object_data
