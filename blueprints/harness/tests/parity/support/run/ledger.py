"""The ledger of a run: what every check came to, written to .parity/results.json and printed."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.run import summary
from support.run.own import check_of
from support.run.results import Acceptances, CheckResult, uncovered_areas


class Ledger:
    """Collects reports in the process that prints; workers only run tests."""

    def __init__(self, settings: ModuleType, command: str, checks: dict[str, Any]) -> None:
        self.settings = settings
        self.command = command
        self.started = time.monotonic()
        self.seconds = 0.0
        self.provided: list[str] = []
        self.session_failures: list[str] = []
        self.used: set[int] = set()
        self.cases: dict[str, dict[str, str]] = {}  # what `accepted` may name: check, case, text
        self.complete = False
        self.checks = {
            name: CheckResult(name, check["tier"], check["budget"])
            for name, check in checks.items()
        }

    def record(self, report: pytest.TestReport) -> None:
        """One phase of one test; what happened is known when its teardown is over."""
        result = self._result(report.nodeid)
        if result is None:
            return
        result.seconds += report.duration
        if report.when not in ("setup", "call", "teardown"):  # a worker of pytest-xdist died
            result.tests += 1
            result.failures.append(f"{result.check}: {report.longrepr}")
        if report.when != "teardown":
            return
        result.tests += 1
        properties: list[tuple[str, Any]] = report.user_properties
        for kind, value in properties:
            if kind == "parity-failure":
                result.failures.append(value)
            elif kind == "parity-case":
                self.cases.setdefault(result.check, {}).setdefault(*value)
            elif kind == "parity-blocked" and value not in result.blocked:
                result.blocked.append(value)
            elif kind == "parity-accepted":
                self.used.add(value[0])
                result.accepted.append(value[1])
            elif kind == "parity-degraded":
                result.degraded.add(value)
            elif kind == "parity-not-covered":
                result.not_covered.append(value)

    def record_collection(self, report: pytest.CollectReport) -> None:
        """A file that cannot be collected, or that skips itself, is a failure of its check."""
        result = self._result(report.nodeid)
        if result is not None and not report.passed:
            text = str(report.longrepr).strip().splitlines()
            result.failures.append(
                f"{result.check}: cannot be collected: {text[-1] if text else ''}"
            )

    def record_left_out(self, nodeids: set[str]) -> None:
        """Tests that a conftest or a plugin took out of a whole run; a skip by another name."""
        for nodeid in sorted(nodeids):
            if result := self._result(nodeid):
                case = nodeid.partition("::")[2]
                result.failures.append(f"{result.check}: {case} was collected, and did not run")

    def close(self, *, complete: bool, exitstatus: int = 0) -> None:
        """Judge what did not happen. `complete`: nothing was deselected or interrupted."""
        self.seconds = time.monotonic() - self.started
        self.complete = complete
        if complete:
            self._judge_what_did_not_happen()
        else:  # what was not asked for has neither passed nor failed
            ran = {name: one for name, one in self.checks.items() if one.tests or one.failures}
            self.checks = ran
        if exitstatus and not self.red:
            nothing = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
            why = "no test was selected" if nothing else f"pytest ended with {exitstatus}"
            self.session_failures.append(f"{self.command}: {why}")

    def _result(self, nodeid: str) -> CheckResult | None:
        """The check of a test; one of another tier counts when its file was asked for by name."""
        name = check_of(nodeid, self.settings)
        if name and name not in self.checks:
            check = self.settings.CHECKS[name]
            self.checks[name] = CheckResult(name, check["tier"], check["budget"])
        return self.checks.get(name)

    def _judge_what_did_not_happen(self) -> None:
        for result in self.checks.values():
            if not result.tests and not result.failures:
                result.failures.append(
                    f"{result.check}: no test ran; a check that is not run is red"
                )
        accepted = Acceptances(self.settings.ACCEPTED)
        if not self.checks:
            tiers = ", ".join(self.settings.COMMANDS[self.command]["tiers"])
            self.session_failures.append(
                f"{self.command} has nothing to run: parity.yaml puts no check into {tiers}"
            )
        examined = {
            name: not result.failures and not result.blocked for name, result in self.checks.items()
        }
        if self.command == "pr_smoke":
            examined["area"] = True
            for area, why in uncovered_areas(self.settings).items():
                number = accepted.find("area", area)
                if number is None:
                    self.session_failures.append(f"not covered: {area}: {why}")
                    self.cases.setdefault("area", {})[area] = why
                else:
                    self.used.add(number)
        for check, texts in accepted.unneeded(examined, self.used).items():
            found = self.session_failures if check == "area" else self.checks[check].failures
            found.extend(texts)

    @property
    def red(self) -> bool:
        return bool(self.session_failures) or any(
            result.result in ("failed", "blocked") for result in self.checks.values()
        )

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {
            "command": self.command,
            "red": self.red,
            "complete": self.complete,
            "seconds": round(self.seconds, 3),
            "budget": self.settings.COMMANDS[self.command]["budget"],
            "provided": self.provided,
            "failures": self.session_failures,
            "cases": self.cases,
            "checks": [result.as_json() for result in self.checks.values()],
        }
        partial = path.with_suffix(".tmp")
        partial.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        partial.replace(path)

    def summary(self) -> list[tuple[str, str]]:
        """Lines of the summary with their colour ("" for none)."""
        return summary.lines(self)
