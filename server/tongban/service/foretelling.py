"""The rules that a submission will be held to, for a page that can say before the button what the server would say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongban.engine.model import Expr, Rule, Workflow
from tongban.service.runtime import Runtime

Json = Any


def foretold(rt: Runtime, version: str, state: str, env: Mapping[str, Json]) -> dict[str, Json]:
    """{"actions": {name: [rule ids]}, "rules": {id: …}, "env": {…}} of a state's ways out.

    `env` holds only what the person may read, so a rule about anything else is unknown on the page and stays the
    server's to say. Rules are public: they are the conditions of the procedure.
    """
    with rt.store.reading() as conn:
        flow = rt.version(conn, version).workflow
    ways = {way.event: list(way.require) for way in flow.states[state].transitions if way.event and way.require}
    rules = {name: flow.rules[name] for name in dict.fromkeys(name for names in ways.values() for name in names)}
    read = {name for rule in rules.values() for name in _names(rule)}
    return {"actions": ways, "rules": {name: _rule(flow, rule) for name, rule in rules.items()},
            "env": {name: env[name] for name in sorted(read) if name in env}}


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
