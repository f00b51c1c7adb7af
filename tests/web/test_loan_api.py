"""The loan by the API alone: every way in which it ends, and the papers that come of it, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.databases import BOTH
from tests.service.world import Clock

from tongban import catalog
from tongban.app import create_app
from tongban.config import Config
from tongban.engine.read import read_bundle
from tongban.service import account, definitions, demo, people, wiring
from tongban.service.runtime import Runtime
from tongban.store import people as table
from tongban.store.session import Store

pytestmark = pytest.mark.slow

SCENARIO = Path(__file__).parents[1] / "catalog" / "qd-loan-apply.scenario.json"
FORMS: dict[str, Any] = json.loads(SCENARIO.read_text("utf-8"))["answers"]
PROCEDURES = ("qd-loan-post", "qd-loan-apply")      # what the grant starts must be there
FIRM = {"uscc": "91370202MA3DEM001A", "name": "青岛海风家政服务有限公司"}
SCAN = b"%PDF-1.4\n%%EOF"


class Program:
    """Somebody's program: a token and nothing else."""

    def __init__(self, app: Flask, token: str) -> None:
        self._client = app.test_client(use_cookies=False)
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": "zh"}

    def __call__(self, method: str, path: str, body: Any = None, want: int = 200, **headers: str) -> Any:
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._client.open(f"/api/v1{path}", method=method, headers={**self._headers, **more}, **sent)
        assert answer.status_code == want, answer.text[:2000]
        return answer

    def act(self, case: str, action: str, answers: Any = None, want: int = 200, **more: Any) -> Any:
        """Act on the case as it stands, as a careful program does: with the version that it saw."""
        seen = self("GET", f"/cases/{case}")
        body = {"action": action, "answers": answers or {}, **more}
        return self("POST", f"/cases/{case}/actions", body, want, If_Match=seen.headers["ETag"]).json

    def inbox(self) -> set[str]:
        return {row["case_id"] for row in self("GET", "/tasks").json["rows"]}

    def documents(self, case: str) -> dict[str, Any]:
        return {one["kind"]: one for one in self("GET", f"/cases/{case}").json["documents"]}


