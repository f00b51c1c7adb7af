"""/preferences: language and light, for whoever is here, signed in or not."""

from __future__ import annotations

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue

from tongban.service import account
from tongban.text import LANGUAGES
from tongban.web import cookies, htmx
from tongban.web.language import THEMES
from tongban.web.pages.sign_in import here_only
from tongban.web.session import person, runtime

pages = Blueprint("preferences", __name__)


@pages.post("/preferences")
def choose() -> ResponseReturnValue:
    """Keep the choice for a year and go back to where it was made; mails follow the language."""
    answer = make_response(htmx.go(here_only(request.form.get("next", "/"))))
    for name, known in (("lang", LANGUAGES), ("theme", THEMES)):
        if request.form.get(name) in known:
            cookies.put(answer, name, request.form[name], days=365)
    who, lang = person(), request.form.get("lang")
    if who is not None and lang in LANGUAGES:
        account.choose_language(runtime(), who, lang)
    return answer
