"""Attachments: resumed where they broke off, judged by content, read by nobody who may not."""

from __future__ import annotations

import hashlib
import io
import socket
import struct
import threading
import zlib
from dataclasses import replace

import pytest
from PIL import Image
from tests.service.world import World

from tongban.engine.problem import Problem
from tongban.service import files, media
from tongban.service.antivirus import clamd
from tongban.service.errors import NotFound, Refused
from tongban.store.blobs import Blobs

PDF = b"%PDF-1.7\n" + b"tongban " * 4000


@pytest.fixture
def office(world: World, tmp_path) -> World:
    world.rt.blobs = Blobs(tmp_path / "blobs")
    return world


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def picture(size: tuple[int, int] = (60, 40), kind: str = "JPEG", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def refused(no: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [found.code for found in no.value.problems]


def test_an_upload_goes_on_where_it_broke_off(office: World) -> None:
    boss, name = office.who("boss"), sha(PDF)
    assert files.begin(office.rt, boss, name, len(PDF), "执照.pdf").offset == 0
    assert files.append(office.rt, boss, name, 0, PDF[:1000]).offset == 1000
    assert files.append(office.rt, boss, name, 500, PDF[500:]).offset == 1000      # another part than the wanted one
    assert files.begin(office.rt, boss, name, len(PDF), "执照.pdf").offset == 1000
    done = files.append(office.rt, boss, name, 1000, PDF[1000:])
    assert (done.complete, done.media) == (True, "application/pdf")
    assert files.read(office.rt, boss, name).content == PDF
    assert office.rt.blobs.place.names(f"incoming/{hashlib.sha256(f'u-boss|{name}'.encode()).hexdigest()}") == []


def test_sending_twice_is_sending_once(office: World) -> None:
    boss = office.who("boss")
    assert files.whole(office.rt, boss, "a.pdf", PDF) == files.whole(office.rt, boss, "a.pdf", PDF)


def test_a_server_stopped_after_the_last_byte_finishes_the_upload_later(office: World, monkeypatch) -> None:
    boss = office.who("boss")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(files, "_finish", stop)
        with pytest.raises(KeyboardInterrupt):
            files.whole(office.rt, boss, "a.pdf", PDF)
    with pytest.raises(NotFound):
        files.read(office.rt, boss, sha(PDF))
    assert files.begin(office.rt, boss, sha(PDF), len(PDF), "a.pdf").media == "application/pdf"
    assert files.read(office.rt, boss, sha(PDF)).content == PDF


def test_knowing_a_hash_gives_nobody_the_content(office: World) -> None:
    files.whole(office.rt, office.who("boss"), "a.pdf", PDF)
    with pytest.raises(NotFound):
        files.read(office.rt, office.who("shinan"), sha(PDF))
    assert files.begin(office.rt, office.who("shinan"), sha(PDF), len(PDF), "a.pdf").offset == 0


@pytest.mark.parametrize(("content", "code"), [
    (b"<html><script>alert(1)</script></html>", "files.kind"),
    (b"MZ\x90\x00" + b"\0" * 100, "files.kind"),
    (b"PK\x03\x04" + b"\0" * 100, "files.kind"),
    (b"\xff\xd8\xff\xe0<html>no picture</html>", "files.broken"),
])
def test_what_is_not_what_it_is_called_is_refused_with_a_reason(office: World, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as no:
        files.whole(office.rt, office.who("boss"), "photo.jpg", content)
    assert refused(no) == [code]
    with pytest.raises(NotFound):
        files.read(office.rt, office.who("boss"), sha(content))


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it has that many pixels."""
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack("!L", len(body)) + name + body + struct.pack("!L", zlib.crc32(name + body))
    head = struct.pack("!LLBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_picture_of_200_megapixels_is_refused_before_it_is_decoded(office: World) -> None:
    with pytest.raises(Refused) as no:
        files.whole(office.rt, office.who("boss"), "big.png", bomb(20_000, 10_000))
    assert refused(no) == ["files.pixels"]


def test_pictures_are_made_anew_without_where_they_were_taken(office: World) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6                            # turned by a quarter
    exif.get_ifd(0x8825)[2] = (36.0, 4.0, 1.0)  # where somebody lives
    sent = picture((60, 40), exif=exif.tobytes())
    files.whole(office.rt, office.who("boss"), "photo.jpg", sent)
    shown = files.read(office.rt, office.who("boss"), sha(sent))
    made = Image.open(io.BytesIO(shown.content))
    assert (made.size, dict(made.getexif())) == ((40, 60), {})
    small = Image.open(io.BytesIO(files.read(office.rt, office.who("boss"), sha(sent), thumb=True).content))
    assert max(small.size) <= media.THUMB


def test_bytes_that_were_changed_on_the_way_are_not_taken(office: World) -> None:
    boss = office.who("boss")
    files.begin(office.rt, boss, sha(PDF), len(PDF), "a.pdf")
    with pytest.raises(Refused) as no:
        files.append(office.rt, boss, sha(PDF), 0, PDF[:-1] + b"X")
    assert refused(no) == ["files.hash"]
    assert files.whole(office.rt, boss, "a.pdf", PDF).complete


@pytest.mark.parametrize(("name", "size", "code"), [
    ("x", 10, "files.hash"), ("a" * 64, 0, "files.empty"), ("a" * 64, 99 << 20, "files.large")])
def test_an_announcement_out_of_bounds_is_refused(office: World, name: str, size: int, code: str) -> None:
    with pytest.raises(Refused) as no:
        files.begin(office.rt, office.who("boss"), name, size, "a.pdf")
    assert refused(no) == [code]


def test_more_than_announced_is_refused(office: World) -> None:
    files.begin(office.rt, office.who("boss"), sha(PDF), 10, "a.pdf")
    with pytest.raises(Refused) as no:
        files.append(office.rt, office.who("boss"), sha(PDF), 0, PDF)
    assert refused(no) == ["files.size"]


def test_file_names_are_safe_to_show_and_to_send(office: World) -> None:
    sent = files.whole(office.rt, office.who("boss"), "../../etc/pass\x00wd\r\nX: y.pdf", PDF)
    assert sent.name == "passwdX: y.pdf"


def scanner(answer: bytes) -> int:
    """A clamd of our own that answers as told."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        link, _ = door.accept()
        with link:
            seen = b""
            while not seen.endswith(b"\0\0\0\0"):
                seen += link.recv(65536)
            link.sendall(answer)
        door.close()
    threading.Thread(target=serve, daemon=True).start()
    return int(door.getsockname()[1])


def test_the_scanner_says_what_it_found_and_anything_unclear_is_an_error() -> None:
    assert clamd("127.0.0.1", scanner(b"stream: OK\0"))(PDF) is None
    assert clamd("127.0.0.1", scanner(b"stream: Eicar-Test FOUND\0"))(PDF) == "Eicar-Test"
    with pytest.raises(OSError, match="clamd"):
        clamd("127.0.0.1", scanner(b"INSTREAM size limit exceeded. ERROR\0"))(PDF)


def test_what_the_scanner_could_not_look_at_is_not_taken_and_may_be_sent_again(office: World) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    office.rt.config = replace(office.rt.config, antivirus=f"127.0.0.1:{port}")
    boss = office.who("boss")
    with pytest.raises(OSError, match="refused"):
        files.whole(office.rt, boss, "a.pdf", PDF)
    with pytest.raises(NotFound):
        files.read(office.rt, boss, sha(PDF))
    office.rt.config = replace(office.rt.config, antivirus=f"127.0.0.1:{scanner(b'stream: OK' + bytes(1))}")
    assert files.whole(office.rt, boss, "a.pdf", PDF).complete


def test_problems_of_files_have_words() -> None:
    from tongban import text
    for code in ("files.hash", "files.kind", "files.virus", "files.pixels"):
        assert text.problem(Problem(code), "zh") != code
