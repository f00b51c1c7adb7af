"""Attachments: begun by their SHA-256, continued piece by piece, judged by their content, read through authorization.

An attachment is named in answers by the hash of what its owner sent. What other people get to see is a copy made anew
(pictures) and never the bytes of a stranger shown as a page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tongban.engine.problem import Problem
from tongban.service import antivirus, media
from tongban.service.access import CaseSubject, Person, may, readable
from tongban.service.errors import NotFound, Refused
from tongban.service.runtime import Runtime
from tongban.store import cases, documents
from tongban.store.base import Row
from tongban.store.blobs import Blobs
from tongban.store.bucket import Bucket, account

MOST_PIECE = 4 << 20


@dataclass(frozen=True, slots=True)
class Upload:
    """Where an upload stands: the next byte wanted; complete when it equals the size."""

    id: str
    offset: int
    size: int
    media: str = ""
    name: str = ""

    @property
    def complete(self) -> bool:
        return self.offset == self.size

    def as_answer(self) -> dict[str, Any]:
        """The attachment as an answer names it."""
        return {"id": self.id, "name": self.name, "size": self.size, "media": self.media}


@dataclass(frozen=True, slots=True)
class Content:
    """What is sent to somebody who may read it."""

    name: str
    media: str
    content: bytes


def blobs(rt: Runtime) -> Blobs:
    """The contents of this runtime: a bucket where one is configured, else the data folder."""
    if rt.blobs is None:
        rt.blobs = Blobs(Bucket(account(rt.config.blobs)) if rt.config.blobs else rt.config.data / "blobs")
    found: Blobs = rt.blobs
    return found


def begin(rt: Runtime, person: Person, sha: str, size: int, name: str) -> Upload:
    """Announce a content; says from which byte to go on. Announcing it again changes nothing."""
    _announced(rt, sha, size)
    key = _upload_id(person, sha)

    def work(conn: Connection) -> Upload:
        row = documents.get_file(conn, key)
        if row is None:
            documents.add_file(conn, {"id": key, "blob": sha, "owner": person.id, "name": _name(name), "type": "",
                                      "size": size, "at": rt.clock()})
            return Upload(sha, 0, size, name=_name(name))
        if row["status"] == "refused" or row["size"] != size:       # it may be tried anew
            documents.change_file(conn, key, status="open", received=0, size=size, name=_name(name))
            return Upload(sha, 0, size, name=_name(name))
        return _view(sha, row)
    stands = rt.store.run(work)
    if stands.complete and not stands.media:        # every byte came, and then the server was stopped
        with rt.store.reading() as conn:
            row = documents.get_file(conn, key)
        return _finish(rt, key, sha, row) if row else stands
    return stands


def append(rt: Runtime, person: Person, sha: str, offset: int, piece: bytes) -> Upload:
    """Take the next piece. At another offset than the wanted one nothing is taken and the wanted one is said."""
    if not 0 < len(piece) <= MOST_PIECE:
        raise Refused(Problem("files.piece", "", {"max": MOST_PIECE >> 20}))
    key = _upload_id(person, sha)
    with rt.store.reading() as conn:
        row = documents.get_file(conn, key)
    if row is None:
        raise NotFound
    if row["status"] != "open" or offset != row["received"]:
        return _view(sha, row)
    if offset + len(piece) > row["size"]:
        raise Refused(Problem("files.size", "", {"size": row["size"]}))
    blobs(rt).add_piece(key, offset, piece)
    moved = rt.store.run(lambda conn: documents.advance_file(conn, key, offset, offset + len(piece)))
    if not moved:       # another request took this piece at the same time
        with rt.store.reading() as conn:
            return _view(sha, documents.get_file(conn, key) or row)
    if offset + len(piece) < row["size"]:
        return Upload(sha, offset + len(piece), row["size"], name=row["name"])
    return _finish(rt, key, sha, row)


def whole(rt: Runtime, person: Person, name: str, content: bytes) -> Upload:
    """A content that came in one piece (a page without script, the API)."""
    sha = hashlib.sha256(content).hexdigest()
    stands = begin(rt, person, sha, len(content), name)
    while not stands.complete:
        stands = append(rt, person, sha, stands.offset, content[stands.offset:stands.offset + MOST_PIECE])
    return stands


def seen(name: str, content: bytes) -> Upload:
    """How a content would be named in an answer, looked at and not kept: for a form that is shown alone."""
    if not content:
        raise Refused(Problem("files.empty"))
    kind = _kind(content)
    if kind in media.PICTURES:
        _remade(content)
    return Upload(hashlib.sha256(content).hexdigest(), len(content), len(content), kind, _name(name))


def status(rt: Runtime, person: Person, sha: str) -> Upload:
    """Where an upload of this person stands."""
    with rt.store.reading() as conn:
        row = documents.get_file(conn, _upload_id(person, sha))
    if row is None:
        raise NotFound
    return _view(sha, row)


def read(rt: Runtime, person: Person, sha: str, case_id: str | None = None, *, thumb: bool = False) -> Content:
    """A content for somebody who may read it: who sent it, or who may read the field of the case that names it."""
    with rt.store.reading() as conn:
        row = documents.get_file(conn, _upload_id(person, sha))
        if row is None and case_id is not None and _named_for(rt, conn, person, case_id, sha):
            row = next((r for r in documents.files_with(conn, sha) if r["status"] == "ready"), None)
    if row is None or row["status"] != "ready":
        raise NotFound
    facts = row["facts"]
    wanted = facts.get("thumb") if thumb else facts.get("safe") or sha
    content = blobs(rt).get(wanted) if wanted else None
    if content is None:
        raise NotFound
    kind = "image/jpeg" if thumb else facts.get("safe_media") or row["type"]
    return Content(row["name"], kind, content)


def _named_for(rt: Runtime, conn: Connection, person: Person, case_id: str, sha: str) -> bool:
    held = cases.get(conn, case_id)
    if held is None:
        return False
    case, version = held["snapshot"], rt.version(conn, held["version"])
    if not may(person, "case.read", CaseSubject(case, version, cases.members_of(conn, case_id))):
        return False
    if _consented(conn, case_id, sha):
        return True
    allowed = readable(person, case, version)
    return any(_names(value, sha) for form, values in case["answers"].items()
               for field, value in values.items() if field in allowed.get(form, ()))


def _consented(conn: Connection, case_id: str, sha: str) -> bool:
    """The signature of somebody on whose behalf this case was worked on is part of its record."""
    return any(row["body"]["by"].get("origin", {}).get("on_behalf", {}).get("consent") == sha
               for row in cases.record(conn, case_id))


def is_id(text: str) -> bool:
    """Whether a text has the shape of an attachment's id."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _names(value: Any, sha: str) -> bool:
    if isinstance(value, Mapping):
        return any(_names(part, sha) for part in value.values())
    if isinstance(value, list):
        return any(_names(part, sha) for part in value)
    return bool(value == sha)


