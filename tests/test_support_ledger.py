"""What the ledger of a run says of checks that ran, and of those that did not."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.run.ledger import Ledger
from support.run.summary import write_job_summary

CHECKS: dict[str, Any] = {
    name: {"tier": "smoke", "budget": 5, "file": f"check_{name}.py", "categories": ["db-dialect"]}
    for name in ("engine", "imports")
}
NIGHTLY = {"tier": "nightly", "budget": 9, "file": "check_slow.py", "categories": []}
JOURNEY = {"tier": "e2e", "budget": 9, "file": "journey_place.py", "categories": []}


def make_ledger(command: str = "local_fast", **given: Any) -> Ledger:
    settings: Any = SimpleNamespace(
        CHECKS={**CHECKS, "slow": NIGHTLY, "place": JOURNEY},
        COMMANDS={
            "local_fast": {"tiers": ["smoke"], "budget": 60},
            "pr_smoke": {"tiers": ["smoke"], "budget": 60},
        },
        ACCEPTED=[],
        GAPS={},
        START_DIFFERS=None,
    )
    vars(settings).update(given)
    return Ledger(settings, command, CHECKS)


def passed(file: str, *properties: tuple[str, Any], seconds: float = 0.0) -> pytest.TestReport:
    location = (file, 1, "test_one")
    return pytest.TestReport(
        f"{file}::test_one",
        location,
        {},
        "passed",
        None,
        "teardown",
        user_properties=properties,
        duration=seconds,
    )


def both_ran(ledger: Ledger, *properties: tuple[str, Any]) -> Ledger:
    """`properties` are those of imports."""
    ledger.record(passed("check_engine.py"))
    ledger.record(passed("check_imports.py", *properties))
    return ledger


def texts(ledger: Ledger) -> str:
    return "\n".join(text for text, _ in ledger.summary())


def test_check_that_was_not_asked_for_is_no_passed_check() -> None:
    ledger = make_ledger()
    ledger.record(passed("check_engine.py"))

    ledger.close(complete=False)

    assert list(ledger.checks) == ["engine"]
    assert ledger.summary()[0][0].startswith("local_fast: 1 passed of 1 checks")


def test_check_that_did_not_run_in_a_whole_run_is_red() -> None:
    ledger = make_ledger()
    ledger.record(passed("check_engine.py"))

    ledger.close(complete=True)

    assert ledger.checks["imports"].result == "failed"
    assert ledger.red


def test_check_of_another_tier_counts_when_it_was_asked_for() -> None:
    ledger = make_ledger()
    ledger.record(passed("check_slow.py", ("parity-failure", "slow: no")))

    ledger.close(complete=False)

    assert [*ledger.checks] == ["slow"]
    assert ledger.red


def test_failures_with_a_name_are_listed_for_who_accepts_them(tmp_path: Path) -> None:
    ledger = make_ledger("pr_smoke", CHECKS=CHECKS)
    failed = ("parity-failure", "imports: shop.a: missing\n  (case: 'shop.a')")
    both_ran(ledger, failed, ("parity-case", ["shop.a", "shop.a: missing"]))

    ledger.close(complete=True)
    ledger.write(tmp_path / "results.json")

    written = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert written["cases"] == {
        "imports": {"shop.a": "shop.a: missing"},
        "area": {"persistence": "no journey follows an action to the stored row"},
    }
    assert written["failures"] == [
        f"not covered: persistence: {written['cases']['area']['persistence']}"
    ]


def test_files_that_are_no_check_are_left_out() -> None:
    ledger = make_ledger()
    ledger.record(passed("check_of_my_own.py"))

    ledger.close(complete=False)

    assert not ledger.checks


@pytest.mark.parametrize(
    ("exitstatus", "why"), [(5, "no test was selected"), (1, "pytest ended with 1")]
)
def test_a_run_that_pytest_calls_red_is_never_green(exitstatus: int, why: str) -> None:
    ledger = make_ledger()

    ledger.close(complete=False, exitstatus=exitstatus)

    assert ledger.red
    assert ledger.session_failures == [f"local_fast: {why}"]


def test_a_worker_that_died_is_a_failure_of_the_check_that_it_ran() -> None:
    ledger = make_ledger()
    both_ran(ledger)
    crash = passed("check_imports.py")
    crash.when, crash.outcome = "???", "failed"  # type: ignore[assignment]
    crash.longrepr = "worker 'gw0' crashed while running 'check_imports.py::test_one'"
    ledger.record(crash)

    ledger.close(complete=True, exitstatus=1)

    assert ledger.checks["imports"].failures == [
        "imports: worker 'gw0' crashed while running 'check_imports.py::test_one'"
    ]
    assert not ledger.session_failures


def test_an_accepted_finding_is_green_and_printed() -> None:
    entry = {"check": "imports", "case": "shop.a", "reason": "known"}
    ledger = both_ran(make_ledger(ACCEPTED=[entry]), ("parity-accepted", [0, "shop.a: missing"]))

    ledger.close(complete=True)

    assert not ledger.red
    assert ledger.checks["imports"].result == "accepted"
    assert "accepted: shop.a: missing" in texts(ledger)


def test_an_accepted_finding_that_is_fixed_is_red() -> None:
    ledger = both_ran(make_ledger(ACCEPTED=[{"check": "imports", "reason": "known"}]))

    ledger.close(complete=True)

    assert ledger.checks["imports"].failures == [
        "imports: the acceptance no longer fails: remove it from parity.yaml"
    ]


@pytest.mark.parametrize("kind", ["parity-blocked", "parity-failure"])
def test_a_check_that_could_not_be_examined_says_nothing_of_what_is_fixed(kind: str) -> None:
    entry = {"check": "imports", "case": "shop.a", "reason": "known"}
    ledger = both_ran(make_ledger(ACCEPTED=[entry]), (kind, "blocked by migrations: no table"))

    ledger.close(complete=True)

    assert ledger.red
    assert "no longer fails" not in texts(ledger)


def test_part_of_a_run_says_nothing_of_what_is_fixed() -> None:
    ledger = both_ran(make_ledger(ACCEPTED=[{"check": "imports", "reason": "known"}]))

    ledger.close(complete=False)

    assert not ledger.red


def test_blocked_by_the_same_cause_is_said_once() -> None:
    ledger = make_ledger()
    blocked = ("parity-blocked", "blocked by migrations: no table")
    both_ran(ledger, blocked, blocked)

    ledger.close(complete=True)

    assert ledger.red
    assert ledger.checks["imports"].blocked == ["blocked by migrations: no table"]


@pytest.mark.parametrize(
    ("accepted", "failures"),
    [
        ([], ["not covered: packaging: no check covers packaging, which has a gap (wheel)"]),
        ([{"check": "area", "case": "packaging", "reason": "later"}], []),
        (
            [
                {"check": "area", "case": "packaging", "reason": "later"},
                {"check": "area", "case": "persistence", "reason": "later"},
            ],
            ["area: accepted case 'persistence' no longer fails: remove it from parity.yaml"],
        ),
        (
            [{"check": "area", "case": "packaging", "reason": "later", "until": "2020-01-01"}],
            [
                "not covered: packaging: no check covers packaging, which has a gap (wheel)",
                "area: accepted case 'packaging' ran out on 2020-01-01: remove it from parity.yaml",
            ],
        ),
    ],
)
def test_an_area_that_nothing_covers_is_red_unless_accepted(
    accepted: list[dict[str, Any]], failures: list[str]
) -> None:
    ledger = both_ran(make_ledger("pr_smoke", ACCEPTED=accepted, GAPS={"wheel": "packaging"}))

    ledger.close(complete=True)

    assert ledger.session_failures == failures
    assert ledger.red is bool(failures)


def test_areas_are_a_matter_of_pr_smoke_alone() -> None:
    ledger = both_ran(make_ledger(GAPS={"wheel": "packaging"}))

    ledger.close(complete=True)

    assert not ledger.red


def test_a_command_without_any_check_is_red() -> None:
    ledger = make_ledger()
    ledger.checks = {}

    ledger.close(complete=True)

    assert "nothing to run: parity.yaml puts no check into smoke" in ledger.session_failures[0]


def test_a_file_that_cannot_be_collected_is_red() -> None:
    ledger = both_ran(make_ledger())
    ledger.record_collection(
        pytest.CollectReport("check_imports.py", "failed", "E  line\nE  NameError: x", [])
    )

    ledger.close(complete=True)

    assert ledger.checks["imports"].failures == ["imports: cannot be collected: E  NameError: x"]


def test_the_summary_names_budgets_and_what_was_not_covered() -> None:
    ledger = make_ledger(START_DIFFERS="one worker")
    items = [("parity-not-covered", [f"item{number}", "dynamic"]) for number in range(7)]
    ledger.record(passed("check_engine.py", ("parity-degraded", "PostgreSQL 18"), seconds=7.0))
    ledger.record(passed("check_imports.py", *items))
    ledger.close(complete=True)
    ledger.seconds = 61.0

    lines = texts(ledger)

    assert "local_fast: 1 degraded, 1 passed of 2 checks, 61.0 s of 60 s" in lines
    assert "degraded  engine  1 tests, 7.0 s over its budget" in lines
    assert "degraded: PostgreSQL 18" in lines
    assert "not covered: 7 items" in lines and "item4: dynamic" in lines and "item5" not in lines
    assert "over budget: 61 s of 60 s" in lines
    assert "start differs from production: one worker" in lines


def test_the_results_hold_everything(tmp_path: Path) -> None:
    ledger = both_ran(make_ledger(), ("parity-failure", "imports: shop.a: missing\ndetails"))
    ledger.provided = ["PostgreSQL 16.1 (wheel)"]
    ledger.close(complete=True)
    path = tmp_path / ".parity" / "results.json"

    ledger.write(path)

    document = json.loads(path.read_text(encoding="utf-8"))
    imports = document["checks"][1]
    assert {name: document[name] for name in ("command", "red", "complete", "budget")} == {
        "command": "local_fast",
        "red": True,
        "complete": True,
        "budget": 60,
    }
    assert document["provided"] == ["PostgreSQL 16.1 (wheel)"]
    assert (imports["check"], imports["result"], imports["tests"]) == ("imports", "failed", 1)
    assert imports["failures"] == ["imports: shop.a: missing\ndetails"]
    assert [*path.parent.iterdir()] == [path]


def test_the_page_of_a_github_job_gets_the_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    ledger = both_ran(make_ledger(), ("parity-failure", "imports: ```rm```"))
    ledger.close(complete=True)

    write_job_summary(ledger)

    text = page.read_text()
    assert text.startswith("before\n### parity local_fast\n\n```text\n")
    assert text.count("```") == 2
