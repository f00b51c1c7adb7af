"""Playing a definition through before it is published: a script, what each step came to, what could be done next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tongban.engine import answers
from tongban.engine.answers import sample
from tongban.engine.decide import chart_of
from tongban.engine.model import Holder, State, Text, Version
from tongban.engine.problem import EngineError, Problem
from tongban.engine.read import read_bundle
from tongban.engine.rules.explain import Explanation, explain
from tongban.engine.simulate import BadScript, Player, well_formed
from tongban.engine.step import Step
from tongban.service.access import Person, may
from tongban.service.definitions import Files, as_bundle
from tongban.service.errors import Denied, Refused
from tongban.service.runtime import Runtime
from tongban.service.seen import both, both_or, role_at

Json = Any
WAITS = ({"working_days": 5}, {"days": 30}, {"days": 90})
MOST_FORMS = 40


@dataclass(frozen=True, slots=True)
class PlayedView:
    """One step of the script and what it came to."""

    number: int
    what: Text
    who: str
    at: str
    states: tuple[Text, ...]
    waits_for: tuple[tuple[Text, str | None], ...]      # who has the next task, due when
    effects: tuple[str, ...]
    problems: tuple[Problem, ...]
    outcome: str | None


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule on the answers as they stand: true, false or unknown, and why."""

    id: str
    clause: str | None
    label: Text
    value: bool | None
    why: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class RehearsalView:
    """A script, what it came to, and the steps that could follow as (JSON, words)."""

    script: str
    lines: tuple[PlayedView, ...] = ()
    rules: tuple[RuleView, ...] = ()
    offers: tuple[tuple[str, Text], ...] = ()
    problems: tuple[Problem, ...] = ()


def rehearse(rt: Runtime, person: Person, files: Files, script: str, more: str = "") -> RehearsalView:
    """Play the script with one more step. Nothing is written anywhere. An empty script is one with sample answers."""
    if not may(person, "definition.read"):
        raise Denied
    bundle, problems = as_bundle(files)
    reading = read_bundle(bundle) if bundle is not None else None
    version = reading.version if reading else None
    if version is None:
        raise Refused(*(problems or (reading.problems if reading else ())))
    try:
        wanted = json.loads(script) if script.strip() else opening(version, rt.today())
        if more:
            wanted["steps"] = [*wanted.get("steps", ()), json.loads(more)]
        return _play(version, wanted)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        return RehearsalView(script, problems=(Problem("service.rehearse.no_json", "", {"why": str(error)[:200]}),))
    except BadScript as error:
        return RehearsalView(script, problems=error.problems)


def opening(version: Version, today: str) -> dict[str, Any]:
    """A script that only starts, with sample answers for every form, for the author to change."""
    made: dict[str, Any] = {}
    env: dict[str, Json] = {"today": today, "now": f"{today}T01:00:00Z"}
    for key, form in list(version.workflow.forms.items())[:MOST_FORMS]:
        try:
            made[key] = sample.valid(form, env, prefix=f"{key}.", rules=version.workflow.rules.values())
        except (EngineError, KeyError):     # its rules read what only a case has
            made[key] = {}
            continue
        held = answers.read(form, made[key], dict(env), step=answers.Step(f"{key}.")).values     # later forms fit it
        env |= {f"{key}.{name}": value for name, value in held.items()}
    return {"start": today, "facts": {"registers": {}}, "answers": made, "steps": []}


def _play(version: Version, script: Mapping[str, Json]) -> RehearsalView:
    fitted = well_formed(script)
    player = Player(version, fitted)
    lines = [_line(version, player.begin())]
    lines += [_line(version, player.step(number, step)) for number, step in enumerate(fitted.get("steps", ()), 1)]
    return RehearsalView(json.dumps(script, ensure_ascii=False, indent=1), tuple(lines), tuple(_rules(version, player)),
                         tuple(_offers(version, player)))


