"""Concrete answers for conditions that the solver cannot decide alone: made-up valid answers, run by the rules.

What is found is proved by running it. What is not found stays open, and the proof says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from tongban.engine.answers import Step, read, renewed, sample
from tongban.engine.check.subject import Subject
from tongban.engine.model import Env, Expr

Json = Any
SEEDS = 10              # made-up sets of answers that are tried
DAY = "2026-11-23"
DAYS = ("1980-06-15", "2025-11-22", "2026-11-01", DAY, "2026-12-20", "2028-02-29")


class Witnesses:
    """Made-up cases of one definition."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    @cached_property
    def envs(self) -> Sequence[Env]:
        """What rules would read in each made-up case; the first has lists without rows."""
        made = [self._env(seed) for seed in range(SEEDS)]
        bare = {name: [] if isinstance(value, list) else value for name, value in made[0].items()} if made else {}
        return [bare, *made]

    def _env(self, seed: int) -> Env:
        env: Env = {"today": DAY, "now": f"{DAY}T01:00:00Z", "started_at": f"{DAY}T01:00:00Z",
                    "submitted_at": f"{DAY}T01:00:00Z", "case_id": "1", "round": 1, "$fact": lambda *key: None,
                    "$in_state": lambda state: False, "$outcome_of": lambda state: None}
        for key, form in self.subject.flow.forms.items():
            prefix = f"{key}."
            raw = sample.valid(form, env, seed, prefix)
            values = read(form, raw, env, step=Step(prefix)).values
            env |= {prefix + name: value for name, value in values.items()}
        return env

    def find(self, hints: Mapping[str, Json], holds: Callable[[Env], bool]) -> Env | None:
        """A made-up case for which `holds`; `hints` = values that the solver proposes for what it understands."""
        known = {name: value for name, value in hints.items() if value is not None and name in self.envs[0]}
        for tried in self._tries(known):
            if holds(tried) and self._accepted(tried):
                return tried
        return None

    def _tries(self, known: Env) -> Iterator[Env]:
        """The made-up cases as they are and with the hints; then with each date moved to a telling day."""
        for env in self.envs:
            yield env
            yield self._settled({**env, **known})
        for key, form in self.subject.flow.forms.items():
            for name in (f"{key}.{one.id}" for one in form.fields if one.type == "date"):
                yield from (self._settled({**self.envs[1], **known, name: day}) for day in DAYS)

    def _settled(self, env: Env) -> Env:
        """With what is computed worked out again, and what is not asked left out."""
        for key, form in self.subject.flow.forms.items():
            prefix = f"{key}."
            held = {one.id: env.get(prefix + one.id) for one in form.fields}
            env |= {prefix + name: value for name, value in renewed(form, held, env, prefix).items()}
        return env

    def _accepted(self, env: Env) -> bool:
        """Whether the checks of the forms let these answers through."""
        return not any(check.test.run(env) is False for form in self.subject.flow.forms.values()
                       for one in form.fields for check in one.valid if not check.soft)


def truth(*exprs: Expr) -> Callable[[Env], bool]:
    """All of these are true."""
    return lambda env: all(expr.run(env) is True for expr in exprs)


def falsehood(*exprs: Expr) -> Callable[[Env], bool]:
    """All of these are false, none unknown."""
    return lambda env: all(expr.run(env) is False for expr in exprs)
