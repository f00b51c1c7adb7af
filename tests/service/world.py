"""A small world for the service tests: a clock that moves by hand, an office, an enterprise, a procedure."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher

from tongban.config import Config
from tongban.engine.read import read_bundle
from tongban.service import definitions, people
from tongban.service.access import Person
from tongban.service.act import ActRequest, act
from tongban.service.runtime import Runtime
from tongban.service.start import begin
from tongban.service.views import Received
from tongban.store import people as table
from tongban.store import registers
from tongban.store.session import Store

USCC = "91370202MA3C000177"
OTHER_USCC = "91370202MA3C000252"
SECRET = "correct horse battery"
LIGHT = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)       # hundreds sign in


class Clock:
    """Moves only when told to."""

    def __init__(self, now: str = "2026-11-23T01:00:00Z") -> None:
        self.now = now

    def __call__(self) -> str:
        return self.now

    def move(self, **span: int) -> str:
        moved = datetime.strptime(self.now, "%Y-%m-%dT%H:%M:%SZ") + timedelta(**span)
        self.now = moved.strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.now


def text(words: str) -> dict[str, str]:
    return {"zh": words, "en": words}


FORM = {"id": "grant-application", "title": text("申请表"), "pages": [{"id": "firm", "title": text("企业"), "fields": [
    {"id": "uscc", "type": "uscc", "label": text("信用代码"), "required": True},
    {"id": "name", "type": "text", "label": text("企业名称"), "required": True},
    {"id": "region", "type": "region", "label": text("地区"), "required": True},
    {"id": "staff", "type": "integer", "label": text("用工人数"), "required": True, "min": 0},
    {"id": "account", "type": "text", "label": text("账号"), "readers": ["applicant", "city_hr"]},
]}]}
OPINION = {"id": "grant-opinion", "title": text("意见"), "pages": [{"id": "o", "title": text("意见"), "fields": [
    {"id": "words", "type": "text", "label": text("意见")}]}]}

WORKFLOW: dict[str, Any] = {
    "id": "grant", "title": text("稳岗补贴"), "summary": text("给企业的补贴"), "audience": ["enterprise"],
    "region": "370200", "source": {"notice": "test", "clauses": {"一": text("十人以上")}},
    "parties": {"applicant": {"kind": "enterprise", "label": text("企业"), "starts": True, "key": "application.uscc"}},
    "forms": {"application": "grant-application", "opinion": "grant-opinion"},
    "scope": "application.region", "subject": "application.name",
    "unique": [{"key": "application.uscc", "within": "open", "say": text("已有在办申请")}],
    "registers": {"granted": {"key": "uscc", "fields": {"uscc": "string", "name": "string"}}},
    "rules": {"ten": {"clause": "一", "test": "application.staff >= 10", "say": text("少于 10 人")}},
    "initial": "draft",
    "on": {"withdraw": {"target": "withdrawn", "by": {"party": "applicant"}, "label": text("撤回")}},
    "states": {
        "draft": {"label": text("填写"), "task": {"party": "applicant", "form": "application"},
                  "on": {"submit": {"target": "check", "label": text("提交"), "tone": "primary", "require": ["ten"]}},
                  "after": [{"delay": {"days": 30}, "target": "expired"}]},
        "check": {"label": text("审核"),
                  "task": {"role": "district_hr", "scope": "application.region", "form": "opinion",
                           "due": {"working_days": 3}, "overdue": "late", "when_empty": "block"},
                  "entry": [{"notify": {"to": {"role": "district_hr", "scope": "application.region"},
                                        "message": text("{application.name} 等待审核")}}],
                  "on": {"approve": {"target": "final_check", "label": text("同意"), "tone": "primary"},
                         "return": {"return": {"to": ["draft"], "then": "redo"}, "label": text("退回"),
                                    "reason": True, "marks": True, "form": False},
                         "refuse": {"target": "refused", "label": text("不予通过"), "reason": True, "clauses": True,
                                    "form": False},
                         "late": {"actions": [{"notify": {"to": {"role": "district_hr", "scope": "application.region"},
                                                          "message": text("超期")}}]}}},
        "final_check": {"label": text("复核"), "task": {"role": "city_hr", "scope": "'370200'", "never": ["check"]},
                        "on": {"approve": {"target": "approved", "label": text("同意")}}},
        "approved": {"type": "final", "outcome": "approved", "label": text("通过"), "entry": [
            {"register": {"in": "granted", "enter": {"key": {"expr": "application.uscc"}, "values": {
                "uscc": {"expr": "application.uscc"}, "name": {"expr": "application.name"}}}}},
            {"notify": {"to": {"party": "applicant"}, "message": text("通过了")}}]},
        "refused": {"type": "final", "outcome": "refused", "label": text("不予通过")},
        "withdrawn": {"type": "final", "outcome": "withdrawn", "label": text("撤回")},
        "expired": {"type": "final", "outcome": "expired", "label": text("过期")},
    },
}
ANSWERS = {"uscc": USCC, "name": "青岛海风家政服务有限公司", "region": "370202", "staff": "12", "account": "6222"}

ORGS = {USCC: "enterprise", OTHER_USCC: "enterprise", "hr-shinan": "office", "hr-qingdao": "office"}
PEOPLE = {      # login -> (role, scope, organisation)
    "boss": ("enterprise", USCC, USCC), "clerk": ("enterprise", USCC, USCC),
    "rival": ("enterprise", OTHER_USCC, OTHER_USCC),
    "shinan": ("district_hr", "370202", "hr-shinan"), "shinan2": ("district_hr", "370202", "hr-shinan"),
    "shibei": ("district_hr", "370203", "hr-shinan"), "city": ("city_hr", "370200", "hr-qingdao"),
    "admin": ("admin", "*", "hr-qingdao"), "auditor": ("auditor", "*", "hr-qingdao"),
    "nobody": ("public", "*", None),
}


@cache
def _hashed() -> str:
    return LIGHT.hash(SECRET)


class World:
    """The runtime and shorthands for what people do."""

    def __init__(self, store: Store) -> None:
        self.clock = Clock()
        self.rt = Runtime(store, self.clock, Config(demo=True))
        self.tokens: dict[str, str] = {}
        hashed = _hashed()
        with store.transaction() as conn:
            for code, kind in ORGS.items():
                table.put_organisation(conn, {"code": code, "kind": kind, "name": text(code), "region": "370202"})
            for login, (role, scope, org) in PEOPLE.items():
                people.add_person(conn, self.clock(), f"u-{login}", login, f"{login}先生", hashed, org)
                people.grant(conn, self.clock(), f"u-{login}", role, scope)
                self.tokens[login] = people.open_session(self.rt, conn, f"u-{login}")
            registers.put_calendar(conn, 2026, {"holidays": [], "workdays": []}, self.clock())

    def publish(self, workflow: dict[str, Any] | None = None, *forms: dict[str, Any]) -> str:
        workflow = workflow or WORKFLOW
        chosen = forms or ((FORM, OPINION) if workflow.get("forms") else ())
        bundle = {"workflow": workflow, "forms": {f["id"]: f for f in chosen}}
        reading = read_bundle(bundle)
        assert reading.version is not None, [(p.code, p.at, p.params) for p in reading.problems]
        with self.rt.store.transaction() as conn:
            definitions.publish_version(self.rt, conn, reading.version, "u-admin", "test")
        return reading.version.hash

    def who(self, login: str) -> Person:
        person = people.session(self.rt, self.tokens[login])
        if person is None:      # the clock went past the session
            with self.rt.store.transaction() as conn:
                self.tokens[login] = people.open_session(self.rt, conn, f"u-{login}")
            person = people.session(self.rt, self.tokens[login])
        assert person is not None
        return person

    def start(self, login: str = "boss", slug: str = "grant", key: str | None = None) -> str:
        return begin(self.rt, self.who(login), slug, key).case_id

    def act(self, login: str, case_id: str, action: str, raw: dict[str, Any] | None = None, *,
            expected: int | None = None, key: str | None = None, **rest: Any) -> Received:
        return act(self.rt, self.who(login), case_id, ActRequest(action=action, raw=raw or {}, **rest), expected, key)

    def submitted(self, login: str = "boss", **answers: Any) -> str:
        case_id = self.start(login)
        received = self.act(login, case_id, "submit", {**ANSWERS, **answers})
        assert received.ok, received.problems
        return case_id
