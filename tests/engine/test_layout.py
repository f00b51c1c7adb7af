"""Templates of documents: slots are split where an author means it, and every rule expression is found."""

import pytest

from tongban.engine.layout import BadTemplate, Found, Slot, find, parse


def test_a_slot_may_hold_or_quotes_and_maps():
    assert parse("共 {a || b} 元") == ("共 ", Slot("a || b"), " 元")
    assert parse("{x == '|}' ? 1 : 2|money}") == (Slot("x == '|}' ? 1 : 2", "money"),)
    assert parse("{{name}} {m|date:cn}") == ("{name} ", Slot("m", "date", "cn"))


@pytest.mark.parametrize("bad", ["{", "a } b", "{ }", "{a", "{'}"])
def test_an_unfinished_slot_is_refused(bad):
    with pytest.raises(BadTemplate):
        parse(bad)


def test_every_expression_is_found_with_its_pointer():
    layout = {
        "kind": "certificate",
        "blocks": [
            {"text": {"zh": "{name}，{amount|money}", "en": "{name}"}, "when": "passed"},
            {"rows": "roster", "columns": [{"label": {"zh": "姓名"}, "field": "name"}]},
            {"table": [{"label": {"zh": "额度"}, "value": "credit.amount", "format": "capitals"},
                       {"label": {"zh": "编号"}, "value": "document.number"}]},
        ],
        "number": {"parts": ["Y", "{org}", {"counter": 6}]},
    }
    found, problems = find(layout, "/documents/c")
    assert not problems
    assert Found("/documents/c/blocks/0/when", "passed", "bool") in found
    assert Found("/documents/c/blocks/0/text/zh", "amount", "", "money") in found
    assert Found("/documents/c/blocks/1/rows", "roster", "list") in found
    assert Found("/documents/c/number/parts/1", "org", "", "text") in found
    assert Found("/documents/c/blocks/2/table/0/value", "credit.amount") in found
    assert not any(item.source == "document.number" for item in found)
    assert not any("columns" in item.at for item in found)


def test_malformed_templates_and_unknown_formats_are_told_at_their_place():
    _, problems = find({"blocks": [
        {"text": "{a"}, {"text": "{a|moneyy}"}, {"table": [{"label": "b", "value": "b", "format": "captials"}]}]})
    assert [(p.code, p.at) for p in problems] == [
        ("document.bad_template", "/blocks/0/text"), ("document.unknown_format", "/blocks/1/text"),
        ("document.unknown_format", "/blocks/2/table/0/format")]
