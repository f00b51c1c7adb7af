"""Commands that change who acts on a task, never what is decided: claim, transfer, delegate, add signers, urge …"""

from __future__ import annotations

from collections.abc import Mapping

from tongban.engine import acting, people
from tongban.engine.model import Actor, Command, Json
from tongban.engine.rules.dates import date_of
from tongban.engine.step import Step

Found = tuple[Mapping[str, Json], Mapping[str, Json]]


def _mine(step: Step, command: Command, *, lent: bool = False) -> Found | None:
    """The task meant and this person's seat in it, or a problem; `lent`: also where their deputy holds it."""
    task = next((t for t in step.case["tasks"] if t["id"] == command.task), None)
    if task is None or command.actor is None:
        step.fail("engine.task_gone")
        return None
    asked = {**task, "claimed": None} if lent and people.lent_claim(task, command.actor.id) else task
    seat, (code, params) = acting.seat_of(step.case, step.chart.nodes[task["state"]], asked, command.actor)
    if seat is None:
        step.fail(code, **params)
        return None
    return task, seat


def _change(step: Step, kind: str, task: Mapping[str, Json], command: Command, changes: Mapping[str, Json],
            **more: Json) -> None:
    step.emit(kind, task=task["id"], **whom(command.actor), reason=command.reason, changes=dict(changes), at=step.now,
              **more)


def whom(actor: Actor | None) -> dict[str, Json]:
    """Who did it, and for whom where they stood in for somebody, as an event carries it."""
    if actor is None:
        return {"by": None}
    return {"by": actor.id, **({"deputy_of": actor.deputy_of} if actor.deputy_of else {})}


def _person(step: Step, command: Command) -> str | None:
    """The one person named by `to`, who must not be barred from the task."""
    if len(command.to) != 1:
        step.fail("engine.name_one_person", "#to")
        return None
    return command.to[0]


def _reseated(task: Mapping[str, Json], number: int, changes: Mapping[str, Json]) -> list[dict[str, Json]]:
    kept = ("n", "waits", "must", "by", "action", "at")
    return [{**{k: s[k] for k in kept}, **changes} if s["n"] == number else dict(s) for s in task["seats"]]


def claim(step: Step, command: Command) -> None:
    """Take a task out of the pool for oneself (签收), or back from a deputy who has claimed it in one's name.

    `claimed_for` is whose name a deputy claimed in; with that person's own claim it keeps deputies out.
    """
    found, actor = _mine(step, command, lent=True), command.actor
    if not found or actor is None:
        return
    task = found[0]
    if people.lent_claim(task, actor.id):
        _change(step, "claimed", task, command, {"claimed": actor.id}, back=task["claimed"])
    elif task["claimed"] is None:
        whose = {"claimed_for": actor.deputy_of} if actor.deputy_of or task.get("claimed_for") else {}
        _change(step, "claimed", task, command, {"claimed": actor.id, **whose})


def release(step: Step, command: Command) -> None:
    """Put a claimed task back into the pool; the system does where who claimed it may no longer do it."""
    if command.actor is None:
        task = next((t for t in step.case["tasks"] if t["id"] == command.task and t["claimed"]), None)
        if task is not None:
            _change(step, "released", task, command, {"claimed": None})
        return
    found = _mine(step, command)
    if not found:
        return
    if found[0]["claimed"] is None:
        step.fail("engine.not_claimed")
        return
    _change(step, "released", found[0], command, {"claimed": None})


def transfer(step: Step, command: Command) -> None:
    """Hand one's seat to another person for good (转办)."""
    found, to = _mine(step, command), _person(step, command)
    if found and to and _allowed(step, found[0], to):
        seats = _reseated(found[0], found[1]["n"], {"person": to})
        _change(step, "transferred", found[0], command, {"seats": seats, "claimed": None}, to=to)


