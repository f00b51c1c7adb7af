"""What `tongban serve --demo` holds in memory: PSS of every process, after the start and after 240 requests.

    python bench/memory.py [PORT]        (needs /proc, so Linux)
"""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PASSWORD = "tongban-demo"      # published on purpose
ROUNDS = 40


def sign_in(base: str, login: str) -> urllib.request.OpenerDirector:
    """A browser of one of the demo's people."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = opener.open(f"{base}/sign-in").read().decode()
    token = re.findall(r'name="csrf" value="(\w+)"', page)[0]
    opener.open(f"{base}/sign-in", urllib.parse.urlencode(
        {"csrf": token, "login": login, "password": PASSWORD}).encode()).read()
    return opener


def visit(base: str) -> int:
    """First page, catalogue, case, the page of a procedure, inbox, search; again and again."""
    firm, officer = sign_in(base, "haifeng"), sign_in(base, "hr_shinan")
    case = re.findall(r'href="(/cases/\w+)', officer.open(f"{base}/inbox").read().decode())[0]
    paths = ((firm, "/"), (firm, "/procedures"), (officer, case), (firm, "/procedures/qd-loan-apply"),
             (officer, "/inbox"), (officer, "/inbox?q=" + urllib.parse.quote("海风")))
    for _ in range(ROUNDS):
        for opener, path in paths:
            opener.open(base + path).read()
    return ROUNDS * len(paths)


def held(pid: int) -> float:
    """PSS in megabytes: what is shared counts in parts."""
    kilobytes = re.findall(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text("ascii"), re.M)[0]
    return int(kilobytes) / 1024


def processes(root: int) -> list[tuple[str, float]]:
    """The supervisor, its web processes and the worker."""
    found = [("supervisor", held(root))]
    for child in Path(f"/proc/{root}/task/{root}/children").read_text("ascii").split():
        what = Path(f"/proc/{child}/cmdline").read_bytes()
        found.append(("worker" if what.endswith(b"worker\0") else "web", held(int(child))))
    return found


def told(when: str, found: list[tuple[str, float]]) -> None:
    """One line."""
    web = [size for name, size in found if name == "web"]
    print(f"{when}: " + ", ".join(f"{name} {size:.1f}" for name, size in found) + f"; web together {sum(web):.1f} MB")


def main() -> None:
    """Start it, look, ask, look again."""
    port = sys.argv[1] if len(sys.argv) > 1 else "8790"
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([sys.executable, "-m", "tongban", "serve", "--demo", "--port", port], env={
            **os.environ, "TONGBAN_DATA": folder, "TONGBAN_LOG_LEVEL": "WARNING"}, stdout=subprocess.DEVNULL)
        try:
            while True:
                try:
                    urllib.request.urlopen(f"{base}/readyz")
                    break
                except urllib.error.URLError:
                    time.sleep(1)
            told("after the start", processes(server.pid))
            told(f"after {visit(base)} requests", processes(server.pid))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


if __name__ == "__main__":
    main()
