"""Web push: encrypted for one device, signed by the server, sent nowhere but to the makers' services."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tests.service.world import World

from tongban.config import Config
from tongban.service import outbox, push, wiring
from tongban.service.errors import Refused
from tongban.store import devices


class Service:
    """The maker's push service: keeps what it is given and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers = 201
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(service.answers)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Device:
    """A browser's side, written from RFC 8291 and not with the server's library: its keys, and what it reads."""

    def __init__(self, private: str = "", auth: str = "") -> None:
        self.key = ec.derive_private_key(int.from_bytes(_raw(private)), ec.SECP256R1()) if private \
            else ec.generate_private_key(ec.SECP256R1())
        self.auth = _raw(auth) if auth else os.urandom(16)
        self.point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.p256dh = _text(self.point)

    def read(self, body: bytes) -> bytes:
        salt, size, end = body[:16], int.from_bytes(body[16:20]), 21 + body[20]
        sender, record = body[21:end], body[end:]
        assert len(record) <= size
        assert len(body) <= 4096        # what a service must take
        secret = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        shared = _derived(secret, self.auth, b"WebPush: info\0" + self.point + sender, 32)
        key = _derived(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(shared, salt, b"Content-Encoding: nonce\0", 12)
        words = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        assert words[-1] == 2           # the last record says so
        return words[:-1]


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def told(world: World, service: Service, tmp_path: Path) -> Device:
    """boss is told of news on a device."""
    world.rt.config = Config(demo=True, data=tmp_path, push_hosts="127.0.0.1")
    wiring.wire(world.rt)
    device = Device()
    push.subscribe(world.rt, world.who("boss"), f"{service.origin}/send/1", device.p256dh, _text(device.auth))
    return device


def _tell(world: World, case_id: str) -> None:
    """The applicant is told that it was approved, and the worker goes round."""
    assert world.act("shinan", case_id, "approve").ok
    assert world.act("city", case_id, "approve").ok
    for _ in range(3):
        outbox.deliver(world.rt)


def test_message_reaches_the_device_encrypted_and_signed_by_the_server(
        world: World, service: Service, told: Device) -> None:
    case_id = world.submitted()
    _tell(world, case_id)
    ((headers, body),) = service.got
    said = json.loads(told.read(body))
    assert said["body"] == "通过了"
    assert (said["url"], said["for"]) == (f"/cases/{case_id}", "u-boss")
    assert "通过了".encode() not in body
    assert headers["content-encoding"] == "aes128gcm"
    assert int(headers["ttl"]) > 0
    token, key = (part.strip().partition("=")[2] for part in headers["authorization"].removeprefix("vapid ").split(","))
    head, claims, signature = token.split(".")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(key))
    r, s = (int.from_bytes(_raw(signature)[part]) for part in (slice(32), slice(32, 64)))
    public.verify(encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(_raw(head)) == {"typ": "JWT", "alg": "ES256"}
    claimed = json.loads(_raw(claims))
    assert claimed["aud"] == service.origin
    assert time.time() < claimed["exp"] <= time.time() + 86_400     # services refuse longer ones
    assert claimed["sub"].startswith(("mailto:", "https://"))
    assert key == push.pusher(world.rt.config).public       # the key stays the same after a restart


def test_device_of_these_tests_reads_the_example_of_the_standard() -> None:
    device = Device("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "BTBZMqHH6r4Tts7J_aSIgg")
    body = ("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6P"
            "Bru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
    assert device.read(_raw(body)) == b"When I grow up, I want to be a watermelon"


@pytest.mark.parametrize(("answer", "left", "kept"), [(404, 0, 0), (410, 0, 0), (503, 1, 1)])
def test_device_that_is_gone_is_forgotten_and_a_service_that_is_down_is_tried_again(
        world: World, service: Service, told: Device, answer: int, left: int, kept: int) -> None:
    service.answers = answer
    _tell(world, world.submitted())
    assert len(service.got) == 1
    with world.rt.store.reading() as conn:
        assert len(devices.of_people(conn, ["u-boss"]).get("u-boss", ())) == left
    service.answers = 201
    world.clock.move(minutes=30)
    outbox.deliver(world.rt)
    assert len(service.got) == 1 + kept


def test_device_used_by_somebody_else_now_gets_nothing_of_the_first(
        world: World, service: Service, told: Device) -> None:
    push.subscribe(world.rt, world.who("rival"), f"{service.origin}/send/1", told.p256dh, _text(told.auth))
    _tell(world, world.submitted())
    assert service.got == []


FOREIGN = ("http://169.254.169.254/latest", "https://127.0.0.1.evil.example/x", "http://fcm.googleapis.com/x",
           "https://evil.example/fcm.googleapis.com", "https://fcm.googleapis.com@evil.example/x", "file:///etc/passwd",
           "")


def test_server_calls_nothing_but_push_services_and_takes_no_keys_that_are_none(
        world: World, told: Device, service: Service) -> None:
    for p256dh, auth in (("", ""), ("AAAA", "A" * 22), ("B" * 87, "A" * 22), (told.p256dh, "AAAA")):
        with pytest.raises(Refused):
            push.subscribe(world.rt, world.who("boss"), f"{service.origin}/send/2", p256dh, auth)
    world.rt.pusher = push.pusher(Config(demo=True, data=world.rt.config.data))
    for address in FOREIGN:
        with pytest.raises(Refused):
            push.subscribe(world.rt, world.who("boss"), address, told.p256dh, _text(told.auth))
    push.subscribe(world.rt, world.who("boss"), "https://fcm.googleapis.com/fcm/send/x", told.p256dh, _text(told.auth))


def test_without_a_key_there_is_no_push(tmp_path: Path) -> None:
    assert push.pusher(Config(secret="x" * 32, data=tmp_path)) is None
