"""The proof: what is wrong with a definition before anybody is hurt by it.

    check_bundle(raw, world, scenarios) -> problems      structure, references, guards, people, timers, documents …
    impact(old, new, records) -> [Impact]                 what a new version does to open cases: played again
"""

from __future__ import annotations

from typing import Any

from tongban.engine.check.beginnings import check_beginnings
from tongban.engine.check.content import check_content
from tongban.engine.check.guards import check_guards
from tongban.engine.check.impact import Impact, impact, summary
from tongban.engine.check.known import know
from tongban.engine.check.scenarios import check_scenarios
from tongban.engine.check.staffing import check_people
from tongban.engine.check.structure import check_structure
from tongban.engine.check.subject import Subject
from tongban.engine.check.timers import check_timers
from tongban.engine.problem import Problem
from tongban.engine.read import read_bundle

__all__ = ["Impact", "check_bundle", "impact", "summary"]

Json = Any
_ORDER = {"error": 0, "unknown": 1, "warning": 2}


def check_bundle(raw: Json, world: Json = None, scenarios: Json = None) -> tuple[Problem, ...]:
    """Every problem of a bundle, errors first. Those of reading come alone: before, nothing can be proved.

    world       who holds which role where (staffing.py says how); scenarios    a book of stored examples.
    """
    reading = read_bundle(raw)
    if reading.version is None:
        return reading.problems
    subject = Subject(reading.version, reading)
    known = know(subject)
    check_structure(subject)
    check_guards(subject, known)
    check_timers(subject)
    check_content(subject, known)
    check_beginnings(subject)
    check_people(subject, world)
    if scenarios is not None:
        check_scenarios(subject, scenarios)
    return tuple(sorted(subject.problems, key=lambda p: _ORDER[p.level]))
