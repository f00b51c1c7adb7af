"""Being told by push: the server's key, and a device that wants it or wants it no more."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, request

from tongban.service import push
from tongban.service.errors import Refused
from tongban.text import problem
from tongban.web.language import current
from tongban.web.session import runtime, signed_in

pages = Blueprint("phone_push", __name__, url_prefix="/phone/push")


@pages.get("")
def key() -> Response:
    """What a browser needs to ask its maker's push service; null where this server has no push."""
    signed_in()
    found = runtime().pusher
    return jsonify({"key": found.public if found else None})


@pages.post("")
def begin() -> Response:
    """{endpoint, keys: {p256dh, auth}} as the browser's PushSubscription gives it."""
    who, said = signed_in(), request.get_json(silent=True)
    said = said if isinstance(said, dict) else {}
    keys = said.get("keys") if isinstance(said.get("keys"), dict) else {}
    try:
        push.subscribe(runtime(), who, str(said.get("endpoint", "")), str(keys.get("p256dh", "")),
                       str(keys.get("auth", "")))
    except Refused as no:
        answer = jsonify(detail=problem(no.problems[0], current()), code=no.problems[0].code)
        answer.status_code = 422
        answer.headers["Content-Type"] = "application/problem+json"
        return answer
    return make_response(b"", 204)


@pages.post("/end")
def end() -> Response:
    """{endpoint}: no more on this device."""
    said = request.get_json(silent=True)
    push.unsubscribe(runtime(), signed_in(), str(said.get("endpoint", "")) if isinstance(said, dict) else "")
    return make_response(b"", 204)
