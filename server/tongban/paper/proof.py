"""What verifies without asking the server: a compact JWS (Ed25519) of a document's public facts, and the status list.

The JWS header carries the key's thumbprint; the issuer publishes its keys as a JWK set. The status list holds a bit
for each document ever issued, compressed, signed in the same way.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

MAX_JWS = 4096


class NotGenuine(ValueError):
    """The payload's signature does not fit, or its key is unknown."""


class Issuer:
    """The key that signs payloads."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.kid = thumbprint(self.public)

    def jwk(self, name: str, demo: bool) -> dict[str, Any]:
        """The public key as one entry of the key list."""
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": _b64(self.public),
            "kid": self.kid,
            "use": "sig",
            "alg": "EdDSA",
            "name": name,
            **({"demo": True} if demo else {}),
        }

    def jws(self, claims: Mapping[str, Any]) -> str:
        """Claims as a compact JWS."""
        head = _b64(_canonical({"alg": "EdDSA", "kid": self.kid}))
        signed = f"{head}.{_b64(_canonical(claims))}"
        return f"{signed}.{_b64(self._key.sign(signed.encode()))}"


@lru_cache(maxsize=4)
def issuer(path: Path) -> Issuer:
    """The issuer whose private key lies in that file."""
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path.name}: an Ed25519 key is wanted")
    return Issuer(key)


def thumbprint(public: bytes) -> str:
    """A short name for a key (RFC 7638, cut to 16 characters, so that the QR code stays coarse)."""
    jwk = _canonical({"crv": "Ed25519", "kty": "OKP", "x": _b64(public)})
    return _b64(hashlib.sha256(jwk).digest())[:16]


def read(jws: str, keys: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The claims of a JWS, once its signature fits one of the keys. Raises NotGenuine."""
    parts = jws.split(".")
    if len(jws) > MAX_JWS or len(parts) != 3:
        raise NotGenuine("no compact JWS")
    try:
        head = json.loads(_unb64(parts[0]))
        key = next((k for k in keys if k.get("kid") == head.get("kid")), None)
        if head.get("alg") != "EdDSA" or key is None:
            raise NotGenuine("unknown key")
        Ed25519PublicKey.from_public_bytes(_unb64(str(key["x"]))).verify(
            _unb64(parts[2]), f"{parts[0]}.{parts[1]}".encode()
        )
        claims = json.loads(_unb64(parts[1]))
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise NotGenuine(str(problem) or "the signature does not fit") from problem
    if not isinstance(claims, dict):
        raise NotGenuine("no claims")
    return claims


def claims(
    *, code: str, number: str, title: str, issued: str, until: str, office: str, index: int, public: Mapping[str, str]
) -> dict[str, Any]:
    """Short names: every byte makes the QR code finer. `x` is the document's place in the status list."""
    full = {"c": code, "n": number, "t": title, "i": issued, "e": until, "o": office, "p": dict(public)}
    return {**{key: value for key, value in full.items() if value}, "x": index}


def status_list(issuer_: Issuer, revoked: Iterable[int], size: int, at: str) -> str:
    """A signed list of bits: bit n is set where document n was revoked."""
    bits = bytearray(max(1, (size + 7) // 8))
    for index in revoked:
        bits[index // 8] |= 1 << index % 8
    packed = zlib.compress(bytes(bits), 9)
    return issuer_.jws({"iat": at, "size": size, "lst": _b64(packed)})


def revoked_in(jws: str, index: int, keys: Iterable[Mapping[str, Any]]) -> bool | None:
    """Whether a signed status list names that document as revoked; None = the list does not reach so far."""
    listed = _read_long(jws, keys)
    if index >= int(listed["size"]):
        return None
    unpacked = zlib.decompressobj().decompress(_unb64(listed["lst"]), 64_000_000)
    return bool(unpacked[index // 8] >> index % 8 & 1)


def _read_long(jws: str, keys: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A status list may be longer than a QR code's payload."""
    head, body, signature = jws.split(".")
    key = next((k for k in keys if k.get("kid") == json.loads(_unb64(head)).get("kid")), None)
    if key is None:
        raise NotGenuine("unknown key")
    try:
        Ed25519PublicKey.from_public_bytes(_unb64(str(key["x"]))).verify(_unb64(signature), f"{head}.{body}".encode())
    except InvalidSignature as problem:
        raise NotGenuine("the signature does not fit") from problem
    listed: dict[str, Any] = json.loads(_unb64(body))
    return listed


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
