"""帮办代办 from a plain page, without script: nothing without consent, nothing typed is lost, the record names both."""

from __future__ import annotations

from typing import Any

from tests.service.world import ANSWERS

from tongban.service import cases

HELPED = {"_behalf.name": "李桂英", "_behalf.relation": "不会用手机"}


def test_staff_name_whom_they_help_and_the_record_says_so_only_with_consent(site: Any) -> None:
    case_id = site.world.submitted()
    caller = site.caller("shinan")
    path = f"/cases/{case_id}/tasks/{_task(site, 'shinan', case_id)}"
    assert 'name="_behalf.typed"' in caller.get(path).text
    refused = caller.post(path, {**HELPED, "action": "approve"})
    assert refused.status_code == 422
    assert refused.text.count("帮办代办要有本人签名同意。") == 2        # told, beside the hidden line that scripts show
    assert all(f'value="{words}"' in refused.text for words in HELPED.values())
    assert "data-on-behalf open" in refused.text
    assert "李桂英" not in caller.get(f"/cases/{case_id}").text
    done = caller.post(path, {**HELPED, "action": "approve", "_behalf.typed": "李桂英"})
    assert done.status_code == 303
    shown = caller.get(f"/cases/{case_id}").text
    assert "李桂英" in shown
    assert "不会用手机" in shown


def test_nobody_but_staff_acts_in_another_name(site: Any) -> None:
    case_id = site.world.start()
    caller = site.caller("boss")
    path = f"/cases/{case_id}/tasks/{_task(site, 'boss', case_id)}"
    assert "_behalf." not in caller.get(path).text
    refused = caller.post(path, {**ANSWERS, **HELPED, "action": "submit", "_behalf.typed": "李桂英"})
    assert refused.status_code == 422
    assert cases.view(site.world.rt, site.world.who("boss"), case_id).tasks[0].state == "draft"


def _task(site: Any, login: str, case_id: str) -> str:
    return str(cases.view(site.world.rt, site.world.who(login), case_id).tasks[0].id)
