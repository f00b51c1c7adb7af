"""What goes wrong with the shipped procedures, asked from outside: each answer says what happened and what to do."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.catalog.played import shipped
from tests.service.world import Clock
from tests.web.conftest import Caller

from tongban import catalog
from tongban.app import create_app
from tongban.config import Config
from tongban.engine.read import read_bundle
from tongban.service import account, boot, definitions, demo, people
from tongban.service.access import Person
from tongban.store import people as table
from tongban.store import registers

pytestmark = pytest.mark.slow

NOW = "2026-03-20T01:00:00Z"
PUBLISHED = ("qd-loan-post", "qd-loan-apply", "qd-loan-offer", "qd-loan-renew", "qd-recommend-push",
             "qd-recommend-entry", "gd-skill-eval",
             "gd-apprentice-agree", "gd-apprentice-recruit", "gd-apprentice-hours", "gd-apprentice-file",
             "yz-expand-subsidy")
FIRM, OTHER, MAKER, SCHOOL = "91370202MA3DEM001A", "91370215MA3DEM003B", "91440101MA5DEM010B", "12440101MA5DEM011K"
LISTED = "91370211MA3DEM002E"


class Town:
    """A server with the demo's people, the procedures of these tests, and a clock that is told what time it is."""

    def __init__(self, folder: Any) -> None:
        self.rt = boot.open_runtime(Config(data=folder, demo=True))
        self.rt.clock = self.clock = Clock(NOW)
        self.rt.store.run(lambda conn: boot._load_data(self.rt, conn))
        demo.load(self.rt)
        self.app = create_app(self.rt.config, self.rt)
        for slug in PUBLISHED:
            read = read_bundle(catalog.bundle(catalog.folder("workflows") / f"{slug}.json", catalog.folder("forms")))
            with self.rt.store.transaction() as conn:
                definitions.publish_version(self.rt, conn, read.version, None, "")

    def person(self, login: str) -> tuple[Person, str]:
        with self.rt.store.transaction() as conn:
            token = people.open_session(self.rt, conn, table.by_login(conn, login)["id"])
        return people.session(self.rt, token), token

    def pages(self, login: str) -> Caller:
        return Caller(self.app.test_client(), self.person(login)[1])

    def by(self, login: str) -> Program:
        token = account.make_token(self.rt, self.person(login)[0], "program", ("read", "act", "admin"))
        return Program(self.app.test_client(use_cookies=False), token)


class Program:
    """Somebody's program, which reads what it is told in Chinese."""

    def __init__(self, client: Any, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}", "Accept-Language": "zh"}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        return self.client.open(f"/api/v1{path}", method=method, headers={**self.headers, **headers}, **sent)

    def start(self, slug: str) -> str:
        case: str = self("POST", f"/procedures/{slug}/cases", {}).json["case_id"]
        return case

    def act(self, case: str, action: str, answers: Any = None, **more: Any) -> list[str]:
        """What is said of it; nothing where it went well."""
        seen = self("GET", f"/cases/{case}")
        answer = self("POST", f"/cases/{case}/actions", {"action": action, "answers": answers or {}, **more},
                      **{"If-Match": seen.headers["ETag"]})
        assert answer.status_code in (200, 422), answer.text
        return [one["detail"] for one in answer.json["problems"]]

    def active(self, case: str) -> str:
        return "、".join(task["label"]["zh"] for task in self("GET", f"/cases/{case}").json["tasks"])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    found = Town(tmp_path_factory.mktemp("town"))
    yield found
    found.rt.store.close()


def good(slug: str, form: str, **changed: Any) -> dict[str, Any]:
    """Good answers of the procedure's scenarios, changed."""
    return {**shipped("tests/catalog", f"{slug}.scenario")["answers"][form], **changed}


def apply(town: Town, login: str = "haifeng", **changed: Any) -> tuple[Program, str, list[str]]:
    """A loan of an enterprise of the demo, handed in."""
    firm = town.by(login)
    scan = firm("PUT", "/files/licence.pdf", b"%PDF-1.4\n%%EOF").json
    case = firm.start("qd-loan-apply")
    return firm, case, firm.act(case, "submit", good("qd-loan-apply", "application",
                                             **{"uscc": FIRM, "licence": [scan], **changed}))


def test_a_policy_that_ended_takes_nothing_in_and_says_when_it_ended(town: Town) -> None:
    town.clock.now = "2027-01-04T01:00:00Z"
    try:
        refused = town.by("student")("POST", "/procedures/gd-skill-eval/cases", {})
        assert [one["detail"] for one in refused.json["problems"]] == [
            "本政策已于 2026-12-31 到期，不再受理。请在办事目录中查看有没有接续的政策，或者咨询受理部门。"]
        page = town.pages("student").get("/procedures/gd-skill-eval").text
        assert "2026年12月31日" in page
        assert 'action="/procedures/gd-skill-eval/cases"' not in page       # no button that could only fail
    finally:
        town.clock.now = NOW


