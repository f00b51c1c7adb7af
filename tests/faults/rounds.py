"""kill -9 of a whole running server in the middle of a burst of submissions over HTTP, round after round.

    python -m tests.faults.rounds [rounds] [database URL]

Every round: `tongban serve` is started, six enterprises open, submit and withdraw applications through the API as fast
as they can, the server's process group is killed. Everything acknowledged must be on record once, every chain must
verify, no number may be missing or double. After the next start every request that got no answer is sent again under
its key. Ends with 1 at the first thing that is wrong.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from tests.faults.invariants import broken

from tongban.config import Config
from tongban.service import account, boot, demo, people
from tongban.service.runtime import Runtime, utc_now
from tongban.store import people as table

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "tests/catalog/qd-loan-apply.scenario.json"
FIRMS = {"haifeng": "91370202MA3DEM001A", "lanwan": "91370211MA3DEM002E", "mohe": "91370215MA3DEM003B",
         "tuoyu": "91370202MA3DEM004K", "jifeng": "91370211MA3DEM005P", "laohai": "92370215MA3DEM006H"}
Told = tuple[str, int, str]


class Firm:
    """One enterprise's program: what it was told, and what it does not know the answer of."""

    def __init__(self, rt: Runtime, port: int, login: str) -> None:
        with rt.store.transaction() as conn:
            session = people.open_session(rt, conn, table.by_login(conn, login)["id"])
        person = people.session(rt, session)
        assert person is not None
        self._token, self._port = account.make_token(rt, person, "burst", ("read", "act")), port
        form = json.loads(SCENARIO.read_text("utf-8"))["answers"]["application"]
        self._form = {**form, "uscc": FIRMS[login], "small_micro_on": utc_now()[:10]}
        self.told: list[Told] = []
        self.open: tuple[str, Any, str] | None = None       # path, body and key of the request without an answer
        self._case = ""

    def send(self, method: str, path: str, body: Any, key: str) -> dict[str, Any]:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        line.request(method, f"/api/v1{path}", raw, {
            "Authorization": f"Bearer {self._token}", "Idempotency-Key": key,
            "Content-Type": "application/octet-stream" if isinstance(body, bytes) else "application/json"})
        answer = line.getresponse()
        said: dict[str, Any] = json.loads(answer.read())
        line.close()
        if answer.status not in (200, 201):
            raise AssertionError(f"{path}: {answer.status} {said}")
        return said

    def do(self, path: str, body: Any, key: str = "") -> dict[str, Any]:
        """One request under a key; what was acknowledged is written down."""
        key = key or uuid.uuid4().hex
        self.open = (path, body, key)
        said = self.send("POST", path, body, key)
        self.open = None
        self.told.append((said["case_id"], said["seq"], key))
        return said

    def again(self) -> None:
        """What got no answer, once more; then what is under way comes to its end, so the next round may apply."""
        if self.open is not None:
            self._case = self.do(*self.open)["case_id"]
        if not self._case:
            return
        state = self.send("GET", f"/cases/{self._case}", b"", "x" * 8)
        if state["status"] == "open":
            self.do(f"/cases/{self._case}/actions", {"action": "withdraw"})

    def burst(self) -> None:
        """Until the server is gone."""
        try:
            scan = self.send("PUT", "/files/licence.pdf", b"%PDF-1.4\n%%EOF", "x" * 8)
            while True:
                self._case = self.do("/procedures/qd-loan-apply/cases", {})["case_id"]
                path = f"/cases/{self._case}/actions"
                self.do(path, {"action": "submit", "answers": {**self._form, "licence": [scan]}})
                self.do(path, {"action": "withdraw"})
        except (OSError, http.client.HTTPException, ValueError):
            return


def start(config: Config) -> subprocess.Popen[bytes]:
    """A server in a process group of its own; waits until it is ready."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAN_")}
    env |= {"TONGBAN_DATA": str(config.data), "TONGBAN_DATABASE": config.database_url,
            "TONGBAN_SECRET": "r" * 40, "TONGBAN_BACKGROUND": "0",      # no demo: its firms have cases under way
            "TONGBAN_PORT": str(config.port), "TONGBAN_LOG_LEVEL": "ERROR",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "server"), str(ROOT)])}
    server = subprocess.Popen([sys.executable, "-m", "tongban", "serve"], cwd=ROOT, env=env, start_new_session=True,
                              stdout=subprocess.DEVNULL)
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit("the server did not start")
        try:
            line = http.client.HTTPConnection("127.0.0.1", config.port, timeout=5)
            line.request("GET", "/readyz")
            if line.getresponse().status == 200:
                return server
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server is not ready")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        config = Config(data=Path(folder), database=sys.argv[2] if len(sys.argv) > 2 else "", demo=True,
                        port=free.getsockname()[1])
        free.close()
        rt = boot.open_runtime(config)
        boot.prepare(rt)
        demo.load(rt)
        refused: list[str] = []
        threading.excepthook = lambda failed: refused.append(str(failed.exc_value))
        firms, unanswered = [Firm(rt, config.port, login) for login in FIRMS], 0
        for turn in range(1, rounds + 1):
            server = start(config)
            for firm in firms:
                firm.again()
            before = sum(len(firm.told) for firm in firms)
            threads = [threading.Thread(target=firm.burst) for firm in firms]
            for thread in threads:
                thread.start()
            while sum(len(firm.told) for firm in firms) < before + len(firms):
                time.sleep(0.05)
            time.sleep(2 * random.Random(turn).random())
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            for thread in threads:
                thread.join()
            unanswered += sum(firm.open is not None for firm in firms)
            told = [one for firm in firms for one in firm.told]
            wrong = [*refused, *broken(rt.store, told)]
            print(f"round {turn}: {len(told)} acknowledged, {unanswered} without an answer, {len(wrong)} wrong",
                  flush=True)
            if wrong:
                raise SystemExit("\n".join(wrong))
        rt.store.close()


if __name__ == "__main__":
    main()