def delegate(step: Step, command: Command) -> None:
    """Let another person look first; the seat comes back with their advice (委派)."""
    found, to = _mine(step, command), _person(step, command)
    if found and to and _allowed(step, found[0], to):
        task, seat = found
        home = {"person": command.actor.id} if command.actor and seat.get("person") is None else {}
        back = {**seat, **home, "back": None}
        if home:
            back = {k: v for k, v in back.items() if k not in ("role", "scope", "party")}
        seats = _reseated(task, seat["n"], {"person": to, "back": back})
        _change(step, "delegated", task, command, {"seats": seats, "claimed": None}, to=to)


def _allowed(step: Step, task: Mapping[str, Json], person: str) -> bool:
    """Four eyes hold for whoever a task is handed to as well."""
    spec = step.chart.nodes[task["state"]].state.task
    if spec is not None and not people.without_barred(step, spec, [person]):
        step.fail("engine.barred_four_eyes", "#to")
        return False
    return True


def add_sign(step: Step, command: Command) -> None:
    """Ask further people to act on the task, before or after oneself (加签)."""
    found = _mine(step, command)
    if not found:
        return
    task, seat = found
    taken = {s.get("person") for s in task["seats"]}
    new = [person for person in dict.fromkeys(command.to) if person not in taken]
    if not new:
        step.fail("engine.name_one_person", "#to")
        return
    if not all(_allowed(step, task, person) for person in new):
        return
    top = max(s["n"] for s in task["seats"])
    before = command.place == "before"
    adder = command.actor.id if command.actor else None
    added = [{**people.new_seat(top + i, {"person": person}), "must": True, "added_by": adder,
              "waits": [] if before else [seat["n"]]} for i, person in enumerate(new, 1)]
    waits = [*seat["waits"], *(s["n"] for s in added)] if before else seat["waits"]
    seats = [{**s, "waits": waits} if s["n"] == seat["n"] else s for s in task["seats"]]
    _change(step, "signers_added", task, command, {"seats": [*seats, *added]}, to=new, place=command.place)


def remove_sign(step: Step, command: Command) -> None:
    """Take back signers one has added who have not acted yet (减签)."""
    task = next((t for t in step.case["tasks"] if t["id"] == command.task), None)
    actor = command.actor
    if task is None or actor is None:
        step.fail("engine.task_gone")
        return
    gone = {s["n"] for s in task["seats"]
            if s.get("person") in command.to and s.get("added_by") in {actor.id, actor.deputy_of} - {None}
            and s["action"] is None}
    if not gone:
        step.fail("engine.no_such_signer", "#to")
        return
    seats = [{**s, "waits": [n for n in s["waits"] if n not in gone]} for s in task["seats"] if s["n"] not in gone]
    _change(step, "signers_removed", task, command, {"seats": seats}, to=list(command.to))
    spec = step.chart.nodes[task["state"]].state.task
    carry = acting.main_action(step.chart.nodes[task["state"]])
    if spec is not None and people.verdict(spec, carry, {**task, "seats": seats}, carry) == carry \
            and any(s["action"] == carry for s in seats):
        step.emit("decided", state=task["state"], action=carry)
        node = step.chart.nodes[task["state"]]
        acting.run(step, lambda: step.chart.send(step.moment, carry, step, only=node))


def urge(step: Step, command: Command) -> None:
    """Remind whoever the case waits for, once a day (催办)."""
    task = next((t for t in step.case["tasks"] if t["id"] == command.task), None)
    if task is None or command.actor is None:
        step.fail("engine.task_gone")
        return
    if task["urged"] and date_of(task["urged"]) == date_of(step.now):
        step.fail("engine.urged_today")
        return
    _change(step, "urged", task, command, {"urged": step.now})
    step.cause("notify", {"to": {"task": task["id"]}, "about": "urged", "by": command.actor.id,
                          "words": command.reason})


def copy(step: Step, command: Command) -> None:
    """Let people know and read, without asking them to act (抄送)."""
    if command.actor is None or not command.to:
        step.fail("engine.name_one_person", "#to")
        return
    step.emit("copied", to=list(command.to), **whom(command.actor), reason=command.reason, at=step.now)
    step.cause("notify", {"to": {"people": list(command.to)}, "about": "copied", "by": command.actor.id,
                          "words": command.reason})
