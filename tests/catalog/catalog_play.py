"""Drives the engine through a scenario file: docs/procedures.md describes the format."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tongban.engine import decide as engine
from tongban.engine.model import Actor, Command, Grant, Outcome, Span, Version
from tongban.engine.people import covers
from tongban.engine.read import read_bundle
from tongban.engine.rules.dates import add_span

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
Json = Any


def load(kind: str, slug: str) -> Json:
    return json.loads((ROOT / kind / f"{slug}.json").read_text(encoding="utf-8"))


def version_of(slug: str) -> Version:
    """The shipped definition, read; a definition with problems fails here with all of them."""
    workflow = load("workflows", slug)
    reading = read_bundle({"workflow": workflow, "forms": {f: load("forms", f) for f in workflow["forms"].values()}})
    assert reading.version is not None, [p.as_json() for p in reading.problems]
    return reading.version


def instant(text: str) -> str:
    """An instant with any offset as the engine writes it; a date alone is nine in the morning in Shanghai."""
    moment = datetime.fromisoformat(text if "T" in text else f"{text}T09:00:00+08:00")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def scenarios() -> Iterator[tuple[str, Json, Json]]:
    """(name, file, scenario) of everything under tests/catalog."""
    for path in sorted(HERE.glob("*.scenario.json")):
        book = json.loads(path.read_text(encoding="utf-8"))
        for scenario in book["scenarios"]:
            yield f"{book['workflow']}: {scenario['name']}", book, scenario


@dataclass
class World:
    """What the engine asks of the world outside: people, registers, parameters, calendars."""

    actors: Mapping[str, Actor]
    facts: Mapping[str, Json]
    missing: frozenset[str] = frozenset()
    files: Mapping[str, Json] = field(default_factory=dict)

    def answer(self, key: tuple[Json, ...]) -> Json:
        return getattr(self, "_" + key[0])(*key[1:])

    def _people(self, role: str, scope: str | None) -> list[str]:
        return [a.id for a in self.actors.values() if any(g.role == role and covers(g.scope, scope) for g in a.grants)]

    def _register(self, name: str, key: str, as_of: str) -> Json:
        if name in self.missing:
            return None
        for entry in self.facts.get("registers", {}).get(name, ()):
            until = entry.get("until")
            if entry["key"] == key and instant(entry["from"]) <= as_of and (not until or as_of < instant(until)):
                return entry.get("values", {})
        return False

    def _parameter(self, name: str, region: str | None, date: str) -> Json:
        rows = [r for r in self.facts.get("parameters", ()) if r["name"] == name and r["from"] <= date
                and (r["region"] == "*" or covers(r["region"], region))]
        return max(rows, key=lambda r: r["from"])["value"] if rows else None

    def _calendar(self, year: int) -> Json:
        path = HERE / f"calendar-{year}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def _region(self, code: str) -> Json:
        return {"zh": code, "en": code}

    def _file(self, name: str) -> Json:
        return self.files.get(name)

    def _option(self, field_id: str, value: str) -> Json:
        return {"zh": value, "en": value}

    def _count(self, *key: Json) -> Json:
        return next((c["is"] for c in self.facts.get("counts", ()) if tuple(c["of"]) == key), 0)

    _count_other = _count


def files_in(value: Json) -> Iterator[tuple[str, Json]]:
    """Every uploaded file that the answers of a book name."""
    if isinstance(value, Mapping) and "media" in value:
        yield value["id"], value
    elif isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from files_in(part)


def merged(base: Json, change: Json) -> Json:
    """`change` laid over `base`; null removes a member."""
    if not isinstance(base, Mapping) or not isinstance(change, Mapping):
        return change
    both = {**base, **{key: merged(base.get(key), value) for key, value in change.items()}}
    return {key: value for key, value in both.items() if value is not None}


class Play:
    """One case being played."""

    def __init__(self, book: Json, scenario: Json) -> None:
        self.book = merged(book, scenario.get("change", {}))
        self.version = version_of(book["workflow"])
        self.actors = {name: _actor(name, spec) for name, spec in self.book["actors"].items()}
        self.world = World(self.actors, self.book.get("facts", {}), frozenset(scenario.get("missing", ())),
                           dict(files_in([self.book["answers"], scenario])))
        self.now = instant(self.book["start"])
        self.case: Json = None
        self.effects: list[Json] = []
        self.outcome: Outcome | None = None

    def begin(self) -> None:
        starter = next((a for a, spec in self.book["actors"].items() if spec.get("starts")), None)
        parties = {p: {"people": [n for n, s in self.book["actors"].items() if s.get("party") == p]}
                   for p in self.version.workflow.parties}
        self._take(lambda facts: engine.start(
            self.version, "QD-0001", self.actors[starter] if starter else None, parties, facts, self.now,
            answers=self.book.get("given"), variables=self.book.get("variables")))

    def step(self, step: Json) -> None:
        self.effects = []
        if "wait" in step:
            self.pass_time(step["wait"])
        elif "event" in step:
            self._decide(Command("event", action=step["event"], data=step.get("data", {})))
        else:
            self.act(step)

    def act(self, step: Json) -> None:
        if "at" in step:
            self.now = instant(step["at"])
        actor = self.actors[step["by"]]
        self._decide(Command(
            step.get("kind", "act"), actor, action=step["do"], answers=self._answers(step),
            reason=step.get("reason", ""), clauses=tuple(step.get("clauses", ())), signature=step.get("signature"),
            marks=step.get("marks", {}), to=tuple(step.get("to", ())), then=step.get("then", ""),
            overrides=step.get("overrides", {})))

    def _answers(self, step: Json) -> Json:
        """The good answers of the form at hand with this step's changes."""
        states = self.version.workflow.states
        forms = [t["form"] for t in self.case["tasks"] if t["form"] and step["do"] in
                 {arrow.event for arrow in states[t["state"]].transitions}]
        base = self.book["answers"].get(step.get("form") or (forms[0] if forms else ""), {})
        return merged(base, step.get("change", {}))

    def pass_time(self, to: Json) -> None:
        """Timers that fall due on the way fire in order, each at its own time."""
        if isinstance(to, str):
            end = instant(to)
        else:
            (unit, amount), = to.items()
            end, _ = add_span(self.now, Span(amount, unit), lambda year: self.world.answer(("calendar", year)))
        asleep: set[str] = set()
        while True:
            due = sorted((t["at"], t["id"]) for t in self.case["timers"] if t["at"] <= end and t["id"] not in asleep)
            if not due or self.case["status"] != "open":
                break
            self.now = max(self.now, due[0][0])
            self._decide(Command("timer", task=due[0][1]))
            if self.outcome and not self.outcome.events:
                asleep.add(due[0][1])
        self.now = max(self.now, end)

    def _decide(self, command: Command) -> None:
        self._take(lambda facts: engine.decide(self.version, self.case, command, facts, self.now))

    def _take(self, ask: Any) -> None:
        facts: dict[Json, Json] = {}
        for _ in range(20):
            outcome = ask(facts)
            if not outcome.needs:
                break
            facts |= {key: self.world.answer(key) for key in outcome.needs}
        else:
            raise AssertionError(f"the engine never has enough facts: {outcome.needs}")
        self.outcome, self.case = outcome, outcome.case
        self.effects += outcome.effects


