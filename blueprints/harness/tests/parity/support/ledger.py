"""The ledger of a run: what every check came to, written to .parity/results.json and printed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.results import ORDER, Acceptances, CheckResult, first_line, uncovered_areas

COLOURS = {"failed": "red", "blocked": "red", "accepted": "yellow", "degraded": "yellow"}


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
        self.checks = {
            name: CheckResult(name, check["tier"], check["budget"])
            for name, check in checks.items()
        }

    def record(self, report: pytest.TestReport) -> None:
        """One phase of one test; what happened is known when its teardown is over."""
        result = self.checks.get(check_of(report.nodeid, self.settings))
        if result is None:
            return
        result.seconds += report.duration
        if report.when != "teardown":
            return
        result.tests += 1
        properties: list[tuple[str, Any]] = report.user_properties
        for kind, value in properties:
            if kind == "parity-failure":
                result.failures.append(value)
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
        result = self.checks.get(check_of(report.nodeid, self.settings))
        if result is not None and not report.passed:
            text = str(report.longrepr).strip().splitlines()
            result.failures.append(
                f"{result.check}: cannot be collected: {text[-1] if text else ''}"
            )

    def close(self, *, complete: bool) -> None:
        """Judge what did not happen. `complete`: nothing was deselected or interrupted."""
        self.seconds = time.monotonic() - self.started
        if not complete:
            ran = {name: one for name, one in self.checks.items() if one.tests or one.failures}
            self.checks = ran  # what was not asked for has neither passed nor failed
            return
        for result in self.checks.values():
            if not result.tests and not result.failures:
                result.failures.append(
                    f"{result.check}: no test ran; a check that is not run is red"
                )
        accepted = Acceptances(self.settings.ACCEPTED)
        for check, texts in accepted.unneeded({*self.checks}, self.used).items():
            self.checks[check].failures.extend(texts)
        if not self.checks:
            tiers = ", ".join(self.settings.COMMANDS[self.command]["tiers"])
            self.session_failures.append(
                f"{self.command} has nothing to run: parity.yaml puts no check into {tiers}"
            )
        if self.command == "pr_smoke":
            for area, why in uncovered_areas(self.settings).items():
                if accepted.find("area", area) is None:
                    self.session_failures.append(f"not covered: {area}: {why}")

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
            "seconds": round(self.seconds, 3),
            "budget": self.settings.COMMANDS[self.command]["budget"],
            "provided": self.provided,
            "failures": self.session_failures,
            "checks": [result.as_json() for result in self.checks.values()],
        }
        partial = path.with_suffix(".tmp")
        partial.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        partial.replace(path)

    def summary(self) -> list[tuple[str, str]]:
        """Lines of the summary with their colour ("" for none)."""
        budget = self.settings.COMMANDS[self.command]["budget"]
        found = [result.result for result in self.checks.values()]
        counts = [f"{found.count(name)} {name}" for name in ORDER if name in found]
        colour = "red" if self.red else "green"
        lines = [
            (f"{self.command}: {', '.join(counts) or 'nothing ran'} of {len(found)} checks, "
             f"{self.seconds:.1f} s of {budget} s", colour)
        ]  # fmt: skip
        lines += [(f"  {line}", "") for line in self.provided]
        if self.settings.START_DIFFERS:
            lines.append((f"  start differs from production: {self.settings.START_DIFFERS}", ""))
        for result in sorted(self.checks.values(), key=lambda one: ORDER.index(one.result)):
            lines += _check_lines(result)
        lines += [(f"  failed    {text}", "red") for text in self.session_failures]
        if self.seconds > budget:
            over = f"  over budget: {self.seconds:.0f} s of {budget} s: move a check to nightly"
            lines.append((over, "yellow"))
        return lines

    def write_job_summary(self) -> None:
        """Markdown for GitHub's job page, where GITHUB_STEP_SUMMARY names a file."""
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if path:
            body = "\n".join(text for text, _ in self.summary()).replace("```", "'''")
            with Path(path).open("a", encoding="utf-8") as page:
                page.write(f"### parity {self.command}\n\n```text\n{body}\n```\n")


def check_of(nodeid: str, settings: ModuleType) -> str:
    """The id of the check whose file a test stands in."""
    file = nodeid.partition("::")[0].rpartition("/")[2]
    return next((name for name, check in settings.CHECKS.items() if check["file"] == file), "")


def _check_lines(result: CheckResult) -> list[tuple[str, str]]:
    colour = COLOURS.get(result.result, "")
    took = f"{result.seconds:.1f} s"
    over = " over its budget" if result.seconds > result.budget else ""
    lines = [(f"  {result.result:<9} {result.check}  {result.tests} tests, {took}{over}", colour)]
    lines += [(f"              {first_line(text)}", colour) for text in result.failures[:10]]
    if len(result.failures) > 10:
        lines.append((f"              and {len(result.failures) - 10} more", colour))
    lines += [(f"              {text}", colour) for text in result.blocked]
    lines += [(f"              accepted: {text}", "") for text in result.accepted]
    lines += [(f"              degraded: {text}", "") for text in sorted(result.degraded)]
    if result.not_covered:
        lines.append((f"              not covered: {len(result.not_covered)} items", ""))
        lines += [(f"                {item}: {why}", "") for item, why in result.not_covered[:5]]
    return lines
