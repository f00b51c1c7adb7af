"""The drawing of a definition: every state once, present ones lit, the way solid, words escaped."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from tongban.engine import draw

SVG = "{http://www.w3.org/2000/svg}"


def parsed(chart: dict[str, Any], **look: Any) -> ElementTree.Element:
    return ElementTree.fromstring(draw.svg(chart, **look))


def titles(root: ElementTree.Element, wanted: str) -> set[str]:
    groups = (group for group in root.iter(f"{SVG}g") if wanted in group.get("class", "").split())
    return {group.findtext(f"{SVG}title") or "" for group in groups}


@pytest.mark.parametrize("down", [False, True])
def test_every_state_is_drawn_once_inside_the_picture(small: dict[str, Any], down: bool) -> None:
    root = parsed(small["workflow"], down=down)
    boxes = [r for r in root.iter(f"{SVG}rect")]
    assert len(boxes) == len(small["workflow"]["states"])
    _, _, width, height = map(int, root.get("viewBox", "").split())
    for box in boxes:
        x, y, wide, high = (int(box.get(key, "")) for key in ("x", "y", "width", "height"))
        assert 0 <= x <= width - wide
        assert 0 <= y <= height - high
    places = [(b.get("x"), b.get("y")) for b in boxes]
    assert len(set(places)) == len(places)


def test_present_states_are_lit_and_the_way_is_solid(small: dict[str, Any]) -> None:
    root = parsed(small["workflow"], lit=["review"], way=["draft"])
    assert titles(root, "lit") == {"审核"}
    assert titles(root, "been") == {"填表"}
    taken = [p for p in root.iter(f"{SVG}path") if "taken" in p.get("class", "")]
    assert [p.findtext(f"{SVG}title") for p in taken] == ["submit"]


def test_no_colour_stands_in_a_drawing_for_a_page(small: dict[str, Any]) -> None:
    picture = draw.svg(small["workflow"])
    assert "style" not in picture
    assert "#" not in picture
    assert "<style>" in draw.svg(small["workflow"], style=True)


def test_labels_are_escaped(small: dict[str, Any]) -> None:
    small["workflow"]["states"]["draft"]["label"] = {"zh": "<script>&", "en": "x"}
    assert "<script>" not in draw.svg(small["workflow"])
    assert titles(parsed(small["workflow"]), "state") >= {"<script>&"}


def test_text_lists_every_state_with_what_leads_out_of_it(small: dict[str, Any]) -> None:
    lines = draw.text(small["workflow"], "en").splitlines()
    assert lines[0] == "Use of the hall"
    assert any(line.strip() == "submit → review" for line in lines)
    assert any("return → draft" in line for line in lines)


def test_a_drawing_that_stands_alone_names_its_arrows_and_leaves_only_ways_back_dashed(small: dict[str, Any]) -> None:
    small["workflow"]["states"]["draft"]["on"]["submit"]["label"] = {"zh": "提交申请", "en": "Submit"}
    root = parsed(small["workflow"], style=True, lang="en")
    names = [t.text for t in root.iter(f"{SVG}text") if t.get("class") == "name"]
    assert names.count("Submit") == 1
    assert "refuse · timer" in names
    kinds = {p.findtext(f"{SVG}title"): p.get("class") for p in root.iter(f"{SVG}path") if p.get("class") != "tip"}
    assert kinds["Submit"] == "arrow on"
    assert kinds["return"] == "arrow"
    assert not [t for t in parsed(small["workflow"]).iter(f"{SVG}text") if t.get("class") == "name"]