def _actor(name: str, spec: Json) -> Actor:
    grants = tuple(Grant(*g.split("@")) for g in spec.get("grants", ()))
    return Actor(name, grants, (spec["party"],) if "party" in spec else ())


def said(effect: Json) -> str:
    """An effect in one line: "issue receipt", "register qd-loans enter", "start qd-loan-post", "publish"."""
    kind = effect["kind"]
    if kind == "register":
        return f"register {effect['in']} {next(w for w in ('enter', 'exit', 'update') if w in effect)}"
    name = {"issue": "document", "revoke": "document", "start": "workflow", "tell": "event", "call": "url"}.get(kind)
    return f"{kind} {effect[name]}" if name else kind


def seen(play: Play) -> Json:
    """What an `expect` may name."""
    case, outcome = play.case, play.outcome
    assert outcome is not None
    return {
        "states": case["conf"], "status": case["status"], "outcome": case["outcome"], "round": case["round"],
        "problems": [p.clause or p.code for p in outcome.problems],
        "unknown": [p.clause or p.code for p in outcome.problems if p.level == "unknown"],
        "places": sorted({p.at for p in outcome.problems}),
        "variables": case["vars"], "open": sorted(t["state"] for t in case["tasks"]),
        "due": {t["state"]: t["due"] for t in case["tasks"] if t["due"]},
        "timers": sorted(t["at"] for t in case["timers"]),
        "effects": [said(e) for e in play.effects if e["kind"] != "notify"],
        "told": [next(iter(h.values())) for e in play.effects if e["kind"] == "notify" for h in _holders(e["to"])],
        "values": {said(e): e for e in play.effects}, "answers": case["answers"],
    }


def _holders(to: Json) -> list[Json]:
    return list(to) if isinstance(to, (list, tuple)) else [to]


def differences(want: Json, have: Json, at: str = "") -> list[str]:
    """Where `have` is not what is wanted; maps are compared by the members that are named."""
    if isinstance(want, Mapping) and isinstance(have, Mapping):
        return [d for key, value in want.items() for d in differences(value, have.get(key), f"{at}/{key}")]
    rows = isinstance(want, list) and isinstance(have, list) and len(want) == len(have)
    if rows and all(isinstance(w, Mapping) for w in want):
        return [d for i, (w, h) in enumerate(zip(want, have, strict=True)) for d in differences(w, h, f"{at}/{i}")]
    if at.startswith("/due/") and isinstance(have, str) and len(str(want)) == 10:
        have = have[:10]
    return [] if want == have else [f"{at}: expected {want!r}, found {have!r}"]


def play(book: Json, scenario: Json) -> list[str]:
    """Every difference between what the scenario expects and what the engine does."""
    game = Play(book, scenario)
    game.begin()
    found = [f"start{d}" for d in differences(scenario.get("expect", {}), seen(game))]
    for number, step in enumerate(scenario["steps"], 1):
        game.step(step)
        name = " ".join(str(step[key]) for key in ("by", "do", "event", "wait") if key in step)
        expect = step.get("expect", {})
        if "places" not in expect:
            expect = {"problems": [], **expect}
        found += [f"step {number} ({name}){d}" for d in differences(expect, seen(game))]
    return found
