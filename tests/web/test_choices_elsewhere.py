"""Choices that come from the organisations or a register: offered by the region chosen, judged the same way."""

from __future__ import annotations

import copy
import re

from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, text

from tongban.service import cases
from tongban.store import people, registers

BRANCH = {"id": "branch", "type": "choice", "label": text("经办银行"), "organisations": "bank", "within": "region",
          "required": True}
TRADE = {"id": "trade", "type": "choice", "label": text("行业"), "register": "trades"}


def test_branches_of_the_chosen_district_are_offered_and_no_other_is_taken(site) -> None:
    form = copy.deepcopy(FORM)
    form["pages"][0]["fields"] += [BRANCH, TRADE]

    def rows(conn) -> None:
        for code, region in (("bank-a", "370202"), ("bank-b", "370203"), ("bank-all", "370200")):
            named = {"zh": f"银行{code}"}
            people.put_organisation(conn, {"code": code, "kind": "bank", "name": named, "region": region})
        registers.enter(conn, {"id": "e1", "register": "trades", "key": "t1", "entered_at": "2026-01-01T00:00:00Z",
                               "fields": {"name": "家政"}})
    site.world.rt.store.run(rows)
    trades = {"trades": {"key": "key", "fields": {"name": "string"}}}
    site.world.publish({**WORKFLOW, "registers": {**WORKFLOW.get("registers", {}), **trades}}, form, OPINION)
    case_id = site.world.start()
    task = cases.to_fill(site.world.rt, site.world.who("boss"), case_id).tasks[0].id
    caller = site.caller("boss")

    def send(**data: str) -> str:
        return caller.post(f"/cases/{case_id}/tasks/{task}", {**ANSWERS, "region": "370202", **data}).text

    def open_(page: str) -> list[str]:
        found = re.findall(r'<label class="pick"( hidden)?><input type="radio" name="branch" value="([\w-]+)"', page)
        return [value for hidden, value in found if not hidden]
    assert open_(send(_go="firm")) == ["bank-a", "bank-all"]
    assert open_(send(_go="firm", region="370203")) == ["bank-all", "bank-b"]
    refused = send(action="submit", branch="bank-b", trade="t1")
    assert "银行bank-b" in re.findall(r'id="f-branch-error">(.*?)</p>', refused)[0]
    assert "t9" in re.findall(r'id="f-trade-error">(.*?)</p>', send(action="submit", branch="bank-a", trade="t9"))[0]
    sent = caller.post(f"/cases/{case_id}/tasks/{task}", {**ANSWERS, "region": "370202", "action": "submit",
                                                          "branch": "bank-a", "trade": "t1"})
    assert sent.status_code in (302, 303), sent.text[:500]
    assert "银行bank-a" in caller.get(f"/cases/{case_id}").text
