"""From a spec to an allocation, and from there back into the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from spec_text import MINIMAL, problems, spec_of

from scaffolder.plan.allocate import allocate
from scaffolder.plan.edits import edits
from scaffolder.spec.edit import apply
from scaffolder.spec.load import examine

GAPS = """\
gaps:
  - {id: sqlite, category: db-dialect}
  - {id: dev-group, category: dependencies}
failure_modes:
  - {id: lost, gap: sqlite, visibility: silent, blast_radius: feature, detection: hard,
     depends_on: [database]}
  - {id: not-there, gap: dev-group, visibility: loud, blast_radius: system, detection: easy}
"""
JOURNEY = """\
journeys:
  - {id: order, budget: 10s, covers: [lost], act: {post: /orders, json: {a: 1}}}
"""


def tiers(text: str) -> dict[str, str]:
    found = examine(text.encode())
    assert not isinstance(found, list), found
    allocation = allocate(found.spec)
    rows = (*allocation.failure_modes, *allocation.journeys, *allocation.checks)
    return {row.id: row.tier for row in rows}


def planned(text: str) -> str:
    found = examine(text.encode())
    assert not isinstance(found, list), found
    return apply(text.encode(), edits(found.spec, allocate(found.spec))).decode()


def test_gaps_and_contents_of_the_spec_choose_the_checks() -> None:
    assert tiers(MINIMAL + GAPS + JOURNEY) == {
        "lost": "smoke",
        "not-there": "smoke",
        "order": "smoke",
        "engine": "smoke",
        "migrations": "smoke",
        "sql-literals": "smoke",
        "imports": "smoke",
        "entry-points": "smoke",
        "rollback": "integration",
    }


def test_a_check_holds_what_it_catches_by_its_nature() -> None:
    allocation = allocate(spec_of(MINIMAL + GAPS))
    covers = {check.id: check.covers for check in allocation.checks}

    assert covers["imports"] == ("not-there",)
    assert covers["sql-literals"] == ()


def test_tests_that_are_named_ask_for_the_check_that_runs_them() -> None:
    mode = "visibility: silent, blast_radius: record, detection: hard, depends_on: [nothing]"
    text = MINIMAL + f"failure_modes: [{{id: m, gap: g, covered_by: 'a.py::b', {mode}}}]\n"
    text = (
        text.replace("app:\n", "app:\n  own_suite: {run: pytest}\n", 1)
        + "gaps: [{id: g, category: db-dialect}]\n"
    )

    (found,) = [check for check in allocate(spec_of(text)).checks if check.id == "unit-tests"]

    assert found.tier == "unit"
    assert found.reason == "the spec has app.own_suite and a failure mode with covered_by"


def test_what_the_spec_does_not_support_is_removed_unless_pinned() -> None:
    text = MINIMAL + (
        "checks:\n"
        "  - {id: schema-drift, tier: smoke, budget: 5s}\n"
        "  - {id: own-suite, tier: nightly, budget: 60s, pinned: true}\n"
    )

    allocation = allocate(spec_of(text))

    assert allocation.removed == (("schema-drift", "the spec has no app.orm"),)
    assert ("own-suite", "nightly") in [(check.id, check.tier) for check in allocation.checks]


def test_what_no_blueprint_exists_for_is_named_and_not_written() -> None:
    allocation = allocate(spec_of(MINIMAL + GAPS))

    assert "lockfile" in dict(allocation.not_generated)
    assert "lockfile" not in {check.id for check in allocation.checks}


def test_what_does_not_fit_goes_to_nightly_with_its_reason() -> None:
    text = MINIMAL + GAPS + JOURNEY + "commands: {pr_smoke: {budget: 75s}}\n"

    allocation = allocate(spec_of(text))
    by_id = {check.id: check for check in allocation.checks}

    assert allocation.smoke_seconds <= 55
    assert by_id["sql-literals"].tier == "nightly"
    assert by_id["sql-literals"].reason == ("gap sqlite; 10s are too many for the 75s of pr_smoke")
    assert tiers(text)["lost"] == "nightly"


def test_pinned_smoke_takes_its_room_first() -> None:
    text = (
        MINIMAL
        + GAPS
        + JOURNEY
        + (
            "commands: {pr_smoke: {budget: 80s}}\n"
            "checks: [{id: sql-literals, tier: smoke, budget: 55s, pinned: true}]\n"
        )
    )

    found = tiers(text)

    assert found["sql-literals"] == "smoke"
    assert found["order"] == "nightly"


def test_an_integration_check_that_is_quick_and_worth_it_joins_the_smoke_suite() -> None:
    text = (
        MINIMAL
        + GAPS
        + (
            "refusals: [{id: no-sku, act: {post: /orders, status: 422}, unchanged: [orders]}]\n"
            "checks: [{id: rollback, tier: integration, budget: 15s, covers: [%s]}]\n"
        )
    )

    assert tiers(text % "lost")["rollback"] == "smoke"
    assert tiers(text % "")["rollback"] == "integration"
    assert tiers((text % "lost").replace("15s", "60s"))["rollback"] == "integration"


def test_a_journey_in_e2e_stays_there() -> None:
    text = MINIMAL + GAPS + JOURNEY.replace("id: order", "id: order, tier: e2e")

    assert (tiers(text)["order"], tiers(text)["lost"]) == ("e2e", "e2e")


def test_a_second_plan_changes_nothing() -> None:
    text = MINIMAL + GAPS + JOURNEY + "commands: {pr_smoke: {budget: 75s}}\n"

    once = planned(text)

    assert once != text
    assert planned(once) == once
    assert problems(once) == []


def test_a_spec_over_budget_is_repaired() -> None:
    text = MINIMAL + GAPS + "checks: [{id: imports, tier: smoke, budget: 170s}]\n"
    over = text + JOURNEY.replace("10s", "90s")

    assert "take 260s together, its budget is 180s" in problems(over)[0]
    assert problems(planned(over)) == []


@pytest.mark.parametrize(
    "path",
    sorted((Path(__file__).parents[1] / "examples").glob("*/parity.yaml")),
    ids=lambda path: path.parent.name,
)
def test_examples_are_planned_within_their_budget(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    once = planned(text)

    assert problems(once) == []
    assert planned(once) == once
