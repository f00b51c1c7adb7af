"""What sides of a case are told without a word of the definition: that it is their turn, that theirs has ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tongban.engine.model import Json
from tongban.engine.people import open_seats

if TYPE_CHECKING:
    from tongban.engine.step import Step


def tell_sides(step: Step) -> None:
    """Tell each side once, unless it did this itself or the definition tells it something in the same step.

    Nothing of it stands in the record, which holds what was decided: records of before play again as they are.
    """
    known: set[Json] | None = None
    for party, args in _news(step):
        if known is None:
            known = _known(step)
        if party not in known:
            known.add(party)
            step.effect("notify", {"to": {"party": party}, **args})


def _news(step: Step) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """What there is to tell and to whom."""
    back: Mapping[str, Json] | None = None
    reason = ""
    for event in tuple(step.events):
        kind = event["type"]
        if kind == "acted":
            reason = event.get("reason") or ""
        elif kind == "returned":
            back = {"about": "returned", "words": reason}
        elif kind == "task_opened" and any(task["id"] == event["task"]["id"] for task in step.case["tasks"]):
            sides = (seat.get("party") for seat in open_seats(event["task"]))
            yield from ((party, back or {"about": "turn"}) for party in sides if party)
        elif kind == "finished":
            label = step.chart.nodes[step.case["conf"][0]].state.label
            news = {"about": "ended", "words": dict(label or {})}
            yield from ((party, news) for party in step.case["parties"]
                        if step.version.workflow.parties[party].starts)


def _known(step: Step) -> set[Json]:
    """Sides that know: of whoever acts or begins, and those that the definition tells."""
    told = [effect["to"] for effect in step.effects if effect["kind"] == "notify"]
    known = {one.get("party") for to in told for one in (to if isinstance(to, list | tuple) else [to])}
    if step.events[0]["type"] == "started" and not step.case["links"]:
        known |= {party for party, side in step.version.workflow.parties.items() if side.starts}
    if step.actor is not None:
        known |= {*step.actor.parties, *(party for party, held in step.case["parties"].items()
                                         if step.actor.id in (held.get("people") or ()))}
    return known
