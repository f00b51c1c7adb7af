"""Signing in and out, registering an enterprise, giving roles."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from sqlalchemy import Connection
from stdnum.cn import uscc as uscc_code
from stdnum.exceptions import ValidationError

from tongban.engine.model import Grant
from tongban.engine.problem import Problem
from tongban.service import regions
from tongban.service.access import Person
from tongban.service.errors import Denied, Refused, Throttled
from tongban.service.runtime import Runtime
from tongban.service.seen import both
from tongban.store import messages
from tongban.store import people as table

FOREVER = "9999-12-31"
FREE_TRIES = 5                  # failed sign-ins before the first delay
FREE_FROM = 30                  # the same from one address: offices share one
LONGEST = 900                   # seconds
TOUCH_AFTER = 300               # seconds after which a used session is written down again
MIN_PASSWORD, MAX_PASSWORD = 10, 128

_hasher = PasswordHasher()
_hashing = threading.BoundedSemaphore(2)    # 64 MB and 0.1 s each: more at once would be a way to stop the server
_DUMMY = PasswordHasher().hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """argon2id, at most two at once."""
    with _hashing:
        return _hasher.hash(password)


def check_password(hashed: str | None, password: str) -> bool:
    """The same work for a login that does not exist, so that the time tells nothing."""
    with _hashing:
        try:
            return _hasher.verify(hashed or _DUMMY, password) and hashed is not None
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


def later(now: str, seconds: int) -> str:
    moment = datetime.fromisoformat(now) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(start: str, end: str) -> int:
    return int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- sign-in ----------------------------------------------------------------------------------------------------

def sign_in(rt: Runtime, login: str, password: str, address: str = "", before: str = "") -> str:
    """A new session's token. `before` = token of a session to end, so that its id is never carried over."""
    now, login = rt.clock(), login.strip().lower()
    names = [f"login:{login[:80]}", f"from:{address[:60]}"]
    with rt.store.reading() as conn:
        _may_try(conn, names, now)
        row = table.by_login(conn, login)
    if not check_password(row["password"] if row and row["active"] else None, password[:MAX_PASSWORD]) or row is None:
        rt.store.run(lambda conn: _count_failure(conn, names, now))
        raise Denied("service.wrong_login")
    person_id = str(row["id"])

    def work(conn: Connection) -> str:
        table.clear_throttle(conn, names[:1])
        if before:
            table.drop_session(conn, digest(before))
        messages.note(conn, now, person_id, "signed_in", person_id)
        return open_session(rt, conn, person_id)
    return rt.store.run(work)


def open_session(rt: Runtime, conn: Connection, person_id: str, hours: int = 0) -> str:
    """A session for somebody who has proved who they are. With `hours` it ends then, however much it is used."""
    token, now = secrets.token_urlsafe(32), rt.clock()
    table.add_session(conn, {
        "id": digest(token), "person": person_id, "kind": "code" if hours else "session",
        "made_at": now, "seen_at": now,
        "ends_at": later(now, (hours or rt.config.session_hours) * 3600), "scopes": [], "label": ""})
    return token


def _may_try(conn: Connection, names: list[str], now: str) -> None:
    until = max((row["until"] for row in table.throttled(conn, names).values()), default="")
    if until > now:
        raise Throttled(max(1, seconds(now, until)))


def _count_failure(conn: Connection, names: list[str], now: str) -> None:
    known = table.throttled(conn, names)
    for name, free in zip(names, (FREE_TRIES, FREE_FROM), strict=True):
        row = known.get(name)
        fresh = row is None or seconds(row["since"], now) > 3600
        failures = 1 if row is None or fresh else row["failures"] + 1
        delay = 0 if failures < free else min(LONGEST, 5 * 2 ** min(failures - free, 10))
        since = now if row is None or fresh else row["since"]
        table.put_throttle(conn, name, failures, since, later(now, delay) if delay else now)


def session(rt: Runtime, token: str) -> Person | None:
    """Who holds this token, with the rights they have now. One statement; written down again every few minutes."""
    if not token:
        return None
    now, hashed = rt.clock(), digest(token)
    with rt.store.glance() as conn:
        row = table.session(conn, hashed, now, rt.today())
    if row is None:
        return None
    if row["kind"] == "session" and seconds(row["seen_at"], now) > TOUCH_AFTER:
        ends_at = later(now, rt.config.session_hours * 3600)
        rt.store.run(lambda conn: table.touch_session(conn, hashed, now, ends_at))
    return _person(row, hashed)


def _person(row: Mapping[str, Any], hashed: str) -> Person:
    own, lent = row["own"] or [], row["lent"] or []
    return Person(
        id=row["id"], login=row["login"], name=row["name"], lang=row["lang"], org=row["org"],
        org_name=row["org_name"], region=row["org_region"], email=row["email"], channels=tuple(row["channels"]),
        phone=row["phone"] if any(role == "person" for role, _ in own) else None,
        grants=tuple(Grant(role, scope) for role, scope in own),
        lent=tuple((of, Grant(role, scope)) for role, scope, of in lent if role not in ("admin", "auditor")),
        limits=frozenset(row["scopes"]) if row["kind"] == "token" else None, session=hashed)


def sign_out(rt: Runtime, token: str) -> None:
    """End this session."""
    rt.store.run(lambda conn: table.drop_session(conn, digest(token)))


def fit_password(password: str, at: str = "/password") -> None:
    if len(password) < MIN_PASSWORD:
        raise Refused(Problem("service.password_short", at, {"least": MIN_PASSWORD}))
    if len(password) > MAX_PASSWORD:
        raise Refused(Problem("service.password_long", at, {"most": MAX_PASSWORD}))


