"""Definitions: proved before they are published, immutable afterwards; a running case keeps its version."""

from __future__ import annotations

import copy
import json

import pytest
from tests.service.world import FORM, OPINION, WORKFLOW, World

from tongban.service import cases, catalogue, definitions
from tongban.service.errors import Conflict, Denied, NotFound, Refused
from tongban.service.runtime import Runtime
from tongban.service.start import begin
from tongban.store import definitions as table


def _files(**changes: object) -> dict[str, str]:
    workflow = {**copy.deepcopy(WORKFLOW), **changes}
    return {"workflow": json.dumps(workflow, ensure_ascii=False), "forms/grant-application": json.dumps(FORM),
            "forms/grant-opinion": json.dumps(OPINION)}


def _stricter() -> dict[str, str]:
    return _files(rules={"ten": {**WORKFLOW["rules"]["ten"], "test": "application.staff >= 100"}})


def test_changed_number_binds_new_cases_and_no_running_one(world: World) -> None:
    old = world.start()
    admin = world.who("admin")
    assert definitions.publish(world.rt, admin, "grant", _stricter(), "提高门槛") == 2
    new = world.start("rival")
    from tests.service.world import ANSWERS, OTHER_USCC

    assert world.act("boss", old, "submit", ANSWERS).ok
    (problem,) = world.act("rival", new, "submit", {**ANSWERS, "uscc": OTHER_USCC}).problems
    assert problem.clause == "一"
    assert [cases.view(world.rt, world.who(w), c).version_no for w, c in (("boss", old), ("rival", new))] == [1, 2]


def test_what_is_wrong_is_found_at_its_place_and_not_published(world: World) -> None:
    admin = world.who("admin")
    states = copy.deepcopy(WORKFLOW["states"])
    states["check"]["on"]["approve"]["target"] = "nowhere"
    with pytest.raises(Refused) as refused:
        definitions.publish(world.rt, admin, "grant", _files(states=states))
    assert any(p.at.startswith("/states/check/on/approve") for p in refused.value.problems)
    assert [v.no for v in definitions.view(world.rt, admin, "grant").versions] == [1]


def test_broken_json_is_a_finding_in_its_file(world: World) -> None:
    files = {**_files(), "forms/grant-opinion": '{"id": '}
    assert any(p.at.startswith("/forms/grant-opinion") for p in definitions.check(world.rt, world.who("admin"), files))


def test_draft_is_kept_right_or_wrong_and_two_authors_do_not_overwrite_each_other(world: World) -> None:
    admin = world.who("admin")
    view = definitions.save(world.rt, admin, "grant", {"workflow": "{"}, 0)
    assert (view.rev, view.files, bool(view.problems)) == (1, {"workflow": "{"}, True)
    with pytest.raises(Conflict):
        definitions.save(world.rt, admin, "grant", {"workflow": "{}"}, 0)
    definitions.discard(world.rt, admin, "grant")
    assert definitions.view(world.rt, admin, "grant").files["workflow"].startswith("{\n")


def test_versions_are_compared_place_by_place(world: World) -> None:
    admin = world.who("admin")
    definitions.publish(world.rt, admin, "grant", _stricter())
    found = definitions.diff(world.rt, admin, "grant", 1, 2)
    assert [(d.at, d.kind) for d in found] == [("/workflow/rules/ten/test", "changed")]
    with pytest.raises(NotFound):
        definitions.diff(world.rt, admin, "grant", 1, 9)


def test_withdrawn_procedure_takes_no_new_case_and_running_ones_go_on(world: World) -> None:
    case_id = world.start()
    definitions.set_open(world.rt, world.who("admin"), "grant", opened=False)
    with pytest.raises(Refused):
        begin(world.rt, world.who("boss"), "grant")
    assert world.act("boss", case_id, "withdraw").ok
    assert catalogue.page(world.rt, world.who("boss")).rows == ()
    definitions.set_open(world.rt, world.who("admin"), "grant", opened=True)
    assert begin(world.rt, world.who("boss"), "grant").ok


def test_every_process_lists_what_another_published_or_withdrew(world: World) -> None:
    other = Runtime(world.rt.store, world.clock, world.rt.config)       # as in another process
    admin, boss = world.who("admin"), world.who("boss")

    def listed() -> list[tuple[str, int]]:
        with world.rt.store.reading() as conn:
            return [(row["status"], row["no"]) for row in world.rt.procedures(conn)]
    assert listed() == [("open", 1)]
    definitions.publish(other, admin, "grant", _stricter())
    assert listed() == [("open", 2)]
    assert [row.can_start for row in catalogue.page(world.rt, boss).rows] == [True]
    definitions.set_open(other, admin, "grant", opened=False)
    assert catalogue.page(world.rt, boss).rows == ()


def test_dry_run_leaves_no_trace(world: World) -> None:
    tables = ("cases", "journal", "todo", "outbox", "audit", "counters")

    def state() -> list[object]:
        with world.rt.store.reading() as conn:
            return [conn.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1, 2").all() for name in tables]

    admin, before = world.who("admin"), state()
    script = {"start": "2026-11-23T01:00:00Z", "steps": [{"event": "withdraw"}]}
    lines = definitions.dry_run(world.rt, admin, _files(), script)
    assert [line["states"] for line in lines] == [["draft"], ["withdrawn"]]
    assert state() == before
    with pytest.raises(Refused):
        definitions.dry_run(world.rt, admin, _files(), {"steps": 7})


@pytest.mark.parametrize("login", ["boss", "shinan", "nobody"])
def test_only_admins_and_auditors_read_and_only_admins_change(world: World, login: str) -> None:
    person = world.who(login)
    for call in (lambda: definitions.procedures(world.rt, person), lambda: definitions.view(world.rt, person, "grant"),
                 lambda: definitions.check(world.rt, person, _files()),
                 lambda: definitions.publish(world.rt, person, "grant", _files()),
                 lambda: definitions.save(world.rt, person, "grant", _files(), 0),
                 lambda: definitions.set_open(world.rt, person, "grant", opened=False)):
        with pytest.raises(Denied):
            call()
    assert [r.slug for r in definitions.procedures(world.rt, world.who("auditor"))] == ["grant"]
    with pytest.raises(Denied):
        definitions.publish(world.rt, world.who("auditor"), "grant", _files())


def test_the_same_bundle_again_is_the_same_version(world: World) -> None:
    admin = world.who("admin")
    definitions.publish(world.rt, admin, "grant", _stricter())
    assert definitions.publish(world.rt, admin, "grant", definitions.view(world.rt, admin, "grant", 1).files) == 1
    with world.rt.store.reading() as conn:
        assert len(table.list_versions(conn, "grant")) == 2
