"""Drives a definition through a script without a server: actions by actors, bare events, time passing.

docs/authoring.md describes scripts. The same player runs the scenarios that are stored with a definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tongban.engine import decide as engine
from tongban.engine.answers import Lookups, Step, read
from tongban.engine.fold import EMPTY, Case
from tongban.engine.model import Actor, Command, FactKey, Facts, Grant, Outcome, Span, Version
from tongban.engine.people import covers, open_seats
from tongban.engine.problem import EngineError, Problem
from tongban.engine.read.loads import survey
from tongban.engine.read.shape import DROP, Obj, Walker
from tongban.engine.read.vocabulary import SCRIPT, UNITS
from tongban.engine.rules.dates import add_span

Json = Any
Line = dict[str, Any]

MAX_FIRINGS = 1_000         # timers that go off while a script lets time pass
MAX_STEPS = 2_000
KINDS = ("act", "claim", "release", "transfer", "delegate", "add_sign", "remove_sign", "urge", "copy", "take_back")


class BadScript(EngineError):
    """The script itself is wrong: where, and in which way."""



def wrong(at: str, code: str, **params: Json) -> BadScript:
    """A script error with one problem."""
    return BadScript([Problem(f"simulate.{code}", at, params)])


def simulate(version: Version, script: Mapping[str, Json]) -> Iterator[Line]:
    """One line for the start and for each step. Raises BadScript where the script cannot be played."""
    fitted = well_formed(script)
    player = Player(version, fitted)
    yield player.begin()
    for number, step in enumerate(fitted.get("steps", ()), 1):
        yield player.step(number, step)


def well_formed(script: Json, kind: str = "script") -> Mapping[str, Json]:
    """The script, or BadScript with everything that is no script in it."""
    walker = Walker(SCRIPT, list(survey(script)))
    fitted = walker.fit(script, Obj(kind), "") if not walker.problems else DROP
    if walker.problems or len(fitted.get("steps", ())) > MAX_STEPS:
        raise BadScript(walker.problems or [Problem("simulate.too_many_steps", "/steps", {"limit": MAX_STEPS})])
    return fitted  # type: ignore[no-any-return]  # the walker answers an object for an object


def merged(base: Json, change: Json) -> Json:
    """`change` laid over `base`; null removes a member."""
    if not isinstance(base, Mapping) or not isinstance(change, Mapping):
        return change
    both = {**base, **{key: merged(base.get(key), value) for key, value in change.items()}}
    return {key: value for key, value in both.items() if value is not None}


def _files(value: Json) -> Iterator[tuple[str, Json]]:
    """Every uploaded file that a script names."""
    if isinstance(value, Mapping) and "media" in value and isinstance(value.get("id"), str):
        yield value["id"], value
    elif isinstance(value, (Mapping, list)):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _files(part)


class World:
    """What a script says about the world outside: people, registers, parameters, calendars, counts, facts as such."""

    def __init__(self, actors: Mapping[str, Actor], facts: Mapping[str, Json]) -> None:
        self.actors, self.facts = actors, facts
        self.told = {tuple(entry["ask"]): entry["is"] for entry in facts.get("told", ())}
        self.files: Mapping[str, Json] = {}
        self.unknown: list[list[Json]] = []         # asked by the engine, not said by the script

    def answer(self, key: FactKey) -> Json:
        """The fact, None where the script does not say it."""
        if key in self.told:
            return self.told[key]
        known = _KNOWN.get(key[0])
        value = known(self, *key[1:]) if known else None
        if value is None and list(key) not in self.unknown:
            self.unknown.append(list(key))
        return value

    def people(self, role: str, scope: str | None) -> list[str]:
        """Ids of the actors who hold a role; the role itself where the script names no actors at all."""
        held = [a.id for a in self.actors.values() if any(g.role == role and covers(g.scope, scope) for g in a.grants)]
        return held if self.actors else [role]

    def register(self, name: str, key: str, as_of: str) -> Json:
        """The entry in force, False for none; unknown where no registers are told or this one is called missing."""
        if "registers" not in self.facts or name in self.facts.get("missing", ()):
            return None
        for entry in self.facts["registers"].get(name) or ():
            since, until = instant(entry.get("from", "1900-01-01")), entry.get("until")
            if entry["key"] == key and since <= as_of and (not until or as_of < instant(until)):
                return entry.get("values", {})
        return False

    def parameter(self, name: str, region: str | None, day: str) -> Json:
        """The value in force at a place on a day."""
        rows = [r for r in self.facts.get("parameters", ()) if r["name"] == name and r["from"] <= day
                and (r.get("region", "*") == "*" or covers(r["region"], region))]
        return max(rows, key=lambda r: str(r["from"]))["value"] if rows else None

    def calendar(self, year: int) -> Json:
        return self.facts.get("calendars", {}).get(str(year))

    def count(self, *key: Json) -> Json:
        return next((c["is"] for c in self.facts.get("counts", ()) if c["of"] == list(key)), 0)

    def named(self, *key: Json) -> Json:
        """Regions and register choices are taken for good ones under their own code."""
        return {"zh": str(key[-1]), "en": str(key[-1])}

    def file(self, name: str) -> Json:
        """What the script says of a file where it names one; else a small PDF."""
        return self.files.get(name) or {"name": name, "size": 1000, "media": "application/pdf"}


_KNOWN: Mapping[Json, Callable[..., Json]] = {
    "people": World.people, "register": World.register, "parameter": World.parameter, "calendar": World.calendar,
    "count": World.count, "count_other": World.count, "region": World.named, "option": World.named, "file": World.file,
}


class Player:
    """One case being played."""

    def __init__(self, version: Version, script: Mapping[str, Json]) -> None:
        self.version, self.script = version, script
        self.actors = {name: _actor(name, spec) for name, spec in script.get("actors", {}).items()}
        self.world = World(self.actors, script.get("facts", {}))
        self.world.files = dict(_files(script))
        self.now = _instant(script["start"], "/start")
        self.case: Case = dict(EMPTY)
        self.effects: list[Mapping[str, Json]] = []
        self.problems: list[Problem] = []

    def begin(self) -> Line:
        """Open the case."""
        script, flow = self.script, self.version.workflow
        starter = next((self.actors[n] for n, spec in script.get("actors", {}).items() if spec.get("starts")), None)
        parties = {party: {"people": [a.id for a in self.actors.values() if party in a.parties] or [party]}
                   for party in flow.parties}
        parties = merged(parties, script.get("parties", {}))
        given = {form: self._typed(form, raw) for form, raw in script.get("given", {}).items()}
        self._take(lambda facts: engine.start(
            self.version, str(script.get("case", "SIM-1")), starter, parties, facts, self.now, answers=given,
            variables=script.get("variables")))
        return self._line(0, "start")

    def _typed(self, form: str, raw: Mapping[str, Json]) -> Json:
        if form not in self.version.workflow.forms:
            raise wrong(f"/given/{form}", "no_such_form", form=form)
        looks = Lookups(region=self.world.named, file=self.world.file)
        return read(self.version.workflow.forms[form], raw, {}, "draft", Step(f"{form}.", {}, None, looks)).values

    def step(self, number: int, step: Mapping[str, Json]) -> Line:
        """One step of the script."""
        at = f"/steps/{number - 1}"
        self.effects, self.problems = [], []
        if "at" in step:
            self.now = max(self.now, _instant(step["at"], f"{at}/at"))
        if "wait" in step:
            fired = self._pass_time(step["wait"], at)
            return self._line(number, "wait", fired=fired)
        if "event" in step:
            self._decide(Command("event", action=str(step["event"]), data=step.get("data", {})))
            return self._line(number, str(step["event"]))
        self._act(step, at)
        return self._line(number, str(step["do"]), by=step.get("by"))

    def _act(self, step: Mapping[str, Json], at: str) -> None:
        actor = self._who(step.get("by"), at)
        kind = step.get("kind", step["do"] if step["do"] in KINDS else "act")
        task = next((t["id"] for t in self.case["tasks"] if t["state"] == step.get("in")), step.get("task"))
        if kind not in KINDS:
            raise wrong(f"{at}/kind", "unknown_kind", kind=kind)
        if kind != "act" and task is None and len(self.case["tasks"]) == 1:
            task = self.case["tasks"][0]["id"]
        self._decide(Command(
            kind, actor, task, str(step["do"]) if kind == "act" else "", self._answers(step), step.get("reason", ""),
            tuple(step.get("clauses", ())), step.get("signature"), step.get("marks", {}), tuple(step.get("to", ())),
            step.get("then", ""), step.get("place", "after"), step.get("overrides", {}), step.get("data", {})))

    def _who(self, name: Json, at: str) -> Actor:
        """An actor of the script; else a party, or "role" or "role@scope", that needs no introduction."""
        if name is None:
            raise wrong(at, "no_actor")
        if isinstance(name, Mapping):
            return _actor(str(name.get("id", "somebody")), name)
        if name in self.actors:
            return self.actors[name]
        if name in self.version.workflow.parties:
            return Actor(name, (), (name,))
        if self.actors:
            raise wrong(f"{at}/by", "unknown_actor", name=name, known=list(self.actors))
        role, _, scope = name.partition("@")
        return Actor(name, (Grant(role, scope or "*"),))

    def _answers(self, step: Mapping[str, Json]) -> Mapping[str, Json]:
        """The answers of the step, or the script's own for the form at hand with the step's changes."""
        if "answers" in step:
            return dict(step["answers"])
        forms = [t["form"] for t in self.case["tasks"] if t["form"] and step["do"] in self._actions(t["state"])]
        form = step.get("form") or (forms[0] if forms else "")
        return dict(merged(self.script.get("answers", {}).get(form, {}), step.get("change", {})))

    def _actions(self, state: str) -> set[str]:
        states, found = self.version.workflow.states, set()
        place: str | None = state
        while place is not None:
            found |= {t.event for t in states[place].transitions}
            place = states[place].parent
        return found

    def _pass_time(self, span: Json, at: str) -> list[Line]:
        """Timers that fall due on the way fire in order, each at its own time."""
        end = self._end(span, f"{at}/wait")
        fired: list[Line] = []
        while self.case["status"] == "open" and len(fired) < MAX_FIRINGS:
            ready = (t for t in self.case["timers"] if t["at"] <= end)
            timer = min(ready, key=lambda t: (t["at"], t["id"]), default=None)
            if timer is None:
                break
            self.now = max(self.now, timer["at"])
            before = self.case
            self._decide(Command("timer", task=timer["id"]))
            fired.append({"state": timer["state"], "at": timer["at"]})
            if self.case is before:     # refused: it would be tried for ever
                break
        self.now = max(self.now, end)
        return fired

    def _end(self, span: Json, at: str) -> str:
        if isinstance(span, str):
            return _instant(span, at)
        unit, amount = next(iter(span.items()))
        if not 0 <= amount <= 100_000:
            raise wrong(at, "bad_wait", units=list(UNITS))
        return add_span(self.now, Span(amount, unit), lambda year: self.world.answer(("calendar", year)), roll=False)[0]

    def _decide(self, command: Command) -> None:
        self._take(lambda facts: engine.decide(self.version, self.case, command, facts, self.now))

    def _take(self, ask: Callable[[Facts], Outcome]) -> None:
        """Ask, fetch what is needed, ask again."""
        facts: dict[FactKey, Json] = {}
        outcome = ask(facts)
        for _ in range(50):
            if not outcome.needs:
                break
            facts |= {key: self.world.answer(key) for key in outcome.needs}
            outcome = ask(facts)
        self.case = dict(outcome.case) if outcome.events else self.case
        self.effects += outcome.effects
        self.problems += outcome.problems

    def _line(self, number: int, name: str, **more: Json) -> Line:
        case = self.case
        line = {
            "step": number, "do": name, **{k: v for k, v in more.items() if v}, "at": self.now,
            "status": case["status"], "outcome": case["outcome"], "states": list(case["conf"]),
            "variables": case["vars"], "tasks": [_task(t) for t in case["tasks"]],
            "timers": [_timer(self.version, t) for t in sorted(case["timers"], key=lambda t: (t["at"], t["id"]))],
            "effects": self.effects, "problems": [p.as_json() for p in self.problems],
        }
        unknown, self.world.unknown = self.world.unknown, []
        return {**line, "unknown_facts": unknown} if unknown else line


def _task(task: Mapping[str, Json]) -> Line:
    holders = [{k: seat[k] for k in ("party", "role", "scope", "person") if seat.get(k)} for seat in open_seats(task)]
    return {"id": task["id"], "state": task["state"], "form": task["form"], "mode": task["mode"], "need": task["need"],
            "open": holders, "votes": [{"by": s["by"], "action": s["action"]} for s in task["seats"] if s["action"]],
            "claimed": task["claimed"], "due": task["due"]}


def _timer(version: Version, timer: Mapping[str, Json]) -> Line:
    spec = version.workflow.states[timer["state"]]
    index = timer["index"]
    leads = [spec.task.overdue] if index < 0 and spec.task else list(spec.transitions[index].targets)
    return {"id": timer["id"], "state": timer["state"], "at": timer["at"], "overdue" if index < 0 else "target": leads,
            "provisional": timer["provisional"]}


def _actor(name: str, spec: Mapping[str, Json]) -> Actor:
    parts = (str(grant).partition("@") for grant in spec.get("grants", ()))
    grants = tuple(Grant(role, scope or "*") for role, _, scope in parts)
    parties = spec.get("parties", [spec["party"]] if "party" in spec else [])
    return Actor(name, grants, tuple(parties), spec.get("deputy_of"))


def instant(text: str) -> str:
    """An instant with any offset as the engine writes it; a date alone is nine in the morning in Shanghai."""
    moment = datetime.fromisoformat(text if "T" in text else f"{text}T09:00:00+08:00")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(text: Json, at: str) -> str:
    try:
        return instant(text)
    except (TypeError, ValueError, OverflowError, AttributeError):
        raise wrong(at, "bad_time", value=str(text)[:40]) from None
