"""Telling people: the effect `notify` becomes messages in the app and goes the ways that each person chose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tongban import text
from tongban.engine.people import covers, open_seats
from tongban.service import outside
from tongban.service.mail import Mailer
from tongban.service.runtime import Runtime
from tongban.store import cases, devices, messages, outbox, people
from tongban.store.base import Row

Effect = Mapping[str, Any]


def tell(rt: Runtime, conn: Connection, effect: Effect) -> None:
    """Put the message into the inbox of everybody it is for; queue the same for their other channels."""
    row = cases.get(conn, effect["case"])
    if row is None:
        return
    words = effect.get("message") or _words(rt, conn, effect, row)
    ids = recipients(rt, conn, effect.get("to"), row["snapshot"], row["workflow"])
    now, queued = rt.clock(), []
    devices_of = devices.of_people(conn, ids) if rt.pusher is not None and ids else {}
    for person in people.named(conn, ids).values():
        told = Told(f"{effect['id']}:{person['id']}", person, words, row, tuple(devices_of.get(person["id"], ())))
        if person["active"] and messages.tell(conn, {"id": told.id, "person": person["id"], "case_id": row["id"],
                                                     "text": dict(words), "at": now}):
            queued += [sent for way in WAYS for sent in way(rt, told)]
    if rt.texter is not None:
        queued += [{"id": f"{effect['id']}:{phone}", "kind": "text", "case": row["id"], "to": phone,
                    "words": dict(words), "number": row["number"]}
                   for phone in _phones(effect.get("to"), row["snapshot"])]
    outbox.put(conn, queued, now)


@dataclass(frozen=True, slots=True)
class Told:
    """One person who is told something, for every channel to make its own of it."""

    id: str
    person: Row
    words: Mapping[str, str]
    case: Row
    devices: tuple[str, ...]

    def queued(self, channel: str, kind: str, **more: Any) -> dict[str, Any]:
        """A row of the outbox: `kind` names who sends it (`Runtime.outside`)."""
        return {"id": f"{self.id}:{channel}", "kind": kind, "case": self.case["id"], "number": self.case["number"],
                "lang": self.person["lang"], "words": dict(self.words), **more}


def _by_mail(rt: Runtime, told: Told) -> Iterator[dict[str, Any]]:
    if rt.mailer is not None and "email" in told.person["channels"] and told.person["email"]:
        yield told.queued("mail", "mail", to=told.person["email"])


def _by_push(rt: Runtime, told: Told) -> Iterator[dict[str, Any]]:
    for device in told.devices:
        yield told.queued(device[:16], "push", to=device, person=told.person["id"])


def _by_system(rt: Runtime, told: Told) -> Iterator[dict[str, Any]]:
    for system in outside.channels(rt):
        if system in told.person["channels"]:
            to = {"login": told.person["login"], "name": told.person["name"]}
            yield told.queued(system, "message", system=system, to=to)


WAYS: tuple[Callable[[Runtime, Told], Iterator[dict[str, Any]]], ...] = (_by_mail, _by_push, _by_system)
"""The channels beside the inbox. Another one: a function here, and its sender in `service.wiring`."""


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
    """What the engine itself tells of; see engine.telling and engine.staffing."""
    sender = people.named(conn, [effect["by"]]).get(effect["by"]) if effect.get("by") else None
    title = rt.version(conn, row["version"]).workflow.title
    return {lang: text.say(f"service.told.{effect.get('about', 'news')}", lang, who=sender["name"] if sender else "",
                           subject=row["subject"] or row["number"], words=text.label(effect.get("words"), lang),
                           title=text.label(title, lang)) for lang in text.LANGUAGES}


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
