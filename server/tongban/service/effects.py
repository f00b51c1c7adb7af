"""Effects on the world inside: registers, linked cases, messages between cases. Each is applied once by its id."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from tongban.engine.model import Command
from tongban.service.act import Doing, commit, run
from tongban.service.runtime import Runtime
from tongban.service.start import Opening, open_case
from tongban.store import cases, definitions, registers
from tongban.store.base import Row

Effect = Mapping[str, Any]


class Undeliverable(Exception):
    """An effect that cannot be applied now; it stays in the outbox and an operator sees why."""


def register(rt: Runtime, conn: Connection, effect: Effect) -> None:
    """Enter, update or leave a register. A thing that comes back keeps its id and gets a new dated row (I-29)."""
    each = effect.get("for_each")
    if not isinstance(each, list):
        _one(rt, conn, effect)
        return
    verb = next(v for v in ("enter", "update", "exit") if v in effect)
    for number, row in enumerate(each):
        given = of_row(effect[verb], row)
        if verb != "exit":
            columns = _columns(rt, conn, effect)
            given["values"] = {**{k: v for k, v in row.items() if k in columns}, **(given.get("values") or {})}
        _one(rt, conn, {**effect, "id": f"{effect['id']}/{number}", verb: given})


def of_row(given: Any, row: Mapping[str, Any]) -> Any:
    """Arguments with every {"row": column} replaced by that column of the row they are for."""
    if isinstance(given, Mapping):
        if set(given) == {"row"}:
            return row.get(str(given["row"]))
        return {key: of_row(value, row) for key, value in given.items()}
    return [of_row(part, row) for part in given] if isinstance(given, list) else given


def _columns(rt: Runtime, conn: Connection, effect: Effect) -> Mapping[str, Any]:
    """The fields that the definition declares for the register of an effect."""
    row = cases.get(conn, effect["case"])
    raw = rt.version(conn, row["version"]).bundle["workflow"] if row else {}
    declared: Mapping[str, Any] = raw.get("registers", {}).get(effect["in"], {}).get("fields", {})
    return declared


def _one(rt: Runtime, conn: Connection, effect: Effect) -> None:
    name, at = str(effect["in"]), str(effect["at"])
    verb = next(v for v in ("enter", "update", "exit") if v in effect)
    key, values = _entry(rt, conn, effect, effect[verb])
    if registers.was_caused(conn, effect["id"]):
        return
    past = registers.history(conn, name, key)
    standing = next((row for row in reversed(past) if row["left_at"] is None), None)
    if verb == "exit":
        registers.leave(conn, name, key, at, str(effect[verb].get("ground") or "") or None, effect["id"])
        return
    if standing is not None:
        registers.leave(conn, name, key, at, None, None)
    kept = dict(standing["fields"]) if standing is not None and verb == "update" else {}
    registers.enter(conn, {
        "id": past[0]["id"] if past else secrets.token_hex(10), "register": name, "key": key,
        "fields": {**kept, **values}, "entered_at": at, "cause": effect["id"]})


def _entry(rt: Runtime, conn: Connection, effect: Effect, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Key and values, whether the author wrote {"key", "values"} or the columns themselves."""
    values = dict(given.get("values") or {k: v for k, v in given.items() if k not in ("key", "ground")})
    if given.get("key") is not None:
        return str(given["key"]), values
    row = cases.get(conn, effect["case"])
    raw = rt.version(conn, row["version"]).bundle["workflow"] if row else {}
    column = raw.get("registers", {}).get(effect["in"], {}).get("key", "key")
    if values.get(column) is None:
        raise Undeliverable(f"no value for {column}, the key of register {effect['in']}")
    return str(values[column]), values


def start(rt: Runtime, conn: Connection, effect: Effect) -> None:
    """Open linked cases: one, or one for each row of a list, whose columns go over as {"row": column}.

    Parties go over by name where the effect does not say.
    """
    parent = cases.get(conn, effect["case"])
    row = definitions.procedure(conn, str(effect["workflow"]))
    if parent is None or row is None or row["status"] != "open":
        raise Undeliverable(f"procedure {effect['workflow']} is not open")
    version = rt.version(conn, row["current"])
    each = effect.get("for_each")
    for number, item in enumerate(each if isinstance(each, list) else [None]):
        more = item if isinstance(item, Mapping) else {}
        own = of_row({k: effect.get(k) or {} for k in ("answers", "variables")}, more)
        parties = effect.get("parties") or {
            name: held for name, held in parent["snapshot"]["parties"].items() if name in version.workflow.parties}
        opening = Opening(
            parties=more.get("parties") or parties,
            answers=own["answers"], variables=own["variables"],
            links={"parent": parent["id"], "name": effect.get("name") or effect["workflow"], "n": number})
        received = open_case(rt, conn, version, opening, Doing(why=str(effect["id"])))
        if received.problems:
            raise Undeliverable("; ".join(f"{p.code} {dict(p.params)}" for p in received.problems))


def tell(rt: Runtime, conn: Connection, effect: Effect) -> None:
    """Send an event to linked cases, or to one that is named, for each row of a list; closed ones are passed by."""
    source = cases.get(conn, effect["case"])
    if source is None:
        return
    each = effect.get("for_each")
    for item in each if isinstance(each, list) else [{}]:
        own = of_row({"cases": effect["cases"], "data": effect.get("data") or {}}, item)
        for case_id in _told(conn, source, own["cases"]):
            send(rt, conn, case_id, str(effect["event"]), own["data"], str(effect["id"]))


def _told(conn: Connection, source: Row, which: Any) -> list[str]:
    """The cases that an event goes to: `parent`, `children`, or the one with this id."""
    if which == "parent":
        return [source["parent"]] if source["parent"] else []
    if which == "children":
        return [row["id"] for row in cases.children(conn, source["id"])]
    return [str(which)] if which else []


def send(rt: Runtime, conn: Connection, case_id: str, event: str, data: Mapping[str, Any], why: str) -> None:
    """An event from within to one case."""
    loaded = cases.load(conn, case_id, None, None)
    if loaded is None or loaded.row["status"] != "open":
        return
    version = rt.version(conn, loaded.row["version"])
    outcome = run(rt, conn, loaded, version, Command("event", action=event, data=data))
    if outcome.problems:
        raise Undeliverable("; ".join(f"{p.code} {dict(p.params)}" for p in outcome.problems))
    if outcome.events:
        commit(rt, conn, loaded, version, outcome, Doing(why=why))
