"""A finished PDF with gaps: what never changes is laid out once, the rest is written behind it and signed."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import pikepdf

Seal = Callable[[bytes], bytes]
"""SHA-256 of the signed bytes -> CMS signature."""
_RANGE = b"/ByteRange[0 %010d %010d %010d]"
_LENGTH = re.compile(rb"/Length \d+(?: 0 R)?")
_HEAD = b"%PDF-1.7\n%\xf6\xe4\xfc\xdf\n"


class Blank:
    """`gaps` are the numbers of the objects that every file brings itself."""

    def __init__(self, pdf: pikepdf.Pdf, gaps: frozenset[int]) -> None:
        self.size = max(one.objgen[0] for one in pdf.objects) + 1
        self._root, self._info = pdf.Root.objgen[0], pdf.docinfo.objgen[0]
        self._where: dict[int, bytes] = {}
        out, loose = bytearray(_HEAD), {}
        for one in pdf.objects:
            number = one.objgen[0]
            kept = number and number not in gaps
            if kept and isinstance(one, pikepdf.Stream) and one.get("/Type") not in ("/XRef", "/ObjStm"):
                self._where[number] = _at(len(out))
                out += whole(number, stream(one.stream_dict.unparse(), one.read_raw_bytes()))
            elif kept and not isinstance(one, pikepdf.Stream):
                loose[number] = one.unparse(resolved=True)
        self._pack(out, loose, self.size, self._where)
        self._start, self.size = bytes(out), self.size + 1

    def write(
        self, loose: Mapping[int, bytes], streams: Mapping[int, bytes], identifier: bytes, signature: int, room: int,
        seal: Seal,
    ) -> bytes:
        """The signed file. `room`: bytes kept for the signature; `signature`: the number of its object."""
        where, out = dict(self._where), bytearray(self._start)
        for number, body in streams.items():
            where[number] = _at(len(out))
            out += whole(number, body)
        where[signature] = _at(len(out))
        made = dt.datetime.now(dt.UTC).strftime("D:%Y%m%d%H%M%S+00'00'").encode()
        out += b"%d 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(%s)" % (signature, made)
        ranged = len(out)
        out += _RANGE % (0, 0, 0) + b"/Contents"
        opened = len(out)
        out += b"<" + b"0" * (2 * room) + b">>>\nendobj\n"
        top = max([self.size - 1, signature, *loose, *streams])
        self._pack(out, loose, top + 1, where)
        self._finish(out, where, top + 3, identifier)
        closed = opened + 2 * room + 2
        said = _RANGE % (opened, closed, len(out) - closed)
        out[ranged : ranged + len(said)] = said
        digest = hashlib.sha256(memoryview(out)[:opened])
        digest.update(memoryview(out)[closed:])
        held = seal(digest.digest()).hex().upper().encode()
        if len(held) > 2 * room:
            raise ValueError("the signature does not fit into its room")
        out[opened + 1 : opened + 1 + len(held)] = held
        return bytes(out)

    @staticmethod
    def _pack(out: bytearray, loose: Mapping[int, bytes], number: int, where: dict[int, bytes]) -> None:
        """Objects that are no streams, together in one compressed stream."""
        index, body = b"", b""
        for place, (one, content) in enumerate(loose.items()):
            where[one] = struct.pack(">BIH", 2, number, place)
            index += b"%d %d " % (one, len(body))
            body += content + b" "
        where[number] = _at(len(out))
        said = b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode>>" % (len(loose), len(index))
        out += whole(number, stream(said, zlib.compress(index + body, 9)))

    def _finish(self, out: bytearray, where: dict[int, bytes], size: int, identifier: bytes) -> None:
        """The cross-reference stream, which is its own last entry."""
        start = len(out)
        where[size - 1] = _at(start)
        free = struct.pack(">BIH", 0, 0, 0xFFFF)
        table = b"".join(where.get(number, free) for number in range(size))
        said = b"<</Type/XRef/Size %d/W[1 4 2]/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]/Filter/FlateDecode>>" % (
            size, self._root, self._info, identifier.hex().encode(), identifier.hex().encode(),
        )
        out += whole(size - 1, stream(said, zlib.compress(table, 9))) + b"startxref\n%d\n%%%%EOF\n" % start


def whole(number: int, body: bytes) -> bytes:
    """An object as it stands in the file."""
    return b"%d 0 obj\n%s\nendobj\n" % (number, body)


def stream(said: bytes, content: bytes) -> bytes:
    """A stream with its dictionary, whatever length that named before."""
    opened = _LENGTH.sub(b"", said.strip()).removesuffix(b">>")
    return opened + b"/Length %d>>\nstream\n%s\nendstream" % (len(content), content)


def compressed(content: bytes, **said: Any) -> bytes:
    """A stream made here."""
    packed = zlib.compress(content, 9)
    return stream(pikepdf.Dictionary(**said, Filter=pikepdf.Name.FlateDecode).unparse(), packed)


def _at(offset: int) -> bytes:
    return struct.pack(">BIH", 1, offset, 0)
