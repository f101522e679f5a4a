"""Faults of the process against the team's own suite: it runs once under each."""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from scaffolder.prove.driver.asked import EXACT, reading, relevant
from scaffolder.prove.driver.conditions import Conditions, applied, conditions
from scaffolder.prove.driver.notes import Asked, Notes
from scaffolder.prove.driver.packages import Installed, imported
from scaffolder.prove.driver.processes import evidence, narrowed
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Ran
from scaffolder.prove.driver.suite_armory import Armory
from scaffolder.prove.driver.suite_run import Once
from scaffolder.prove.driver.trace import Target
from scaffolder.prove.driver.verdict import Evidence, Red

TRIED = ("package", "variable", "clock", "text")
"""Without asserts, a home or a folder for temporary files it is the runner that does not work."""
WATCHED = ("packages", "variables", "source")
TEST = re.compile(r"(^|/)(tests?|_pytest|conftest\.py|test_[^/]*)(/|:|$)")


@dataclass(slots=True)
class Watched:
    """The suite with nothing altered: who asks for what, and tests that are green all the same."""

    notes: list[Asked] = field(default_factory=list)
    green: list[str] = field(default_factory=list)


class SuiteProcesses:
    """The same catalogue as processes.Processes, in the process of the tests."""

    def __init__(self, armory: Armory) -> None:
        self.armory, self.runs = armory, armory.runs
        self.numbers = itertools.count()
        self._packages: Installed | None = None
        self._watched: Watched | None = None

    def prove(self, fault: Mapping[str, Any]) -> Iterator[Result]:
        """Each package or variable, where the fault is about one; else the fault itself."""
        for narrow in narrowed(fault, self.packages, self.runs.shared.settings):
            target = Target(fault["id"], narrow)
            if self.armory.is_asked(target):
                yield self._prove(target, fault)

    def packages(self) -> Installed:
        """What the application's code imports; read once."""
        if self._packages is None:
            shared = self.runs.shared
            self._packages = imported(shared.settings, shared.directory, shared.environment)
        return self._packages

    def watched(self) -> Watched:
        """One run for all faults of this kind."""
        if self._watched is None:
            names = [name for brings in self.packages().values() for name in brings]
            job = {"watch": WATCHED, "imports": names, "hide": []}
            with self._under(Conditions(job=job)) as notes:
                once = self.runs.once()
                green = [ran.test for ran in once.recorded.ran if not (ran.reds or ran.skipped)]
                green = [test for test in green if test not in self.armory.trace.red]
                self._watched = Watched(of_application(notes), green)
        return self._watched

    def _prove(self, target: Target, fault: Mapping[str, Any]) -> Result:
        names = self.packages().get(target.table, ()) if fault.get("each") == "package" else ()
        before = self.watched()
        if fault["asked"] in EXACT and not relevant(fault, target.table, names, before.notes):
            why = f"no test makes the application ask for {target.table}"
            return result_of(target, fault, Evidence(), why=why)
        begin = time.perf_counter()
        with self._under(conditions(fault, target.table, names)) as notes:
            once = self.runs.once(before.green, stop=not self.armory.job["every_test"])
            asked = of_application(notes)
            read = reading(fault, target.table, names, asked, before.notes)
        seconds = time.perf_counter() - begin
        done = once.recorded.ran
        self.armory.used |= {ran.test for ran in done}
        seen = evidence(read, [*done, *uncollected(once)], late=once.done.returncode == 124)
        seen.whole = len(done) == len(before.green)
        if red := [ran.test for ran in done if ran.reds]:
            again = self.runs.once(red)
            seen.green_after = not any(ran.reds for ran in again.recorded.ran)
        expected = sum(self.armory.trace.seconds.get(test, 0.0) for test in seen.ran)
        total = len(before.green)
        return result_of(
            target, fault, seen, seconds=seconds, why=read.why, total=total, expected=expected
        )

    @contextmanager
    def _under(self, wanted: Conditions) -> Iterator[Notes]:
        shared = self.runs.shared
        own = shared.repository.resolve() / ".parity" / "prove"
        notes = Notes(own / f"notes-{os.getpid()}-{next(self.numbers)}")
        try:
            with applied(shared.settings, wanted, shared.directory, notes.path):
                yield notes
        finally:
            notes.path.unlink()


def uncollected(once: Once) -> list[Ran]:
    """What kept the suite from running: red, and it says nothing about a test."""
    texts = list(once.recorded.uncollected)
    if not once.recorded.ran and not texts:
        texts = [once.done.tail(1)]
    return [
        Ran("the suite", reds=[Red("the suite", "collect", False, False, text)]) for text in texts
    ]


def of_application(notes: Notes) -> list[Asked]:
    """What is not the tests' own."""
    return [note for note in notes.read() if not is_of_test(note)]


def is_of_test(note: Asked) -> bool:
    """What the tests or their runner read, print or look up themselves."""
    if note.kind == "text" and not note.where:  # the standard output
        return True
    return note.kind in ("text", "variable", "copied") and TEST.search(note.where) is not None
