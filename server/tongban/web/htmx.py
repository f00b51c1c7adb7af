"""A whole page or one block of it from the same template, and the headers of htmx 4 in both directions.

The request side is htmx-flask's `request.htmx`; what that library lacks for htmx 4 (HX-Source, HX-Request-Type, tag#id
targets, modifiers in HX-Reswap, Vary) stands here. Nothing else imports it.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, make_response, redirect, request
from flask.typing import ResponseReturnValue
from htmx_flask import Htmx

from tongban.web import templating


def init(app: Flask) -> None:
    """Give requests their `htmx` attribute and every answer its Vary."""
    Htmx(app)
    app.after_request(_vary)


def asked() -> bool:
    """Whether htmx asks (a history restore wants the whole page)."""
    headers = request.htmx     # type: ignore[attr-defined]
    return bool(headers) and not headers.history_restore_request


def partial() -> bool:
    """Whether the answer is to be one block: htmx 4 says `full` where it swaps the body or selects by itself."""
    return asked() and request.headers.get("HX-Request-Type", "partial") != "full"


def target_id() -> str:
    """Id of the element that will be swapped; htmx 4 sends `tag#id`, htmx 2 the bare id."""
    return (request.htmx.target or "").rpartition("#")[2]      # type: ignore[attr-defined]


def page(template: str, status: int = 200, block: str | None = None, **context: Any) -> Response:
    """The page, or only its `block` where htmx asked for a part."""
    if block and partial():
        return make_response(render_block(template, block, **context), status)
    return make_response(templating.render(template, **context), status)


def go(url: str, status: int = 303) -> ResponseReturnValue:
    """On to another page, for a form post and for htmx alike."""
    if asked():
        return respond(make_response("", 200), redirect_to=url)
    return redirect(url, status)


def respond(response: Response, *, redirect_to: str = "", retarget: str = "", reswap: str = "",
            reselect: str = "", push: str = "") -> Response:
    """Add the response headers of htmx 4; empty ones are left out."""
    headers = {"HX-Redirect": redirect_to, "HX-Retarget": retarget, "HX-Reswap": reswap,
               "HX-Reselect": reselect, "HX-Push-Url": push}
    response.headers.update({name: value for name, value in headers.items() if value})
    return response


def render_block(name: str, block: str, /, **context: Any) -> str:
    """One block of a template. Imports that it needs stand inside the block: what is above it does not run."""
    current_app.update_template_context(context)
    template = templating.template(name)
    return "".join(template.blocks[block](template.new_context(context)))


def _vary(response: Response) -> Response:
    if "immutable" in response.headers.get("Cache-Control", ""):
        return response     # a file of the build: the same for everybody, and phones find it in their cache by that
    response.headers.add("Vary", "HX-Request, Cookie, Accept-Language")
    return response
