"""Faults against the team's own suite: a process for each run, on a database of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

from scaffolder.prove.driver.harness import Tell
from scaffolder.prove.driver.injector import TRACE, Injector
from scaffolder.prove.driver.log import Log
from scaffolder.prove.driver.own_server import own_server
from scaffolder.prove.driver.part import is_mine
from scaffolder.prove.driver.reading import STALE_READ
from scaffolder.prove.driver.results import result_of
from scaffolder.prove.driver.runner import evidence
from scaffolder.prove.driver.suite_altered import Altered
from scaffolder.prove.driver.suite_armory import Armory
from scaffolder.prove.driver.suite_processes import TRIED, SuiteProcesses
from scaffolder.prove.driver.suite_run import Once, Runs
from scaffolder.prove.driver.trace import Target, asked_for, read, unmet
from scaffolder.prove.driver.verdict import Evidence, verdict
from support.install import environment as environments
from support.run.results import Unavailable
from support.run.session import Session

NOT_CONNECTED = "the suite never connects to PostgreSQL"
SLOWER = 5  # times the baseline, before a run is taken for one that hangs


class Suite:
    """The suite, and the faults that it is run under."""

    def __init__(self, job: Mapping[str, Any], shared: Session, tell: Tell) -> None:
        self.job, self.shared, self.tell = job, shared, tell
        self.faults = job["faults"]
        self.injector = Injector(shared.server, self.faults)
        self.injector.install(shared.cluster, shared.template, new_tables=True)
        self.injector.install_for_new_databases()
        assert shared.server.log is not None
        self.log = Log(Path(shared.server.log))
        self.environment = environments.build(
            shared.repository, shared.settings, own_suite=True, echo=self.say
        )
        self.runs = Runs(shared, job["suite"], self.log, self.environment)
        self.armory = Armory(job, self.injector, self.runs)

    def say(self, text: str) -> None:
        self.tell({"event": "say", "text": text})

    def prove(self) -> None:
        """The baseline, all faults, the control."""
        plain = self._plain()
        self.say("baseline: the suite, nothing altered")
        begin = time.perf_counter()
        self.injector.arm(TRACE)
        once = self.runs.once()
        self.injector.disarm()
        seconds = time.perf_counter() - begin
        self.runs.limit = max(float(self.job["fault_seconds"]), SLOWER * seconds)
        if not once.ran:
            raise Unavailable(f"the suite ran no test: {once.done.tail(15)}")
        self.armory.trace = read(once.ran, once.recorded.shared)
        self._tell_baseline(once, plain, seconds)
        self._all(bool(once.connections))
        self._control()

    def _all(self, connected: bool) -> None:
        altered = Altered(self.armory, self.shared)
        processes = SuiteProcesses(self.armory)
        for fault in self.faults:
            wide = Target(fault["id"])
            if fault["kind"] in ("row", "value"):
                self._fault(fault, connected)
            elif why := left_out(fault):
                if self.job["only"] and self.armory.is_asked(wide):
                    self._tell(result_of(wide, fault, Evidence(), why=why))
            elif fault["kind"] == "process":
                for result in processes.prove(fault):
                    self._tell(result)
            elif connected or self.armory.trace.writes:
                for result in altered.prove(fault):
                    self._tell(result)
            elif self.armory.is_asked(wide):
                self._tell(result_of(wide, fault, Evidence(), why=NOT_CONNECTED))

    def _plain(self) -> str | None:
        """As the team runs it, where parity.yaml points it at PostgreSQL first."""
        wanted = self.shared.settings.OWN_SUITE
        if not wanted["env"] and not wanted["settings"]:
            return None
        self.say("the suite as it is, before it is pointed at PostgreSQL")
        once = self.runs.once(plain=True)
        return None if once.connections else NOT_CONNECTED

    def _tell_baseline(self, once: Once, plain: str | None, seconds: float) -> None:
        self.tell(
            {
                "event": "baseline",
                "tests": len(once.ran),
                "seconds": seconds,
                "red": self.armory.trace.red,
                "tables": [],
                "written": sorted(self.armory.trace.tables()),
                "settings": {
                    name: sorted(found) for name, found in self.armory.trace.settings.items()
                },
                "plain": plain,
                "connections": once.connections,
                "uncollected": once.recorded.uncollected,
            }
        )

    def _fault(self, fault: Mapping[str, Any], connected: bool) -> None:
        if not is_mine(self.job, fault["id"]):
            return
        met, not_met = asked_for(fault, self.armory.trace, self.job["only"])
        for target in not_met:
            rows, why = unmet(fault, self.armory.trace, target.table)
            if not connected and not self.armory.trace.writes:
                why = NOT_CONNECTED
            self._tell(result_of(target, fault, Evidence(reached=rows), why=why))
        tests = list(dict.fromkeys(test for each in met.values() for test in each))
        if len(met) > 1 and self._survives_all(Target(fault["id"]), fault, met, tests):
            return
        for target, meeting in met.items():
            self._tell(self._prove(target, fault, meeting))

    def _survives_all(
        self,
        wide: Target,
        fault: Mapping[str, Any],
        asked: Mapping[Target, list[str]],
        tests: list[str],
    ) -> bool:
        """When nobody notices the wide fault, nobody notices a narrow one."""
        whole, once = self._armed(wide, tests)
        if verdict(whole) != "survived":
            return False
        noted = [note for ran in once.ran for note in ran.noted if note.kind == "I"]
        for target, meeting in asked.items():
            mine = [
                note
                for note in noted
                if note.table == target.table and target.column in ("", *note.extra.split())
            ]
            seen = Evidence(ran=meeting, reached=len(mine), infected=len(mine))
            self._tell(result_of(target, fault, seen, why="", total=len(meeting)))
        return True

    def _armed(self, target: Target, tests: Sequence[str]) -> tuple[Evidence, Once]:
        green = self.armory.green(tests)
        once = self.armory.armed(target, green, stop=True)
        seen = evidence(once.ran, late=once.done.returncode == 124, green_before=bool(green))
        outside = [note.kind for note in once.recorded.outside]
        seen.reached += sum(kind in "RI" for kind in outside)
        seen.infected += outside.count("I")
        if seen.infected and seen.reds:
            seen.green_after = True
        self.armory.add_crash(seen, once, green)
        seen.whole = len(green) == len(self.armory.trace.seconds)
        return seen, once

    def _prove(self, target: Target, fault: Mapping[str, Any], tests: list[str]) -> Any:
        begin = time.perf_counter()
        seen, _ = self._armed(target, tests)
        seconds = time.perf_counter() - begin
        if seen.reds:
            again = self.runs.once(
                [red.test for red in seen.reds if red.test in self.armory.trace.seconds]
            )
            seen.green_after = not any(ran.reds for ran in again.ran)
        expected = sum(self.armory.trace.seconds.get(test, 0.0) for test in seen.ran)
        return result_of(target, fault, seen, seconds=seconds, total=len(tests), expected=expected)

    def _control(self) -> None:
        if not self.armory.used:
            return
        self.say("control: nothing armed")
        once = self.runs.once(sorted(self.armory.used))
        red = {ran.test: ran.reds[0].message for ran in once.ran if ran.reds}
        noted = sum(ran.reached for ran in once.ran)
        self.tell({"event": "control", "tests": len(once.ran), "red": red, "noted": noted})

    def _tell(self, result: Any) -> None:
        self.tell({"event": "fault", **result.as_json()})


def left_out(fault: Mapping[str, Any]) -> str | None:
    """Why a suite says nothing about a fault, None where it does; told to who asks for it."""
    if fault["kind"] in ("statement", "connection"):
        return "judged by what the application does after an action, and a suite names none"
    if fault["kind"] in ("clock", "engine", "migration", "artifact"):
        return "everything would run under it, and only a harness has checks that must notice"
    if fault["kind"] == "process" and fault["asked"] not in TRIED:
        return "it is the runner that would fail"
    if fault["id"] == STALE_READ:
        return "the row is hidden from the test's own queries, too: see ghost-insert"
    return None


def prove(job: Mapping[str, Any], tell: Tell) -> None:
    """Everything. Raises Unavailable."""
    settings = import_module("support.settings")
    own_server(settings)
    shared = Session.begin(
        Path(job["repository"]), settings, lambda text: tell({"event": "say", "text": text})
    )
    try:
        if shared.migration.problem:
            raise Unavailable(f"nothing to prove: the migration {shared.migration.problem}")
        suite = Suite(job, shared, tell)
        with closing(suite.injector):
            suite.prove()
    finally:
        shared.end()
