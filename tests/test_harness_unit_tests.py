"""The check unit-tests in a harness: green with the named test, red without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trials import GREEN, failures, leniency, small

MODE: dict[str, Any] = {
    "id": "wrong-sum",
    "gap": "sqlite-in-tests",
    "visibility": "silent",
    "blast_radius": "record",
    "detection": "hard",
    "depends_on": ["nothing"],
    "tier": "unit",
    "covered_by": "tests/test_sum.py::test_adds",
}


def test_a_named_test_is_run_in_pr_smoke(tmp_path: Path) -> None:
    # given a spec that names a test for a failure mode of pure logic
    trial = small(
        tmp_path,
        failure_modes=[MODE],
        journeys=[],
        checks=[{"id": "unit-tests", "tier": "unit", "budget": "30s", "covers": ["wrong-sum"]}],
        accepted=[{"check": "area", "reason": "this test is about another one"}],
    )
    test = trial.folder / "tests" / "test_sum.py"
    test.write_text("def test_adds():\n    assert 1 + 1 == 2\n", encoding="utf-8")

    healthy = trial.run("pr_smoke", leniency())
    test.write_text("def test_other():\n    pass\n", encoding="utf-8")
    broken = trial.run("pr_smoke", leniency())

    assert healthy.checks()["unit-tests"]["result"] in GREEN, healthy.output
    assert "unit-tests: tests/test_sum.py::test_adds does not exist" in failures(
        broken, "unit-tests"
    )
    assert "(case: 'wrong-sum')" in failures(broken, "unit-tests")
