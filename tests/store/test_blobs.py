"""Contents by their hash, in a folder and in a bucket: kept once, whole or not at all."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tongban.store.blobs import Blobs, Folder
from tongban.store.bucket import Bucket, BucketError, account

KEY, SECRET = "demo-key", "de/mo+sec@ret"      # as the keys of real stores look
IN_URL = "demo-key:de%2Fmo%2Bsec%40ret"


class Server(BaseHTTPRequestHandler):
    """An S3 of our own: checks every signature with botocore's own code, and stumbles when told to."""

    held: dict[str, bytes] = {}
    stumbles = 0
    protocol_version = "HTTP/1.1"

    def signed(self, body: bytes) -> bool:
        wanted = AWSRequest(self.command, f"http://{self.headers['Host']}{self.path}", data=body,
                            headers={"X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest()})
        wanted.context["timestamp"] = self.headers["x-amz-date"]
        auth = S3SigV4Auth(Credentials(KEY, SECRET), "s3", "us-east-1")
        wanted.headers["X-Amz-Date"] = self.headers["x-amz-date"]
        wanted.headers["Host"] = self.headers["Host"]
        canonical = auth.canonical_request(wanted)
        return self.headers["Authorization"].endswith(auth.signature(auth.string_to_sign(wanted, canonical), wanted))

    def answer(self, status: int, body: bytes = b"", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if Server.stumbles:
            Server.stumbles -= 1
            return self.answer(503)
        if not self.signed(body):
            return self.answer(403, b"signature")
        parts = urlsplit(self.path)
        key = unquote(parts.path).removeprefix("/box").strip("/")
        if self.command == "PUT":
            Server.held[key] = body
            return self.answer(200)
        if self.command == "DELETE":
            Server.held.pop(key, None)
            return self.answer(204)
        if not key:
            prefix = parse_qs(parts.query)["prefix"][0]
            names = "".join(f"<Contents><Key>{k}</Key></Contents>" for k in Server.held if k.startswith(prefix))
            return self.answer(200, f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{names}'
                                    "</ListBucketResult>".encode())
        found = Server.held.get(key)
        if found is None:
            return self.answer(404)
        return self.answer(200, b"" if self.command == "HEAD" else found, len(found))

    do_GET = do_PUT = do_DELETE = do_HEAD = handle_any

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def bucket():
    Server.held, Server.stumbles = {}, 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Bucket(account(f"s3://{IN_URL}@127.0.0.1:{server.server_port}/box?tls=0"))
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["folder", "bucket"])
def blobs(request, tmp_path) -> Blobs:
    return Blobs(Folder(tmp_path) if request.param == "folder" else request.getfixturevalue("bucket"))


def test_a_content_comes_back_by_its_hash_and_is_kept_once(blobs: Blobs) -> None:
    name = blobs.put("营业执照".encode())
    assert blobs.put("营业执照".encode()) == name
    assert (blobs.has(name), blobs.get(name)) == (True, "营业执照".encode())
    assert blobs.get("0" * 64) is None
    blobs.delete(name)
    assert not blobs.has(name)


def test_pieces_come_together_in_their_order(blobs: Blobs) -> None:
    upload = "a" * 64
    blobs.add_piece(upload, 3, b"def")
    blobs.add_piece(upload, 0, b"abc")
    blobs.add_piece(upload, 0, b"abc")
    assert blobs.assemble(upload) == b"abcdef"
    blobs.drop_pieces(upload)
    assert blobs.assemble(upload) == b""


def test_a_content_that_no_longer_matches_its_hash_is_lost_not_served(tmp_path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"true")
    (tmp_path / name[:2] / name[2:4] / name).write_bytes(b"false")
    assert blobs.get(name) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "a/../b"])
def test_no_name_leaves_the_folder(tmp_path, name: str) -> None:
    with pytest.raises(ValueError, match=r"no such name|not a SHA-256"):
        Folder(tmp_path).path(name) if "/" in name else Blobs(tmp_path).get(name)


def test_a_bucket_that_stumbles_is_asked_again_and_one_that_refuses_is_an_error(bucket: Bucket) -> None:
    Server.stumbles = 2
    bucket.put("a/b", b"x")
    assert bucket.get("a/b") == b"x"
    wrong = Bucket(account(f"s3://{KEY}:wrong@{bucket.account.host}/box?tls=0"))
    with pytest.raises(BucketError, match="403"):
        wrong.put("a/b", b"y")


@pytest.mark.parametrize("url", ["s3://host/box", "https://k:s@host/box", "s3://k:s@host"])
def test_an_address_that_lacks_something_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="s3://"):
        account(url)
