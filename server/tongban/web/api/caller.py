"""Who calls: the bearer token, the language, the headers that make a repeat safe."""

from __future__ import annotations

import re
from typing import Any

from flask import g, request
from flask_smorest import Blueprint

from tongban.engine.problem import Problem
from tongban.service import people
from tongban.service.access import Person
from tongban.service.errors import Refused, SignInNeeded
from tongban.web.session import runtime

_KEY = re.compile(r"^[A-Za-z0-9._:-]{8,80}$")
_ETAG = re.compile(r'^(?:W/)?"(\d{1,18})"$')


def blueprint(name: str, description: str) -> Blueprint:
    """A blueprint of the API. Every call must show a token; a browser's session is not one (no CSRF that way)."""
    made = Blueprint(f"api_{name}", __name__, url_prefix=f"/{name}", description=description)
    made.before_request(_known)
    return made


def _known() -> None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    person = people.session(runtime(), token.strip()) if kind.lower() == "bearer" else None
    if person is None or person.limits is None:
        raise SignInNeeded
    g.person = person


def caller() -> Person:
    """The person that the token stands for."""
    person: Person = g.person
    return person


def idempotency_key() -> str | None:
    """The Idempotency-Key header, checked."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.match(key):
        raise Refused(Problem("api.key", "#Idempotency-Key"))
    return key


def expected() -> int | None:
    """The case version in If-Match; None where the caller does not mind."""
    given = request.headers.get("If-Match")
    if given in (None, "*"):
        return None
    match = _ETAG.match(given or "")
    if match is None:
        raise Refused(Problem("api.if_match", "#If-Match"))
    return int(match[1])


def etag(seq: int) -> dict[str, str]:
    """The case version as an entity tag."""
    return {"ETag": f'"{seq}"'}


KEY_HEADER: dict[str, Any] = {
    "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "pattern": _KEY.pattern},
    "description": "Made by the client; the same key gives the same answer, however often it is sent."}
MATCH_HEADER: dict[str, Any] = {
    "name": "If-Match", "in": "header", "schema": {"type": "string", "pattern": _ETAG.pattern},
    "description": "The case version (ETag) that the caller saw; 409 where the case has moved on since."}
