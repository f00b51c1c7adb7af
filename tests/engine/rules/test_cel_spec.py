"""The profile gives CEL's own value, or departs for a reason that docs/rules.md states."""

import cel_spec
import pytest

pytestmark = pytest.mark.slow


def test_no_test_of_cel_gets_another_value():
    wrong = [(v.test["expr"], v.outcome) for v in cel_spec.verdicts() if v.outcome.startswith("WRONG")]
    assert wrong == []


def test_every_departure_has_a_stated_reason():
    known = {cel_spec.SAME, cel_spec.ERRS, *cel_spec.REASONS}
    assert [(v.test["expr"], v.outcome) for v in cel_spec.verdicts() if v.outcome not in known] == []
    used = {v.outcome for v in cel_spec.verdicts()}
    assert set(cel_spec.REASONS) <= used, "a reason that no test needs any more"


def test_the_profile_covers_what_it_claims():
    same = [v for v in cel_spec.verdicts() if v.outcome == cel_spec.SAME]
    assert len(same) > 300


def test_the_phone_gives_the_same_values(javascript):
    ran = [v for v in cel_spec.verdicts() if v.expr is not None]
    for verdict in ran:
        found, = javascript.ask({"tree": verdict.expr.ast, "envs": [verdict.env]})
        found = int(found["big"]) if isinstance(found, dict) else found
        assert found == verdict.value, verdict.test["expr"]


def test_the_table_in_the_documentation_is_current():
    page = cel_spec.PAGE.read_text("utf-8")
    assert cel_spec.block(page) == cel_spec.table(), "run tests/engine/rules/cel_spec.py"
