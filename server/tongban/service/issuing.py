"""Issuing in the case's own commit: number, print serial, verify code and record. Rendering comes later (`printing`).

The id of the effect is the id of the document: whatever is delivered twice, there is one document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from tongban.engine import answers
from tongban.engine.decide import chart_of
from tongban.engine.layout import OWN
from tongban.engine.model import Document, Env, Expr, FactKey, Field, Json, Version
from tongban.engine.problem import Problem
from tongban.engine.rules.dates import date_of
from tongban.engine.step import Step
from tongban.paper import gather, numbers
from tongban.paper.sheet import PaperError, Value
from tongban.service import regions
from tongban.service.errors import Refused
from tongban.service.facts import MOST_ROUNDS, Asking, fetch
from tongban.service.runtime import Effect, Runtime
from tongban.store import cases, counters, documents

ONCE = frozenset({"certificate", "agreement", "table", "register"})
"""Kinds of which a case has one: issuing again keeps the number and replaces the print (I-27)."""


def issue(rt: Runtime, conn: Connection, case: Mapping[str, Any], effect: Effect) -> None:
    """Take the number and write the record, in the transaction that caused it; what lacks a value is not done."""
    try:
        _issue(rt, conn, case, effect)
    except PaperError as error:
        raise Refused(Problem(error.code, "", error.params)) from error


def _issue(rt: Runtime, conn: Connection, case: Mapping[str, Any], effect: Effect) -> None:
    version = rt.version(conn, case["version"])
    document = version.workflow.documents[effect["document"]]
    asking = Asking(rt, conn, version, case["id"], counters.value(conn, "epoch"))
    today = date_of(rt.clock()) or ""
    values = evaluate(asking, case, document, {OWN + "issued_on": today})
    before = [
        row
        for row in documents.of_case(conn, case["id"])
        if row["name"] == document.id and row["number"] and row["status"] != "revoked"
    ]
    again = before[-1] if before and _once(document) else None
    number = again["number"] if again else _number(conn, case, document, typed(asking, document, values))
    for row in before if again else ():
        documents.change(conn, row["id"], status="replaced", reason="reissued")
    serial = numbers.serial(f"{case['workflow']}/{document.id}", lambda name: counters.take(conn, name))
    documents.add(
        conn,
        {
            "id": effect["id"],
            "case_id": case["id"],
            "name": document.id,
            "kind": document.kind,
            "title": document.title,
            "number": number,
            "code": numbers.code(),
            "serial": serial,
            "at": rt.clock(),
            "until": _until(document, values),
            "facts": {
                "values": {k: v for k, v in values.items() if not k.startswith(OWN)},
                "n": _status_index(conn),
                "public": _public(asking, document, values, number),
            },
        },
    )


def revoke(rt: Runtime, conn: Connection, case: Mapping[str, Any], effect: Effect) -> None:
    """The effect `revoke`: every print of that document of the case."""
    reason = effect.get("reason")
    said = reason.get("zh", "") if isinstance(reason, Mapping) else str(reason or "")
    for row in documents.of_case(conn, case["id"]):
        if row["name"] == effect["document"] and row["status"] != "revoked":
            documents.change(conn, row["id"], status="revoked", reason=said or "revoked")


def evaluate(asking: Asking, case: Mapping[str, Any], document: Document, own: Mapping[str, Json]) -> dict[str, Json]:
    """Every expression of the document on the case as it stands."""
    facts: dict[FactKey, Any] = {}
    for _ in range(MOST_ROUNDS):
        step = Step(asking.version, chart_of(asking.version), dict(case), facts, asking.rt.clock())
        env: Env = {**step.env(), **own}
        values = {source: expr.run(env) for source, expr in document.exprs.items()}
        if not step.needs:
            return {**values, **own}
        for key in sorted(step.needs, key=repr):
            facts[key] = fetch(asking, key)
    raise PaperError("paper.failed")


def typed(asking: Asking, document: Document, values: Mapping[str, Json], lang: str = "zh") -> dict[str, Value]:
    """Values with their types, and with the words of the field that they come from."""
    found = {}
    for source, value in values.items():
        expr = document.exprs.get(source)
        one = field_of(asking.version, source, expr) if expr else None
        if one is not None:
            found[source] = shown(asking, one, value, lang)
        elif expr is not None:
            found[source] = gather.of_type(value, expr.type)
        else:
            found[source] = Value(value, "date" if source == OWN + "issued_on" else "string")
    return found


def shown(asking: Asking, one: Field, value: Json, lang: str) -> Value:
    """A field's value; regions and choices from registers in words."""
    if one.type == "group" and isinstance(value, list):
        rows = [{c.id: shown(asking, c, row.get(c.id), lang) for c in one.fields} for row in value]
        return Value(rows, "list", 0, str(len(rows)))
    ready = gather.of_field(one, value, lang)
    words: Mapping[str, str] | None = None
    kind = answers.holds(one)
    if kind == "region" and value:
        words = regions.full_name(str(value))
    elif kind == "address" and value:
        words = _address(value)
    elif (one.options.get("register") or one.options.get("organisations")) and isinstance(value, str):
        words = fetch(asking, ("option", one.id, value))
    return Value(ready.value, ready.kind, ready.scale, words.get(lang) or words.get("zh")) if words else ready


