"""The hook for a virus scanner: anything that says what it found in a content. clamd is spoken to directly."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

Scanner = Callable[[bytes], str | None]
"""Content -> name of what was found, None = clean. Raises OSError where it cannot tell: then nothing is accepted."""
_PIECE = 1 << 16


def clamd(host: str, port: int, seconds: float = 30) -> Scanner:
    """A scanner that asks clamd over TCP (INSTREAM)."""
    def scan(content: bytes) -> str | None:
        with socket.create_connection((host, port), timeout=seconds) as link:
            link.sendall(b"zINSTREAM\0")
            for at in range(0, len(content), _PIECE):
                piece = content[at:at + _PIECE]
                link.sendall(struct.pack("!L", len(piece)) + piece)
            link.sendall(struct.pack("!L", 0))
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < 4096:
                more = link.recv(4096)
                if not more:
                    break
                answer += more
        said = answer.rstrip(b"\0").decode("utf-8", "replace")
        if said.endswith("FOUND"):
            return said.removeprefix("stream: ").removesuffix(" FOUND")
        if said.endswith("OK"):
            return None
        raise OSError(f"clamd: {said[:200]}")
    return scan


def from_address(address: str) -> Scanner | None:
    """"host:port" of clamd; "" = no scanner."""
    if not address:
        return None
    host, _, port = address.rpartition(":")
    return clamd(host, int(port))
