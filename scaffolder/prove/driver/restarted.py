"""Runs the faults that need the application to start again, and judges them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from typing import Any

import pytest

from scaffolder.prove.driver.injector import SETTING
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Ran
from scaffolder.prove.driver.schema import Difference, Variants, differences
from scaffolder.prove.driver.trace import Target, Trace
from scaffolder.prove.driver.verdict import Evidence

Run = Callable[[Sequence[pytest.Item]], tuple[list[Ran], bool]]


class Restarted:
    """`run` runs items up to the first that notices; `items` are all of the session."""

    def __init__(
        self, variants: Variants, trace: Trace, items: Sequence[pytest.Item], run: Run
    ) -> None:
        self.variants, self.trace, self.items, self.run = variants, trace, items, run
        written = {test for tests in trace.writes.values() for test in tests}
        self.static = [item for item in items if self._looks(item) and item.nodeid not in written]

    def _looks(self, item: pytest.Item) -> bool:
        """Of a check that looks at the database without writing."""
        file = item.nodeid.partition("::")[0]
        checks = self.variants.shared.settings.CHECKS.values()
        return any(one["file"] == file and "db-dialect" in one["categories"] for one in checks)

    def prove(self, fault: Mapping[str, Any], wanted: Callable[[Target], bool]) -> Iterator[Result]:
        """All targets of a fault of the schema, or the fault of a setting."""
        if fault["kind"] == "setting":
            if wanted(Target(fault["id"])):
                yield self._setting(fault)
            return
        with closing(self.variants.shared.server.connect(self._any_copy())) as connection:
            found = differences(fault, connection, self.trace)
        for difference in found:
            if wanted(difference.target):
                yield self._schema(fault, difference)

    def _any_copy(self) -> str:
        """A database with the template's schema: the template itself is closed."""
        name = "look"
        shared = self.variants.shared
        copy = shared.cluster.create(
            f"{name}{next(self.variants.numbers)}", shared.role, template=shared.template
        )
        return copy.name

    def _schema(self, fault: Mapping[str, Any], difference: Difference) -> Result:
        target = difference.target
        violating = self.trace.violated.get(difference.violation or ("", ""), [])
        meeting = set(violating)
        if difference.violation is None and target.table:
            meeting |= self.trace.writers(target.table, target.column)
        items = [item for item in self.items if item.nodeid in meeting or item in self.static]
        done, late, seconds = self._run(self.variants.schema(difference.statements), items)
        ran = [one.test for one in done]
        altered = len(meeting & set(ran))
        reds = [red for one in done for red in one.reds]
        # A check that compares the schema itself has met it by that.
        seen = Evidence(ran=ran, infected=altered or len(reds), reds=reds, late=late)
        seen.reached = seen.infected
        if difference.violation is not None:
            passed = {(one.kind, one.name) for each in done for one in each.violated}
            seen.active = difference.violation not in passed
        why = "" if meeting or reds else unmet(difference)
        result = self._judged(target, fault, seen, seconds, why, done)
        same = fault.get("same_in", {})
        if same and self.trace.always(meeting, target.table, same):
            had = ", ".join(f"{name} {value}" for name, value in same.items())
            result.equivalent = f"every session that wrote {target.table} had {had}"
        return result

    def _setting(self, fault: Mapping[str, Any]) -> Result:
        writing = set(self.trace.tests(("INSERT", "UPDATE", "DELETE")))
        items = [item for item in self.items if item.nodeid in writing or item in self.static]
        self.variants.injector.arm(SETTING)
        try:
            block = self.variants.setting(fault["name"], fault["value"])
            done, late, seconds = self._run(block, items)
        finally:
            self.variants.injector.disarm()
        notes = [note.extra for one in done for note in one.noted if note.kind == "S"]
        changed = sum(fault["value"] in extra for extra in notes)
        reds = [red for one in done for red in one.reds]
        seen = Evidence([one.test for one in done], len(notes), changed or len(reds), reds)
        seen.late = late
        why = ""
        if notes and not changed and not reds:
            seen.reached = 0
            why = f"the application's sessions set their {fault['name']} themselves"
        return self._judged(Target(fault["id"]), fault, seen, seconds, why, done)

    def _run(
        self, block: AbstractContextManager[None], items: Sequence[pytest.Item]
    ) -> tuple[list[Ran], bool, float]:
        begin = time.perf_counter()
        green = [item for item in items if item.nodeid not in self.trace.red]
        with block:
            done, late = self.run(green)
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
