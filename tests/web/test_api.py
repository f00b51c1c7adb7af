"""The API alone: a whole procedure from publishing to decision, its safety headers, its errors, its document."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, World

from tongban.app import create_app
from tongban.config import Config
from tongban.service import account, cases, outbox
from tongban.service.wiring import wire
from tongban.store.session import Store

PICTURE = bytes.fromhex(      # one white pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63f80f00010101001bb6ee56"
    "0000000049454e44ae426082")
BUNDLE = {"workflow": WORKFLOW, "forms": {FORM["id"]: FORM, OPINION["id"]: OPINION}}


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


@pytest.fixture
def app(world: World, tmp_path: Any) -> Flask:
    return create_app(Config(demo=True, data=tmp_path), wire(world.rt))


class Caller:
    """A program with a token."""

    def __init__(self, app: Flask, world: World, login: str,
                 scopes: tuple[str, ...] = ("read", "act", "admin")) -> None:
        self.client: FlaskClient = app.test_client(use_cookies=False)
        token = account.make_token(world.rt, world.who(login), "test", scopes)
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": "zh"}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers={**self.headers, **extra})


@pytest.fixture
def calls(app: Flask, world: World) -> Any:
    return lambda login, *scopes: Caller(app, world, login, *([scopes] if scopes else []))


def test_a_procedure_is_published_applied_for_and_decided_by_the_api_alone(calls: Any, world: World) -> None:
    admin, firm, officer, city = (calls(name) for name in ("admin", "boss", "shinan", "city"))
    assert admin("POST", "/definitions/check", BUNDLE).json["ok"] is True
    assert admin("POST", "/definitions/grant/versions", BUNDLE).json == {"slug": "grant", "version": 1}
    assert [row["slug"] for row in firm("GET", "/procedures").json["rows"]] == ["grant"]

    started = firm("POST", "/procedures/grant/cases", {}, Idempotency_Key="start-0001")
    assert started.status_code == 201
    again = firm("POST", "/procedures/grant/cases", {}, Idempotency_Key="start-0001")
    assert (again.json["case_id"], again.json["repeated"]) == (started.json["case_id"], True)
    path = f"/cases/{started.json['case_id']}"

    asked = {one["id"]: one for one in firm("GET", f"{path}/forms/application").json["fields"]}
    assert set(asked) == set(ANSWERS)
    assert (asked["staff"]["type"], asked["staff"]["mode"], asked["staff"]["example"].isdecimal()) == (
        "integer", "must", True)

    refused = firm("POST", f"{path}/actions", {"action": "submit", "answers": {**ANSWERS, "staff": "9", "name": ""}})
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    assert [(p["at"], p.get("clause")) for p in refused.json["problems"]] == [("/name", None), ("#rule/ten", "一")]
    assert refused.json["problems"][1]["detail"] == "少于 10 人"

    sent = firm("POST", f"{path}/actions", {"action": "submit", "answers": ANSWERS}, If_Match=started.headers["ETag"])
    assert sent.status_code == 200
    stale = firm("POST", f"{path}/actions", {"kind": "take_back"}, If_Match=started.headers["ETag"])
    assert stale.status_code == 409

    row = officer("GET", "/tasks").json["rows"][0]
    assert row["subject"] == ANSWERS["name"]
    seen = officer("GET", path)
    assert officer("GET", path, If_None_Match=seen.headers["ETag"]).status_code == 304
    names = [action["name"] for action in seen.json["tasks"][0]["actions"] if action["kind"] == "act"]
    assert set(names) == {"approve", "return", "refuse"}
    assert "account" not in seen.json["forms"][0]["answers"], "an account is for the applicant and the city alone"
    asked = [one["id"] for one in officer("GET", f"{path}/forms/application").json["fields"]]
    assert "account" not in asked
    assert "staff" in asked
    assert officer("GET", f"{path}/forms/none").status_code == 404
    assert "u-shibei" in [one["value"] for one in officer("GET", "/me/colleagues").json]
    done = officer("POST", "/tasks/actions", {"action": "approve", "tasks": [
        {"case": row["case_id"], "task": row["task"], "seq": row["seq"]}]}, Idempotency_Key="bulk-0001")
    assert [one["status"] for one in done.json] == ["done"]

    assert city("POST", f"{path}/actions", {"action": "approve"}).json["outcome"] == "approved"
    outbox.deliver(world.rt)
    final = firm("GET", path).json
    assert (final["status"], final["outcome"]) == ("closed", "approved")
    assert final["forms"][0]["answers"]["account"] == "6222"
    (told,) = firm("GET", "/me/messages").json
    assert told["text"]["zh"] == "通过了"
    assert firm("GET", f"/me/messages?before={told['number']}").json == []


def test_a_broken_definition_is_refused_with_its_findings(calls: Any) -> None:
    admin = calls("admin")
    broken = {**BUNDLE, "workflow": {**WORKFLOW, "initial": "nowhere"}}
    assert admin("POST", "/definitions/check", broken).json["ok"] is False
    answer = admin("POST", "/definitions/grant/versions", broken)
    assert answer.status_code == 422
    assert "/initial" in [p["at"] for p in answer.json["problems"]]


def test_input_that_does_not_fit_is_told_place_by_place(calls: Any) -> None:
    answer = calls("boss")("POST", "/cases/x/actions", {"kind": "fly", "answers": [], "more": 1})
    assert answer.status_code == 422
    assert {p["at"] for p in answer.json["problems"]} == {"/kind", "/answers", "/more"}


def test_nul_is_refused_wherever_it_stands(calls: Any, world: World) -> None:
    world.publish()
    firm = calls("boss")
    body = {"action": "approve", "tasks": [{"case": "a\0b", "task": "t1"}]}
    assert firm("POST", "/tasks/actions", body).status_code == 400
    assert firm("GET", "/cases/a%00b").status_code == 404
    assert firm("GET", "/procedures?q=%00").status_code == 400


@pytest.mark.parametrize(("login", "method", "path", "status"), [
    ("rival", "GET", "/cases/{case}", 404), ("rival", "POST", "/cases/{case}/actions", 404),
    ("shibei", "GET", "/cases/{case}", 404), ("boss", "GET", "/definitions", 403), ("boss", "GET", "/cases/none", 404),
    ("boss", "GET", "/procedures/none", 404), ("boss", "POST", "/definitions/grant/versions", 403),
    ("boss", "PUT", "/definitions/grant/status", 403),
])
def test_foreign_things_are_404_and_foreign_powers_403(calls: Any, world: World, login: str, method: str, path: str,
                                                      status: int) -> None:
    world.publish()
    case = calls("boss")("POST", "/procedures/grant/cases", {}).json["case_id"]
    body = {"PUT": {"open": False}, "POST": BUNDLE if "definitions" in path else {"action": "submit"}}.get(method)
    assert calls(login)(method, path.format(case=case), body).status_code == status


def test_a_token_does_what_its_scopes_allow_and_a_session_is_no_token(calls: Any, world: World, app: Flask) -> None:
    world.publish()
    reader = calls("boss", "read")
    assert reader("GET", "/procedures").status_code == 200
    assert reader("POST", "/procedures/grant/cases", {}).status_code == 403
    bare = app.test_client()
    assert bare.get("/api/v1/procedures").status_code == 401
    session = {"Authorization": f"Bearer {world.tokens['boss']}"}
    assert bare.get("/api/v1/procedures", headers=session).status_code == 401


@pytest.mark.slow
def test_schemathesis_finds_no_server_error_and_no_answer_outside_the_document(app: Flask, world: World,
                                                                              calls: Any) -> None:
    """Every operation with generated input, under a token that may do everything."""
    world.publish()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    headers = calls("admin").headers

    @settings(max_examples=10, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def fuzz(operation: Any, data: st.DataObject) -> None:
        # What fits the schema may still be refused with 422: a procedure's own rules are no part of the document.
        data.draw(operation.as_strategy()).call_and_validate(headers=headers,
                                                             excluded_checks=[positive_data_acceptance])

    wrong = []
    for operation in schema.get_all_operations():
        try:
            fuzz(operation.ok())
        except BaseExceptionGroup as found:
            wrong.append(f"{operation.ok().label}: {found.exceptions}")
    assert not wrong, "\n".join(wrong)


# --- who may call what, kept by hand: a new operation fails until it stands here ------------------------------------
# own: the enterprise of the case · rival: another one · office: the district with the task · other: another district

WHO = {"own": "boss", "rival": "rival", "office": "shinan", "other": "shibei", "admin": "admin", "auditor": "auditor"}
ALL = dict.fromkeys(WHO, 200)
STARTS = {**dict.fromkeys(WHO, 403), "own": 201, "rival": 201}
SEES = {**dict.fromkeys(WHO, 404), "own": 200, "office": 200, "auditor": 200}
HOLDS = {**dict.fromkeys(WHO, 404), "office": 200}
AUTHORS = {**dict.fromkeys(WHO, 403), "admin": 200}
READS_DEFINITIONS = {**AUTHORS, "auditor": 200}
OVERSEES = {**dict.fromkeys(WHO, 404), "admin": 200, "auditor": 200}
KEPT_BY_NOBODY = {**dict.fromkeys(WHO, 404), "admin": 403, "auditor": 403}
OWN_PEOPLE = {**dict.fromkeys(WHO, 403), "own": 200, "rival": 200}
NOBODYS = dict.fromkeys(WHO, 404)
TABLE = {
    ("GET", "/me"): ALL, ("GET", "/me/messages"): ALL, ("POST", "/me/messages/read"): dict.fromkeys(WHO, 204),
    ("GET", "/procedures"): ALL, ("GET", "/procedures/<slug>"): ALL, ("POST", "/procedures/<slug>/cases"): STARTS,
    ("GET", "/cases/<case_id>"): SEES, ("GET", "/cases/<case_id>/changes"): SEES,
    ("GET", "/cases/<case_id>/forms/<key>"): SEES, ("GET", "/me/colleagues"): ALL,
    # who sees the case without holding its task is told so by the engine, and nothing changes
    ("POST", "/cases/<case_id>/actions"): {**HOLDS, "own": 422, "auditor": 422},
    # a draft is nobody's but its writer's; whoever sees the case may keep one
    ("GET", "/cases/<case_id>/tasks/<task_id>/draft"): SEES, ("PUT", "/cases/<case_id>/tasks/<task_id>/draft"): SEES,
    ("GET", "/tasks"): ALL, ("POST", "/tasks/actions"): ALL,
    ("GET", "/cases/<case_id>/files/<sha>"): dict.fromkeys(WHO, 404),
    ("GET", "/cases/<case_id>/previews/<name>"): dict.fromkeys(WHO, 404),
    ("PUT", "/me/channels"): dict.fromkeys(WHO, 204), ("GET", "/me/deputies"): ALL,
    ("POST", "/me/deputies"): dict.fromkeys(WHO, 204),
    ("DELETE", "/me/deputies/<int(max=9007199254740991):number>"): dict.fromkeys(WHO, 404),
    ("GET", "/notices"): ALL, ("GET", "/notices/<notice_id>"): dict.fromkeys(WHO, 404),
    ("POST", "/notices/<notice_id>/objections"): dict.fromkeys(WHO, 404),
    ("GET", "/people"): READS_DEFINITIONS, ("POST", "/people"): {**AUTHORS, "admin": 201},
    ("GET", "/offices"): READS_DEFINITIONS, ("POST", "/offices"): {**AUTHORS, "admin": 201},
    ("GET", "/offices/<code>"): {**READS_DEFINITIONS, "admin": 404, "auditor": 404},
    ("PUT", "/offices/<code>"): {**AUTHORS, "admin": 404},
    ("GET", "/people/<person_id>"): READS_DEFINITIONS,
    ("POST", "/people/<person_id>/grants"): {**AUTHORS, "admin": 204},
    ("DELETE", "/people/<person_id>/grants/<int(max=9007199254740991):number>"): {**AUTHORS, "admin": 404},
    ("PUT", "/people/<person_id>/access"): {**AUTHORS, "admin": 204},
    # people of one's own enterprise; to a rival they are not there
    ("GET", "/enterprise/people"): OWN_PEOPLE, ("POST", "/enterprise/people"): {**OWN_PEOPLE, "own": 201, "rival": 201},
    ("PUT", "/enterprise/people/<person_id>/access"): {**OWN_PEOPLE, "own": 204, "rival": 404},
    ("GET", "/deliveries"): AUTHORS, ("POST", "/deliveries/retry"): AUTHORS,
    ("GET", "/audit"): READS_DEFINITIONS,
    ("GET", "/tables/parameters"): READS_DEFINITIONS, ("PUT", "/tables/parameters"): {**AUTHORS, "admin": 422},
    ("GET", "/tables/calendars"): READS_DEFINITIONS, ("PUT", "/tables/calendars/<int(max=9999):year>"): AUTHORS,
    ("GET", "/documents/<path:document_id>"): dict.fromkeys(WHO, 404),
    ("POST", "/documents/<path:document_id>"): dict.fromkeys(WHO, 404),
    ("PUT", "/files/<name>"): dict.fromkeys(WHO, 201),
    ("GET", "/definitions"): READS_DEFINITIONS, ("POST", "/definitions/check"): READS_DEFINITIONS,
    ("GET", "/definitions/<slug>"): READS_DEFINITIONS,
    ("GET", "/definitions/<slug>/versions/<int(max=100000):number>"): READS_DEFINITIONS,
    ("POST", "/definitions/<slug>/versions"): {**AUTHORS, "admin": 201},
    ("PUT", "/definitions/<slug>/status"): {**AUTHORS, "admin": 204},
    ("GET", "/definitions/<slug>/differences"): READS_DEFINITIONS,
    ("POST", "/definitions/dry-run"): READS_DEFINITIONS, ("PUT", "/definitions/<slug>/draft"): AUTHORS,
    ("DELETE", "/definitions/<slug>/draft"): {**AUTHORS, "admin": 204},
    # without a document in hand there is nothing to print, and the procedure of these tests issues none that bears it
    ("GET", "/batches"): ALL, ("POST", "/batches"): dict.fromkeys(WHO, 404), ("GET", "/batches/<batch_id>"): NOBODYS,
    ("GET", "/batches/<batch_id>/parts/<int(max=100000):number>/pdf"): NOBODYS,
    ("GET", "/batches/<batch_id>/parts/<int(max=100000):number>/zip"): NOBODYS,
    # it screens no register
    ("GET", "/procedures/<slug>/screening"): NOBODYS, ("POST", "/procedures/<slug>/screening"): NOBODYS,
    ("GET", "/registers/<name>/entries/<entry_id>"): NOBODYS,
    # a register whose definition names nobody: overseers read it, nobody keeps it
    ("GET", "/registers"): ALL, ("GET", "/registers/<name>"): OVERSEES,
    ("GET", "/registers/<name>/entry"): dict.fromkeys(WHO, 404), ("GET", "/registers/<name>/export"): OVERSEES,
    ("POST", "/registers/<name>/entries"): KEPT_BY_NOBODY, ("POST", "/registers/<name>/import"): KEPT_BY_NOBODY,
    ("POST", "/registers/<name>/entries/<entry_id>/leave"): KEPT_BY_NOBODY,
}
SCRIPT = {"start": "2026-11-23T09:00:00+08:00", "actors": {"firm": {
    "party": "applicant", "starts": True}}, "steps": [{"by": "firm", "do": "withdraw"}]}
BODIES: dict[str, Any] = {
    "/procedures/<slug>/cases": {}, "/cases/<case_id>/actions": {"action": "approve"}, "/me/messages/read": None,
    "/cases/<case_id>/tasks/<task_id>/draft": {"answers": {"words": "x"}}, "/definitions/<slug>/status": {"open": True},
    "/tasks/actions": {"action": "approve", "tasks": [{"case": "none", "task": "t1"}]}, "/definitions/check": BUNDLE,
    "/definitions/<slug>/versions": BUNDLE, "/registers/<name>/entries": {"answers": {}, "ground": "x"},
    "/me/channels": {"channels": []},
    "/me/deputies": {"deputy": "nobody", "starts": "2026-12-01", "ends": "2026-12-02"},
    "/notices/<notice_id>/objections": {"name": "x", "contact": "x", "reason": "x"},
    "/offices": {"code": "hr-new", "zh": "新单位", "kind": "office"},
    "/offices/<code>": {"zh": "新单位", "kind": "office"},
    "/people": {"login": "newcomer", "name": "新人", "password": "long enough words"},
    "/enterprise/people": {"login": "colleague", "name": "新同事", "password": "long enough words"},
    "/enterprise/people/<person_id>/access": {"password": "long enough words"},
    "/people/<person_id>/grants": {"role": "district_hr", "scope": "370203"},
    "/people/<person_id>/access": {"active": True}, "/tables/parameters": {"name": "none", "starts": "2026-01-01",
                                                                           "value": "1"},
    "/tables/calendars/<int(max=9999):year>": {"holidays": ["2027-01-01"], "workdays": []},
    "/documents/<path:document_id>": {"do": "retry"}, "/definitions/dry-run": {**BUNDLE, "script": SCRIPT},
    "/definitions/<slug>/draft": BUNDLE, "/registers/<name>/entries/<entry_id>/leave": {"ground": "x"},
    "/registers/<name>/import": {}, "/procedures/<slug>/screening": {"entry": "none"},
    "/batches": {"procedure": "grant", "document": "none"},
}
QUERY = {"/cases/<case_id>/changes": "?form=application", "/definitions/<slug>/differences": "?before=1&now=1",
         "/registers/<name>/entry": "?key=K", "/registers/<name>/import": "?ground=x"}


def test_every_operation_stands_in_the_table(app: Flask) -> None:
    found = {(method, rule.rule.removeprefix("/api/v1")) for rule in app.url_map.iter_rules()
             for method in rule.methods - {"HEAD", "OPTIONS"} if rule.rule.startswith("/api/v1/")}
    assert found - {("GET", "/openapi.json")} == set(TABLE)


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_each_caller_gets_what_the_table_says(calls: Any, world: World, who: str) -> None:
    world.publish()
    caller, found = calls(WHO[who]), {}
    for method, rule in TABLE:
        case_id = world.submitted() if "<case_id>" in rule else ""
        task = cases.view(world.rt, world.who("shinan"), case_id).tasks[0].id if case_id else ""
        path = rule + QUERY.get(rule, "")
        for name, value in {"<slug>": "grant", "<case_id>": case_id, "<task_id>": task, "<path:document_id>": "none",
                            "<int(max=100000):number>": "1", "<int(max=9007199254740991):number>": "9",
                            "<int(max=9999):year>": "2027", "<sha>": "0" * 64,
                            "<person_id>": "u-clerk" if "enterprise" in rule else "u-nobody",
                            "<key>": "application",
                            "<name>": "granted" if rule.startswith("/registers") else "a.png"}.items():
            path = path.replace(name, value)
        body = None if method == "GET" else BODIES.get(rule)
        found[method, rule] = caller(method, path, body).status_code if rule != "/files/<name>" else \
            caller.client.put(f"/api/v1{path}", data=PICTURE, headers=caller.headers).status_code
        if case_id:
            world.act("boss", case_id, "withdraw")
    assert found == {key: table[who] for key, table in TABLE.items()}


def test_registers_are_read_kept_and_exported_by_the_api(calls: Any, world: World) -> None:
    book = {"key": "code", "title": {"zh": "台账", "en": "Book"}, "fields": {"code": "string", "name": "string",
            "region": "region"}, "readers": [{"role": "city_hr"}],
            "keepers": [{"role": "district_hr", "column": "region"}]}
    world.publish({**WORKFLOW, "registers": {**WORKFLOW["registers"], "firms": book}}, FORM, OPINION)
    keeper, reader, rival = calls("shinan"), calls("city"), calls("rival")
    row = {"code": "K1", "name": "甲", "region": "370202"}
    assert keeper("POST", "/registers/firms/entries", {"answers": row, "ground": "普查"}).status_code == 201
    assert [one["name"] for one in reader("GET", "/registers").json["rows"]] == ["firms"]
    assert reader("GET", "/registers/firms").json["rows"][0]["key"] == "K1"
    held = reader("GET", "/registers/firms/entry?key=K1").json
    assert held["fields"]["name"] == "甲"
    assert reader("GET", "/registers/firms/entry?key=K1&on=2026-11-01").status_code == 404      # not listed then
    assert reader("GET", "/registers/firms/entry?key=K1&on=soon").status_code == 422
    assert rival("GET", "/registers/firms").status_code == 404
    assert reader("POST", "/registers/firms/entries", {"answers": row, "ground": "x"}).status_code == 403
    sheet = "code,name,region\nK2,乙,370202\nK3,丙,370211\n"
    found = keeper.client.post("/api/v1/registers/firms/import?ground=file&keep=true", data=sheet.encode(),
                               headers=keeper.headers).json
    assert (found["entered"], len(found["problems"])) == (1, 1)         # the row of another district is not hers
    assert reader("GET", "/registers/firms/export").data[:2] == b"PK"
    left = keeper("POST", f"/registers/firms/entries/{held['id']}/leave", {"ground": "注销"})
    assert left.status_code == 204
    assert reader("GET", "/registers/firms/entry?key=K1").status_code == 404


def test_what_offices_and_admins_do_on_pages_the_api_does_too(calls: Any, world: World) -> None:
    admin, firm, officer = (calls(name) for name in ("admin", "boss", "shinan"))
    draft = {**BUNDLE, "workflow": {**WORKFLOW, "initial": "nowhere"}}
    assert admin("PUT", "/definitions/grant/draft", draft).json["problems"]
    assert admin("PUT", "/definitions/grant/draft", draft).status_code == 409       # somebody saved since rev 0
    assert admin("DELETE", "/definitions/grant/draft").status_code == 204
    assert admin("POST", "/definitions/grant/versions", BUNDLE).status_code == 201
    played = admin("POST", "/definitions/dry-run", {**BUNDLE, "script": SCRIPT}).json["steps"]
    assert played[-1]["outcome"] == "withdrawn"

    case = world.submitted()
    world.clock.move(days=10)
    assert [row["case_id"] for row in officer("GET", "/tasks?box=late").json["rows"]] == [case]
    assert officer("PUT", "/me/channels", {"channels": ["email"], "email": "a@b.cn"}).status_code == 204
    assert officer("POST", "/me/deputies", {"deputy": "shinan2", "starts": "2026-12-01", "ends": "2026-12-09"}
                   ).status_code == 204
    (deputy,) = officer("GET", "/me/deputies").json
    assert (deputy["deputy_name"], deputy["mine"]) == ("shinan2先生", True)
    assert officer("DELETE", f"/me/deputies/{deputy['n']}").status_code == 204

    made = admin("POST", "/people", {"login": "newcomer", "name": "新人", "password": "long enough words"}).json["id"]
    assert admin("POST", f"/people/{made}/grants", {"role": "district_hr", "scope": "370203"}).status_code == 204
    (given_role,) = admin("GET", f"/people/{made}").json["grants"]
    assert admin("DELETE", f"/people/{made}/grants/{given_role['number']}").status_code == 204
    assert admin("PUT", f"/people/{made}/access", {"active": False}).status_code == 204
    assert [row["active"] for row in admin("GET", "/people?q=newcomer").json["rows"]] == [False]
    year = {"holidays": ["2027-01-01"], "workdays": []}
    assert admin("PUT", "/tables/calendars/2027", year).json["holidays"] == ["2027-01-01"]
    assert admin("PUT", "/tables/calendars/2028", year).status_code == 422          # days of another year
    assert firm("GET", f"/cases/{case}/files/{'0' * 64}").status_code == 404
