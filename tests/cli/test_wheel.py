"""The wheel alone: built, installed into an empty environment, `tongban check` and the server run from it."""

from __future__ import annotations

import contextlib
import os
import site
import socket
import subprocess
import sys
import time
import urllib.request
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_wheel_carries_all_that_check_and_the_server_need(tmp_path: Path) -> None:
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT))
    wheel = next(tmp_path.glob("tongban-*.whl"))
    home = tmp_path / "venv"
    venv.create(home)
    python = home / "bin" / "python"
    _run(sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index", str(wheel))
    own = next((home / "lib").glob("python*/site-packages"))
    (own / "dependencies.pth").write_text(site.getsitepackages()[0])    # what it depends on, but nothing of this tree
    tongban = str(home / "bin" / "tongban")
    shipped = own / "tongban" / "_shipped"
    said = _run(tongban, "check", str(shipped / "workflows" / "qd-loan-apply.json"), cwd=tmp_path)
    assert "qd-loan-apply" in said

    env = {**_clean(), "TONGBAN_DATA": str(tmp_path / "data"), "TONGBAN_SECRET": "w" * 32}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([tongban, "serve", "--port", str(port)], cwd=tmp_path, env=env)
    try:
        _until_ready(server, base)
        assert "“青岗贷”稳岗扩岗专项贷款申请" in _get(f"{base}/procedures")
        page = _get(f"{base}/sign-in")
        sheet = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
        assert "--pine" in _get(base + sheet)
        assert "addEventListener" in _get(f"{base}/sw.js")
    finally:
        server.terminate()
        server.wait(20)


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def _run(*command: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, env=_clean(), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _until_ready(server: subprocess.Popen[bytes], base: str) -> None:
    while server.poll() is None:
        with contextlib.suppress(OSError):
            if _get(f"{base}/readyz"):
                return
        time.sleep(0.1)
    raise AssertionError(f"the server ended with {server.returncode}")


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return str(answer.read().decode())
