"""What is wired to each kind of effect, and the work that runs beside the pages."""

from __future__ import annotations

import logging
import threading

from tongban.service import batches, documents, effects, notices, notify, outbox, push, recurring, timers
from tongban.service.mail import Smtp
from tongban.service.runtime import Runtime
from tongban.service.texting import Gateway
from tongban.store import codes
from tongban.store import people as table

_log = logging.getLogger("tongban.worker")
PAUSE = 1.0             # seconds between two looks when there is nothing to do
SLOW = 60               # looks between two rounds of what is seldom due


def wire(rt: Runtime) -> Runtime:
    """Wire the effects that the service floor itself carries out."""
    rt.handlers.update(notify=notify.tell, register=effects.register, start=effects.start, tell=effects.tell)
    rt.outside["mail"] = notify.mail
    documents.wire(rt)
    notices.wire(rt)
    rt.outside["text"] = notify.text_message
    if rt.config.sms_url:
        rt.texter = Gateway(rt.config)
    rt.outside["push"] = push.send
    rt.pusher = push.pusher(rt.config)
    if rt.config.smtp_host:
        rt.mailer = Smtp(rt.config)
    return rt


def run_once(rt: Runtime, *, slow: bool = True) -> int:
    """Everything that is due now; gives how much was done."""
    done = timers.run_due(rt) + outbox.deliver(rt) + batches.step(rt)
    if slow:
        done += recurring.run_recurring(rt)
        rt.store.run(lambda conn: table.sweep(conn, rt.clock()) + codes.sweep(conn, rt.clock()))
    return done


def run_all(rt: Runtime, most: int = 1000) -> int:
    """Until nothing is due any more: for tests and the command line."""
    total = 0
    for _ in range(most):
        done = run_once(rt)
        total += done
        if not done:
            break
    return total


class Worker:
    """Runs what is due, again and again, in a thread of its own or as the main loop of `tongban worker`."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin in the background."""
        self._thread = threading.Thread(target=self.loop, name="tongban-worker", daemon=True)
        self._thread.start()

    def stop(self, wait: float = 10) -> None:
        """Finish what is being done and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(wait)

    def loop(self) -> None:
        """Work until told to stop. An error is logged and the next round tries again."""
        turn = 0
        while not self._stop.is_set():
            try:
                done = run_once(self._rt, slow=turn % SLOW == 0)
            except Exception:  # the database may be away for a while; the worker must outlive that
                _log.exception("the worker's round failed")
                done = 0
            turn += 1
            if not done:
                self._stop.wait(PAUSE)


