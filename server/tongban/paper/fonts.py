"""The pinned faces that documents are printed with, and the check that they are there, whole and unaltered.

Song and hei are full-coverage Noto faces; fang and kai are the Fandol faces (GB2312), whose rare characters come from
a light song of the same full coverage. `tongban fonts install` puts them into the folder; without them nothing is
rendered.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

MANIFEST = "fonts.json"
MADE = "polygons"  # how the derived faces are made; another word has them made again


@dataclass(frozen=True, slots=True)
class Face:
    """One font file. `derived` faces are made from another at set-up and checked against the manifest."""

    file: str
    family: str
    weight: int
    package: str  # "npm:<name>@<version>" or "apt:<name>"
    member: str  # path inside the package
    sha256: str  # of that member
    derived: str = ""  # "" | truetype | ascii


SERIF, SANS = "npm:@expo-google-fonts/noto-serif-sc@0.4.3", "npm:@expo-google-fonts/noto-sans-sc@0.4.3"
FANDOL = "apt:texlive-lang-chinese"
FANDOL_FOLDER = "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/"
_SONG_400 = "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742"
FACES = (
    Face("song.ttf", "TB Song", 400, SERIF, "package/400Regular/NotoSerifSC_400Regular.ttf", _SONG_400),
    Face(
        "light.ttf",
        "TB Light",
        400,
        SERIF,
        "package/300Light/NotoSerifSC_300Light.ttf",
        "a86e5cabd0c0b9bd656ff9c3e437bec6519fc7b149e845192edd8075b07789eb",
    ),
    Face(
        "song-bold.ttf",
        "TB Song",
        700,
        SERIF,
        "package/600SemiBold/NotoSerifSC_600SemiBold.ttf",
        "5d19e0f438d4a30371f584d34a87c9232dba0a85237db63fe5337fe743487def",
    ),
    Face(
        "hei.ttf",
        "TB Hei",
        400,
        SANS,
        "package/500Medium/NotoSansSC_500Medium.ttf",
        "b30853d205f3ecdde938b1488c735ee15a2e870d31331b992fdc53971e23ec4a",
    ),
    Face(
        "fang.ttf",
        "TB Fang",
        400,
        FANDOL,
        FANDOL_FOLDER + "FandolFang-Regular.otf",
        "d838ad32ce2244d8144f408c37fe71065aba6fbbc80759a4d2aa2033948d5bc9",
        "truetype",
    ),
    Face(
        "kai.otf",
        "TB Kai",
        400,
        FANDOL,
        FANDOL_FOLDER + "FandolKai-Regular.otf",
        "ea7e7fb4f9b3ac694a68d43946e04d21deed6e8c29a7c2d3081e1a4138f2f827",
    ),
    Face("latin.ttf", "TB Latin", 400, SERIF, "package/400Regular/NotoSerifSC_400Regular.ttf", _SONG_400, "ascii"),
)


class FontsMissing(RuntimeError):
    """The folder lacks a face or holds another file under its name. The message says which and what to run."""


def folder() -> Path:
    """Where the faces lie: TONGBAN_FONTS, else the user's data folder."""
    named = os.environ.get("TONGBAN_FONTS")
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(named) if named else Path(data) / "tongban" / "fonts"


def digest(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def problems(where: Path) -> list[str]:
    """What is wrong with a font folder, in words; empty = ready."""
    try:
        noted = json.loads((where / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        noted = {}
    found = []
    for face in FACES:
        path = where / face.file
        wanted = noted.get(face.file) if face.derived else face.sha256
        if not path.is_file():
            found.append(f"{face.file} ({face.family} {face.weight}) is missing")
        elif face.derived and noted.get("made") != MADE:
            found.append(f"{face.file} was made by an earlier version")
        elif digest(path) != wanted:
            found.append(f"{face.file} is not the pinned {face.family}")
    return found


@lru_cache(maxsize=4)
def ready(where: Path) -> Path:
    """The folder, once it has been found complete; else a clear error."""
    wrong = problems(where)
    if wrong:
        raise FontsMissing(f"document fonts in {where}: {'; '.join(wrong)}. Run: tongban fonts install")
    return where


def stylesheet(where: Path) -> str:
    """The `@font-face` rules. One file a family and weight: slices by unicode-range print wrong characters."""
    return "".join(
        f"@font-face{{font-family:'{face.family}';font-weight:{face.weight};src:url({(where / face.file).as_uri()})}}"
        for face in FACES
    )


@lru_cache(maxsize=1)
def covered(where: Path) -> frozenset[int]:
    """Code points that the full-coverage faces can print."""
    with TTFont(where / "song.ttf", lazy=True) as song, TTFont(where / "hei.ttf", lazy=True) as hei:
        return frozenset(song.getBestCmap()) & frozenset(hei.getBestCmap())


def unprintable(text: Iterable[str], where: Path) -> list[str]:
    """Characters that no pinned face has, in order of appearance."""
    known = covered(where)
    return list(dict.fromkeys(c for part in text for c in part if ord(c) not in known and not c.isspace()))