def _line(version: Version, line: Mapping[str, Json]) -> PlayedView:
    states = version.workflow.states
    problems = tuple(Problem(p["code"], p["at"], p.get("params", {}), p.get("level", "error"), p.get("clause"),
                             p.get("say")) for p in line["problems"])
    waits = tuple((_who(version, seat), task["due"]) for task in line["tasks"] for seat in task["open"])
    effects = tuple(" ".join(str(e.get(part)) for part in ("kind", "issue", "in", "workflow") if e.get(part))
                    for e in line["effects"])
    return PlayedView(line["step"], _what(version, line), str(line.get("by") or ""), line["at"],
                      tuple(_label(states.get(state), state) for state in line["states"]), waits, effects, problems,
                      line["outcome"])


def _what(version: Version, line: Mapping[str, Json]) -> Text:
    name = str(line["do"])
    if name in ("start", "wait"):
        return both(f"service.rehearse.{name}")
    for state in version.workflow.states.values():
        for arrow in state.transitions:
            if arrow.event == name and arrow.label:
                return arrow.label
    return both_or(f"action.{name}", name)


def _label(state: State | None, name: str) -> Text:
    return (state.label if state else None) or {"zh": name, "en": name}


def _who(version: Version, seat: Mapping[str, Json]) -> Text:
    if seat.get("role"):
        return role_at(str(seat["role"]), seat.get("scope"))
    name = str(seat.get("party") or seat.get("person") or "")
    party = version.workflow.parties.get(name)
    return (party.label if party else None) or both_or(f"party.{name}", name)


def _offers(version: Version, player: Player) -> Iterator[tuple[str, Text]]:
    """What the holders of open tasks and the parties could do next, and time passing."""
    if player.case["status"] != "open":
        return
    states = version.workflow.states
    for task in player.case["tasks"]:
        seat: Mapping[str, Json] = next((s for s in task["seats"] if s["action"] is None), {})
        by = seat.get("party") or (f"{seat['role']}@{seat['scope'] or '*'}" if seat.get("role") else seat.get("person"))
        for arrow in states[task["state"]].transitions:
            if by and arrow.event and arrow.after is None and not arrow.by and arrow.label:
                step: dict[str, Any] = {"by": by, "do": arrow.event}
                step |= {"reason": "…"} if arrow.reason else {}
                step |= {"clauses": list(version.workflow.source.get("clauses") or {})[:1]} if arrow.clauses else {}
                step |= {"signature": "…"} if arrow.signature else {}
                yield _offer(step, arrow.label, _who(version, seat))
    place: str | None = player.case["conf"][0] if player.case["conf"] else None
    while place is not None:
        for arrow in states[place].transitions:
            for holder in arrow.by:
                yield _offer({"by": _by(holder), "do": arrow.event}, arrow.label or both_or(arrow.event, arrow.event),
                             _who(version, {"party": holder.party, "role": holder.role}))
        place = states[place].parent
    for span in WAITS:
        unit, amount = next(iter(span.items()))
        yield json.dumps({"wait": span}), both(f"service.rehearse.wait_{unit}", n=amount)


def _by(holder: Holder) -> str | None:
    return holder.party or holder.role


def _offer(step: Mapping[str, Any], label: Text, who: Text) -> tuple[str, Text]:
    words = {lang: f"{who.get(lang, '')}{'：' if lang == 'zh' else ': '}{label.get(lang, '')}" for lang in ("zh", "en")}
    return json.dumps(step, ensure_ascii=False), words


def _rules(version: Version, player: Player) -> Iterator[RuleView]:
    """Every rule of the procedure on the case as it stands."""
    facts: dict[Any, Any] = {}
    for rule in version.workflow.rules.values():
        found = _explained(version, player, rule, facts)
        yield RuleView(rule.id, rule.clause, rule.label or {"zh": rule.id, "en": rule.id},
                       found.value if found.value in (True, False) else None, found.reasons)


def _explained(version: Version, player: Player, rule: Any, facts: dict[Any, Any]) -> Explanation:
    while True:
        step = Step(version, chart_of(version), dict(player.case), facts, player.now)
        found = explain(rule, step.env())
        fresh = [key for key in step.needs if key not in facts]
        if not fresh:
            return found
        facts |= {key: player.world.answer(key) for key in fresh}
