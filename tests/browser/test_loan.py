"""The loan by clicking: an enterprise on a phone, the district and the bank at their desks, each through real pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LAST_YEAR = (datetime.now(UTC) - timedelta(days=700)).strftime("%Y-%m-%d")
TODAY = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d")
APPLICATION = {
    "name": "青岛海风家政服务有限公司", "uscc": "91370202MA3DEM001A", "region": "370202", "address.region": "370202",
    "address.detail": "香港中路 76 号 B 座 1702 室", "established": LAST_YEAR, "industry": "housekeeping",
    "categories": "livelihood", "legal_rep": "孙晓岚", "legal_rep_id": "11010519491231002X",
    "legal_rep_phone": "13805320180", "controller_same": "true", "handler": "周敏", "handler_phone": "13605320181",
    "staff_total": "46", "staff_now": "42", "staff_year_start": "35", "staff_year_end": "39", "insured_last": "39",
    "insured_before": "33", "graduates": "6", "returnees": "9", "veterans": "2", "unemployed": "11", "difficult": "5",
    "wages_ok": "true", "insurance_ok": "true", "small_micro": "true", "small_micro_on": TODAY,
    "branch": "boc-qd-shinan", "amount": "5000000", "use": "wages", "term_months": "12", "rate_asked": "3.5",
    "guarantee": "credit", "want_renewal": "false", "boc_clean": "true", "records_good": "true",
    "credit_consent.agreed": "true", "declaration.agreed": "true", "signature.typed": "孙晓岚",
}


def choose(control: Locator, value: str) -> None:
    """Choose in a list; where script made two lists of one, first what the value lies in."""
    above = control.locator("xpath=preceding-sibling::select[1]")
    for group in range(1, above.locator("option").count() if above.count() else 0):
        above.select_option(index=group)
        if control.locator(f'option[value="{value}"]').count():
            break
    control.select_option(value)


def fill(page: Page, answers: dict[str, str]) -> None:
    """Answer every question that is visible now, by the names of the controls."""
    for name, value in answers.items():
        for control in page.locator(f'[name="{name}"]:visible').all():
            kind = control.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
            if kind == "select" and control.input_value() == value:
                continue
            if kind == "select":
                choose(control, value)
            elif control.is_disabled():
                continue
            elif kind in ("radio", "checkbox"):
                if control.get_attribute("value") == value:
                    control.check()
            else:
                control.fill(value)
