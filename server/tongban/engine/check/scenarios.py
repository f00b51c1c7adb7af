"""Scenarios stored with a definition: they play as expected, and together take every transition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tongban.engine.chart import Arrow, Chart, Host, Moment
from tongban.engine.check.subject import Subject
from tongban.engine.model import Version
from tongban.engine.simulate import BadScript, Player, merged, well_formed

Json = Any


class _Tracing(Chart):
    """A chart that remembers the transitions it has taken."""

    taken: set[int]

    def take(self, moment: Moment, arrows: Sequence[Arrow], host: Host) -> None:
        self.taken.update(id(arrow.spec) for arrow in arrows)
        super().take(moment, arrows, host)


def check_scenarios(subject: Subject, book: Json) -> None:
    """Play every scenario of a book and report what differs, then the transitions that none of them takes."""
    try:
        well_formed(book, "book")
    except BadScript as error:
        for problem in error.problems:
            subject.add("scenario_bad", "", place=problem.at, why=problem.code)
        return
    version = subject.version
    chart = _Tracing(version.workflow.states)
    chart.taken = set()
    traced = Version(version.workflow, version.hash, version.bundle, {"chart": chart})
    for scenario in book["scenarios"]:
        _play(subject, traced, book, scenario)
    missed = [at for transition, at in subject.transitions() if id(transition) not in chart.taken]
    if missed:
        subject.add("not_covered", "", "warning", missed=missed, count=len(missed),
                    all=sum(1 for _ in subject.transitions()))


def _play(subject: Subject, version: Version, book: Json, scenario: Json) -> None:
    """Play a scenario until it goes another way: after that the case is not where the steps want it."""
    whole = merged({k: v for k, v in book.items() if k != "scenarios"}, scenario.get("change", {}))
    facts = {"registers": {}, **whole.get("facts", {}), "missing": scenario.get("missing", [])}
    try:
        player = Player(version, {**whole, "facts": facts})
        player.begin()
        if _compare(subject, scenario, 0, scenario.get("expect", {}), player):
            return
        for number, step in enumerate(scenario["steps"], 1):
            player.step(number, step)
            expect = step.get("expect", {})
            full = expect if "places" in expect else {"problems": [], **expect}
            if _compare(subject, scenario, number, full, player):
                return
    except BadScript as error:
        for problem in error.problems:
            subject.add("scenario_bad", "", place=problem.at, why=problem.code)


def _compare(subject: Subject, scenario: Json, number: int, expect: Json, player: Player) -> bool:
    """Tell what differs; True where the case went another way, by its states or by a refusal."""
    found = differences(expect, seen(player))
    for where, want, have in found:
        subject.add("scenario_differs", "", scenario=scenario["name"], step=number, where=where, want=str(want)[:300],
                    have=str(have)[:300])
    return any(where.startswith(("/states", "/problems")) for where, _, _ in found)


def seen(player: Player) -> dict[str, Json]:
    """What an `expect` may name."""
    case = player.case
    return {
        "states": case["conf"], "status": case["status"], "outcome": case["outcome"], "round": case["round"],
        "subject": case["subject"], "problems": [p.clause or p.code for p in player.problems],
        "unknown": [p.clause or p.code for p in player.problems if p.level == "unknown"],
        "places": sorted({p.at for p in player.problems}),
        "variables": case["vars"], "open": sorted(t["state"] for t in case["tasks"]),
        "due": {t["state"]: t["due"] for t in case["tasks"] if t["due"]},
        "timers": sorted(t["at"] for t in case["timers"]), "answers": case["answers"],
        "effects": [said(e) for e in player.effects if e["kind"] != "notify"],
        "told": [next(iter(h.values())) for e in player.effects if e["kind"] == "notify" for h in _many(e["to"])],
        "values": {said(e): e for e in player.effects},
    }


def said(effect: Mapping[str, Json]) -> str:
    """An effect in a few words: "issue receipt", "register hall-uses enter", "publish"."""
    kind = str(effect["kind"])
    if kind == "register":
        return f"register {effect['in']} {next(w for w in ('enter', 'exit', 'update') if w in effect)}"
    name = {"issue": "document", "revoke": "document", "start": "workflow", "tell": "event"}.get(kind)
    return f"{kind} {effect[name]}" if name else kind


def _many(to: Json) -> list[Json]:
    return list(to) if isinstance(to, (list, tuple)) else [to]


def differences(want: Json, have: Json, at: str = "") -> list[tuple[str, Json, Json]]:
    """Where `have` is not what is wanted; maps are compared by the members that are named."""
    if isinstance(want, Mapping) and isinstance(have, Mapping):
        return [d for key, value in want.items() for d in differences(value, have.get(key), f"{at}/{key}")]
    rows = isinstance(want, list) and isinstance(have, list) and len(want) == len(have)
    if rows and all(isinstance(one, Mapping) for one in want):
        pairs = enumerate(zip(want, have, strict=True))
        return [d for i, (one, other) in pairs for d in differences(one, other, f"{at}/{i}")]
    if at.startswith("/due/") and isinstance(have, str) and len(str(want)) == 10:
        have = have[:10]
    return [] if want == have else [(at, want, have)]
