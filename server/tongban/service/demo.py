"""The demo: organisations, people for every role and register entries, as data. For trying out only.

A text `@-20` in the data is the day 20 days before the day it is loaded or, in a case, the day of its step; `@month` is
the first day of that month.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from tongban.engine.model import Text
from tongban.service import people
from tongban.service.errors import Denied
from tongban.service.runtime import Runtime
from tongban.service.seen import both_or
from tongban.store import people as table
from tongban.store import registers

FOLDER = Path(__file__).parent.parent / "demo"


@dataclass(frozen=True, slots=True)
class Account:
    """How somebody of the demo signs in, and as what."""

    login: str
    name: str
    roles: tuple[Text, ...]
    office: Text


def read(name: str) -> list[dict[str, Any]]:
    """A file of the demo."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def dated(value: Any, today: str) -> Any:
    """A value of the demo's files, its days worked out where they are counted from another."""
    if isinstance(value, list):
        return [dated(one, today) for one in value]
    if isinstance(value, dict):
        return {name: dated(one, today) for name, one in value.items()}
    if value == "@month":
        return f"{today[:8]}01"
    if isinstance(value, str) and value.startswith("@"):
        return str(date.fromisoformat(today) + timedelta(days=int(value[1:])))
    return value


def _entry(row: dict[str, Any], today: str) -> dict[str, Any]:
    """A register entry; one that is entered on a counted day is entered that morning."""
    entered = row["entered_at"]
    fields = {name: dated(value, today) for name, value in row["fields"].items()}
    return {**row, "fields": fields, "entered_at": f"{dated(entered, today)}T01:00:00Z" if "@" in entered else entered}


def load(rt: Runtime) -> int:
    """Write the demo's people where they are missing; gives how many were. What is there already is left alone."""
    if not rt.config.demo:
        raise Denied("demo mode is off")
    hashed = people.hash_password(rt.config.demo_password)

    def work(conn: Connection) -> int:
        rt.store.lock(conn, "demo")
        for row in read("organisations"):
            if table.organisation(conn, row["code"]) is None:
                table.put_organisation(conn, row)
        new = [row for row in read("people") if table.by_login(conn, row["login"]) is None]
        for row in new:
            person_id = f"demo-{row['login']}"
            people.add_person(conn, rt.clock(), person_id, row["login"], row["name"], hashed, row["org"])
            for role, scope in row["grants"]:
                people.grant(conn, rt.clock(), person_id, role, scope)
        for row in read("registers"):
            cause = f"demo:{row['register']}:{row['key']}"
            if not registers.was_caused(conn, cause):
                registers.enter(conn, {**_entry(row, rt.today()), "id": cause[-60:], "cause": cause})
        return len(new)
    return rt.store.run(work)


def accounts() -> list[Account]:
    """Everybody of the demo, for printing how to sign in."""
    offices = {row["code"]: row["name"] for row in read("organisations")}
    found = []
    for row in read("people"):
        roles = dict.fromkeys(role for role, _ in row["grants"])
        words = tuple(both_or(f"role.{role}", role) for role in roles)
        found.append(Account(row["login"], row["name"], words, offices.get(row["org"], {})))
    return found
