"""Nobody sees a case of a shipped procedure who has no part in it: not its page, papers, files nor changes.

Each procedure is played to its end on a server; after the first step and at the end somebody asks who holds all its
roles elsewhere: at another bank, district, city, province and enterprise, as a person and as the public.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.catalog.played import ROOT, Played, shipped

from tongban.app import create_app
from tongban.config import Config
from tongban.engine.model import Json
from tongban.engine.read import read_bundle
from tongban.service import account, boot, definitions, people
from tongban.service.access import ACT, EVERYBODY, PARTY_ROLES, READ, roles_of
from tongban.store import cases, documents

SLUGS = sorted(path.stem for path in (ROOT / "workflows").glob("*.json"))
ELSEWHERE = ("370203", "440105", "440300", "370100", "110105", "110000", "another-office", "91110105MA00ELSE0X")
"""Counties of the same cities, other cities, another province, other organisations."""
STRANGER = "stranger"
PAGES = ("/cases/{case}", "/cases/{case}/tasks/{task}", "/cases/{case}/preview/{document}", "/documents/{paper}",
         "/files/case/{case}/{file}", "/files/case/{case}/{file}/thumb", "/api/v1/cases/{case}",
         "/api/v1/cases/{case}/changes?form={form}", "/api/v1/cases/{case}/tasks/{task}/draft",
         "/api/v1/documents/{paper}")
LISTS = ("/inbox", "/inbox?box=done", "/inbox?box=started", "/cases", "/api/v1/inbox")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Data and keys as a server brings them, to be copied, and one set of processes that render."""
    found = boot.open_runtime(Config(data=tmp_path_factory.mktemp("first"), demo=True))
    found.store.run(lambda conn: boot._load_data(found, conn))
    found.paper.keys()
    found.store.close()
    yield found
    found.paper.close()


@pytest.fixture
def rt(first: Any, tmp_path: Path) -> Iterator[Any]:
    """A server of its own for each procedure."""
    shutil.copytree(first.config.data, tmp_path, dirs_exist_ok=True)
    found = boot.open_runtime(Config(data=tmp_path, demo=True))
    found.paper = first.paper
    yield found
    found.store.close()


def publish(rt: Any, slug: str) -> Any:
    """The procedure as it is shipped; it is proved elsewhere."""
    flow = shipped("workflows", slug)
    bundle = {"workflow": flow, "forms": {name: shipped("forms", name) for name in flow["forms"].values()}}
    version = read_bundle(bundle).version
    assert version is not None
    with rt.store.transaction() as conn:
        definitions.publish_version(rt, conn, version, None, "test")
    return version


def settle(rt: Any, played: Played, version: Any) -> str:
    """Somebody who holds every role that the procedure knows everywhere else."""
    inside = {scope for actor in played.book["actors"] for _, scope in played.grants(actor)}
    scopes = [scope for scope in ELSEWHERE
              if not any(scope.endswith("00") and held.startswith(scope.rstrip("0")) for held in inside)]
    with rt.store.transaction() as conn:
        people.add_person(conn, played.now, STRANGER, STRANGER, STRANGER, None, None, phone="13900009999")
        for role in sorted((roles_of(version) | PARTY_ROLES) - EVERYBODY):
            for scope in scopes:
                people.grant(conn, played.now, STRANGER, role, scope)
        for role in sorted(EVERYBODY):
            people.grant(conn, played.now, STRANGER, role, "*")
    return STRANGER


def paths(rt: Any, played: Played) -> list[str]:
    """Everything of the case that has an address."""
    with rt.store.reading() as conn:
        case = cases.get(conn, played.case_id)["snapshot"]
        papers = [row["id"] for row in documents.of_case(conn, played.case_id)]
    found = []
    for page in PAGES:
        for task in [t["id"] for t in case["tasks"]] or ["t1"]:
            for paper in papers or ["none"]:
                found.append(page.format(
                    case=played.case_id, task=task, paper=paper, file=file_of(case) or "0" * 64,
                    form=next(iter(played.flow["forms"])),
                    document=next(iter(played.flow.get("documents", {})), "none")))
    return list(dict.fromkeys(found))


def file_of(case: Json) -> str | None:
    found = re.search(r"'id': '([0-9a-f]{64})'", str(case["answers"]))
    return found[1] if found else None


def seen(rt: Any, played: Played, stranger: str, app: Any) -> list[str]:
    """What somebody got who should get nothing."""
    wanted, leaks = paths(rt, played), []
    with rt.store.transaction() as conn:
        number = cases.get(conn, played.case_id)["number"]
        session = people.open_session(rt, conn, stranger)
    person = people.session(rt, session)
    assert person is not None
    bearer = {"Authorization": f"Bearer {account.make_token(rt, person, 'test', (READ, ACT))}"}
    for who, token, headers in ((stranger, session, bearer), ("visitor", "", {})):
        client = app.test_client()
        if token:
            client.set_cookie("tb-session", token)
        for path in wanted:
            status = client.get(path, headers=headers if path.startswith("/api/") else {}).status_code
            if status != (404 if token else 401):
                leaks.append(f"{who} {status} {path}")
        for path in LISTS:
            words = client.get(path, headers=headers if path.startswith("/api/") else {}).text
            if number in words or played.case_id in words:
                leaks.append(f"{who} lists {path}")
    return leaks


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_nobody_without_a_part_in_it_sees_a_case(rt: Any, slug: str) -> None:
    version = publish(rt, slug)
    played = Played(rt, slug, 0)
    stranger, app = settle(rt, played, version), create_app(rt.config, rt)
    played.begin()
    leaks, steps = [], played.scenario["steps"]
    if not steps:
        leaks += seen(rt, played, stranger, app)
    for number, step in enumerate(steps, 1):
        played.step(number, step)
        played.compare(number, step.get("expect", {}))
        if number in (1, len(steps)):
            leaks += seen(rt, played, stranger, app)
    assert not leaks
