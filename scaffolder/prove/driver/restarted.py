"""Runs the faults that need the application to start again, and judges them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

import pytest

from scaffolder.prove.driver.attribution import Shown
from scaffolder.prove.driver.injector import LACKING, SETTING, TRACE
from scaffolder.prove.driver.log import SERIALIZATION
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Ran, Run
from scaffolder.prove.driver.schema import Difference, Variants, differences, noting_defaults
from scaffolder.prove.driver.trace import Target, Trace, read
from scaffolder.prove.driver.verdict import Evidence


class Restarted:
    """`run` runs items up to the first that notices; `items` are all of the session."""

    def __init__(
        self,
        variants: Variants,
        trace: Trace,
        items: Sequence[pytest.Item],
        run: Run,
        shown: Shown,
    ) -> None:
        self.variants, self.trace, self.items, self.run = variants, trace, items, run
        self.shown = shown
        written = {test for tests in trace.writes.values() for test in tests}
        looking = self.about("db-dialect") - written
        self.static = [item for item in items if item.nodeid in looking]

    def about(self, category: str) -> set[str]:
        """Tests of the checks that a category of gaps asks for."""
        checks = self.variants.shared.settings.CHECKS.values()
        files = {one["file"] for one in checks if category in one["categories"]}
        return {item.nodeid for item in self.items if item.nodeid.partition("::")[0] in files}

    def prove(self, fault: Mapping[str, Any], wanted: Callable[[Target], bool]) -> Iterator[Result]:
        """All targets of a fault of the schema, or the fault of a setting."""
        if fault["kind"] == "setting":
            if wanted(Target(fault["id"])):
                yield self._setting(fault)
            return
        with closing(self.variants.any_copy().connect()) as connection:
            trace = self.trace
            if fault.get("drops") == "default":
                trace = self._defaults_in_use(noting_defaults(connection))
            found = differences(fault, connection, trace)
        for difference in found:
            if wanted(difference.target):
                yield self._schema(fault, difference)
        wide = Target(fault["id"])
        if not found and wanted(wide):
            yield result_of(wide, fault, Evidence(), why="nothing that a test writes meets any")

    def _defaults_in_use(self, statements: Sequence[str]) -> Trace:
        writing = set(self.trace.tests(("INSERT",)))
        items = [item for item in self.items if item.nodeid in writing]
        if not statements or not items:
            return Trace()
        with self._noting(Target(TRACE)), self.variants.schema(statements):
            done, _ = self.variants.runner.run(items)
            return read(done, self.variants.runner.shared)

    def _schema(self, fault: Mapping[str, Any], difference: Difference) -> Result:
        target = difference.target
        meeting = set(difference.tests)
        items = [item for item in self.items if item.nodeid in meeting or item in self.static]
        kind, table, name = difference.lacks
        with self._noting(Target(LACKING, table, name), kind):
            block = self.variants.schema(difference.statements)
            done, late, seconds = self._run(fault, block, items)
        ran = [one.test for one in done]
        reds = [red for one in done for red in one.reds]
        noted = [note for one in done for note in one.noted]
        felt = sum(note.kind == "I" for note in noted)
        altered = felt if table else len(meeting & set(ran))
        # A check that compares the schema itself has met it by that.
        seen = Evidence(ran=ran, infected=altered or len(reds), reds=reds, late=late)
        seen.reached = max(seen.infected, sum(one.reached for one in done))
        if difference.violation is not None:
            passed = {(one.kind, one.name) for each in done for one in each.violated}
            seen.active = difference.violation not in passed
        why = "" if meeting or reds else unmet(difference)
        if table and meeting and not seen.infected:
            why = f"{seen.reached} rows of {table}, and none of them feels it"
        result = self._judged(target, fault, seen, seconds, why, done)
        same = fault.get("same_in", {})
        if same and self.trace.always(meeting, target.table, same):
            had = ", ".join(f"{name} {value}" for name, value in same.items())
            result.equivalent = f"every session that wrote {target.table} had {had}"
        return result

    @contextmanager
    def _noting(self, target: Target, argument: str = "") -> Iterator[None]:
        """The triggers note what a target means."""
        self.variants.injector.arm(target.fault, target.table, target.column, argument)
        try:
            yield
        finally:
            self.variants.injector.disarm()

    def _setting(self, fault: Mapping[str, Any]) -> Result:
        writing = set(self.trace.tests(("INSERT", "UPDATE", "DELETE")))
        items = [item for item in self.items if item.nodeid in writing or item in self.static]
        with self._noting(Target(SETTING)):
            block = self.variants.settings({fault["name"]: fault["value"]})
            done, late, seconds = self._run(fault, block, items)
        seen, why = of_setting(fault, done)
        seen.late = late
        return self._judged(Target(fault["id"]), fault, seen, seconds, why, done)

    def _run(
        self,
        fault: Mapping[str, Any],
        block: AbstractContextManager[None],
        items: Sequence[pytest.Item],
    ) -> tuple[list[Ran], bool, float]:
        begin = time.perf_counter()
        green = [item for item in items if item.nodeid not in self.trace.red]
        with block:
            done, late = self.run(green)
            done = self.shown.asked(fault["id"], green, done, self.run)
        return done, late, time.perf_counter() - begin

    def _judged(
        self,
        target: Target,
        fault: Mapping[str, Any],
        seen: Evidence,
        seconds: float,
        why: str,
        done: Sequence[Ran],
    ) -> Result:
        """What was red must be green again on the template as it was."""
        red = {one.test for one in seen.reds}
        if red:
            again, _ = self.run([item for item in self.items if item.nodeid in red])
            seen.green_after = not any(one.reds for one in again)
        return result_of(target, fault, seen, seconds=seconds, why=why, total=len(done))


def unmet(difference: Difference) -> str:
    """Why no test meets it."""
    target = difference.target
    if difference.violation is None and target.column:
        return f"no test writes {target.table}.{target.column}, and no check looks at it"
    return "no test violates one, and no check looks at it"


def of_setting(fault: Mapping[str, Any], done: Sequence[Ran]) -> tuple[Evidence, str]:
    """What sessions noted where they wrote, and why that alone is no effect."""
    notes = [note.extra for one in done for note in one.noted if note.kind == "S"]
    had = sum(fault["value"] in extra for extra in notes)
    reds = [red for one in done for red in one.reds]
    refused = sum(one.kind == SERIALIZATION for each in done for one in each.violated)
    altered = had if fault.get("alters", True) else refused
    seen = Evidence([one.test for one in done], len(notes), altered or len(reds), reds)
    if notes and not had and not reds:
        seen.reached = 0
        return seen, f"the application's sessions set their {fault['name']} themselves"
    if had and not seen.infected:
        return (
            seen,
            f"{had} of its statements had {fault['name']} = {fault['value']}: no difference",
        )
    return seen, ""
