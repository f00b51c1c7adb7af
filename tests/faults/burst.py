"""A process that opens, submits and withdraws cases as fast as it can and prints what it was told was received."""

from __future__ import annotations

import sys
import threading
import uuid

from tests.service.world import Clock

from tongban.config import Config
from tongban.service import people
from tongban.service.act import ActRequest, act
from tongban.service.runtime import Runtime
from tongban.service.start import begin
from tongban.store.session import Store

ANSWERS = {"uscc": "91370202MA3C000177", "name": "青岛海风家政服务有限公司", "region": "370202", "staff": "12"}


def main(url: str, token: str, workers: int) -> None:
    rt = Runtime(Store(url), Clock(), Config(demo=True))
    person = people.session(rt, token)
    said = threading.Lock()

    def told(case_id: str, seq: int, key: str) -> None:
        with said:
            sys.stdout.write(f"{case_id} {seq} {key}\n")
            sys.stdout.flush()

    def work() -> None:
        while True:
            keys = [uuid.uuid4().hex for _ in range(3)]
            opened = begin(rt, person, "grant", keys[0])
            told(opened.case_id, opened.seq, keys[0])
            for action, key in (("submit", keys[1]), ("withdraw", keys[2])):
                raw = ANSWERS if action == "submit" else {}
                received = act(rt, person, opened.case_id, ActRequest(action=action, raw=raw), None, key)
                if received.ok:
                    told(received.case_id, received.seq, key)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    threads[0].join()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
