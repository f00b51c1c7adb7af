"""Contents by their SHA-256 in a folder: written once, never changed, durable before anybody is told of them."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

_HASH = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """A folder of contents. Two levels of folders keep each one small."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Where a content lies; refuses what is no hash, so that no name can leave the folder."""
        if not _HASH.fullmatch(digest):
            raise ValueError("not a SHA-256")
        return self.folder / digest[:2] / digest[2:4] / digest

    def put(self, content: bytes) -> str:
        """Keep a content; gives its hash. The same content is kept once."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.path(digest)
        if path.exists():
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{digest}.{secrets.token_hex(4)}")
        with part.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
        _sync_folder(path.parent)
        return digest

    def get(self, digest: str) -> bytes | None:
        """A content by its hash."""
        path = self.path(digest)
        return path.read_bytes() if path.exists() else None


def _sync_folder(folder: Path) -> None:
    """Make the new name durable too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