class Counter:
    """The server with the demo's people; every program is asked for by its person's login."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.rt = wiring.wire(Runtime(store, Clock("2026-03-20T01:00:00Z"), Config(data=folder, demo=True)))
        demo.load(self.rt)
        self.app = create_app(self.rt.config, self.rt)
        for slug in PROCEDURES:
            read = read_bundle(catalog.bundle(catalog.folder("workflows") / f"{slug}.json", catalog.folder("forms")))
            with store.transaction() as conn:
                definitions.publish_version(self.rt, conn, read.version, None, "")
        self.firm = self.by("haifeng")
        self.officer, self.bank, self.credit = (self.by(who) for who in ("hr_shinan", "boc_shinan", "boc_shinan2"))

    def by(self, login: str) -> Program:
        with self.rt.store.transaction() as conn:
            session = people.open_session(self.rt, conn, table.by_login(conn, login)["id"])
        person = people.session(self.rt, session)
        return Program(self.app, account.make_token(self.rt, person, "program", ("read", "act", "admin")))

    def submitted(self, **changed: Any) -> str:
        scan = self.firm("PUT", "/files/licence.pdf", SCAN, 201).json
        case: str = self.firm("POST", "/procedures/qd-loan-apply/cases", {}, 201).json["case_id"]
        self.firm.act(case, "submit", {**FORMS["application"], **FIRM, "licence": [scan], **changed})
        return case


@pytest.fixture(scope="module", params=BOTH)
def counter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("loan")
    url = request.getfixturevalue(f"{request.param}_lasting_url")
    store = Store(url)
    yield Counter(store, folder)
    store.close()


def test_granted(counter: Counter) -> None:
    case = counter.submitted()
    assert counter.officer.inbox() == {case}
    assert case not in counter.by("hr_huangdao").inbox()
    counter.officer.act(case, "pass", FORMS["verification"])
    counter.bank.act(case, "pass", FORMS["qualification"])
    barred = counter.bank.act(case, "approve", FORMS["credit"], 422)
    assert [one["code"] for one in barred["problems"]] == ["engine.barred_four_eyes"]
    counter.credit.act(case, "approve", FORMS["credit"])
    counter.firm.act(case, "accept", FORMS["acceptance"], signature="drawn")
    counter.bank.act(case, "complete", FORMS["contract"])
    wiring.run_all(counter.rt)
    done = counter.firm("GET", f"/cases/{case}").json
    assert (done["status"], done["outcome"]) == ("closed", "approved")
    papers = counter.firm.documents(case)
    assert set(papers) == {"receipt", "letter", "table"}
    assert counter.firm("GET", f"/documents/{papers['table']['id']}").data.startswith(b"%PDF-")
    entered = counter.bank("GET", "/registers/qd-loans").json["rows"]
    assert FORMS["contract"]["contract_no"] in [row["key"] for row in entered]
    assert "贷款已发放" in counter.firm("GET", "/me/messages").json[0]["text"]["zh"]


def test_returned_mended_and_refused_by_its_clause(counter: Counter) -> None:
    case = counter.submitted()
    counter.officer.act(case, "return", reason="上年末人数请按参保记录填写",
                        marks={"application.staff_year_end": "与参保记录不一致，请核对"})
    back = counter.firm("GET", f"/cases/{case}").json
    form = next(one for one in back["forms"] if one["key"] == "application")
    assert form["marks"] == {"staff_year_end": "与参保记录不一致，请核对"}
    counter.firm.act(case, "submit", {**form["answers"], "staff_year_end": "26"})
    changed = counter.officer("GET", f"/cases/{case}/changes?form=application").json
    assert [(one["field"], one["before"], one["now"]) for one in changed] == [("staff_year_end", 25, 26)]
    counter.officer.act(case, "pass", {**FORMS["verification"], "staff_year_end": "26"})
    assert counter.bank("GET", f"/cases/{case}/changes?form=verification").json == []     # a return is no answer
    counter.bank.act(case, "return", reason="请再核", to=["verify"],
                     marks={"verification.staff_year_end": "与名册不符"})
    assert counter.officer("GET", f"/cases/{case}/changes?form=application").json == []   # not answered since
    mended = {**FORMS["verification"], "staff_year_end": "27"}
    told = counter.officer.act(case, "pass", {**mended, "officer": "别人", "application.name": "别的公司"})
    assert {one["at"]: one["code"] for one in told["dropped"]} == {
        "/application/name": "answer.elsewhere", "/officer": "answer.closed"}
    changed = counter.bank("GET", f"/cases/{case}/changes?form=verification").json
    assert [(one["field"], one["before"], one["now"]) for one in changed] == [("staff_year_end", 26, 27)]
    unsaid = counter.bank.act(case, "refuse", want=422, reason="贷款用途不属于生产经营领域")
    assert [one["at"] for one in unsaid["problems"]] == ["#clauses"]
    counter.bank.act(case, "refuse", reason="贷款用途不属于生产经营领域", clauses=["三.2"])
    wiring.run_all(counter.rt)
    end = counter.firm("GET", f"/cases/{case}").json
    assert (end["status"], end["outcome"]) == ("closed", "refused")
    assert "refusal" in counter.firm.documents(case)
    entry = next(one for one in end["record"] if one["reason"] == "贷款用途不属于生产经营领域")
    assert entry["clauses"] == ["三.2"]


def test_withdrawn_and_asked_for_again(counter: Counter) -> None:
    case = counter.submitted()
    twice = counter.firm("POST", "/procedures/qd-loan-apply/cases", {}, 201).json["case_id"]
    scan = counter.firm("PUT", "/files/licence.pdf", SCAN, 201).json
    answers = {**FORMS["application"], **FIRM, "licence": [scan]}
    told = counter.firm.act(twice, "submit", answers, 422)
    assert "已有一笔正在办理" in " ".join(one["detail"] for one in told["problems"])
    counter.firm.act(case, "withdraw")
    assert case not in counter.officer.inbox()
    assert counter.firm("GET", f"/cases/{case}").json["outcome"] == "withdrawn"
    counter.firm.act(twice, "submit", answers)
    assert twice in counter.officer.inbox()
    counter.by("tuoyu")("GET", f"/cases/{twice}", want=404)
