"""Which failures an entry of `accepted` speaks of, and what a check comes to."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.run.results import Acceptances, CheckResult, first_line, strangers, uncovered_areas

CASE = "test_a_value_is_stored[sign-up-name-nul]"


@pytest.mark.parametrize(
    ("entry", "accepts"),
    [
        (None, True),
        (CASE, True),
        ("test_a_value_is_stored[*-nul]", True),
        ("*[sign-up-*]", True),
        ("test_a_value_is_stored[sign-up-name-nulX]", False),
        ("test_a_value_is_stored[*-over-long]", False),
        ("test_a_value_is_stored?sign-up-name-nul]", False),
        ("test_a_value_is_stored", False),
    ],
)
def test_entry_names_a_case_or_a_pattern_of_cases(entry: str | None, accepts: bool) -> None:
    accepted = Acceptances([{"check": "boundaries", "case": entry, "reason": "known"}])

    assert (accepted.find("boundaries", CASE) == 0) is accepts
    assert accepted.find("serialization", CASE) is None


def test_an_entry_holds_until_the_end_of_its_day() -> None:
    entry = {"check": "imports", "reason": "known", "until": "2027-01-31"}
    last_day, too_late = dt.date(2027, 1, 31), dt.date(2027, 2, 1)

    assert Acceptances([entry], last_day).find("imports", "any") == 0
    assert Acceptances([entry], too_late).find("imports", "any") is None
    assert Acceptances([entry], too_late).unneeded({"imports": False}, set()) == {
        "imports": [
            "imports: the acceptance ran out on 2027-01-31: remove it from parity.yaml",
        ]
    }


def test_an_entry_that_is_not_needed_is_named_where_the_check_was_examined() -> None:
    entries = [
        {"check": "imports", "case": "shop.a", "reason": "known"},
        {"check": "imports", "case": "shop.b", "reason": "known"},
        {"check": "boundaries", "reason": "known"},
        {"check": "nightly-one", "reason": "known"},
    ]

    stale = Acceptances(entries).unneeded({"imports": True, "boundaries": False}, {0})

    assert stale == {
        "imports": [
            "imports: accepted case 'shop.b' no longer fails: remove it from parity.yaml",
        ]
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({}, "passed"),
        ({"degraded": {"x"}}, "degraded"),
        ({"degraded": {"x"}, "accepted": ["x"]}, "accepted"),
        ({"accepted": ["x"], "blocked": ["x"]}, "blocked"),
        ({"blocked": ["x"], "failures": ["x"]}, "failed"),
        ({"not_covered": [["x", "y"]]}, "passed"),
    ],
)
def test_the_worst_that_was_found_is_the_result(found: dict[str, Any], expected: str) -> None:
    result = CheckResult("imports", "smoke", 5, **found)

    assert result.result == expected
    assert result.as_json()["result"] == expected


def test_areas_without_a_check_are_named() -> None:
    imports = {"file": "check_imports.py", "categories": ["dependencies"]}
    settings = SimpleNamespace(
        CHECKS={"imports": imports},
        GAPS={"dev-group": "dependencies", "sqlite": "db-dialect"},
    )

    assert uncovered_areas(settings) == {
        "db-dialect": "no check covers db-dialect, which has a gap (sqlite)",
        "persistence": "no journey follows an action to the stored row",
    }

    settings.CHECKS["place"] = {"file": "journey_place.py", "categories": ["db-dialect"]}
    assert uncovered_areas(settings) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AssertionError: imports: shop.a", "imports: shop.a"),
        ("support.run.results.Blocked: blocked by x", "blocked by x"),
        ("\n  imports: shop.a: KeyError: 'x'\nmore", "imports: shop.a: KeyError: 'x'"),
        ("KeyError: 'x'", "KeyError: 'x'"),
        ("  \n", "failed without a message"),
    ],
)
def test_the_line_that_names_the_cause(text: str, expected: str) -> None:
    assert first_line(text) == expected


def test_a_file_that_the_spec_does_not_list_is_named(tmp_path: Path) -> None:
    for name in ("check_engine.py", "journey_mine.py", "helper.py"):
        (tmp_path / name).touch()

    found = strangers(tmp_path, {"engine": {"file": "check_engine.py"}})

    assert found == ["not in parity.yaml, so it does not run: journey_mine.py"]
