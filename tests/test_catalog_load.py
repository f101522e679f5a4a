"""The catalogue is complete, and its words are those of the model."""

from __future__ import annotations

from typing import get_args

from scaffolder.catalog.load import REQUIREMENTS, categories, checks
from scaffolder.plan.checks import SUPPORT
from scaffolder.spec.findings import Category, Dependency, Tier


def test_the_categories_are_those_of_the_model() -> None:
    assert tuple(categories()) == get_args(Category)


def test_each_check_is_complete() -> None:
    for check in checks().values():
        # without a category, what a check requires asks for it
        assert check.categories or check.requires, check.id
        assert set(check.categories) <= set(categories()), check.id
        assert check.tier in get_args(Tier), check.id
        assert check.budget > 0, check.id
        assert check.promise.endswith("."), check.id
        assert check.faults, f"{check.id}: a check that no fault turns red promises nothing"
        assert set(check.requires) <= set(REQUIREMENTS), check.id
        for category, dependency in check.holds:
            assert category in check.categories, check.id
            assert dependency in get_args(Dependency), check.id


def test_each_requirement_can_be_looked_up_and_is_used() -> None:
    assert set(SUPPORT) == set(REQUIREMENTS)
    assert {name for check in checks().values() for name in check.requires} == set(REQUIREMENTS)


def test_each_category_has_a_check_that_is_generated() -> None:
    held = {name for check in checks().values() if check.generated for name in check.categories}

    assert held == set(categories())


def test_the_checks_of_the_smoke_suite_fit_into_its_default_budget() -> None:
    total = sum(check.budget for check in checks().values() if check.tier == "smoke")

    assert total <= 180 - 20
