"""What the ledger of a run says of checks that ran, and of those that did not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from support.ledger import Ledger

CHECKS = {
    name: {"tier": "smoke", "budget": 5, "file": f"check_{name}.py", "categories": []}
    for name in ("engine", "imports")
}


def make_ledger() -> Ledger:
    settings: Any = SimpleNamespace(
        CHECKS=CHECKS,
        COMMANDS={"local_fast": {"tiers": ["smoke"], "budget": 60}},
        ACCEPTED=[],
        START_DIFFERS=None,
    )
    return Ledger(settings, "local_fast", CHECKS)


def passed(file: str) -> pytest.TestReport:
    nodeid = f"{file}::test_one"
    return pytest.TestReport(nodeid, (file, 1, "test_one"), {}, "passed", None, "teardown")


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