def test_an_enterprise_of_another_city_is_told_the_clause_and_what_to_check(town: Town) -> None:
    firm, case, told = apply(town, region="370102")
    assert told == ["注册地不在青岛行政区域内；请核对“注册地所在区（市）”，外地企业不能申请"]
    assert firm.active(case) == "填写并提交申请表"


def test_a_district_cannot_list_an_enterprise_of_another_nor_one_that_is_on_no_list(town: Town) -> None:
    officer = town.by("hr_shinan")
    case = officer.start("qd-recommend-push")
    row = {**good("qd-recommend-push", "list")["rows"][0], "branch": "boc-qd-shinan"}
    for uscc in (LISTED, FIRM):         # of Huangdao; of Shinan and not on the list
        answers = good("qd-recommend-push", "list", region="370202", month="2026-03", rows=[{**row, "uscc": uscc}])
        told = officer.act(case, "push", answers)
        assert told == ["有企业不在本区（市）推荐企业名单内，请删去这些企业，或先办理列入名单"]


def test_who_qualifies_is_found_in_the_register_and_proposed_by_one_press(town: Town) -> None:
    officer = town.pages("hr_shinan")
    path = "/registers/qd-enterprises/screen/qd-recommend-entry"
    page = officer.get(path).text
    assert "<b>青岛海风家政服务有限公司</b>" in page
    assert "青岛小海豚托育有限公司" not in page        # the bank has not said anything of it
    assert "银行没有提示信用风险" in officer.get(f"{path}?verdict=unknown").text
    entry = re.search(r'name="entry" value="([^"]+)"', page)[1]
    begun = officer.post(path, {"entry": entry, "key": "proposed-1"})
    form = officer.get(begun.headers["Location"]).text
    for value in ("青岛海风家政服务有限公司", FIRM, "2019-05-06", "32"):
        assert f'value="{value}"' in form
    other = town.pages("hr_jimo").post(path, {"entry": entry, "key": "proposed-2"})
    assert other.status_code == 404         # not of that district


def test_a_list_is_pushed_once_a_month_and_bad_rows_are_told_by_their_number(town: Town) -> None:
    officer = town.by("hr_huangdao")
    row = {**good("qd-recommend-push", "list")["rows"][0], "uscc": LISTED, "branch": "boc-qd-huangdao"}
    answers = good("qd-recommend-push", "list", region="370211", month="2026-03", rows=[row])
    case = officer.start("qd-recommend-push")
    broken = {**answers, "rows": [row, {**row, "uscc": LISTED[:17] + "X"}, row]}
    told = officer.act(case, "push", broken)
    assert told[:2] == ["统一社会信用代码的校验位不对，请对照营业执照逐位核对", "统一社会信用代码与第 1 行重复"]
    places = officer("GET", f"/cases/{case}").json["tasks"]
    assert [task["state"] for task in places] == ["open"]
    assert officer.act(case, "push", answers) == []
    again = officer.start("qd-recommend-push")
    told = officer.act(again, "push", answers)
    assert told == ["本区（市）本月名单已经报送，不能重复推送；要更正的，请市中心退回原来那一份"]


def test_bad_lines_of_a_roster_are_told_and_the_good_ones_taken(town: Town) -> None:
    maker = town.pages("zhizao")
    started = maker.post("/procedures/gd-apprentice-file/cases", {"key": "roster"})
    path = started.headers["Location"].partition("?")[0]
    if "/tasks/" not in path:
        path = re.search(rf'{path}/tasks/\w+', maker.get(path).text)[0]
    lines = ("姓名,公民身份号码,院校,毕业日期,手机号",
             "陈同学,440106200703150016,广州测试技师学院,2026-06-30,13800138001",
             "林同学,440106200703150017,广州测试技师学院,2026-06-30,13800138002",
             "黄同学,440106200703150016,广州测试技师学院,2026-06-30,13800138003")
    sheet = io.BytesIO("\n".join(lines).encode())
    page = maker.post(path, {"_import": "roster", "_here": "roster", "_sheet.roster": (sheet, "名册.csv")}).text
    assert "440106200703150016" in page
    said = re.sub(r"<[^>]+>|\s+", "", page)
    assert "第3行" in said
    assert "校验" in said
    assert "第4行" in said
    assert "重复" in said


