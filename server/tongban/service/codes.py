"""Signing in with a mobile and a one-time code: for a side of a case that has no account, on any phone at hand."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection

from tongban import text
from tongban.engine.problem import Problem
from tongban.service import people
from tongban.service.errors import NotFound, Refused, Throttled
from tongban.service.runtime import Runtime
from tongban.store import codes, messages
from tongban.store import people as table

MINUTES, TRIES, HOURS = 10, 5, 2        # a code is good for; may be mistyped; the session ends after
ASKS, ASKS_FROM = 3, 30                 # codes an hour for one mobile, from one address


@dataclass(frozen=True, slots=True)
class Asked:
    """A code is on its way, if anything waits for that mobile. `shown` only in demo mode, where no text is sent."""

    phone: str
    minutes: int = MINUTES
    shown: str = ""


def possible(rt: Runtime) -> bool:
    """Whether codes can reach anybody."""
    return rt.texter is not None or rt.config.demo


def mobile(raw: str) -> str:
    """Eleven digits, whatever they were typed with."""
    digits = "".join(c for c in raw if c.isdecimal() and c.isascii())
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


def is_mobile(phone: str) -> bool:
    """Whether these digits can be a mobile."""
    return len(phone) == 11 and phone.startswith("1")


def ask(rt: Runtime, raw: str, address: str = "", lang: str = "zh") -> Asked:
    """Send a code to a mobile that has an account or that a case waits for. The answer tells neither."""
    if not possible(rt):
        raise NotFound
    phone, now = mobile(raw), rt.clock()
    if not is_mobile(phone):
        raise Refused(Problem("service.phone_wrong", "/phone"))
    code = f"{secrets.randbelow(1_000_000):06d}"

    def work(conn: Connection) -> bool:
        _count(conn, f"code:{phone}", ASKS, now)
        _count(conn, f"codes:{address[:60]}", ASKS_FROM, now)
        if table.by_phone(conn, phone) is None and not codes.awaited(conn, f"t:{phone}"):
            return False
        codes.put(conn, phone, _hash(rt, phone, code), people.later(now, MINUTES * 60))
        return True
    wanted = rt.store.run(work)
    if wanted and rt.texter is not None:
        words = text.say("service.code.text", lang, code=code, minutes=MINUTES)
        rt.texter.send(phone, words, f"code-{people.digest(phone + now)[:24]}")
    return Asked(phone, shown=code if wanted and rt.texter is None else "")


def enter(rt: Runtime, raw: str, code: str, name: str = "", before: str = "") -> str:
    """A session for whoever holds the mobile; their account is made at the first time. Gives the token."""
    phone, now = mobile(raw), rt.clock()
    name = " ".join(name.split())[:40]
    with rt.store.reading() as conn:
        row = codes.get(conn, phone, now)
        known = table.by_phone(conn, phone)
    good = row is not None and row["tries"] < TRIES and hmac.compare_digest(
        str(row["hash"]), _hash(rt, phone, "".join(code.split())))
    if not good:
        rt.store.run(lambda conn: codes.tried(conn, phone))
        raise Refused(Problem("service.code_wrong", "/code"))
    if known is None and not name:
        raise Refused(Problem("service.code_name", "/name"))

    def work(conn: Connection) -> str:
        codes.drop(conn, phone)
        found = table.by_phone(conn, phone)
        person_id = str(found["id"]) if found else people.new_id("u")
        if found is None:
            people.add_person(conn, now, person_id, f"m.{person_id}", name, None, None, phone=phone)
            people.grant(conn, now, person_id, "person", "*")
        if before:
            table.drop_session(conn, people.digest(before))
        messages.note(conn, now, person_id, "signed_in", person_id, by="code")
        return people.open_session(rt, conn, person_id, HOURS)
    return rt.store.run(work)


def _count(conn: Connection, name: str, most: int, now: str) -> None:
    row = table.throttled(conn, [name]).get(name)
    fresh = row is None or people.seconds(row["since"], now) > 3600
    if row is not None and not fresh and row["failures"] >= most:
        raise Throttled(max(1, 3600 - people.seconds(row["since"], now)))
    failures, since = (1, now) if row is None or fresh else (row["failures"] + 1, row["since"])
    table.put_throttle(conn, name, failures, since, people.later(since, 3600))


def _hash(rt: Runtime, phone: str, code: str) -> str:
    return people.digest(f"{rt.config.secret}:{phone}:{code}")
