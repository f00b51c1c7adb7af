"""Every text stands in both languages, and its slots are the same in both."""

from __future__ import annotations

from tongban import text


def test_every_text_has_both_languages_with_the_same_slots() -> None:
    for key, entry in text.catalogue().items():
        assert set(entry) == set(text.LANGUAGES), key
        slots = {lang: set(text._SLOT.findall(entry[lang])) for lang in entry}
        assert slots["zh"] == slots["en"], key


def test_unknown_key_is_shown_as_it_is() -> None:
    assert text.say("no.such.key", "zh") == "no.such.key"


def test_slots_take_the_language_of_the_sentence_and_lists_are_joined() -> None:
    assert text.fill("{a}；{b}；{c}", "en", {"a": {"zh": "甲", "en": "A"}, "b": ["x", "y"]}) == "A；x, y；{c}"
