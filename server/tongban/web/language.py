"""Which language and which light a person reads in: their choice in a cookie, else what the browser says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from tongban import text
from tongban.web import cookies

THEMES = ("auto", "light", "dark")


def init(app: Flask) -> None:
    """Choose before each request; offer the words to the templates."""
    app.before_request(_choose)
    app.jinja_env.globals.update(t=say, tx=label, problem_text=problem, stay=stay)


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


def stay() -> str:
    """Where somebody goes on who chooses a language here. The answer to something that was sent has no address of its
    own: the nearest page above it that can be opened, with what the address asked for."""
    path, asked = request.path, request.query_string.decode("utf-8", "replace")
    if request.method != "GET" or request.url_rule is None:
        pages = current_app.create_url_adapter(request)
        while path and pages is not None and not pages.test(path, method="GET"):
            path = path.rpartition("/")[0]
    return f"{path or '/'}?{asked}" if asked else path or "/"


def _choose() -> None:
    chosen = cookies.get("lang")
    g.lang = chosen if chosen in text.LANGUAGES else _best(request.headers.get("Accept-Language", ""))
    theme = cookies.get("theme")
    g.theme = theme if theme in THEMES else "auto"


@lru_cache(256)
def _best(accepted: str) -> str:
    """The language that a browser likes best of ours; there are few such headers, and each takes long to read."""
    return parse_accept_header(accepted, LanguageAccept).best_match(text.LANGUAGES, "zh")
