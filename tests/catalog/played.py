"""Plays a scenario of a shipped procedure on a real server's data: its world is set up, then everybody acts.

The world (people, registers, parameters, the date) comes from the scenario; what the steps expect of the case is
compared after each of them. Here people act through the service; the walker of the browser tests uses pages instead.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tongban.engine.answers import Lookups, Step, read
from tongban.engine.simulate import instant, merged
from tongban.service import people
from tongban.service.access import Person
from tongban.service.act import ActRequest, Doing, act
from tongban.service.effects import send
from tongban.service.errors import Denied, NotFound
from tongban.service.runtime import Runtime
from tongban.service.seen import role_at
from tongban.service.start import Opening, begin, open_case
from tongban.service.wiring import run_all
from tongban.store import cases, definitions, documents, registers
from tongban.store import people as table

Json = Any
ROOT = Path(__file__).resolve().parents[2]


def shipped(kind: str, name: str) -> Json:
    """A JSON file of the catalogue."""
    return json.loads((ROOT / kind / f"{name}.json").read_text("utf-8"))


class Played:
    """One scenario, by its name or its number."""

    def __init__(self, rt: Runtime, slug: str, which: str | int) -> None:
        self.rt, self.slug = rt, slug
        book = shipped("tests/catalog", f"{slug}.scenario")
        found = book.pop("scenarios")
        self.scenario = found[which] if isinstance(which, int) else next(s for s in found if s["name"] == which)
        self.book = merged(book, self.scenario.get("change", {}))
        self.flow = shipped("workflows", slug)
        self.forms = {key: shipped("forms", form) for key, form in self.flow["forms"].items()}
        self.now, self.case_id = instant(self.book["start"]), ""
        self.rt.clock = lambda: self.now
        self.furnish()
        for actor, spec in self.book["actors"].items():
            self.settle(actor, spec)

    def play(self) -> None:
        """Every step, compared with what it is to come to."""
        self.begin()
        self.compare(0, self.scenario.get("expect", {}))
        for number, step in enumerate(self.scenario["steps"], 1):
            self.step(number, step)
            self.compare(number, step.get("expect", {}))

    def step(self, number: int, step: Mapping[str, Json]) -> None:
        """Time passes, an event arrives, or somebody acts; then all that it causes."""
        self.now = max(self.now, instant(step["at"])) if "at" in step else self.now
        if "wait" in step:
            self.wait(step["wait"])
        elif "event" in step:
            with self.rt.store.transaction() as conn:
                send(self.rt, conn, self.case_id, step["event"], step.get("data", {}), "played")
        else:
            self.act(number, step)
        run_all(self.rt)

    # --- the world ----------------------------------------------------------------------------------------------

    def furnish(self) -> None:
        """Registers and parameters as the scenario says."""
        facts = self.book.get("facts", {})
        with self.rt.store.transaction() as conn:
            for name, rows in facts.get("registers", {}).items():
                key = self.flow.get("registers", {}).get(name, {}).get("key", "key")
                for row in rows:
                    registers.enter(conn, {
                        "id": f"w-{name}-{row['key']}"[:60], "register": name, "key": row["key"], "cause": None,
                        "fields": {key: row["key"], **row.get("values", {})}, "entered_at": instant(row["from"])})
                    if row.get("until"):
                        registers.leave(conn, name, row["key"], instant(row["until"]), None, None)
            for row in facts.get("parameters", ()):
                held = {r["region"] for r in registers.list_parameters(conn) if r["name"] == row["name"]}
                places = held | {"*"} if row.get("region", "*") == "*" else {row["region"]}
                for place in sorted(places):        # what the server brings for a region gives way too
                    registers.put_parameter(conn, {"name": row["name"], "region": place, "starts": row["from"],
                                                   "value": row["value"]})

    def party(self, actor: str) -> Json:
        """The side that an actor is; empty for offices."""
        return self.flow.get("parties", {}).get(self.book["actors"][actor].get("party", ""), {})

    def grants(self, actor: str) -> list[tuple[str, str]]:
        """The roles of an actor with their scopes."""
        spec, party = self.book["actors"][actor], self.party(actor)
        if party and party["kind"] != "person":
            return [(party["kind"], str(self.answered(party["key"])))]
        if party:
            return [("person", "*")]
        return [grant.partition("@")[::2] for grant in spec.get("grants", ())]

    def settle(self, actor: str, spec: Mapping[str, Json]) -> None:
        """An account for an actor."""
        grants, party = self.grants(actor), self.party(actor)
        orgs = [f"{role}-{scope}" if scope.isdigit() and len(scope) == 6 else scope
                for role, scope in grants if scope != "*"]
        org = orgs[0] if orgs else None
        by_phone = bool(party.get("phone")) and not spec.get("starts")
        with self.rt.store.transaction() as conn:
            if org is not None and table.organisation(conn, org) is None:
                table.put_organisation(conn, {"code": org, "kind": party.get("kind", "office"), "region": "440106",
                                              "name": role_at(*grants[0])})
            person = self.id(actor)
            people.add_person(conn, self.now, person, f"w.{self.slug}.{actor}", actor, self.password(), org,
                              **({"phone": self.answered(party["phone"])} if by_phone else {}))
            for role, scope in grants:
                people.grant(conn, self.now, person, role, scope)

    def password(self) -> str | None:
        """Hashed; None where nobody signs in by one."""
        return None

    def id(self, actor: str) -> str:
        """Of their account."""
        return f"walk-{self.slug}-{actor}"[:40]

    def who(self, actor: str) -> Person:
        """Somebody with a session of this moment."""
        with self.rt.store.transaction() as conn:
            token = people.open_session(self.rt, conn, self.id(actor))
        person = people.session(self.rt, token)
        assert person is not None
        return person

    def answered(self, path: str) -> Json:
        """One of the good answers, by "form.field"."""
        form, _, field = path.partition(".")
        return {**self.book.get("given", {}).get(form, {}), **self.book.get("answers", {}).get(form, {})}.get(field)

    # --- the case -----------------------------------------------------------------------------------------------

    def case(self) -> Json:
        """As it stands."""
        with self.rt.store.reading() as conn:
            return cases.get(conn, self.case_id)["snapshot"]

    def starter(self) -> str | None:
        """Who opens the case; None where another case does."""
        if self.book.get("given"):
            return None
        return next((name for name, spec in self.book["actors"].items() if spec.get("starts")), None)

    def begin(self) -> None:
        """Opened by who may; else as another case opens it."""
        starter = self.starter()
        if starter is None:
            self.open_linked()
        else:
            self.case_id = begin(self.rt, self.who(starter), self.slug).case_id

    def open_linked(self) -> None:
        """With the answers that the other case hands over."""
        looks = Lookups(region=lambda code: {"zh": code})
        with self.rt.store.transaction() as conn:
            version = self.rt.version(conn, definitions.procedure(conn, self.slug)["current"])
            forms = version.workflow.forms
            answers = {form: read(forms[form], raw, {}, "draft", Step(f"{form}.", {}, None, looks)).values
                       for form, raw in self.book.get("given", {}).items()}
            opening = Opening(answers=answers, variables=self.book.get("variables") or {})
            self.case_id = open_case(self.rt, conn, version, opening, Doing(why="played")).case_id
        run_all(self.rt)

    def wait(self, span: Json) -> None:
        """Until an instant, or some days."""
        moment = datetime.strptime(self.now, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        later = instant(span) if isinstance(span, str) else (moment + timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.now = max(self.now, later)

    def act(self, number: int, step: Mapping[str, Json]) -> None:
        """One action as it would be sent."""
        task = self.task(step)
        form = task.get("form")
        raw = merged(self.book.get("answers", {}).get(form, {}), step.get("change", {})) if form else {}
        person = self.who(step["by"])
        self.upload(person, raw)
        given = {name: step[name] for name in ("reason", "signature", "then", "marks", "overrides") if name in step}
        given |= {name: tuple(step[name]) for name in ("clauses", "to") if name in step}
        request = ActRequest(task=task.get("id"), action=step["do"], raw=raw, **given)
        refused = {"problems", "places", "unknown"} & set(step.get("expect", {}))
        try:
            received = act(self.rt, person, self.case_id, request)
        except (NotFound, Denied):
            assert refused, f"step {number}"
            return
        told = [f"{p.code} {p.at} {dict(p.params)}" for p in received.problems if p.level == "error"]
        assert refused or not told, f"step {number}: {told}"

    def upload(self, person: Person, raw: Json) -> None:
        """The files that answers name, as their owner's."""
        with self.rt.store.transaction() as conn:
            for one in files(raw):
                if not any(row["owner"] == person.id for row in documents.files_with(conn, one["id"])):
                    documents.add_file(conn, {
                        "id": secrets.token_hex(16), "blob": one["id"], "owner": person.id, "name": one["name"],
                        "type": one["media"], "size": one["size"], "received": one["size"], "status": "ready",
                        "at": self.now})

    def task(self, step: Mapping[str, Json]) -> Json:
        """The open task that offers the action."""
        found = [t for t in self.case()["tasks"] if step["do"] in self.offered(t["state"])
                 and step.get("form") in (None, t["form"])]
        return found[0] if found else {}

    def offered(self, state: str) -> set[str]:
        """Actions of a state and of those around it."""
        def find(states: Json, above: set[str]) -> set[str]:
            for key, spec in states.items():
                mine = above | set(spec.get("on", {}))
                below = mine if key == state else find(spec.get("states", {}), mine)
                if below:
                    return below
            return set()
        return find(self.flow["states"], set())

    def compare(self, number: int, due: Mapping[str, Json]) -> None:
        """The case against what the step expects of it."""
        case = self.case()
        for name, have in (("states", case["conf"]), ("status", case["status"]), ("outcome", case["outcome"]),
                           ("round", case["round"])):
            assert have == due.get(name, have), f"step {number}: {name} {have}, not {due[name]}"
        for name, value in due.get("variables", {}).items():
            have = case["vars"][name]
            assert have == value, f"step {number}: {name} {have}, not {value}"


def files(value: Json) -> Iterator[Json]:
    """Every uploaded file that answers name."""
    if isinstance(value, Mapping) and "media" in value:
        yield value
    elif isinstance(value, (Mapping, list)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from files(part)
