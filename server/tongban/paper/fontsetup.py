"""Installs the document fonts: from the npm registry and Debian's packages, each file checked against its hash."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable

from tongban.paper import fonts, outlines

GRID, ROUGH = 250, 3.5  # units an em of the rebuilt faces; how far an edge may move, of 1000 an em
PRINTABLE = range(0x20, 0x7F)
_ZERO = (
    "maxTwilightPoints",
    "maxStorage",
    "maxFunctionDefs",
    "maxInstructionDefs",
    "maxStackElements",
    "maxSizeOfInstructions",
    "maxComponentElements",
    "maxPoints",
    "maxContours",
    "maxCompositePoints",
    "maxCompositeContours",
    "maxComponentDepth",
)
_MEASURES = {
    "hhea": ("ascent", "descent", "lineGap"),
    "post": ("underlinePosition", "underlineThickness"),
    "OS/2": (
        "sTypoAscender",
        "sTypoDescender",
        "sTypoLineGap",
        "usWinAscent",
        "usWinDescent",
        "xAvgCharWidth",
        "yStrikeoutSize",
        "yStrikeoutPosition",
    ),
}


class SetupFailed(RuntimeError):
    """A package could not be fetched or holds other bytes than were pinned."""


def install(where: Path, say: Callable[[str], None] = print) -> bool:
    """Make the font folder complete. False = it already was. Nothing half-made is left under a face's name."""
    if not fonts.problems(where):
        return False
    where.mkdir(parents=True, exist_ok=True)
    noted: dict[str, str] = {"made": fonts.MADE}
    with tempfile.TemporaryDirectory() as scratch:
        packages: dict[str, Path] = {}
        for face in fonts.FACES:
            if face.package not in packages:
                say(f"fetching {face.package}")
                packages[face.package] = _fetch(
                    face.package,
                    Path(scratch),
                    [other.member for other in fonts.FACES if other.package == face.package],
                )
            source = packages[face.package] / face.member
            if not source.is_file() or fonts.digest(source) != face.sha256:
                raise SetupFailed(f"{face.package} does not hold the pinned {face.member}")
            made = Path(scratch) / face.file
            _MAKE[face.derived](source, made)
            noted[face.file] = fonts.digest(made)
            shutil.move(made, where / face.file)
            say(f"{face.file}: {face.family} {face.weight}")
    (where / fonts.MANIFEST).write_text(json.dumps(noted, indent=1), "utf-8")
    fonts.ready.cache_clear()
    fonts.ready(where)
    return True


def _fetch(package: str, scratch: Path, members: list[str]) -> Path:
    """Download a package with its registry's own client and unpack the wanted files."""
    registry, _, name = package.partition(":")
    target = Path(tempfile.mkdtemp(dir=scratch))
    if registry == "npm":
        _run(["npm", "pack", "--silent", name], target)
        with tarfile.open(next(target.glob("*.tgz"))) as archive:
            archive.extractall(target, [archive.getmember(m) for m in members], filter="data")
        return target
    try:
        _run(["apt-get", "download", name], target)
    except SetupFailed:
        _run(["apt-get", "update"], target)
        _run(["apt-get", "download", name], target)
    _run(["dpkg-deb", "--extract", str(next(target.glob("*.deb"))), str(target)], target)
    return target


def _run(command: list[str], where: Path) -> None:
    try:
        subprocess.run(command, cwd=where, check=True, capture_output=True, timeout=600)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as problem:
        said = getattr(problem, "stderr", b"") or b""
        raise SetupFailed(f"{' '.join(command)}: {problem} {said.decode(errors='replace')[-300:]}") from problem


def _truetype(source: Path, made: Path) -> None:
    """Brush outlines as polygons on a coarser grid: it takes half off every document.

    The traced outlines have a curve every few units. An edge moves by less than 0.4 % of the em, 0.02 mm in body text.
    """
    font = TTFont(source, recalcTimestamp=False)
    shapes, order = font.getGlyphSet(), font.getGlyphOrder()
    scale = GRID / font["head"].unitsPerEm
    glyphs = {}
    for name in order:
        drawn, pen = RecordingPen(), TTGlyphPen(None)
        shapes[name].draw(drawn)
        for contour in outlines.polygons(drawn.value, ROUGH, scale):
            pen.moveTo(contour[0])
            for point in contour[1:]:
                pen.lineTo(point)
            pen.closePath()
        glyphs[name] = pen.glyph()
    table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    font["glyf"], font["loca"] = table, newTable("loca")
    for gone in ("CFF ", "VORG", "GlyphOrder", "GPOS", "BASE", "vhea", "vmtx"):
        if gone in font:
            del font[gone]
    _metrics(font, scale)
    font.sfntVersion = "\x00\x01\x00\x00"
    font.save(made)


def _metrics(font: TTFont, scale: float) -> None:
    """Bring every measure to the coarser grid, and the tables to the TrueType kind."""
    font["head"].unitsPerEm = GRID
    font["hmtx"].metrics = {
        name: (round(width * scale), round(bearing * scale)) for name, (width, bearing) in font["hmtx"].metrics.items()
    }
    for table, names in _MEASURES.items():
        for name in names:
            setattr(font[table], name, round(getattr(font[table], name) * scale))
    font["maxp"].tableVersion = 0x00010000
    font["maxp"].maxZones = 1
    for name in _ZERO:
        setattr(font["maxp"], name, 0)
    font["post"].formatType = 3.0


def _ascii(source: Path, made: Path) -> None:
    """ASCII alone under its own family name: it stands in front of fang and kai, whose digits are crude."""
    font = TTFont(source, recalcTimestamp=False)
    cutter = Subsetter(Options(layout_features=["kern", "liga"], name_IDs=["*"], notdef_outline=True))
    cutter.populate(unicodes=PRINTABLE)
    cutter.subset(font)
    font.save(made)


_MAKE: dict[str, Callable[[Path, Path], object]] = {"": shutil.copyfile, "truetype": _truetype, "ascii": _ascii}
