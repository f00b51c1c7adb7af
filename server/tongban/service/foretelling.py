"""The rules that a submission will be held to, for a page that can say before the button what the server would say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from tongban.engine.model import Expr, Rule, Workflow
from tongban.service.access import Person
from tongban.service.inbox import standing
from tongban.service.people import valid_uscc
from tongban.service.runtime import Runtime
from tongban.store import keys
from tongban.text import LANGUAGES, say

Json = Any
FEW = 5


def foretold(rt: Runtime, person: Person, version: str, state: str, env: Mapping[str, Json],
             case_id: str = "") -> dict[str, Json]:
    """{"actions": {name: [rule ids]}, "rules": {id: …}, "env": {…}, "unique": […]} of a state's ways out.

    `env` holds only what the person may read, so a rule about anything else is unknown on the page and stays the
    server's to say. Rules are public: they are the conditions of the procedure.
    """
    with rt.store.reading() as conn:
        flow = rt.version(conn, version).workflow
        unique = [_unique(conn, person, flow, n, case_id) for n in range(len(flow.unique))]
    ways = {way.event: list(way.require) for way in flow.states[state].transitions if way.event and way.require}
    rules = {name: flow.rules[name] for name in dict.fromkeys(name for names in ways.values() for name in names)}
    read = {name for rule in rules.values() for name in _names(rule)}
    said = {name: _rule(flow, rule) for name, rule in rules.items()}
    said |= _own_code(person, flow) | _under_way(flow, unique)
    return {"actions": ways, "rules": said,
            "env": {name: env[name] for name in sorted(read) if name in env}, "unique": unique}


def _own_code(person: Person, flow: Workflow) -> dict[str, Json]:
    """Who stands for an enterprise applies for that one alone: as a rule, so that a slip is told at the code."""
    own, words = str(person.org or ""), {lang: say("service.not_own_code", lang, own=person.org) for lang in LANGUAGES}
    named = [str(party.key) for party in flow.parties.values() if party.starts and party.key]
    return {f"$own/{name}": {"test": ["==", ["name", name, "string"], ["lit", own]], "names": [name], "say": words,
                             "label": words} for name in named if valid_uscc(own)}


def _unique(conn: Connection, person: Person, flow: Workflow, n: int, case_id: str) -> dict[str, Json]:
    """What only one case may be about, and what the cases of this person's own side are about. Whether somebody else's
    case is in the way is the server's to say: it would tell of cases that the person cannot see."""
    entry, name = flow.unique[n], f"{flow.id}/{n}"
    held = keys.of_side(conn, flow.id, standing(person), case_id, str(entry.get("within") or "all"))
    read = {one for part in entry["key"] for one in part.names}
    return {"id": name, "key": [part.ast for part in entry["key"]], "names": sorted(read),
            "say": dict(entry.get("say") or {}), "clause": entry.get("clause"),
            "held": {row["value"]: row["number"] for row in reversed(held) if row["name"] == name}}


def _under_way(flow: Workflow, unique: list[dict[str, Json]]) -> dict[str, Json]:
    """Cases of one's own side that are in the way, as rules too while they are few: told at the question that names
    what they are about, and not only when everything is filled in."""
    found = {}
    for one, entry in zip(unique, flow.unique, strict=True):
        if len(entry["key"]) > 1 or entry["key"][0].type.kind != "string" or len(one["held"]) > FEW:
            continue
        for value, number in one["held"].items():
            words = {lang: said + say("web.aside", lang, words=number) for lang, said in one["say"].items()}
            found[f"$held/{one['id']}/{number}"] = {
                "test": ["!=", entry["key"][0].ast, ["lit", value]], "names": one["names"], "say": words,
                "label": words} | ({"clause": one["clause"]} if one["clause"] else {})
        one["held"] = {}
    return found


def _names(rule: Rule) -> set[str]:
    return {name for one in (rule.test, rule.when) if isinstance(one, Expr) for name in one.names}


def _rule(flow: Workflow, rule: Rule) -> dict[str, Json]:
    said: dict[str, Json] = {"test": rule.test.ast, "names": sorted(_names(rule)),
                             "say": dict(rule.say or rule.label or {}), "label": dict(rule.label or rule.say or {})}
    if rule.when:
        said["when"] = rule.when.ast
    if rule.kind == "soft":
        said["soft"] = True
    if rule.clause:
        said["clause"] = rule.clause
    return said
