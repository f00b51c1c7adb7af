"""Every shipped procedure reads without a problem and is walked by its scenarios."""

from __future__ import annotations

import pytest
from catalog_play import HERE, ROOT, Json, play, scenarios, version_of

SLUGS = sorted(path.stem for path in (ROOT / "workflows").glob("*.json"))
BOOKS = list(scenarios())


@pytest.mark.parametrize("slug", SLUGS)
def test_every_shipped_definition_is_read_without_a_problem(slug: str):
    assert version_of(slug).workflow.id == slug


@pytest.mark.parametrize("slug", SLUGS)
def test_every_procedure_has_a_scenario_file(slug: str):
    assert (HERE / f"{slug}.scenario.json").exists()


@pytest.mark.parametrize(("name", "book", "scenario"), BOOKS, ids=[name for name, _, _ in BOOKS])
def test_the_procedure_does_what_the_notice_says(name: str, book: Json, scenario: Json):
    found = play(book, scenario)
    assert not found, "\n".join(found)


def test_a_wrong_expectation_is_told_with_its_step():
    _, book, scenario = BOOKS[0]
    first = {**scenario["steps"][0], "expect": {"states": ["nowhere"]}}
    assert play(book, {**scenario, "steps": [first]})[0].startswith("step 1 (")
