"""Outside systems that an operator names: the effect `call`, and messages of people who chose one as a channel.

Each is a POST of JSON signed as the Standard Webhooks specification says (HMAC-SHA256 over id, time and body), from the
outbox: what fails is sent again later under the same id. Nobody but the operator says where anything goes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tongban.config import ConfigError
from tongban.engine.model import Text
from tongban.engine.problem import Problem, escape
from tongban.service.effects import Undeliverable
from tongban.service.runtime import Runtime

SECONDS = 10
LEAST_SECRET = 24           # bytes, as the specification asks
_PREFIX = "whsec_"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class System:
    """Where an outside system is reached, and the secret it knows. With a title people may choose it as a channel."""

    id: str
    url: str
    secret: bytes
    title: Text | None = None


def read(path: str) -> dict[str, System]:
    """The systems of a file {"id": {"url", "secret", "title"?}}; ConfigError names everything that is wrong with it."""
    if not path:
        return {}
    try:
        raw = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"TONGBAN_OUTSIDE: {error}") from None
    if not isinstance(raw, Mapping) or not all(isinstance(one, Mapping) for one in raw.values()):
        raise ConfigError('TONGBAN_OUTSIDE: must hold {"id": {"url": …, "secret": …}}')
    wrong = [f"TONGBAN_OUTSIDE: {name}: {why}" for name, one in raw.items() for why in _faults(one)]
    if wrong:
        raise ConfigError("\n".join(wrong))
    return {name: System(name, one["url"], _secret(one["secret"]), one.get("title")) for name, one in raw.items()}


def _faults(one: Mapping[str, Any]) -> Iterator[str]:
    if unknown := sorted(set(one) - {"url", "secret", "title"}):
        yield f"no such setting: {', '.join(unknown)}"
    parts = urlsplit(str(one.get("url", "")))
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        yield "url must begin with https:// (http:// on this machine only)"
    if len(_secret(one.get("secret"))) < LEAST_SECRET:
        yield f"secret must be whsec_ and {LEAST_SECRET} bytes or more in base64"
    title = one.get("title", {"zh": "x", "en": "x"})
    if not (isinstance(title, Mapping) and all(isinstance(title.get(lang), str) for lang in ("zh", "en"))):
        yield 'title must be {"zh": …, "en": …}'


def _secret(written: object) -> bytes:
    if not isinstance(written, str) or not written.startswith(_PREFIX):
        return b""
    try:
        return base64.b64decode(written.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return b""


class _Stay(HTTPRedirectHandler):
    """A system answers itself; being sent elsewhere is a failure."""

    def redirect_request(self, *_: Any) -> None:
        return None


_open = build_opener(_Stay()).open


def signature(secret: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """What the header webhook-signature carries."""
    mac = hmac.new(secret, b".".join((message_id.encode(), stamp.encode(), body)), hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def _post(rt: Runtime, system: str, message_id: str, content: Mapping[str, Any]) -> None:
    """Send it; anything but 2xx raises, and the outbox tries again."""
    known: System | None = rt.systems.get(system)
    if known is None:
        raise Undeliverable(f"outside system {system} is not named in TONGBAN_OUTSIDE")
    body, stamp = json.dumps(content, ensure_ascii=False).encode(), str(int(time.time()))
    request = Request(known.url, body, {     # noqa: S310 - `read` looked at the scheme
        "Content-Type": "application/json", "User-Agent": "Tongban", "webhook-id": message_id,
        "webhook-timestamp": stamp, "webhook-signature": signature(known.secret, message_id, stamp, body)})
    with _open(request, timeout=SECONDS):
        return


def call(rt: Runtime, effect: Mapping[str, Any]) -> None:
    """The effect `call` of a procedure."""
    _post(rt, str(effect["to"]), str(effect["id"]), {
        "type": "call", "id": effect["id"], "case": effect["case"], "at": effect["at"],
        "data": effect.get("data") or {}})


def message(rt: Runtime, effect: Mapping[str, Any]) -> None:
    """What one person is told."""
    _post(rt, str(effect["system"]), str(effect["id"]), {
        "type": "message", "id": effect["id"], "case": effect["case"], "number": effect["number"],
        "to": effect["to"], "lang": effect["lang"], "words": effect["words"],
        "link": f"{rt.config.base_url}/cases/{effect['case']}"})


def channels(rt: Runtime) -> dict[str, Text]:
    """The systems that people may choose, with their titles."""
    return {system.id: system.title for system in rt.systems.values() if system.title is not None}


def unnamed(rt: Runtime, workflow: Any, at: str = "") -> Iterator[Problem]:
    """A warning for every call to a system that the operator has not named."""
    if isinstance(workflow, Mapping):
        to = workflow["call"].get("to") if isinstance(workflow.get("call"), Mapping) else None
        if isinstance(to, str) and to not in rt.systems:
            yield Problem("service.no_such_system", f"{at}/call/to", {"name": to}, "warning")
        for key, below in workflow.items():
            yield from unnamed(rt, below, f"{at}/{escape(str(key))}")
    elif isinstance(workflow, list):
        for number, below in enumerate(workflow):
            yield from unnamed(rt, below, f"{at}/{number}")
