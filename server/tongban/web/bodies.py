"""Bodies of pages that are filled in: of a text or a file nobody could take only the beginning is kept.

A field refuses what is over its limit with a reason, and everything else that was typed stays. Without this, one huge
text or one long film would throw the whole page away before anybody has read it.
"""

from __future__ import annotations

from typing import IO, Any, TypeVar

from flask import Flask, current_app, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser, MultiPartParser
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from tongban.web.session import person

FILES = 10          # times the largest attachment: what a page of a form may carry together, sent without script
MOST = 100_000      # bytes of one text: more than the longest answer may have, so what is cut is always refused
View = TypeVar("View")


class _Parts(MultiPartParser):
    """Parts of a form, with texts cut."""

    def parse(self, stream: IO[bytes], boundary: bytes, content_length: int | None,
              ) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
        decoder = MultipartDecoder(boundary, self.max_form_memory_size, max_parts=self.max_form_parts)
        typed: list[tuple[str, str]] = []
        files: list[tuple[str, FileStorage]] = []
        part: Field | File | None = None
        held: Any = bytearray()
        room = 0
        more: bytes | None = b""
        while more is not None:
            more = stream.read(self.buffer_size) or None
            decoder.receive_data(more)
            while not isinstance(event := decoder.next_event(), (Epilogue, NeedData)):
                if isinstance(event, (Field, File)):
                    part, room = event, current_app.config["MAX_CONTENT_LENGTH"]
                    held = bytearray() if isinstance(event, Field) else self.start_file_streaming(event, content_length)
                elif isinstance(event, Data) and isinstance(part, Field):
                    held += event.data[:MOST - len(held)]
                    if not event.more_data:
                        typed.append((part.name, held.decode("utf-8", "replace").rstrip("\ufffd")))
                elif isinstance(event, Data) and isinstance(part, File):
                    held.write(event.data[:room])       # over what any attachment may have: refused at its field
                    room -= min(room, len(event.data))
                    if not event.more_data:
                        held.seek(0)
                        files.append((part.name, FileStorage(held, part.filename, part.name, headers=part.headers)))
            if isinstance(event, Epilogue):
                break
        return self.cls(typed), self.cls(files)


class _Filled(FormDataParser):
    def _parse_multipart(self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str],
                         ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        parts = _Parts(self.stream_factory, self.max_form_memory_size, self.cls, max_form_parts=self.max_form_parts)
        boundary = options.get("boundary", "").encode("ascii")
        if not boundary:
            raise ValueError("a form without a boundary")
        return stream, *parts.parse(stream, boundary, content_length)


def filled_in(view: View) -> View:
    """Mark a route that takes the answers of a form."""
    view.filled_in = True      # type: ignore[attr-defined]
    return view


def init(app: Flask) -> None:
    """Read the bodies of marked routes so; before anything else looks into them."""
    app.before_request(_choose)


def _choose() -> None:
    if getattr(current_app.view_functions.get(request.endpoint or ""), "filled_in", False):
        request.form_data_parser_class = _Filled
        if request.mimetype == "multipart/form-data" and person() is not None:
            request.max_content_length = FILES * current_app.config["MAX_CONTENT_LENGTH"]
