"""Telling people: the effect `notify` becomes messages in the app and, for who wants it, e-mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from tongban import text
from tongban.engine.people import covers, open_seats
from tongban.service.mail import Mailer
from tongban.service.runtime import Runtime
from tongban.service.seen import both
from tongban.store import cases, devices, messages, outbox, people

Effect = Mapping[str, Any]


def tell(rt: Runtime, conn: Connection, effect: Effect) -> None:
    """Put the message into the inbox of everybody it is for; queue the same as mail."""
    row = cases.get(conn, effect["case"])
    if row is None:
        return
    words = effect.get("message") or _words(rt, conn, effect, row)
    ids = recipients(rt, conn, effect.get("to"), row["snapshot"], row["workflow"])
    now, mails = rt.clock(), []
    told_by_push = devices.of_people(conn, ids) if rt.pusher is not None and ids else {}
    for person in people.named(conn, ids).values():
        message_id = f"{effect['id']}:{person['id']}"
        if not person["active"]:
            continue
        new = messages.tell(conn, {"id": message_id, "person": person["id"], "case_id": row["id"], "text": dict(words),
                                   "at": now})
        if new and rt.mailer is not None and "email" in person["channels"] and person["email"]:
            mails.append({"id": f"{message_id}:mail", "kind": "mail", "case": row["id"], "to": person["email"],
                          "lang": person["lang"], "words": dict(words), "number": row["number"]})
        if new:
            mails += [{"id": f"{message_id}:{device[:16]}", "kind": "push", "case": row["id"], "to": device,
                       "person": person["id"], "lang": person["lang"], "words": dict(words)}
                      for device in told_by_push.get(person["id"], ())]
    if rt.texter is not None:
        mails += [{"id": f"{effect['id']}:{phone}", "kind": "text", "case": row["id"], "to": phone,
                   "words": dict(words), "number": row["number"]}
                  for phone in _phones(effect.get("to"), row["snapshot"])]
    outbox.put(conn, mails, now)


def _phones(to: Any, case: Mapping[str, Any]) -> list[str]:
    """Mobiles of the sides that are meant and that are reached by mobile."""
    sides = [one["party"] for one in (to if isinstance(to, Sequence) else [to]) if one and one.get("party")]
    return [str(held["phone"]) for side in sides if (held := case["parties"].get(side, {})).get("phone")]


def text_message(rt: Runtime, effect: Effect) -> None:
    """Send one text."""
    if rt.texter is None:
        return
    link = f"{rt.config.base_url}/sign-in/mobile?next=/cases/{effect['case']}"
    words = text.say("service.text.body", "zh", words=text.label(effect["words"], "zh"), number=effect["number"],
                     link=link)
    rt.texter.send(effect["to"], words, str(effect["id"]))


def _words(rt: Runtime, conn: Connection, effect: Effect, row: Any) -> Mapping[str, str]:
    """What the engine itself tells about: urged, copied."""
    sender = people.named(conn, [effect["by"]]).get(effect["by"]) if effect.get("by") else None
    return both(f"service.told.{effect.get('about', 'news')}", who=sender["name"] if sender else "",
                subject=row["subject"] or row["number"], words=effect.get("words") or "")


def recipients(rt: Runtime, conn: Connection, to: Any, case: Mapping[str, Any], workflow: str) -> list[str]:
    """Ids of the people whom `to` means: holders as a seat says them, a task, a list of people."""
    found: list[str] = []
    for one in to if isinstance(to, Sequence) and not isinstance(to, str) else [to]:
        if isinstance(one, Mapping):
            found += _holders(rt, conn, one, case)
    return list(dict.fromkeys(found))


def _holders(rt: Runtime, conn: Connection, one: Mapping[str, Any], case: Mapping[str, Any]) -> list[str]:
    if one.get("task"):
        task = next((t for t in case["tasks"] if t["id"] == one["task"]), None)
        if task is None:
            return []
        if task["claimed"]:
            return [str(task["claimed"])]
        return [i for seat in open_seats(task) for i in _holders(rt, conn, {**seat, "task": None}, case)]
    if one.get("people"):
        return [str(i) for i in one["people"]]
    if one.get("person"):
        return [str(i) for i in (one["person"] if isinstance(one["person"], list) else [one["person"]])]
    if one.get("party"):
        held = case["parties"].get(one["party"], {})
        found = [str(i) for i in held.get("people") or ()]
        if held.get("org"):
            found += [row["id"] for row in people.trusted(conn, held["org"], rt.today())]
        if held.get("phone") and (row := people.by_phone(conn, held["phone"])) is not None:
            found.append(row["id"])
        return found
    rows = people.colleagues(conn, str(one.get("role")), rt.today())
    return [row["id"] for row in rows if one.get("scope") is None or covers(row["scope"], one["scope"])]


def mail(rt: Runtime, effect: Effect) -> None:
    """Send one e-mail."""
    mailer: Mailer | None = rt.mailer
    if mailer is None:
        return
    words, link = text.label(effect["words"], effect["lang"]), f"{rt.config.base_url}/cases/{effect['case']}"
    subject = text.say("service.mail.subject", effect["lang"], words=words, number=effect["number"])
    body = text.say("service.mail.body", effect["lang"], words=words, number=effect["number"], link=link)
    mailer.send(effect["to"], subject, body, str(effect["id"]).replace(":", "."))
