"""What a second reading says about the spec that stands there."""

from __future__ import annotations

from typing import Any

import pytest

from scaffolder.draft.difference import Difference, differences


def spec(**app: Any) -> dict[str, Any]:
    return {"app": {"name": "shop", "packages": ["shop"], **app}}


@pytest.mark.parametrize(
    ("before", "found", "expected"),
    [
        (spec(orm="none"), spec(orm="django"), [("changed", "app.orm")]),
        (spec(), spec(scripts=["x"]), [("new", "app.scripts")]),
        (spec(scripts=["x"]), spec(), [("gone", "app.scripts")]),
        (spec(name="shop"), spec(name="store"), []),
        (spec(health="/up", prepare=["seed"]), spec(), []),
        (spec(prepare=["seed", "make a user"]), spec(prepare=["seed"]), []),
        (spec(prepare=["seed"]), spec(prepare=["load"]), [("changed", "app.prepare")]),
    ],
)
def test_values(
    before: dict[str, Any], found: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert [(each.kind, each.place) for each in differences(before, found)] == expected


def test_a_variable_that_a_start_asked_for_is_not_gone() -> None:
    before = {"production": {"environment": {"FEE": {"required": True}}}}
    found = {"production": {"environment": {"KEY": {"required": True}}}}

    (only,) = differences(before, found)

    assert (only.kind, only.place) == ("new", "production.environment.KEY")


def test_gaps_come_and_go_and_journeys_only_come() -> None:
    old, new = {"id": "old"}, {"id": "new"}

    found = differences({"gaps": [old], "journeys": [old]}, {"gaps": [new], "journeys": [new]})

    assert found == [
        Difference("new", "gaps.new", None, new),
        Difference("gone", "gaps.old", old, None),
        Difference("new", "journeys.new", None, new),
    ]