def test_a_person_has_one_intention_at_a_time_and_one_grant_for_ever(town: Town) -> None:
    student = town.by("student")
    intention = good("gd-apprentice-recruit", "intention", posting="demo-post", region="440106")
    assert student.act(student.start("gd-apprentice-recruit"), "send", intention) == []
    told = student.act(student.start("gd-apprentice-recruit"), "send", intention)
    assert told == ["您已有一份正在办理的就业意向，请在“我的办件”中继续办理，或者撤回后再选别的岗位"]
    with town.rt.store.transaction() as conn:
        registers.enter(conn, {"id": "granted", "register": "yz-expanded", "key": "431102200301050016",
                               "entered_at": "2026-01-05T01:00:00Z", "fields": {"id_no": "431102200301050016"}})
    firm, county = town.by("xiaoxiang"), town.by("hr_lingling")
    claim = next(one for one in demo.read("cases") if one["workflow"] == "yz-expand-subsidy")["steps"][0]["answers"]
    case = firm.start("yz-expand-subsidy")
    assert firm.act(case, "submit", claim) == []
    told = county.act(case, "approve", {"all_accepted": "yes", "review_opinion": "符合"})
    assert told == ["有人员已经享受过扩岗补助，应列为不予补助"]
    left_out = {"all_accepted": "no", "rejected": [{"id_no": "431102200301050016", "ground": "twice"}],
                "review_opinion": "一人已享受"}
    assert county.act(case, "approve", left_out) == []


def test_who_signs_too_early_is_told_to_wait_for_their_turn(town: Town) -> None:
    maker, school = town.by("zhizao"), town.by("school")
    case = maker.start("gd-apprentice-agree")
    agreement = good("gd-apprentice-agree", "agreement", firm_code=MAKER, school_code=SCHOOL, region="440106")
    assert maker.act(case, "propose", agreement) == []
    for program in (school, maker):
        assert program.act(case, "sign", {}, signature="潘主任") == [
            "“各方签署”要按顺序办理，还没有轮到您。请等前面的各方办完，再由您办理。"]
    assert town.by("hr_tianhe")("GET", f"/cases/{case}").status_code == 404


def test_a_fact_that_is_missing_waits_and_goes_on_when_it_comes(town: Town) -> None:
    _, case, told = apply(town)
    assert told == []
    assert town.by("hr_shinan").act(case, "pass", good("qd-loan-apply", "verification")) == []
    bank, checked = town.by("boc_shinan"), good("qd-loan-apply", "qualification")
    unknown = {name: value for name, value in checked.items() if name != "record_firm"}
    assert bank.act(case, "pass", unknown) == [
        "还不能判断“征信记录良好”，缺少：人民银行企业征信记录良好？。补齐后继续办理，暂不作不通过处理。"]
    assert bank("GET", f"/cases/{case}").json["outcome"] is None
    assert bank.act(case, "pass", checked) == []


def test_a_contract_that_nobody_knows_is_refused_and_not_waited_for(town: Town) -> None:
    firm = town.by("haifeng")
    case = firm.start("qd-loan-renew")
    told = firm.act(case, "submit", good("qd-loan-renew", "renewal", uscc=FIRM, loan="2026-370200-000001"))
    assert told == ["没有查到本企业合同编号为 2026-370200-000001 的存续贷款，请按原借款合同填写编号"]


def test_an_admin_lowers_the_ceiling_in_the_editor_for_new_cases_alone(town: Town) -> None:
    admin, slug = town.pages("admin"), "qd-loan-apply"
    firm, begun, _ = apply(town, "mohe", uscc=OTHER, region="370102", amount="25000000.00")      # still to be corrected
    text = (catalog.folder("workflows") / f"{slug}.json").read_text("utf-8")
    lower = text.replace("application.amount <= 30000000", "application.amount <= 20000000")
    assert lower != text
    sent = {"do": "publish", "text:workflow": lower, "note": "上限改为两千万"}
    answer = admin.post(f"/admin/procedures/{slug}", sent)
    assert answer.status_code == 303
    assert "said=published" in answer.headers["Location"]
    scan = firm("PUT", "/files/licence.pdf", b"%PDF-1.4\n%%EOF").json
    asked = good(slug, "application", uscc=OTHER, licence=[scan], amount="25000000.00")
    assert firm.act(begun, "submit", asked) == []           # the old number holds for what was begun
    firm.act(begun, "withdraw")
    told = firm.act(firm.start(slug), "submit", asked)
    assert len(told) == 1
    assert "25,000,000" in told[0]
    assert json.loads(lower)["rules"]["granted_amount"]["test"] == "credit.amount <= 30000000"
