"""A document that could not be printed is refused when its definition is checked, at its place."""

import json
from pathlib import Path

import pytest
from tests.engine.check.test_corpus import BASES, load

from tongban import catalog, text
from tongban.cli import main
from tongban.paper import layouts

SLOT = {"zh": "甲", "en": "A"}
DEFECTS = [
    ({"blocks": [{"txet": SLOT}]}, "unknown_block", "/blocks/0"),
    ({"blocks": [{"text": SLOT, "title": SLOT}]}, "unknown_block", "/blocks/0"),
    ({"blocks": "text"}, "unknown_block", "/blocks"),
    ({"blocks": [{"text": SLOT, "bold": True}]}, "unknown_key", "/blocks/0/bold"),
    ({"blocks": [{"text": SLOT, "style": "fancy"}]}, "unknown_style", "/blocks/0/style"),
    ({"blocks": [{"text": SLOT, "style": {"size": "九号"}}]}, "unknown_style", "/blocks/0/style/size"),
    ({"blocks": [{"side": [[{"text": SLOT}], [{"pear": 1}]]}]}, "unknown_block", "/blocks/0/side/1/0"),
    ({"blocks": [{"side": [[], []], "widths": [1]}]}, "unknown_style", "/blocks/0/widths"),
    ({"blocks": [{"table": [{"label": SLOT, "text": SLOT}]}]}, "row_lacks", "/blocks/0/table/0"),
    ({"blocks": [{"facts": [{"label": SLOT, "value": "'x'", "bold": True}]}]}, "unknown_key",
     "/blocks/0/facts/0/bold"),
    ({"page": {"margin": "wide"}}, "unknown_style", "/page/margin"),
    ({"page": {"orientation": "diagonal"}}, "unknown_style", "/page/orientation"),
    ({"page": {"colour": "red"}}, "unknown_key", "/page/colour"),
    ({"styles": {"a/b": {"font": "Comic"}}}, "unknown_style", "/styles/a~1b/font"),
    ({"blocks": [{"form": "aplication"}]}, "unknown_name", "/blocks/0/form"),
    ({"blocks": [{"opinions": ["reveiw"]}]}, "unknown_name", "/blocks/0/opinions"),
    ({"blocks": [{"opinion": "reveiw"}]}, "unknown_name", "/blocks/0/opinion"),
    ({"blocks": [{"side": [[{"signatures": ["landlord"]}]]}]}, "unknown_name", "/blocks/0/side/0/0/signatures"),
    ({"blocks": [{"rows": "application.rows", "columns": [{"label": SLOT, "field": "dya"}]}]}, "unknown_name",
     "/blocks/0/columns/0/field"),
    ({"number": {"parts": ["A"]}}, "number_counter", "/number/parts"),
    ({"number": {"parts": [{"counter": 3}, {"counter": 3}]}}, "number_counter", "/number/parts"),
    ({"number": {"parts": [{"width": 3}, {"counter": 3}]}}, "number_part", "/number/parts/0"),
    ({"number": {"parts": [{"counter": 3}], "per": ["{open"]}}, "bad_template", "/number/per/0"),
    ({"number": "7"}, "number_parts", "/number"),
]


@pytest.mark.parametrize(("layout", "code", "at"), DEFECTS)
def test_a_document_that_could_not_be_printed_is_refused_at_its_place(layout, code, at):
    bundle = load(BASES["small"])
    bundle["workflow"]["documents"]["permit"] = {"kind": "certificate", "title": SLOT, **layout}
    found = layouts.problems(bundle)
    assert [(p.code, p.at) for p in found] == [(f"document.{code}", f"/documents/permit{at}")]
    assert all(text.problem(found[0], lang) != found[0].code for lang in text.LANGUAGES)


def test_shipped_documents_raise_no_alarm():
    assert [p.as_json() for one in catalog.bundles() for p in layouts.problems(one.bundle)] == []


@pytest.mark.parametrize("wrong", [None, 3, "x", [], [1], {"blocks": [None, 3, []]}, {"page": 3, "styles": "x"},
                                   {"blocks": [{"side": 3}, {"side": [3]}, {"rows": 1, "columns": 3}]}])
def test_what_has_no_shape_at_all_is_left_to_the_reader(wrong):
    layouts.problems({"workflow": {"documents": {"a": wrong}, "forms": 3, "states": {"s": 3}}, "forms": {"f": 3}})
    layouts.problems({"workflow": {"documents": wrong}})
    layouts.problems({"workflow": wrong, "forms": wrong})


def test_the_command_check_says_it(tmp_path: Path, capsys):
    bundle = load(BASES["small"])
    bundle["workflow"]["documents"]["permit"]["blocks"].append({"form": "aplication"})
    path = tmp_path / "small.json"
    path.write_text(json.dumps(bundle), "utf-8")
    with pytest.raises(SystemExit) as end:
        main(["check", str(path)])
    assert end.value.code == 1
    assert "/documents/permit/blocks/1/form" in capsys.readouterr().out
