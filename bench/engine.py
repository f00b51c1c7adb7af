"""An approval flow, one event at a time: restore from JSON text, send the event, dump to JSON text; against peers.

    .venv/bin/python bench/engine.py

The flow: draft, submitted, parallel(dept, bank), decided, certified; a guard on the amount; five events.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import engine_peers

from tongban.engine.chart import Chart, Moment, Node
from tongban.engine.decide import decide, start
from tongban.engine.model import Action, Actor, Command, Expr, Grant
from tongban.engine.read import read_bundle

EVENTS = ("submit", "accept", "dept_ok", "bank_ok", "certify")
T = {"zh": "x", "en": "x"}
FLOW = {
    "id": "flow", "title": T, "parties": {"applicant": {"kind": "person", "label": T, "starts": True}}, "forms": {},
    "variables": {"amount": {"type": "money", "initial": "5000"}}, "initial": "draft",
    "states": {
        "draft": {"on": {"submit": {"target": "submitted", "guard": "amount <= 30000000"}}},
        "submitted": {"on": {"accept": "both"}},
        "both": {"type": "parallel", "onDone": "decided", "states": {
            "dept": {"initial": "d0", "states": {"d0": {"on": {"dept_ok": "d1"}}, "d1": {"type": "final"}}},
            "bank": {"initial": "b0", "states": {"b0": {"on": {"bank_ok": "b1"}}, "b1": {"type": "final"}}}}},
        "decided": {"on": {"certify": "certified"}},
        "certified": {"type": "final"}}}


class Bare:
    """A host that only answers guards: what the chart costs by itself."""

    def __init__(self, env: dict[str, Any]) -> None:
        self.env = env

    def holds(self, guard: Expr) -> bool:
        return guard.run(self.env) is True

    def left(self, node: Node) -> None: ...

    def run(self, actions: tuple[Action, ...]) -> None: ...

    def entered(self, node: Node, actions: tuple[Action, ...]) -> None: ...


def chart_only() -> Callable[[], str]:
    """Configuration, history and variables, as the peers keep them."""
    version = read_bundle({"workflow": FLOW, "forms": {}}).version
    assert version
    chart = Chart(version.workflow.states)
    first = Moment([], {})
    chart.enter_first(first, Bare({}))
    begin = json.dumps({"conf": [n.id for n in first.leaves], "hist": {}, "vars": {"amount": 500_000}})

    def run() -> str:
        text = begin
        for event in EVENTS:
            state = json.loads(text)
            moment = Moment([chart.nodes[s] for s in state["conf"]], state["hist"])
            chart.send(moment, event, Bare(state["vars"]))
            leaves = [node.id for node in moment.leaves]
            text = json.dumps({"conf": leaves, "hist": moment.memory, "vars": state["vars"]})
        return json.loads(text)["conf"][0]

    return run


def whole_decision() -> Callable[[], str]:
    """The same with the record: events, folding, the whole case as JSON. What a server does for each act."""
    version = read_bundle({"workflow": FLOW, "forms": {}}).version
    assert version
    actor = Actor("a", (Grant("officer", "*"),), ("applicant",))
    now = "2026-11-23T01:00:00Z"
    begin = json.dumps(start(version, "c", actor, {}, {}, now).case)

    def run() -> str:
        text = begin
        for event in EVENTS:
            outcome = decide(version, json.loads(text), Command("event", actor, action=event), {}, now)
            text = json.dumps(outcome.case)
        return json.loads(text)["conf"][0]

    return run


def rate(run: Callable[[], str], seconds: float = 2.0) -> tuple[float, float, float]:
    """Events per second of CPU time: median, least and most of seven runs. The first call checks the result."""
    assert run() == "certified", run()
    rates = []
    for _ in range(7):
        count, begun = 0, time.process_time()
        while time.process_time() - begun < seconds / 7:
            run()
            count += len(EVENTS)
        rates.append(count / (time.process_time() - begun))
    return statistics.median(rates), min(rates), max(rates)


def main() -> None:
    rows = [("tongban, chart", chart_only()), ("tongban, whole decision with its record", whole_decision()),
            *engine_peers.all_of(EVENTS)]
    for name, run in rows:
        median, least, most = rate(run)
        show(name, median, least, most)
    script = Path(__file__).with_name("engine_xstate.mjs")
    xstate = subprocess.run(["node", script], capture_output=True, text=True, check=False)
    if xstate.returncode:
        print("XState not measured: npm install --no-save xstate@5.33.3")
    else:
        show("XState 5.33.3 (node)", **json.loads(xstate.stdout))


def show(name: str, median: float, least: float, most: float) -> None:
    print(f"{name:42} {median:>9,.0f} events/s  ({least:,.0f}-{most:,.0f})", flush=True)


if __name__ == "__main__":
    main()
