"""One step of a case while it is being decided: the events so far, the case they make, the facts still missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tongban.engine import answers, people
from tongban.engine.chart import Arrow, Chart, Moment, Node
from tongban.engine.fold import Case, apply
from tongban.engine.model import (
    Action,
    Actor,
    Env,
    Expr,
    FactKey,
    Facts,
    Holder,
    Json,
    Outcome,
    Party,
    Span,
    TaskSpec,
    Unit,
    Version,
)
from tongban.engine.problem import Problem
from tongban.engine.rules.dates import add_span, date_of, days_between, last_instant, working_days_between
from tongban.engine.telling import tell_sides

OVERDUE = -1
"""Index of the timer that marks a task overdue; other timers carry the index of their transition."""

UNDOABLE = frozenset({"notify"})
"""Effects that do not stand in the way of taking a step back."""


class Step:
    """Collects what a command causes. It is the chart's host: the chart moves, the step keeps the record."""

    def __init__(self, version: Version, chart: Chart, case: Case, facts: Facts, now: str) -> None:
        self.version, self.chart, self.facts, self.now = version, chart, facts, now
        self.case: Case = dict(case)
        self.actor: Actor | None = None
        self.events: list[dict[str, Any]] = []
        self.effects: list[dict[str, Any]] = []
        self.problems: list[Problem] = []
        self.dropped: list[Problem] = []
        self.needs: set[FactKey] = set()
        self.used: dict[FactKey, Json] = {}                 # kept in the record, so that the case can be replayed
        self.quiet: frozenset[str] = frozenset()            # states put back as they were: entry actions stay silent
        self.kept: Mapping[str, Json] = {}                  # state -> task to put back with its votes
        self.moment = Moment([chart.nodes[s] for s in case["conf"]], {k: tuple(v) for k, v in case["hist"].items()})
        self._env: Env | None = None
        self._left: list[str] = []
        self._entered: list[str] = []

    # --- the record --------------------------------------------------------------------------------------------

    def emit(self, type_: str, /, **data: Json) -> None:
        """Append an event and apply it."""
        event = {"type": type_, **data}
        self.events.append(event)
        apply(self.case, event)
        self._env = None

    def cause(self, kind: str, args: Mapping[str, Json]) -> None:
        """An effect outside the case, in its record."""
        self.emit("caused", kind=kind, undoable=kind in UNDOABLE)
        self.effect(kind, args)

    def effect(self, kind: str, args: Mapping[str, Json]) -> None:
        """An effect. Its id is unique for ever: case, event number, running number."""
        effect_id = f"{self.case['id']}:{self.case['seq']}:{len(self.effects)}"
        self.effects.append({"id": effect_id, "kind": kind, "case": self.case["id"], "at": self.now, **args})

    def fail(self, code: str, at: str = "", **params: Json) -> None:
        self.problems.append(Problem(code, at, params))

    # --- rules -------------------------------------------------------------------------------------------------

    def fact(self, *key: Json) -> Json:
        """A fact from outside; one that is not here is noted and unknown until it is fetched."""
        if key in self.facts:
            self.used[key] = self.facts[key]
            return self.used[key]
        self.needs.add(key)
        return None

    def env(self) -> Env:
        """What rules read: answers, variables, built-ins."""
        if self._env is None:
            case = self.case
            env: Env = {
                "today": date_of(self.now), "now": self.now, "case_id": case["id"], "case_scope": case["scope"],
                "started_at": case["started_at"], "submitted_at": case["submitted_at"], "round": case["round"],
                "actor_id": self.actor.id if self.actor else None, "parent_id": case["links"].get("parent"),
                "$fact": self.fact, "$in_state": self._in_state, "$outcome_of": case["outcomes"].get,
            }
            env.update(case["vars"])
            for form, values in case["answers"].items():
                for name, value in values.items():
                    env[f"{form}.{name}"] = value
            if self.version.workflow.scope is not None:     # as the answers say now, before the case is named by them
                env["case_scope"] = self.version.workflow.scope.run(env) or case["scope"]
            self._env = env
        return self._env

    def value(self, expr: Expr) -> Json:
        return expr.run(self.env())

    def _in_state(self, state: str) -> bool:
        node = self.chart.nodes.get(state)
        return node is not None and node in self.moment.active

    def filled(self, args: Json) -> Json:
        """Arguments of an effect with every rule in them replaced by its value, and every holder as a seat says it."""
        if isinstance(args, Expr):
            return self.value(args)
        if isinstance(args, Holder):
            return people.holder_value(self, args) or []        # nobody, where its condition leaves it out
        if isinstance(args, Mapping):
            return {key: self.filled(value) for key, value in args.items()}
        if isinstance(args, (list, tuple)):
            return [there for value in args if (there := self.filled(value)) != [] or not isinstance(value, Holder)]
        return args

    # --- time --------------------------------------------------------------------------------------------------

    def calendar(self, year: int) -> Json:
        return self.fact("calendar", year)

    def later(self, start: str, span: Span, *, roll: bool = True) -> tuple[str, bool]:
        """`span` after `start`, and whether a calendar was missing for it (I-18)."""
        return add_span(start, span, self.calendar, roll=roll)

    def set_timer(self, node: Node, index: int, after: Span | Expr, start: str, turn: int = 1,
                  repeat: bool = False) -> None:
        """A timer that belongs to this visit of the state. A repeated one counts from its first start: no drift."""
        if isinstance(after, Expr):
            at, provisional, base, unit = last_instant(self.value(after)), False, None, "days"
            if at is None:
                return
        else:
            span = Span(after.amount * turn, after.unit)
            at, provisional = self.later(start, span, roll=turn == 1 and not repeat)
            base, unit = start, after.unit
        self._add_timer(node, index, at=at, base=base, unit=unit, turn=turn, provisional=provisional)

    def _add_timer(self, node: Node, index: int, **rest: Json) -> None:
        self.emit("timer_set", timer={"id": f"m{self.case['counter'] + 1}", "state": node.id,
                                      "visit": self.visit(node.id), "index": index, **rest})

    def visit(self, state: str) -> int:
        return int(self.case["visits"].get(state, 0))

    # --- the chart's host --------------------------------------------------------------------------------------

    def holds(self, guard: Expr) -> bool:
        return self.value(guard) is True

    def left(self, node: Node) -> None:
        self._left.append(node.id)
        for task in self.case["tasks"]:
            if task["state"] == node.id:
                self.emit("task_closed", task=task["id"])
        for timer in self.case["timers"]:
            if timer["state"] == node.id:
                self.emit("timer_cleared", timer=timer["id"])
        if node.state.suspends and self.case["suspended"]:
            self._go_on()

    def entered(self, node: Node, actions: Sequence[Action]) -> None:
        self._entered.append(node.id)
        self.note_move()
        if node.state.suspends and not self.case["suspended"]:
            self.emit("suspended", state=node.id, at=self.now)
        for index, arrow in enumerate(node.arrows):
            if arrow.spec is not None and arrow.spec.after is not None:
                self.set_timer(node, index, arrow.spec.after, self.now, repeat=arrow.spec.repeat)
        if node.state.task is not None:
            self.open_task(node, node.state.task)
        if node.id not in self.quiet:
            self.run(actions)

    def run(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if action.when is not None and self.value(action.when) is not True:
                continue
            if action.kind == "set":
                self._set({name: self.value(expr) for name, expr in action.args.items()})
            elif action.kind == "raise":
                self.moment.queue.append((action.args["event"], None))
            else:
                self.cause(action.kind, self.filled(action.args))

    def _set(self, values: Mapping[str, Json]) -> None:
        """Variables as they are; fields go into the answers of their form, with what is computed from them."""
        plain = {name: value for name, value in values.items() if "." not in name}
        if plain:
            self.emit("set", values=plain)
        for key in dict.fromkeys(name.partition(".")[0] for name in values if "." in name):
            prefix = f"{key}."
            own = {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
            held = {**self.case["answers"].get(key, {}), **own}
            form = self.version.workflow.forms[key]
            self.emit("filled", form=key, values=answers.renewed(form, held, self.env(), prefix))

    def note_move(self) -> None:
        """Put what was left and entered since the last note into the record."""
        if not self._left and not self._entered:
            return
        memory = {key: list(value) for key, value in self.moment.memory.items()}
        extra = {"hist": memory} if memory != self.case["hist"] else {}
        self.emit("moved", left=self._left, entered=self._entered, conf=[n.id for n in self.moment.leaves],
                  at=self.now, **extra)
        self._left, self._entered = [], []

    # --- tasks -------------------------------------------------------------------------------------------------

    def open_task(self, node: Node, spec: TaskSpec) -> None:
        """Open the task of a state; where nobody could take it, its policy decides, and is recorded as that."""
        kept = self.kept.get(node.id)
        seats = kept["seats"] if kept else people.seats(self, spec)
        label = node.state.label
        if not kept and self._policy(node, spec, seats):
            return
        due, provisional, unit = self._due(spec.due)
        task_id = f"t{self.case['counter'] + 1}"
        self.emit("task_opened", task={
            "id": task_id, "state": node.id, "visit": self.visit(node.id), "form": spec.form, "label": label,
            "mode": spec.decide.mode, "need": people.needed(spec.decide, len(seats)), "seats": seats,
            "claimed": None, "opened": self.now, "due": due, "unit": unit,
            "provisional": provisional, "urged": None,
        })
        if spec.due and due and spec.overdue:
            self._add_timer(node, OVERDUE, at=due, base=None, unit=unit, turn=1, provisional=provisional)

    def _due(self, due: Span | Expr | None) -> tuple[str | None, bool, Unit | None]:
        """Until when, whether a calendar was missing for it, and what it is counted in."""
        if isinstance(due, Span):
            return *self.later(self.now, due), due.unit
        return (last_instant(self.value(due)), False, "days") if due is not None else (None, False, None)

    def _policy(self, node: Node, spec: TaskSpec, seats: list[dict[str, Json]]) -> bool:
        """Apply when_empty and same_person. True where the step was skipped."""
        for policy, why in ((spec.when_empty, "empty"), (spec.same_person, "same_person")):
            name, _, value = policy.partition(":")
            if name in ("block", "allow", "refuse"):
                continue
            staff = people.staff(self, spec)
            if staff is None:
                continue
            if why == "same_person":
                done = {person for people_ in self.case["acted"].values() for person in people_}
                hit = bool(staff) and all(person in done for person in staff)
            else:
                hit = not staff
            if not hit:
                continue
            if name == "skip":
                self.emit("skipped", state=node.id, policy=why, action=value, at=self.now)
                self.moment.queue.append((value, node))
                return True
            seats[:] = [self._substitute(seat, value) for seat in seats]
            self.emit("replaced", state=node.id, policy=why, role=value, at=self.now)
        return False

    def _substitute(self, seat: dict[str, Json], role: str) -> dict[str, Json]:
        """The seat for another role: where the step is, or, if nobody holds it there, where the case is."""
        if "role" not in seat:
            return seat
        here = self.fact("people", role, seat["scope"])
        scope = seat["scope"] if here or not self.fact("people", role, self.case["scope"]) else self.case["scope"]
        return {**seat, "role": role, "scope": scope}

    # --- the clock of the procedure ----------------------------------------------------------------------------

    def _go_on(self) -> None:
        """The legal clock runs again: what is still open is moved on by the days that it stood still."""
        since = self.case["suspended"]
        self.emit("unsuspended", at=self.now)
        first, last = date_of(since) or "", date_of(self.now) or ""
        stood = {"days": days_between(first, last) or 0,
                 "working_days": working_days_between(first, last, self.calendar) or 0}
        changes: dict[str, Json] = {}
        for items, key in ((self.case["timers"], "at"), (self.case["tasks"], "due")):
            for item in items:
                unit: Unit = "working_days" if item["unit"] == "working_days" else "days"
                if item[key] and stood[unit] > 0:
                    at, provisional = self.later(item[key], Span(stood[unit], unit))
                    changes[item["id"]] = {key: at, "provisional": provisional}
        if changes:
            self.emit("deadline_moved", changes=changes, days=stood["days"])

    def recount(self, year: int) -> None:
        """The calendar of a year came in: limits counted without it are counted again (I-18).

        One that the stopped clock has moved since is no plain count any more; it stays marked as provisional.
        """
        def without(asked: int) -> Json:
            return None if asked == year else self.calendar(asked)
        changes: dict[str, Json] = {}
        for item, key, start, span, roll in self._counted():
            if item["provisional"] and add_span(start, span, without, roll=roll)[0] == item[key]:
                at, provisional = self.later(start, span, roll=roll)
                if (at, provisional) != (item[key], True):
                    changes[item["id"]] = {key: at, "provisional": provisional}
        if changes:
            self.emit("deadline_moved", changes=changes, days=0)

    def _counted(self) -> Iterator[tuple[Mapping[str, Json], str, str, Span, bool]]:
        """Every open limit that was counted from a start: (item, its key, start, span, whether it rolls)."""
        opened = {}
        for task in self.case["tasks"]:
            spec = self.chart.nodes[task["state"]].state.task
            if task["due"] and spec is not None and isinstance(spec.due, Span):
                opened[task["state"], task["visit"]] = (task["opened"], spec.due)
                yield task, "due", task["opened"], spec.due, True
        for timer in self.case["timers"]:
            after = None
            if timer["index"] == OVERDUE:
                start, after = opened.get((timer["state"], timer["visit"]), ("", None))
                roll = True
            else:
                spec_ = self.chart.nodes[timer["state"]].arrows[timer["index"]].spec
                start, given = timer["base"], spec_.after if spec_ is not None else None
                roll = timer["turn"] == 1 and not (spec_ is not None and spec_.repeat)
                if isinstance(given, Span):
                    after = Span(given.amount * timer["turn"], given.unit)
            if start and after is not None:
                yield timer, "at", start, after, roll

    # --- the end -----------------------------------------------------------------------------------------------

    def name(self) -> None:
        """Refresh what the case is called, where it belongs, and which keys it occupies."""
        flow, case = self.version.workflow, self.case
        changes: dict[str, Json] = {}
        for key, expr in (("scope", flow.scope), ("subject", flow.subject)):
            if expr is not None:
                value = self.value(expr)
                if value is not None and value != case[key]:
                    changes[key] = value
        keys = [self._key([self.value(part) for part in entry["key"]]) for entry in flow.unique]
        if keys != case["keys"]:
            changes["keys"] = keys
        parties = {}
        for party in flow.parties.values():
            held = case["parties"].get(party.id, {})
            named = {**held, **self._identity(party, held)}
            if named != held:
                parties[party.id] = named
        if parties:
            changes["parties"] = parties
        if changes:
            self.emit("named", **changes)

    def _identity(self, party: Party, held: Mapping[str, Json]) -> dict[str, Json]:
        """Who a party is by its answers. Whoever did not open the case is bound by them: an organisation by its
        code, a person by the mobile."""
        env = self.env()
        found: dict[str, Json] = {}
        key = env.get(party.key) if party.key else None
        if key is not None:
            found["key"] = key
        if held.get("people"):
            return found
        if party.kind != "person" and key is not None:
            found["org"] = key
        phone = env.get(party.phone) if party.phone else None
        if party.phone:
            found["phone"] = phone
        return found

    @staticmethod
    def _key(parts: list[Json]) -> Json:
        """What a case occupies: one value, several together, or nothing while a part is unknown."""
        if None in parts:
            return None
        return parts if len(parts) > 1 else parts[0]

    def outcome(self, before: Case) -> Outcome:
        """What the step comes to: missing facts first, then problems, then events."""
        if self.needs:
            return Outcome(before, needs=frozenset(self.needs))
        if self.problems:
            return Outcome(before, problems=tuple(self.problems))
        self.note_move()
        self.name()
        final = next((leaf for leaf in self.moment.leaves if leaf.kind == "final" and leaf.parent is self.chart.root),
                     None)
        if final is not None and self.case["status"] == "open":
            self.emit("finished", outcome=final.state.outcome or final.id, at=self.now)
        tell_sides(self)
        if self.needs:
            return Outcome(before, needs=frozenset(self.needs))
        if self.used and self.events:
            self.events[0]["facts"] = [[list(key), value] for key, value in self.used.items()]
        return Outcome(self.case, tuple(self.events), tuple(self.effects), dropped=tuple(self.dropped))

    def take(self, arrow: Arrow) -> None:
        """Take one transition that has been chosen and run to completion."""
        self.chart.take(self.moment, [arrow], self)
        self.chart.settle(self.moment, self)
