"""Templates are compiled for each language: what never changes is text in them already, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import g

from tongban import text
from tongban.web import templating


def _drawn(site: Any, lang: str, source: str, **context: Any) -> str:
    with site.app.test_request_context("/"):
        g.lang = lang
        return str(site.app.extensions["templates"][lang].from_string(source).render(**context))


def _compiled(site: Any, lang: str, name: str) -> str:
    templates = site.app.extensions["templates"][lang]
    source, _, _ = templates.loader.get_source(templates, name)
    return str(templates.compile(source, name=name, raw=True))


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_what_a_form_says_of_the_device_is_one_piece_of_text(site: Any, lang: str) -> None:
    compiled = _compiled(site, lang, "part/phone_form.html")
    assert compiled.count("yield '") == 1
    assert text.say("phone.form.kept.lead", lang) in compiled
    assert "<path d=" in compiled


def test_two_people_read_the_same_page_in_their_languages(site: Any) -> None:
    for _ in range(2):
        for lang, header in (("zh", "zh-CN"), ("en", "en-GB")):
            page = site.caller().get("/sign-in", headers={"Accept-Language": header}).text
            assert text.say("web.sign_in", lang) in page
            assert text.say("web.foot", {"zh": "en", "en": "zh"}[lang]) not in page


def test_variable_of_the_same_name_is_asked_at_every_page(site: Any) -> None:
    for source in ("{% macro m(t) %}{{ t('web.name') }}{% endmacro %}{{ m(given) }}",
                   "{% set t = given %}{{ t('web.name') }}",
                   "{% for t in [given] %}{{ t('web.name') }}{% endfor %}"):
        assert _drawn(site, "zh", source, given=lambda key: f"<{key}>") == "&lt;web.name&gt;", source


def test_calls_with_anything_but_literals_are_asked_at_every_page(site: Any) -> None:
    source = "{{ t('web.problems', n=many) }}|{{ t('web.' ~ what) }}|{{ t(*keys) }}"
    for many in (2, 3):
        said = _drawn(site, "en", source, many=many, what="name", keys=["web.name"]).split("|")
        assert said == [text.say("web.problems", "en", n=many), *[text.say("web.name", "en")] * 2]


def test_words_of_a_catalogue_are_text_and_never_markup(site: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(text.catalogue(), "test.sharp", {"zh": '<b title="x">&', "en": "<i>"})
    assert _drawn(site, "zh", "{{ t('test.sharp') }}") == "&lt;b title=&#34;x&#34;&gt;&amp;"
    assert _drawn(site, "zh", "{{ icon('tick') }}").startswith("<svg")


def test_misspelt_drawing_or_file_fails_and_is_no_empty_place(site: Any) -> None:
    with pytest.raises(KeyError):
        _drawn(site, "zh", "{{ icon('tik') }}")
    with pytest.raises(KeyError):
        _drawn(site, "zh", "{{ asset('css/tongbann.css') }}")


def test_every_template_is_there_before_processes_are_forked(site: Any) -> None:
    templating.warm(site.app)
    kept = site.app.extensions["templates"]["zh"].cache
    assert len(kept) >= len(list((Path(templating.__file__).parent / "templates").rglob("*.html")))
