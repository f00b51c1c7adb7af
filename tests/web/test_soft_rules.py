"""A rule that holds in principle is told before anybody runs into it, with the box for the reason where it belongs."""

from __future__ import annotations

import copy
import re
from typing import Any

from tests.service.world import ANSWERS, FORM, OPINION, WORKFLOW, text

RULE = {"clause": "一", "kind": "soft", "override": "city_hr", "test": "application.staff >= 20",
        "label": text("二十人"), "say": text("只有 {application.staff} 人")}


def changed(state: str) -> dict[str, Any]:
    flow = copy.deepcopy(WORKFLOW)
    flow["rules"]["twenty"] = RULE
    flow["states"][state]["on"]["approve"]["require"] = ["twenty"]
    return flow


def test_the_box_stands_open_before_the_first_try_and_what_is_typed_in_it_is_taken(site) -> None:
    site.world.publish(changed("final_check"), FORM, OPINION)
    case_id = site.world.start()
    site.world.act("boss", case_id, "submit", ANSWERS)
    site.world.act("shinan", case_id, "approve", {"words": "同意"})
    city = site.caller("city")
    page = city.get(f"/cases/{case_id}").text
    box = re.search(r'<fieldset class="ask soft">.*?</fieldset>', page, re.S)
    assert box
    assert "只有 12 人" in box[0]
    assert "要办理“同意”" in box[0]
    assert 'name="_override.twenty"' in box[0]
    sent = {"action": "approve", "_override.twenty": "县里特批", "key": "k" * 12}
    done = city.post(f"/cases/{case_id}/actions", sent)
    assert (done.status_code, "said=decided" in done.headers["Location"]) == (303, True)


def test_who_may_not_let_it_pass_is_told_who_may(site) -> None:
    site.world.publish(changed("check"), FORM, OPINION)
    case_id = site.world.start()
    site.world.act("boss", case_id, "submit", ANSWERS)
    page = site.caller("shinan").get(f"/cases/{case_id}").text
    box = re.search(r'<div class="asks">\s*<fieldset class="ask soft">.*?</fieldset>', page, re.S)
    assert box
    assert "只有市人社局可以写明理由放行" in re.sub(r"<[^>]+>", "", box[0])
    assert "_override" not in page


def test_a_rule_that_passes_asks_for_nothing(site) -> None:
    site.world.publish(changed("check"), FORM, OPINION)
    case_id = site.world.start()
    site.world.act("boss", case_id, "submit", {**ANSWERS, "staff": "20"})
    assert "ask soft" not in site.caller("shinan").get(f"/cases/{case_id}").text
