"""/developers: the API's document as a page that people can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response

from tongban.web import htmx
from tongban.web.api import PREFIX
from tongban.web.session import app_extension

pages = Blueprint("developers", __name__, url_prefix="/developers")
_METHODS = ("get", "post", "put", "patch", "delete")


@pages.get("")
def page() -> Response:
    """Every operation with its parameters and answers."""
    document = app_extension("openapi").to_dict()
    return htmx.page("page/developers.html", document=document, prefix=PREFIX, groups=list(_groups(document)))


def _groups(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    for tag in document["tags"]:
        yield tag, [
            {**operation, "method": method.upper(), "path": path,
             "parameters": [*item.get("parameters", ()), *operation.get("parameters", ())],
             "body": _body(document, operation)}
            for path, item in document["paths"].items() for method in _METHODS
            if (operation := item.get(method)) and tag["name"] in operation.get("tags", ())]


def _body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], bool]]:
    """Members of the JSON body: name, schema, required."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    schema = document["components"]["schemas"].get(content.get("$ref", "").rsplit("/", 1)[-1], content)
    return [(name, part, name in schema.get("required", ())) for name, part in schema.get("properties", {}).items()]