def entry_problems(entry: Mapping[str, str], password: str) -> list[Problem]:
    """All that is wrong with what was typed for a new person, each at its field. Only a mobile may be left out."""
    problems = [Problem("service.needed", f"/{key}") for key, value in entry.items() if not value and key != "phone"]
    problems += [Problem("service.too_long", f"/{key}") for key, value in entry.items()
                 if len(value) > 80 and key != "login"]
    if entry["login"] and not (4 <= len(entry["login"]) <= 60 and entry["login"].isascii()):
        problems.append(Problem("service.login_wrong", "/login"))
    try:
        fit_password(password)
    except Refused as error:
        problems += error.problems
    return problems


def in_order(problems: Iterable[Problem], fields: Iterable[str]) -> list[Problem]:
    """As the form asks, the password last."""
    places = [f"/{name}" for name in fields]
    return sorted(problems, key=lambda one: places.index(one.at) if one.at in places else len(places))


# --- enterprises ------------------------------------------------------------------------------------------------

def register_enterprise(rt: Runtime, raw: dict[str, Any], address: str = "") -> str:
    """An enterprise's first person, bound to its credit code. Gives the token of a session.

    A code that is registered already is refused: its own people add others.
    """
    entry = {key: str(raw.get(key) or "").strip() for key in ("uscc", "org_name", "region", "name", "login", "phone")}
    entry["uscc"], entry["login"] = entry["uscc"].upper(), entry["login"].lower()
    password = str(raw.get("password") or "")
    problems = entry_problems({key: value for key, value in entry.items() if key != "region"}, password)
    if entry["uscc"] and not valid_uscc(entry["uscc"]):
        problems.append(Problem("service.uscc_wrong", "/uscc"))
    if not regions.known(entry["region"]):
        problems.append(Problem("service.region_needed", "/region"))
    if problems:
        raise Refused(*in_order(problems, entry))
    hashed, now, person_id = hash_password(password), rt.clock(), new_id("u")

    def work(conn: Connection) -> str:
        count_made(conn, f"register:{address[:60]}", now)
        rt.store.lock(conn, f"register:{entry['uscc']}")
        if table.organisation(conn, entry["uscc"]) is not None:
            raise Refused(Problem("service.uscc_taken", "/uscc"))
        if table.by_login(conn, entry["login"]) is not None:
            raise Refused(Problem("service.login_taken", "/login"))
        table.put_organisation(conn, {"code": entry["uscc"], "kind": "enterprise", "region": entry["region"],
                                      "name": {"zh": entry["org_name"], "en": entry["org_name"]}})
        add_person(conn, now, person_id, entry["login"], entry["name"], hashed, entry["uscc"],
                   phone=entry["phone"] or None)
        grant(conn, now, person_id, "enterprise", entry["uscc"], by=person_id)
        messages.note(conn, now, person_id, "registered", entry["uscc"])
        return open_session(rt, conn, person_id)
    return rt.store.run(work)


def count_made(conn: Connection, name: str, now: str) -> None:
    """One more account made by the same hand; too many within an hour have to wait."""
    _may_try(conn, [name], now)
    row = table.throttled(conn, [name]).get(name)
    made = 1 if row is None or seconds(row["since"], now) > 3600 else row["failures"] + 1
    table.put_throttle(conn, name, made, row["since"] if row and made > 1 else now,
                       later(now, 600) if made >= FREE_FROM else now)


def valid_uscc(code: str) -> bool:
    """18 characters as they stand, with the right check character: stdnum alone would take hyphens and lower case."""
    try:
        return len(code) == 18 and uscc_code.validate(code) == code
    except ValidationError:
        return False


def new_id(prefix: str) -> str:
    """An id that says nothing."""
    return prefix + secrets.token_hex(10)


def add_person(conn: Connection, now: str, person_id: str, login: str, name: str, hashed: str | None,
               org: str | None, **more: Any) -> None:
    """Write a person down."""
    table.add_person(conn, {"id": person_id, "login": login, "name": name, "password": hashed, "org": org,
                            "email": None, "phone": None, "lang": "zh", "channels": ["inbox"], "active": True,
                            "made_at": now, **more})


def set_active(conn: Connection, now: str, person_id: str, *, active: bool, by: str) -> bool:
    """Let somebody in or keep them out, their programs too. Says whether there is such a person."""
    if not table.change_person(conn, person_id, active=active):
        return False
    if not active:
        table.drop_sessions(conn, person_id)
        table.drop_sessions(conn, person_id, "token")
    messages.note(conn, now, by, "activated" if active else "deactivated", person_id)
    return True


def give_password(conn: Connection, now: str, person_id: str, hashed: str, *, by: str, name: str) -> bool:
    """A new first password: the person's sign-ins end, and they are told who gave it. False where nobody is there."""
    if not table.change_person(conn, person_id, password=hashed):
        return False
    table.drop_sessions(conn, person_id)
    number = messages.note(conn, now, by, "password_reset", person_id)
    messages.tell(conn, {"id": f"password:{number}", "person": person_id, "case_id": None, "at": now,
                         "text": both("service.told.password_reset", who=name)})
    return True


def grant(conn: Connection, now: str, person_id: str, role: str, scope: str, *, starts: str = "0001-01-01",
          ends: str = FOREVER, by: str | None = None) -> None:
    """Give a role at a region or organisation, and write down who gave it."""
    table.add_grant(conn, {"person": person_id, "role": role, "scope": scope, "starts": starts, "ends": ends, "by": by})
    messages.note(conn, now, by, "granted", person_id, role=role, scope=scope, starts=starts, ends=ends)
