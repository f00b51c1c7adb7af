"""Who may call what: every route by every kind of person, against a table kept by hand. A new route fails until it is here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.web.conftest import Caller, Site

from tongban.service import cases, people

# visitor: nobody · own: the enterprise of the case · rival: another one · office: the district that has the task
# other: another district · admin · auditor
WHO = {"visitor": "", "own": "boss", "rival": "rival", "office": "shinan", "other": "shibei", "admin": "admin",
       "auditor": "auditor"}

ALL = dict.fromkeys(WHO, 200)
SIGNED_IN = {**ALL, "visitor": 401}
ADMINS = {**dict.fromkeys(WHO, 403), "visitor": 401, "admin": 200}
KEEPERS = {**ADMINS, "auditor": 200}
SEES_CASE = {**dict.fromkeys(WHO, 404), "visitor": 401, "own": 200, "office": 200, "auditor": 200}
HAS_TASK = {**dict.fromkeys(WHO, 404), "visitor": 401, "office": 200}
NOT_THERE = {**dict.fromkeys(WHO, 404), "visitor": 401}
OVERSEES = {**NOT_THERE, "admin": 200, "auditor": 200}     # a register whose definition names no reader
NOT_KEPT = {**NOT_THERE, "admin": 403, "auditor": 403}
OWN_PEOPLE = {**dict.fromkeys(WHO, 403), "visitor": 401, "own": 200, "rival": 200}
DOES_TASK = {**HAS_TASK, "office": 303}


def done(table: Mapping[str, int], status: int = 303) -> dict[str, int]:
    """The same people, with the status of something done instead of shown."""
    return {who: status if expected == 200 else expected for who, expected in table.items()}


TABLE: dict[tuple[str, str], Mapping[str, int]] = {
    ("GET", "/gallery/"): ALL, ("POST", "/gallery/"): dict.fromkeys(WHO, 422),
    ("GET", "/gallery/files/<path:_name>"): ALL,
    ("GET", "/developers"): ALL, ("GET", "/"): ALL, ("GET", "/accessibility"): ALL, ("GET", "/assets/<build>/<path:name>"): ALL,
    ("GET", "/healthz"): ALL, ("GET", "/readyz"): ALL, ("GET", "/metrics"): ALL,
    ("GET", "/manifest.webmanifest"): ALL, ("GET", "/sw.js"): ALL, ("GET", "/phone/<name>"): ALL,
    ("GET", "/phone/me"): ALL, ("GET", "/phone/menu"): SIGNED_IN,
    ("GET", "/phone/tasks"): {**dict.fromkeys(WHO, 303), "visitor": 401}, ("GET", "/phone/push"): SIGNED_IN,
    ("POST", "/phone/push"): {**dict.fromkeys(WHO, 422), "visitor": 401},
    ("POST", "/phone/push/end"): {**dict.fromkeys(WHO, 204), "visitor": 401},
    ("GET", "/phone/new/<slug>"): {**dict.fromkeys(WHO, 403), "visitor": 401, "own": 200, "rival": 200},
    ("POST", "/phone/new/<slug>"): {**dict.fromkeys(WHO, 403), "visitor": 401, "own": 303, "rival": 303},
    ("POST", "/phone/sync"): {**dict.fromkeys(WHO, 400), "visitor": 401},
    ("GET", "/sign-in"): {**dict.fromkeys(WHO, 303), "visitor": 200}, ("POST", "/sign-in"): dict.fromkeys(WHO, 422),
    ("GET", "/sign-in/mobile"): ALL, ("POST", "/sign-in/mobile"): dict.fromkeys(WHO, 422),
    ("POST", "/sign-in/code"): dict.fromkeys(WHO, 422),
    ("POST", "/sign-out"): done(ALL), ("POST", "/preferences"): done(ALL),
    ("GET", "/register"): ALL, ("POST", "/register"): dict.fromkeys(WHO, 422),
    ("GET", "/procedures"): ALL, ("GET", "/procedures/<slug>"): ALL,
    ("POST", "/procedures/<slug>/cases"): {**dict.fromkeys(WHO, 403), "visitor": 401, "own": 303, "rival": 303},
    ("GET", "/cases"): SIGNED_IN, ("GET", "/inbox"): SIGNED_IN, ("GET", "/messages"): SIGNED_IN,
    ("POST", "/inbox/actions"): {**dict.fromkeys(WHO, 422), "visitor": 401},
    ("GET", "/cases/<case_id>"): SEES_CASE, ("GET", "/cases/<case_id>/tasks/<task_id>"): HAS_TASK,
    ("POST", "/cases/<case_id>/tasks/<task_id>"): DOES_TASK, ("POST", "/cases/<case_id>/tasks/<task_id>/draft"): HAS_TASK,
    # the enterprise and the auditor see the case but hold no task: the engine says so, in words, and nothing is changed
    ("POST", "/cases/<case_id>/actions"): {**DOES_TASK, "own": 422, "auditor": 422},
    ("POST", "/files"): {**dict.fromkeys(WHO, 422), "visitor": 401},
    ("PATCH", "/files/<sha>"): {**dict.fromkeys(WHO, 404), "visitor": 401},
    ("GET", "/files/<sha>"): NOT_THERE, ("GET", "/files/<sha>/<any(thumb):size>"): NOT_THERE,
    ("GET", "/files/case/<case_id>/<sha>"): NOT_THERE, ("GET", "/files/case/<case_id>/<sha>/<any(thumb):size>"): NOT_THERE,
    # whoever holds a document may check it; a code that nobody issued is answered in words, with 404
    ("GET", "/verify"): ALL, ("GET", "/verify/keys.json"): ALL, ("GET", "/verify/status.jws"): ALL,
    ("GET", "/verify/<code>"): dict.fromkeys(WHO, 404), ("GET", "/verify/file/<digest>"): ALL,
    ("GET", "/documents/<path:document_id>"): NOT_THERE,
    ("POST", "/documents/<path:document_id>"): NOT_THERE, ("GET", "/cases/<case_id>/preview/<name>"): NOT_THERE,
    ("GET", "/admin/procedures/<slug>/documents/<name>"): {**dict.fromkeys(WHO, 403), "visitor": 401, "admin": 404,
                                                           "auditor": 404},
    ("GET", "/batches"): SIGNED_IN, ("POST", "/batches"): {**dict.fromkeys(WHO, 422), "visitor": 401},
    ("GET", "/batches/<batch_id>"): NOT_THERE,
    ("GET", "/batches/<batch_id>/<int:number>/<kind>"): NOT_THERE,
    ("GET", "/settings"): SIGNED_IN, ("POST", "/settings/channels"): done(SIGNED_IN),
    ("POST", "/settings/password"): {**dict.fromkeys(WHO, 422), "visitor": 401},
    ("POST", "/settings/deputies"): {**dict.fromkeys(WHO, 422), "visitor": 401},
    ("POST", "/settings/deputies/<int:number>/end"): {**dict.fromkeys(WHO, 404), "visitor": 401},
    ("POST", "/settings/tokens"): {**dict.fromkeys(WHO, 422), "visitor": 401},
    ("POST", "/settings/tokens/<token_id>/end"): {**dict.fromkeys(WHO, 404), "visitor": 401},
    # people of one's own enterprise: its own people only, whoever else asks; to a rival they are not there
    ("GET", "/settings/colleagues"): OWN_PEOPLE, ("POST", "/settings/colleagues"): {**OWN_PEOPLE, "own": 422, "rival": 422},
    ("POST", "/settings/colleagues/<person_id>/end"): {**OWN_PEOPLE, "own": 303, "rival": 404},
    ("POST", "/settings/colleagues/<person_id>/restore"): {**OWN_PEOPLE, "own": 303, "rival": 404},
    ("POST", "/settings/colleagues/<person_id>/password"): {**OWN_PEOPLE, "own": 303, "rival": 404},
    ("GET", "/notices"): ALL, ("GET", "/notices/<notice_id>"): dict.fromkeys(WHO, 404),
    ("POST", "/notices/<notice_id>/objections"): dict.fromkeys(WHO, 404),
    ("GET", "/registers"): SIGNED_IN, ("GET", "/registers/<name>"): OVERSEES, ("GET", "/registers/<name>/export"): OVERSEES,
    ("GET", "/registers/<name>/new"): NOT_KEPT, ("POST", "/registers/<name>/new"): NOT_KEPT,
    ("GET", "/registers/<name>/import"): NOT_KEPT, ("POST", "/registers/<name>/import"): NOT_KEPT,
    ("GET", "/registers/<name>/entries/<entry_id>"): NOT_THERE,
    ("POST", "/registers/<name>/entries/<entry_id>/leave"): NOT_KEPT,
    ("GET", "/registers/<name>/screen/<slug>"): NOT_THERE, ("POST", "/registers/<name>/screen/<slug>"): NOT_THERE,
    ("GET", "/admin/tables"): KEEPERS, ("POST", "/admin/tables/parameters"): {**ADMINS, "admin": 422},
    ("POST", "/admin/tables/calendars"): {**ADMINS, "admin": 422},
    ("GET", "/admin/procedures"): KEEPERS, ("POST", "/admin/procedures"): {**ADMINS, "admin": 422},
    ("GET", "/admin/procedures/<slug>"): KEEPERS, ("POST", "/admin/procedures/<slug>"): done(ADMINS),
    ("POST", "/admin/procedures/<slug>/check"): KEEPERS, ("GET", "/admin/procedures/<slug>/compare"): KEEPERS,
    ("POST", "/admin/procedures/<slug>/status"): done(ADMINS), ("GET", "/admin/procedures/<slug>/try"): KEEPERS,
    ("POST", "/admin/procedures/<slug>/try"): KEEPERS,
    ("GET", "/admin/procedures/<slug>/rehearse"): KEEPERS, ("POST", "/admin/procedures/<slug>/rehearse"): KEEPERS,
    ("GET", "/admin/procedures/schema/<name>.json"): KEEPERS,
    ("GET", "/admin/audit"): KEEPERS,
    ("GET", "/admin/deliveries"): ADMINS, ("POST", "/admin/deliveries"): done(ADMINS),
    ("GET", "/admin/offices"): KEEPERS, ("POST", "/admin/offices"): {**ADMINS, "admin": 422},
    ("GET", "/admin/offices/<code>"): {**KEEPERS, "admin": 404, "auditor": 404},
    ("POST", "/admin/offices/<code>"): {**ADMINS, "admin": 404},
    ("GET", "/admin/people"): KEEPERS, ("POST", "/admin/people"): {**ADMINS, "admin": 422},
    ("GET", "/admin/people/<person_id>"): KEEPERS, ("POST", "/admin/people/<person_id>/grants"): {**ADMINS, "admin": 422},
    ("POST", "/admin/people/<person_id>/grants/<int:number>/end"): {**ADMINS, "admin": 404},
    ("POST", "/admin/people/<person_id>/access"): {**ADMINS, "admin": 303},
}
BODIES: dict[str, dict[str, Any]] = {
    "/cases/<case_id>/tasks/<task_id>": {"action": "approve"}, "/cases/<case_id>/actions": {"action": "approve"},
    "/admin/procedures/<slug>/status": {"do": "open"}, "/admin/people/<person_id>/access": {"do": "open"},
    "/settings/tokens": {"days": "90"}, "/settings/colleagues/<person_id>/password": {"password": "a new first password"},
}


def routes(site: Site) -> set[tuple[str, str]]:
    """Every page of the app; the API has a table of its own."""
    return {(method, rule.rule) for rule in site.app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
            if not rule.rule.startswith("/api/")}


def test_every_route_stands_in_the_table(site: Site) -> None:
    assert routes(site) == set(TABLE)


@pytest.mark.slow
@pytest.mark.parametrize("who", WHO)
def test_each_person_gets_what_the_table_says(site: Site, who: str) -> None:
    found, expected = {}, {}
    for (method, rule), table in TABLE.items():
        case_id = site.world.submitted() if "<case_id>" in rule else ""
        task = _task(site, case_id) if case_id else ""
        path = _path(site, rule, case_id, task)
        caller = site.caller(WHO[who])
        found[method, rule] = _status(caller, method, path, BODIES.get(rule, {}), task)
        expected[method, rule] = table[who]
        if case_id:
            _clear(site, case_id)
        if rule == "/sign-out" and WHO[who]:
            site.world.tokens.update(_fresh(site, WHO[who]))
    assert found == expected


def _status(caller: Caller, method: str, path: str, body: dict[str, Any], task: str) -> int:
    if method == "GET":
        return int(caller.get(path).status_code)
    if method == "PATCH":
        return int(caller.client.patch(path, data=b"x", headers={"X-CSRF-Token": caller.csrf}).status_code)
    return int(caller.post(path, {**body, **({"task": task} if path.endswith("/actions") and task else {})}).status_code)


def _task(site: Site, case_id: str) -> str:
    return cases.view(site.world.rt, site.world.who("shinan"), case_id).tasks[0].id


def _clear(site: Site, case_id: str) -> None:
    """End the case, for an enterprise has one open application at a time."""
    site.world.act("boss", case_id, "withdraw")


def _fresh(site: Site, login: str) -> dict[str, str]:
    with site.world.rt.store.transaction() as conn:
        return {login: people.open_session(site.world.rt, conn, f"u-{login}")}


def _path(site: Site, rule: str, case_id: str, task: str) -> str:
    build = site.app.extensions["assets"].build
    given = {"<build>": build, "<sha>": "0" * 64, "<any(thumb):size>": "thumb", "<path:name>": "css/tongban.css", "<slug>": "grant", "<case_id>": case_id,
             "<task_id>": task, "<code>": "ABCDEFGH", "<digest>": "0" * 64, "<path:document_id>": "none", "<int:number>": "999", "<token_id>": "0", "<person_id>": "u-clerk" if "colleagues" in rule else "u-nobody",
             "<entry_id>": "none", "<notice_id>": "none",
             "<name>": "workflow" if "schema" in rule else "granted" if "registers" in rule else "queue"}
    for name, value in given.items():
        rule = rule.replace(name, value)
    return rule
