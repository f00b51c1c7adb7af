"""`/api/v1`: the pages' nouns for programs. Same service calls, bearer tokens, problem details, OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_smorest import Api
from flask_smorest.spec.plugins import FlaskPlugin
from werkzeug.exceptions import UnprocessableEntity

from tongban.engine.problem import Problem, escape
from tongban.service.errors import Refused
from tongban.text import catalogue
from tongban.web import errors
from tongban.web.api import (
    audit,
    batches,
    cases,
    definitions,
    deliveries,
    documents,
    enterprise,
    files,
    me,
    notices,
    offices,
    people,
    procedures,
    registers,
    tables,
    tasks,
)
from tongban.web.api.schemas import ProblemDetails

PREFIX = "/api/v1"
_BLUEPRINTS = (me.api, procedures.api, cases.api, tasks.api, documents.api, files.api, definitions.api,
               registers.api, batches.api, notices.api, people.api, offices.api, enterprise.api,
               tables.api, audit.api, deliveries.api)


class TongbanApi(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """Errors are problem details (RFC 9457), made by the one table of `web.errors`."""

    ERROR_SCHEMA = ProblemDetails

    def _register_error_handlers(self) -> None:
        self._app.register_error_handler(UnprocessableEntity, _invalid)

    def _register_responses(self) -> None:
        usual, self.DEFAULT_RESPONSE_CONTENT_TYPE = self.DEFAULT_RESPONSE_CONTENT_TYPE, "application/problem+json"
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = usual


def init(app: Flask) -> None:
    """Put the API on the app; its document is at /api/v1/openapi.json."""
    app.config.update(
        API_TITLE="Tongban 通办", API_VERSION="v1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json", API_SPEC_OPTIONS={
            "info": {"description": catalogue()["web.developers.way"]["en"]},
            "components": {"securitySchemes": {"bearer": {
                "type": "http", "scheme": "bearer", "description": "A token from Settings, with its scopes."}}},
            "security": [{"bearer": []}]})
    api = TongbanApi(app, spec_kwargs={"flask_plugin": FlaskPlugin()})
    for blueprint in _BLUEPRINTS:
        api.register_blueprint(blueprint, url_prefix=PREFIX + blueprint.url_prefix)
    app.extensions["openapi"] = api.spec


def _invalid(error: UnprocessableEntity) -> Any:
    """Input that does not fit its schema: every place at once, as JSON pointers."""
    messages = (getattr(error, "data", None) or {}).get("messages") or {}
    found = [problem for part in messages.values() for problem in _problems(part, "")]
    return errors.known(Refused(*found))


def _problems(tree: Any, at: str) -> list[Problem]:
    if isinstance(tree, Mapping):
        return [p for key, below in tree.items()
                for p in _problems(below, at if key == "_schema" else f"{at}/{escape(str(key))}")]
    return [Problem("api.invalid", at, {"why": str(words)}) for words in (tree if isinstance(tree, list) else [tree])]

