"""Which language and which light a person reads in: their choice in a cookie, else what the browser says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, g, request

from tongban import text
from tongban.web import cookies

THEMES = ("auto", "light", "dark")


def init(app: Flask) -> None:
    """Choose before each request; offer the words to the templates."""
    app.before_request(_choose)
    app.jinja_env.globals.update(t=say, tx=label, problem_text=problem)


def current() -> str:
    """The language of this request."""
    return str(g.get("lang", "zh"))


def say(key: str, /, **params: Any) -> str:
    """A sentence of the catalogues in the language of this request."""
    return text.say(key, current(), **params)


def label(words: Mapping[str, str] | str | None) -> str:
    """An author's words in the language of this request."""
    return text.label(words, current())


def problem(found: Any) -> str:
    """The sentence of a problem."""
    return text.problem(found, current())


def _choose() -> None:
    chosen = cookies.get("lang")
    g.lang = chosen if chosen in text.LANGUAGES else request.accept_languages.best_match(text.LANGUAGES, "zh")
    theme = cookies.get("theme")
    g.theme = theme if theme in THEMES else "auto"
