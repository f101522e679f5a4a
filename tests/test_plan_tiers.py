"""The tier of a failure mode follows from rules that a person can name."""

from __future__ import annotations

from typing import Any

import pytest

from scaffolder.plan.tiers import decide, weight
from scaffolder.spec.findings import FailureMode


def mode(**values: Any) -> FailureMode:
    base = {
        "id": "m",
        "gap": "g",
        "visibility": "silent",
        "blast_radius": "feature",
        "detection": "hard",
    }
    return FailureMode.model_validate({**base, **values})


@pytest.mark.parametrize(
    ("depends_on", "tier"),
    [
        (["nothing"], "unit"),
        (["database"], "integration"),
        (["filesystem", "clock"], "integration"),
        (["packages"], "packaging"),
        (["packages", "database"], "integration"),
        (["whole-flow"], "e2e"),
        (["whole-flow", "database"], "e2e"),
        (["production-only"], "monitoring"),
        (["database", "production-only"], "monitoring"),
    ],
)
def test_what_a_failure_depends_on_gives_its_tier(depends_on: list[str], tier: str) -> None:
    decision = decide(mode(depends_on=depends_on), "db-dialect", {})

    assert decision.tier == tier
    assert decision.reason.startswith("depends on " + ", ".join(depends_on))


@pytest.mark.parametrize(
    ("category", "tier"),
    [("db-dialect", "integration"), ("packaging", "packaging"), ("dependencies", "packaging")],
)
def test_without_dependencies_the_category_of_the_gap_counts(category: str, tier: str) -> None:
    decision = decide(mode(), category, {})

    assert decision.tier == tier
    assert f"by its category {category}" in decision.reason


@pytest.mark.parametrize(
    ("depends_on", "holders", "tier"),
    [
        ("database", {"smoke": ["a"], "nightly": ["b"]}, "smoke"),
        ("database", {"nightly": ["b"], "integration": ["a"]}, "integration"),
        ("whole-flow", {"integration": ["a"]}, "e2e"),
        ("whole-flow", {"integration": ["a"], "nightly": ["j"]}, "nightly"),
        ("packages", {"smoke": ["imports"]}, "smoke"),
        ("nothing", {"smoke": ["a"]}, "unit"),
        ("production-only", {"smoke": ["a"]}, "monitoring"),
    ],
)
def test_the_soonest_tier_that_holds_it_as_far_as_the_rule_allows(
    depends_on: str, holders: dict[str, list[str]], tier: str
) -> None:
    assert decide(mode(depends_on=[depends_on]), None, holders).tier == tier


def test_what_is_pinned_stays() -> None:
    pinned = mode(depends_on=["nothing"], tier="smoke", reason="so it is", pinned=True)

    decision = decide(pinned, None, {})

    assert (decision.tier, decision.reason) == ("smoke", "so it is")


def test_a_reason_stays_with_its_tier_only() -> None:
    written = mode(depends_on=["database"], tier="integration", reason="we know")

    assert decide(written, None, {}).reason == "we know"
    assert decide(written, None, {"smoke": ["a"]}).reason != "we know"


def test_weight_grows_with_blast_radius_silence_and_difficulty() -> None:
    least = mode(blast_radius="record", visibility="loud", detection="easy")
    most = mode(blast_radius="system")

    assert (weight(least), weight(mode()), weight(most)) == (1, 8, 16)