def _finish(rt: Runtime, key: str, sha: str, row: Row) -> Upload:
    """Every byte is there: check the hash, what it is, and whether it is safe; then it can be named in answers."""
    content = blobs(rt).assemble(key)
    try:
        facts, kind = _judged(rt, sha, content)
    except Refused:
        blobs(rt).drop_pieces(key)
        rt.store.run(lambda conn: documents.change_file(conn, key, status="refused"))
        raise
    blobs(rt).put(content)
    rt.store.run(lambda conn: documents.change_file(conn, key, status="ready", type=kind, facts=facts))
    blobs(rt).drop_pieces(key)
    return Upload(sha, row["size"], row["size"], kind, row["name"])


def _judged(rt: Runtime, sha: str, content: bytes) -> tuple[dict[str, Any], str]:
    if hashlib.sha256(content).hexdigest() != sha:
        raise Refused(Problem("files.hash"))
    kind = _kind(content)
    scan = antivirus.from_address(rt.config.antivirus)
    found = scan(content) if scan else None
    if found:
        raise Refused(Problem("files.virus", "", {"name": found}))
    if kind not in media.PICTURES:
        return {}, kind
    made = _remade(content)
    return {"safe": blobs(rt).put(made.content), "safe_media": made.media, "thumb": blobs(rt).put(made.thumb),
            "width": made.width, "height": made.height}, kind


def _kind(content: bytes) -> str:
    kind = media.sniff(content)
    if not kind:
        raise Refused(Problem("files.kind"))
    return kind


def _remade(content: bytes) -> media.Remade:
    try:
        return media.remake(content)
    except media.NotPicture as no:
        raise Refused(Problem(no.code, "", no.params)) from no


def _announced(rt: Runtime, sha: str, size: int) -> None:
    most = rt.config.max_upload_mb
    if len(sha) != 64 or set(sha) - set("0123456789abcdef"):
        raise Refused(Problem("files.hash"))
    if size < 1:
        raise Refused(Problem("files.empty"))
    if size > most << 20:
        raise Refused(Problem("files.large", "", {"max": most}))


def _upload_id(person: Person, sha: str) -> str:
    """Each person's upload is their own: knowing a hash gives nobody the content."""
    return hashlib.sha256(f"{person.id}|{sha}".encode()).hexdigest()


def _name(name: str) -> str:
    """A file name that is safe to show and to send: no paths, no control characters."""
    plain = "".join(c for c in name.replace("\\", "/").split("/")[-1] if c.isprintable()).strip(" .")
    return plain[-200:] or "file"


def _view(sha: str, row: Row) -> Upload:
    return Upload(sha, row["received"], row["size"], row["type"], row["name"])
