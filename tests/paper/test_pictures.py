"""Every document that is shipped, and every kind, looks as it did when somebody looked at it.

Pages are drawn by poppler at 40 dpi in grey. Tolerance: at most 0.3 % of the pixels may differ by more than 64 of 255
(another poppler or FreeType moves edges); a moved line or a missing seal is more. `python -m tests.paper.redraw` draws
them anew after a definition changed: look at each before committing it.
"""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from tests.paper import sheets

from tongban import catalog
from tongban.engine.read import read_bundle
from tongban.paper import render, sample

KEPT = Path(__file__).parent / "pictures"
DIFFERENT, SHARE = 64, 0.003


def shipped() -> dict[str, tuple]:
    """Every document of every shipped procedure: name -> bundle, document."""
    return {f"{one.slug}.{name}": (one.bundle, name) for one in catalog.bundles()
            for name in one.bundle["workflow"].get("documents") or {}}


NAMES = [*sheets.ALL, *shipped()]


def sheet_of(name: str):
    if name in sheets.ALL:
        return sheets.ALL[name]()
    bundle, document = shipped()[name]
    version = read_bundle(bundle).version
    return sample.sheet(version, version.workflow.documents[document])


def drawn(pdf: bytes, dpi: int = 40) -> Image.Image:
    """All pages under each other."""
    out = subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", "-"], input=pdf, capture_output=True,
                         check=True).stdout
    pages = []
    while out:
        head = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", out)
        width, height = int(head[1]), int(head[2])
        end = head.end() + width * height
        pages.append(Image.frombytes("L", (width, height), out[head.end() : end]))
        out = out[end:]
    whole = Image.new("L", (max(p.width for p in pages), sum(p.height for p in pages)), 255)
    top = 0
    for page in pages:
        whole.paste(page, (0, top))
        top += page.height
    return whole


def share_of_difference(one: Image.Image, other: Image.Image) -> float:
    """How much of the picture differs; 1 where the sizes do."""
    if one.size != other.size:
        return 1.0
    counts = ImageChops.difference(one, other).histogram()
    return sum(counts[DIFFERENT:]) / (one.width * one.height)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_it_did(name):
    path = KEPT / f"{name}.png"
    assert path.exists(), f"no picture of {name} is kept: python -m tests.paper.redraw {name}"
    with Image.open(path) as kept:
        kept.load()
    share = share_of_difference(drawn(render.render(sheet_of(name)).pdf), kept.convert("L"))
    assert share <= SHARE, f"{share:.1%} of {name} differs: look, then python -m tests.paper.redraw {name}"


def test_no_picture_is_kept_of_what_is_gone():
    assert {path.stem for path in KEPT.glob("*.png")} <= set(NAMES)


def test_a_lost_seal_is_a_difference():
    with_seal = drawn(render.render(sheets.decision()).pdf)
    without = replace(sheets.decision(), meta=replace(sheets.decision().meta, seal=None))
    assert share_of_difference(with_seal, drawn(render.render(without).pdf)) > SHARE