def _address(value: Mapping[str, Json]) -> dict[str, str] | None:
    """An address with the names of its region."""
    names, detail = regions.full_name(str(value.get("region") or "")), str(value.get("detail") or "")
    return {"zh": names["zh"] + detail, "en": f"{detail}, {names.get('en') or names['zh']}"} if names else None


def field_of(version: Version, source: str, expr: Expr) -> Field | None:
    """The field that an expression is the bare name of, or the group whose rows it picks."""
    picked = expr.ast
    while picked[0] == "filter":
        picked = picked[1]
    name = next(iter(expr.names)) if len(expr.names) == 1 else ""
    if picked is not expr.ast and picked[0] == "name":
        name = str(picked[1])
    elif name != source and not name.endswith("." + source):
        return None
    form, _, field_id = name.partition(".")
    known = version.workflow.forms.get(form)
    return next((f for f in known.fields if f.id == field_id), None) if known else None


def _once(document: Document) -> bool:
    again = document.layout.get("again")
    return again == "replace" if again else document.kind in ONCE


def _number(conn: Connection, case: Mapping[str, Any], document: Document, values: Mapping[str, Value]) -> str | None:
    rule = document.layout.get("number")
    if not rule:
        return None
    scope = str(rule.get("series") or f"{case['workflow']}/{document.id}")
    return numbers.number(rule, scope, values, lambda name: counters.take(conn, name))


def _until(document: Document, values: Mapping[str, Json]) -> str | None:
    source = document.layout.get("expires")
    found = values.get(source) if source else None
    return str(found) if found else None


def _public(
    asking: Asking, document: Document, values: Mapping[str, Json], number: str | None
) -> list[Mapping[str, Any]]:
    """What the verify page may show: only what the definition lists under `public`."""
    found: list[Mapping[str, Any]] = []
    ready = {lang: typed(asking, document, values, lang) for lang in ("zh", "en")}
    for item in document.layout.get("public") or ():
        if item["value"] in (OWN + "number",):
            said: dict[str, str] = dict.fromkeys(("zh", "en"), number or "")
        else:
            said = {
                lang: gather.printed(ready[lang].get(item["value"]), item.get("format", "text"), lang)
                for lang in ("zh", "en")
            }
        found.append({"label": item["label"], "text": said})
    return found


def _status_index(conn: Connection) -> int:
    """The document's place in the published status list, from 0."""
    return counters.take(conn, "status") - 1


def case_at(conn: Connection, effect_id: str) -> tuple[list[Mapping[str, Any]], int]:
    """The events of a case up to the moment that an effect was caused, with what its step came to after that.

    A step says at its end what the case is called, and who it waits for then.
    """
    case_id, seq, _ = effect_id.rsplit(":", 2)
    lines = [(event, entry) for entry in cases.record(conn, case_id) for event in entry["body"]["events"]]
    before, after = lines[: int(seq)], lines[int(seq) :]
    same = [(e, entry) for e, entry in after if before and entry is before[-1][1]]
    before += [(e, entry) for e, entry in same if e["type"] in ("named", "task_opened")]
    return [
        {**event, "_at": event.get("at") or entry["at"], "_by": entry["actor"]} for event, entry in before
    ], int(seq)
