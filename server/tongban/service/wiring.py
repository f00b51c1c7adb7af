"""What is wired to each kind of effect, and the work that runs beside the pages."""

from __future__ import annotations

from tongban.service import (
    batches,
    claims,
    documents,
    effects,
    notices,
    notify,
    outbox,
    outside,
    push,
    recurring,
    timers,
)
from tongban.service.mail import Smtp
from tongban.service.runtime import Runtime
from tongban.service.texting import Gateway
from tongban.store import codes
from tongban.store import people as table


def wire(rt: Runtime) -> Runtime:
    """Wire the effects that the service floor itself carries out."""
    rt.handlers.update(notify=notify.tell, register=effects.register, start=effects.start, tell=effects.tell)
    rt.outside["mail"] = notify.mail
    documents.wire(rt)
    notices.wire(rt)
    rt.outside["text"] = notify.text_message
    if rt.config.sms_url:
        rt.texter = Gateway(rt.config)
    rt.outside.update(push=push.send, call=outside.call, message=outside.message)
    rt.systems = outside.read(rt.config.outside)
    rt.pusher = push.pusher(rt.config)
    if rt.config.smtp_host:
        rt.mailer = Smtp(rt.config)
    return rt


def run_once(rt: Runtime, *, slow: bool = True) -> int:
    """Everything that is due now; gives how much was done."""
    done = timers.run_due(rt) + outbox.deliver(rt) + batches.step(rt)
    if slow:
        done += recurring.run_recurring(rt) + timers.recount(rt) + claims.free(rt)
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
