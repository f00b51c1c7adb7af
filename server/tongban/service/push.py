"""Web push (RFC 8030, 8291, 8292): a message to a device that asked for it, beside the inbox, mail and text messages.

The maker's service carries it and cannot read it. It is an addition and never the only channel: some devices have none,
and the largest service is out of reach in mainland China.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import http_ece
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tongban import text
from tongban.config import Config
from tongban.engine.problem import Problem
from tongban.service.access import Person
from tongban.service.errors import Refused
from tongban.service.runtime import Runtime
from tongban.store import devices
from tongban.store.base import digest

KEPT = 86_400           # seconds that the service keeps a message for a device that is off
GONE = (404, 410)
_LOOPBACK = ("127.0.0.1", "localhost")


class Pusher:
    """The server's own key, and the way to a push service."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, config: Config) -> None:
        self._key, self._config = key, config
        self._open = build_opener(_Stay()).open
        point = key.public_key().public_bytes(serialization.Encoding.X962,
                                              serialization.PublicFormat.UncompressedPoint)
        self.public = _written(point)

    def allowed(self, endpoint: str) -> bool:
        """Only the makers' services are called, whatever address a browser names."""
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        known = any(host == one or host.endswith(f".{one}") for one in self._config.push_hosts.split(","))
        return known and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))

    def send(self, endpoint: str, p256dh: str, auth: str, words: bytes, topic: str) -> bool:
        """Hand a message over. False: the device does not want it any more. Raises where it may be tried again."""
        own = ec.generate_private_key(ec.SECP256R1())
        body = http_ece.encrypt(words, salt=os.urandom(16), private_key=own, dh=_read(p256dh), auth_secret=_read(auth))
        request = Request(endpoint, body, {     # noqa: S310 - `allowed` looked at the scheme
            "Content-Type": "application/octet-stream", "Content-Encoding": "aes128gcm", "TTL": str(KEPT),
            "Urgency": "normal", "Topic": topic, "Authorization": self._vapid(endpoint)})
        try:
            with self._open(request, timeout=10):
                return True
        except HTTPError as error:
            if error.code in GONE:
                return False
            raise

    def _vapid(self, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        contact = self._config.base_url
        if not contact.startswith("https://"):
            contact = f"mailto:{self._config.smtp_from}"
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time.time()) + 12 * 3600, "sub": contact}
        signed = ".".join(_written(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "ES256"}, claims))
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"vapid t={signed}.{_written(r.to_bytes(32) + s.to_bytes(32))}, k={self.public}"


class _Stay(HTTPRedirectHandler):
    """A push service answers itself; being sent elsewhere is a failure."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _read(written: str) -> bytes:
    return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))


def pusher(config: Config) -> Pusher | None:
    """With the configured key; demo mode makes one; else there is no push."""
    if config.push_key:
        found = serialization.load_pem_private_key(Path(config.push_key).read_bytes(), None)
    elif config.demo:
        found = _own(config.data / "push-key.pem")
    else:
        return None
    if not isinstance(found, ec.EllipticCurvePrivateKey) or found.curve.name != "secp256r1":
        raise ValueError("TONGBAN_PUSH_KEY: must be a P-256 key")
    return Pusher(found, config)


def _own(path: Path) -> Any:
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(f".{secrets.token_hex(4)}")        # several processes start at once: the first stands
        aside.write_bytes(made)
        aside.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    return serialization.load_pem_private_key(path.read_bytes(), None)


def subscribe(rt: Runtime, person: Person, endpoint: str, p256dh: str, auth: str) -> None:
    """From now on this device is told what this person is told."""
    if rt.pusher is None or len(endpoint) > 1000 or not rt.pusher.allowed(endpoint):
        raise Refused(Problem("phone.push.host"))
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _read(p256dh))
        fits = len(_read(auth)) == 16
    except ValueError:
        fits = False
    if not fits:
        raise Refused(Problem("phone.push.keys"))
    rt.store.run(lambda conn: devices.put(conn, {"id": digest(endpoint), "person": person.id, "endpoint": endpoint,
                                                 "p256dh": p256dh, "auth": auth, "made_at": rt.clock()}))


def unsubscribe(rt: Runtime, person: Person, endpoint: str) -> None:
    """No more on this device."""
    rt.store.run(lambda conn: devices.drop(conn, digest(endpoint), person.id))


def send(rt: Runtime, effect: Mapping[str, Any]) -> None:
    """One message to one device; a device that is gone is forgotten."""
    with rt.store.reading() as conn:
        row = devices.get(conn, effect["to"])
    if rt.pusher is None or row is None or row["person"] != effect["person"]:
        return
    words = json.dumps({"title": text.say("phone.push.title", effect["lang"]), "tag": effect["case"],
                        "body": text.label(effect["words"], effect["lang"])[:400], "url": f"/cases/{effect['case']}",
                        "for": effect["person"]},
                       ensure_ascii=False).encode()
    if not rt.pusher.send(row["endpoint"], row["p256dh"], row["auth"], words, digest(effect["case"])[:32]):
        rt.store.run(lambda conn: devices.drop(conn, row["id"]))
