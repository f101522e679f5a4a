"""Whether a check holds here: shown by a fault that it names, or not shown."""

from __future__ import annotations

from typing import Any

import pytest
from spec_text import MINIMAL

from scaffolder.prove.driver.attribution import unshown
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.trace import Target, Trace
from scaffolder.prove.driver.verdict import Evidence, Red
from scaffolder.prove.holding import holdings, named
from scaffolder.spec.load import check
from scaffolder.spec.model import Spec

CHECKS = """
checks:
  - {id: serialization, tier: smoke, budget: 10s}
  - {id: environment, tier: smoke, budget: 10s}
  - {id: own-suite, tier: integration, budget: 60s}
journeys:
  - {id: place-order, act: {post: /orders}, stored: [{table: orders}]}
"""
FILE = "check_serialization.py"


@pytest.fixture(scope="module")
def spec() -> Spec:
    found, _ = check((MINIMAL + CHECKS).encode())
    assert found is not None
    return found


def asked(red: list[str]) -> dict[str, Any]:
    return {"file": FILE, "id": "text-cut:orders.note", "red": red, "infected": 2}


def states(spec: Spec, *given: Any) -> dict[str, str]:
    return {one.check: one.holds for one in holdings(spec, *given)}


def test_a_check_is_asked_by_its_file_and_the_teams_suite_is_not(spec: Spec) -> None:
    found = named(spec)

    assert set(found) == {FILE, "check_environment.py", "journey_place_order.py"}
    assert found["journey_place_order.py"][1][0] == "ghost-insert"


def test_the_fault_that_turned_it_red_shows_it(spec: Spec) -> None:
    judged = [("ascii-only:orders.note", "ascii-only", {f"{FILE}::test_a[x]": "differs"})]

    assert states(spec, judged, []) == {
        "serialization": "yes",
        "environment": "not injected",
        "place-order": "not shown",
    }


def test_a_fault_of_another_check_shows_nothing(spec: Spec) -> None:
    judged = [("ghost-insert:orders", "ghost-insert", {f"{FILE}::test_a": "is gone"})]

    assert states(spec, judged, [])["serialization"] == "not shown"


@pytest.mark.parametrize(("red", "holds"), [([f"{FILE}::test_a"], "yes"), ([], "no")])
def test_a_check_that_was_asked_by_itself_has_had_its_say(
    spec: Spec, red: list[str], holds: str
) -> None:
    assert states(spec, [], [asked(red)])["serialization"] == holds


def result(fault: str, test: str) -> Result:
    seen = Evidence(reached=1, infected=1, reds=[Red(test, "call", True, True, "differs")])
    return result_of(Target(fault, "orders"), {"id": fault}, seen)


def test_only_what_is_not_shown_yet_is_asked() -> None:
    trace = Trace()
    trace.hits = {
        Target("text-cut", "orders", "note"): ["journey_a.py::test", f"{FILE}::test"],
        Target("crlf", "orders", "note"): ["journey_a.py::test"],
    }
    proves = {FILE: ["crlf", "text-cut"], "journey_a.py": ["crlf"], "check_engine.py": ["crlf"]}

    found = dict(unshown(proves, [result("crlf", "journey_a.py::test")], trace))

    assert found == {FILE: [(Target("text-cut", "orders", "note"), [f"{FILE}::test"])]}


def test_a_test_that_is_red_anyway_is_not_asked() -> None:
    trace = Trace(red={f"{FILE}::test": "red"})
    trace.hits = {Target("text-cut", "orders", "note"): [f"{FILE}::test"]}

    assert dict(unshown({FILE: ["text-cut"]}, [], trace)) == {}
