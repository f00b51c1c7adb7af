"""The states of a workflow's JSON -> model.State: types inferred, transitions in document order on, always, after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tongban.engine.model import Return, State, Transition
from tongban.engine.problem import escape
from tongban.engine.read.actions import read_actions
from tongban.engine.read.context import BOOL, Context, Raw, items, span
from tongban.engine.read.names import Names
from tongban.engine.read.tasks import read_task

Json = Any
_OF_PEOPLE = ("by", "require", "reason", "clauses", "signature", "marks", "form", "return")
_NO_CHART = ("on", "onDone", "always", "after", "states", "initial", "task", "entry", "exit")


@dataclass(slots=True)
class Chart:
    """Reads the tree of states; `places` keeps the JSON pointer of each."""

    context: Context
    names: Names
    states: dict[str, State] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def read(self, raw: Raw) -> dict[str, State]:
        """All states in document order, the root "" first; after `find`."""
        self._state("", raw, None, "")
        for id_, state in self.states.items():
            self._initial_inside(id_, state)
        return self.states

    def find(self, raw: Raw, at: str) -> None:
        """Note every state's place first: targets may point forward."""
        for id_, child in (raw.get("states") or {}).items():
            place = f"{at}/states/{id_}"
            if id_ in self.places:
                self.context.walker.add("read.state_twice", place, id=id_, first=self.places[id_])
                continue
            self.places[id_] = place
            self.names.states.append(id_)
            self.find(child, place)

    def _state(self, id_: str, raw: Raw, parent: str | None, at: str) -> None:
        children = tuple(c for c in raw.get("states") or {} if self.places[c] == f"{at}/states/{c}")
        kind = self._type(raw, children, at)
        order = len(self.states)
        initial, actions = self._initial(raw, kind, children, at)
        self.states[id_] = State(id_, kind, parent, order=order)       # holds the place in document order
        context, names = self.context, self.names
        self._clause(raw, at)
        arrows = tuple(self._transitions(id_, raw, at))
        context.arrows.update({(id_, i): place for i, (_, place) in enumerate(arrows)})
        self.states[id_] = State(
            id_, kind, parent, children, initial, actions, raw.get("history", "shallow"),
            tuple(arrow for arrow, _ in arrows),
            read_actions(context, names, raw.get("entry"), f"{at}/entry"),
            read_actions(context, names, raw.get("exit"), f"{at}/exit"),
            read_task(context, names, raw["task"], f"{at}/task") if "task" in raw and id_ else None,
            raw.get("label") if id_ else raw.get("title"), raw.get("clause"), raw.get("outcome"),
            bool(raw.get("suspends")), order, raw.get("meta") or {})
        for child in children:
            self._state(child, raw["states"][child], id_, f"{at}/states/{child}")

    def _type(self, raw: Raw, children: tuple[str, ...], at: str) -> str:
        kind = str(raw.get("type") or ("history" if "history" in raw else "compound" if children else "atomic"))
        if (kind in ("compound", "parallel")) != bool(children):
            self.context.walker.add("read.type_and_children", at, type=kind)
        if kind in ("final", "history"):
            for key in _NO_CHART:
                if key in raw and not (kind == "final" and key in ("entry", "exit")):
                    self.context.walker.add("read.not_in_this_state", f"{at}/{key}", key=key, type=kind)
        if kind != "history" and "target" in raw:
            self.context.walker.add("read.not_in_this_state", f"{at}/target", key="target", type=kind)
        if kind != "final" and "outcome" in raw:
            self.context.walker.add("read.not_in_this_state", f"{at}/outcome", key="outcome", type=kind)
        return kind

    def _initial(self, raw: Raw, kind: str, children: tuple[str, ...], at: str) -> tuple[tuple[str, ...], Any]:
        """Where entering goes on: `initial`, the first child without it; a history state's default target."""
        if kind == "history":
            return self._targets(raw.get("target"), f"{at}/target"), ()
        written = raw.get("initial")
        if isinstance(written, dict):
            actions = read_actions(self.context, self.names, written.get("actions"), f"{at}/initial/actions")
            return self._targets(written.get("target"), f"{at}/initial/target"), actions
        if written is not None:
            return self._targets(written, f"{at}/initial"), ()
        return (children[:1] if kind == "compound" else ()), ()

    def _initial_inside(self, id_: str, state: State) -> None:
        if state.type == "history":
            return
        for target in state.initial:
            up: str | None = target
            while up and up != id_:
                up = self.states[up].parent if up in self.states else None
            if up != id_:
                self.context.walker.add("read.initial_outside", f"{self.places.get(id_, '')}/initial", target=target)

    def _transitions(self, id_: str, raw: Raw, at: str) -> Iterator[tuple[Transition, str]]:
        for event, arrows in (raw.get("on") or {}).items():
            yield from self._arrows(id_, event, arrows, f"{at}/on/{escape(event)}")
        yield from self._arrows(id_, f"done.state.{id_}", raw.get("onDone"), f"{at}/onDone")
        yield from self._arrows(id_, "", raw.get("always"), f"{at}/always")
        for spec, place in items(raw.get("after"), f"{at}/after"):
            yield self._transition(id_, "after", spec, place), place

    def _arrows(self, id_: str, event: str, raw: Json, at: str) -> Iterator[tuple[Transition, str]]:
        """A target, an object, a list of targets, or a list of objects tried in order."""
        if raw is None:
            return
        if isinstance(raw, list) and any(isinstance(item, dict) for item in raw):
            for item, place in items(raw, at):
                yield self._transition(id_, event, {"target": item} if isinstance(item, str) else item, place), place
        else:
            yield self._transition(id_, event, raw if isinstance(raw, dict) else {"target": raw}, at), at

    def _transition(self, id_: str, event: str, raw: Raw, at: str) -> Transition:
        context, names = self.context, self.names
        for i, rule in enumerate(raw.get("require") or ()):
            if rule is not None:
                context.reference("rule", rule, names.rules, f"{at}/require/{i}")
        self._clause(raw, at)
        self._idle_demands(event, raw, at)
        return Transition(
            id_, event, self._targets(raw.get("target"), f"{at}/target"),
            context.rule(raw.get("guard"), f"{at}/guard", BOOL),
            read_actions(context, names, raw.get("actions"), f"{at}/actions"), bool(raw.get("internal")),
            context.text(raw.get("label"), f"{at}/label"), context.holders(raw.get("by"), f"{at}/by", names.parties),
            tuple(r for r in raw.get("require") or () if r), bool(raw.get("reason")), bool(raw.get("clauses")),
            bool(raw.get("signature")), bool(raw.get("marks")), raw.get("form", True),
            self._back(raw.get("return"), f"{at}/return"), raw.get("tone", "neutral"),
            span(raw.get("delay")) or context.rule(raw.get("at"), f"{at}/at"), bool(raw.get("repeat")),
            raw.get("clause"))

    def _idle_demands(self, event: str, raw: Raw, at: str) -> None:
        """Keys that ask something of a person where no person acts, or where there is nothing that would take it."""
        if not event or event == "after" or event.startswith("done.state."):
            idle = [key for key in _OF_PEOPLE if key in raw]
        else:
            idle = [key for key in ("form", "marks", "return") if "by" in raw and key in raw]
            idle += ["marks"] if raw.get("marks") and "return" not in raw and "marks" not in idle else []
        for key in idle:
            self.context.walker.add("read.idle_key", f"{at}/{key}", key=key)

    def _back(self, raw: Raw | None, at: str) -> Return | None:
        if not raw:
            return None
        to = ("*",) if "*" in raw.get("to", ()) else self._targets(raw.get("to"), f"{at}/to")
        return Return(to, raw.get("then", "redo"))

    def _targets(self, raw: str | list[str] | None, at: str) -> tuple[str, ...]:
        many = [raw] if isinstance(raw, str) else raw or []
        return tuple(t for t in many if t is not None and self.context.reference("state", t, self.places, at))

    def _clause(self, raw: Raw, at: str) -> None:
        if self.names.clauses and raw.get("clause"):
            self.context.reference("clause", raw["clause"], self.names.clauses, f"{at}/clause")
