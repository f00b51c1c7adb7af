"""Contents by their SHA-256: written once, never changed, durable before anybody is told of them.

One interface over two places: a folder on one machine, an S3-compatible bucket for many (store/bucket.py).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Protocol

_HASH = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-z]+(/[0-9a-z]+)*")


class Place(Protocol):
    """Where bytes lie under names."""

    def put(self, key: str, content: bytes) -> None: ...
    def get(self, key: str) -> bytes | None: ...
    def size(self, key: str) -> int | None: ...
    def delete(self, key: str) -> None: ...
    def names(self, prefix: str) -> list[str]: ...


class Folder:
    """A folder of files; a name appears only with its whole content."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Where a name lies; refuses what could leave the folder."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"no such name: {key[:80]!r}")
        return self.root / key

    def put(self, key: str, content: bytes) -> None:
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with part.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)        # a full disk leaves nothing behind
        _sync(path.parent)

    def get(self, key: str) -> bytes | None:
        path = self.path(key)
        return path.read_bytes() if path.is_file() else None

    def size(self, key: str) -> int | None:
        path = self.path(key)
        return path.stat().st_size if path.is_file() else None

    def delete(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def names(self, prefix: str) -> list[str]:
        """Names in the folder `prefix`, in order."""
        folder = self.path(prefix)
        held = folder.iterdir() if folder.is_dir() else ()
        return sorted(f"{prefix}/{path.name}" for path in held if not path.name.startswith("."))


class Blobs:
    """Contents by their hash, and pieces of those that are still arriving."""

    def __init__(self, place: Place | Path) -> None:
        self.place: Place = Folder(place) if isinstance(place, Path) else place

    def put(self, content: bytes) -> str:
        """Keep a content; gives its hash. The same content is kept once."""
        digest = hashlib.sha256(content).hexdigest()
        key = _key(digest)
        if self.place.size(key) is None:
            self.place.put(key, content)
        return digest

    def get(self, digest: str) -> bytes | None:
        """A content by its hash; what does not match its hash any more is as good as lost."""
        content = self.place.get(_key(digest))
        return content if content is None or hashlib.sha256(content).hexdigest() == digest else None

    def has(self, digest: str) -> bool:
        """Whether the content is there."""
        return self.place.size(_key(digest)) is not None

    def delete(self, digest: str) -> None:
        """Forget a content: erasure, where the law asks for it."""
        self.place.delete(_key(digest))

    def add_piece(self, upload: str, offset: int, piece: bytes) -> None:
        """Keep a piece of an upload. The same piece again changes nothing."""
        self.place.put(f"incoming/{_checked(upload)}/{offset:012d}", piece)

    def assemble(self, upload: str) -> bytes:
        """The pieces of an upload in their order."""
        return b"".join(self.place.get(name) or b"" for name in self.place.names(f"incoming/{_checked(upload)}"))

    def drop_pieces(self, upload: str) -> None:
        """Forget the pieces of an upload."""
        for name in self.place.names(f"incoming/{_checked(upload)}"):
            self.place.delete(name)


def _checked(digest: str) -> str:
    if not _HASH.fullmatch(digest):
        raise ValueError("not a SHA-256")
    return digest


def _key(digest: str) -> str:
    return f"{_checked(digest)[:2]}/{digest[2:4]}/{digest}"


def _sync(folder: Path) -> None:
    """Make the new name durable too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
