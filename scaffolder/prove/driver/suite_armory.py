"""Runs of a suite with something armed, and what a run that broke off means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scaffolder.prove.driver.injector import Injector
from scaffolder.prove.driver.part import is_asked, is_mine
from scaffolder.prove.driver.suite_run import NONE, Once, Runs
from scaffolder.prove.driver.trace import Target, Trace
from scaffolder.prove.driver.verdict import Evidence, Red


class Armory:
    """`trace`: of the baseline, as soon as there is one. `used`: tests that ran with some fault."""

    def __init__(self, job: Mapping[str, Any], injector: Injector, runs: Runs) -> None:
        self.job, self.injector, self.runs = job, injector, runs
        self.trace = Trace()
        self.used: set[str] = set()

    def armed(
        self,
        target: Target,
        tests: Sequence[str],
        *,
        argument: str = "",
        stop: bool = False,
        lacks: tuple[str, str, str] = ("", "", ""),
        settings: Mapping[str, str] = NONE,
    ) -> Once:
        """Run some tests while something is armed; up to the first that notices where asked."""
        self.injector.arm(target.fault, target.table, target.column, argument)
        try:
            stop = stop and not self.job["every_test"]
            once = self.runs.once(tests, stop=stop, lacks=lacks, settings=settings)
        finally:
            self.injector.disarm()
        self.used |= {ran.test for ran in once.ran}
        return once

    def green(self, tests: Sequence[str]) -> list[str]:
        """Those that are green without any fault."""
        return [test for test in tests if test not in self.trace.red]

    def add_crash(self, seen: Evidence, once: Once, tests: Sequence[str]) -> None:
        """A run that ended before all tests had run is red, and of no test."""
        seen.late = once.done.returncode == 124
        noticed = any(red.assertion for red in seen.reds)
        if not seen.late and not noticed and {ran.test for ran in once.ran} < set(tests):
            seen.reds.append(Red("the run", "setup", False, False, once.done.tail(1)))

    def is_asked(self, target: Target) -> bool:
        """By name, of this worker's part."""
        return is_asked(self.job, target) and is_mine(self.job, target.fault)
