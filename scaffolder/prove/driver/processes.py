"""Faults of the process: the application starts again under other conditions, and is watched."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scaffolder.prove.driver.asked import EXACT, Reading, reading, relevant
from scaffolder.prove.driver.conditions import EVERYTHING, Conditions, applied, conditions
from scaffolder.prove.driver.notes import MIGRATION, Asked, Notes
from scaffolder.prove.driver.packages import Installed, imported
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Ran, Run, Runner
from scaffolder.prove.driver.trace import Target, Trace
from scaffolder.prove.driver.verdict import Evidence
from support.app.migrate import migrate
from support.run.session import Session

JOURNEYS = "journey_"


@dataclass(slots=True)
class Watched:
    """A run of all tests with nothing altered: who asks for what."""

    notes: list[Asked] = field(default_factory=list)
    red: dict[str, str] = field(default_factory=dict)
    """Tests that are red because they are watched."""
    seconds: dict[str, float] = field(default_factory=dict)


class Processes:
    """`run` runs items up to the first that notices; `items` are all of the session."""

    def __init__(
        self, shared: Session, runner: Runner, trace: Trace, items: Sequence[pytest.Item], run: Run
    ) -> None:
        self.shared, self.runner, self.trace, self.run = shared, runner, trace, run
        self.items = [item for item in items if item.nodeid not in trace.red]
        self.numbers = itertools.count()
        self._packages: Installed | None = None
        self._watched: Watched | None = None

    def prove(self, fault: Mapping[str, Any], wanted: Callable[[Target], bool]) -> Iterator[Result]:
        """Each package or variable, where the fault is about one; else the fault itself."""
        for narrow in narrowed(fault, self.packages, self.shared.settings):
            target = Target(fault["id"], narrow)
            if wanted(target):
                yield self._prove(target, fault)

    def packages(self) -> Installed:
        """What the application's code imports; read once."""
        if self._packages is None:
            shared = self.shared
            self._packages = imported(shared.settings, shared.directory, shared.environment)
        return self._packages

    def watched(self) -> Watched:
        """One run for all faults of this kind."""
        if self._watched is None:
            names = [name for brings in self.packages().values() for name in brings]
            job = {"watch": EVERYTHING, "imports": names, "hide": []}
            with self._under(Conditions(job=job), migrating=True) as notes:
                done, _ = self.runner.run(self.items)
                red = {ran.test: ran.reds[0].message for ran in done if ran.reds}
                seconds = {ran.test: ran.seconds for ran in done}
                self._watched = Watched(notes.read(), red, seconds)
        return self._watched

    def _prove(self, target: Target, fault: Mapping[str, Any]) -> Result:
        names = self.packages().get(target.table, ()) if fault.get("each") == "package" else ()
        before = self.watched()
        met = relevant(fault, target.table, names, before.notes)
        if fault["asked"] in EXACT and not met:
            why = f"no process of the application asks for {target.table}"
            return result_of(target, fault, Evidence(), why=why)
        migrating = fault["asked"] not in EXACT or any(note.test == MIGRATION for note in met)
        items = self._chosen({note.test for note in met}, migrating=migrating)
        begin = time.perf_counter()
        wanted = conditions(fault, target.table, names)
        with self._under(wanted, migrating=migrating) as notes:
            done, late = self.run(items)
            read = reading(fault, target.table, names, notes.read(), before.notes)
        seconds = time.perf_counter() - begin
        seen = evidence(read, done, late=late)
        if seen.reds:
            self._look_again(seen)
        expected = sum(before.seconds.get(test, 0.0) for test in seen.ran)
        return result_of(
            target,
            fault,
            seen,
            seconds=seconds,
            why=read.why,
            total=len(items),
            expected=expected,
        )

    def _look_again(self, seen: Evidence) -> None:
        """What was red must be green again as it was."""
        red = {one.test for one in seen.reds}
        again, _ = self.run([item for item in self.items if item.nodeid in red])
        seen.green_after = not any(one.reds for one in again)

    def _chosen(self, meeting: set[str], *, migrating: bool) -> list[pytest.Item]:
        """Tests that start a process of the application, or meet it; then all journeys.

        What looks at the migrations comes first, since nothing else can run without them.
        """
        before = self.watched()
        starting = {note.test for note in before.notes if note.kind == "loaded"}
        items = [item for item in self.items if item.nodeid not in before.red]
        check = self.shared.settings.CHECKS.get("migrations") if migrating else None
        files = [check["file"]] if check else []
        first = [item for item in items if item.nodeid.partition("::")[0] in files]
        first += [i for i in items if i.nodeid in starting | meeting and i not in first]
        rest = [item for item in items if item.nodeid.startswith(JOURNEYS) and item not in first]
        return first + rest

    @contextmanager
    def _under(self, wanted: Conditions, *, migrating: bool) -> Iterator[Notes]:
        """Every process of the block starts under these conditions."""
        shared, number = self.shared, next(self.numbers)
        name = f"notes-{os.getpid()}-{number}"
        notes = Notes(shared.repository.resolve() / ".parity" / "prove" / name)
        before = shared.template, shared.migration
        self.runner.recycle()
        plugins = self._plugins()
        plugins.register(notes)
        try:
            with applied(shared.settings, wanted, shared.directory, notes.path):
                if migrating:
                    self._migrate(f"process{number}", notes)
                yield notes
                self.runner.recycle()
        finally:
            self.runner.recycle()
            plugins.unregister(notes)
            if shared.template is not before[0]:
                shared.template.drop()
            shared.template, shared.migration = before
            Path(notes.path).unlink()

    def _plugins(self) -> pytest.PytestPluginManager:
        assert self.runner.session is not None
        return self.runner.session.config.pluginmanager

    def _migrate(self, name: str, notes: Notes) -> None:
        """A template of its own, made by the application's migrations under the conditions."""
        shared = self.shared
        template = shared.cluster.create(name, shared.role)
        notes.mark(MIGRATION)
        done = migrate(shared.directory, shared.environment, shared.settings, template)
        notes.mark("")
        if not done.problem:
            shared.cluster.seal(template)
        shared.template, shared.migration = template, done


def narrowed(
    fault: Mapping[str, Any], packages: Callable[[], Installed], settings: Any
) -> list[str]:
    """Each distribution, or each variable that production sets; the fault itself is `""`."""
    if fault.get("each") == "package":
        return list(packages())
    if fault.get("each") == "variable":
        given = settings.ENVIRONMENT.items()
        return [name for name, variable in given if variable["sample"] is not None]
    return [""]


def evidence(read: Reading, done: Sequence[Ran], *, late: bool = False) -> Evidence:
    """Of the notes, and of what was red."""
    reds = [red for one in done for red in one.reds]
    seen = Evidence([one.test for one in done], read.reached, read.infected, reds, read.active)
    seen.late = late
    if reds and not seen.infected:  # green before and after: it altered something all the same
        seen.reached = seen.infected = len(reds)
    return seen
