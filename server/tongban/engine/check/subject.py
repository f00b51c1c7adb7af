"""What every check looks at: the version, its rules by pointer, the explored chart, and places in the JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tongban.engine.chart import Chart
from tongban.engine.check.explore import Explored, explore
from tongban.engine.model import Action, Form, Transition, Version, Workflow
from tongban.engine.problem import Level, Problem, escape
from tongban.engine.read import Reading

Json = Any


@dataclass
class Subject:
    """One definition under proof. Checks add their problems to it."""

    version: Version
    reading: Reading
    problems: list[Problem] = field(default_factory=list)

    @property
    def flow(self) -> Workflow:
        return self.version.workflow

    @cached_property
    def _walked(self) -> tuple[Chart, Explored]:
        return explore(dict(self.flow.states))

    @property
    def chart(self) -> Chart:
        return self._walked[0]

    @property
    def explored(self) -> Explored:
        return self._walked[1]

    @cached_property
    def reached(self) -> frozenset[str]:
        """States that are active in some configuration, or passed through on the way to one."""
        passed = {node.id for edge in self.explored.edges for node in edge.entered}
        return frozenset(passed.union(*self.explored.active.values()))

    def add(self, code: str, at: str, level: Level = "error", clause: str | None = None, **params: Json) -> None:
        self.problems.append(Problem(f"check.{code}", at, params, level, clause))

    @cached_property
    def places(self) -> Mapping[str, str]:
        """State id -> JSON pointer."""
        found = {"": ""}
        for state in self.flow.states.values():
            if state.parent is not None:
                found[state.id] = f"{found[state.parent]}/states/{escape(state.id)}"
        return found

    def name(self, state: str) -> Json:
        """The state's label, its id where it has none."""
        return self.flow.states[state].label or state

    def place(self, arrow: Transition) -> str:
        """The JSON pointer of a transition."""
        return self._arrows[id(arrow)]

    @cached_property
    def _arrows(self) -> Mapping[int, str]:
        return {id(t): at for t, at in self.transitions()}

    def transitions(self) -> Iterator[tuple[Transition, str]]:
        """Every transition with its pointer."""
        for state in self.flow.states.values():
            for number, transition in enumerate(state.transitions):
                yield transition, self.reading.arrows[state.id, number]

    def actions(self) -> Iterator[Action]:
        """Every action of the definition."""
        for state in self.flow.states.values():
            yield from (*state.entry, *state.exit, *state.initial_actions)
            for transition in state.transitions:
                yield from transition.actions

    def form_place(self, key: str) -> str:
        """The pointer of a form used under `key`."""
        return f"/forms/{escape(self.flow.forms[key].id)}"

    def fields(self) -> Iterator[tuple[str, str, Form]]:
        """(canonical name, form key, form) of every top-level field."""
        for key, form in self.flow.forms.items():
            for one in form.fields:
                yield f"{key}.{one.id}", key, form
