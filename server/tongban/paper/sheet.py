"""What a document is made of when it reaches this floor: pure data, nothing left to look up.

Everything can be pickled to a worker process. Texts are already in the document's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = Any


@dataclass(frozen=True, slots=True)
class Value:
    """A value with what is known about its type. `text` is how its field shows it; None = the format decides."""

    value: Json = None
    kind: str = "any"  # kind of engine.model.Type
    scale: int = 0
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One answered question of a filled table."""

    label: str
    text: str
    wide: bool = False  # takes the whole width
    picture: str = ""  # name in Sheet.pictures


@dataclass(frozen=True, slots=True)
class Grid:
    """A repeating group of a filled table."""

    label: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One page of a form, filled in."""

    form: str
    title: str
    items: tuple[Cell | Grid, ...]


@dataclass(frozen=True, slots=True)
class Seal:
    """A drawn seal: the name runs along the edge, `note` stands below the star."""

    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """A review step: empty `who` = not decided yet, the box stays open for a pen."""

    state: str
    label: str
    decision: str = ""
    words: str = ""
    who: str = ""
    office: str = ""
    at: str = ""  # instant
    signature: str = ""  # name in Sheet.pictures
    seal: Seal | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A party of an agreement."""

    party: str
    label: str
    name: str = ""
    by: str = ""  # the person who signed for an organisation
    at: str = ""
    signature: str = ""  # name in Sheet.pictures
    seal: Seal | None = None
    person: bool = False  # signs by hand alone: people have no seal


@dataclass(frozen=True, slots=True)
class Clause:
    id: str
    words: str
    finding: str = ""  # what was found against it


@dataclass(frozen=True, slots=True)
class Meta:
    """The document's own facts. Dates are plain dates in Shanghai."""

    title: str
    kind: str
    issued_on: str
    number: str = ""
    serial: str = ""  # print serial
    code: str = ""  # verify code
    verify_url: str = ""
    payload: str = ""  # compact JWS for offline checking
    office: str = ""  # who issues
    seal: Seal | None = None
    to: str = ""  # who receives it
    case_number: str = ""
    procedure: str = ""
    submitted_on: str = ""
    valid_until: str = ""
    demo: bool = False
    copy: bool = False  # a preview: no number, marked
    lang: str = "zh"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document, ready to be rendered."""

    meta: Meta
    layout: Mapping[str, Json] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)  # expression source -> value
    sections: tuple[Section, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    signatures: tuple[Signature, ...] = ()
    clauses: tuple[Clause, ...] = ()
    reason: str = ""
    marks: tuple[Cell, ...] = ()  # fields sent back, with the note on each
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    attachments: Mapping[str, bytes] = field(default_factory=dict)


class PaperError(Exception):
    """A document that cannot be made. `code` is a key of text/paper.json; `lasting` = trying again will not help."""

    def __init__(self, code: str, lasting: bool = True, /, **params: Any) -> None:
        self.code, self.lasting, self.params = code, lasting, params
        super().__init__(f"{code} {params}" if params else code)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.code, self.lasting, self.params)


def _rebuild(code: str, lasting: bool, params: Mapping[str, Any]) -> PaperError:
    return PaperError(code, lasting, **params)


@dataclass(frozen=True, slots=True)
class Printed:
    """A rendered document. `lost`: characters that were printed as 〓 because no pinned face has them."""

    pdf: bytes
    pages: int
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Signer:
    """Where the issuer's key lies. The certificate file may carry the chain after the leaf."""

    key: Path
    certificate: Path
    demo: bool = False
