"""Faults against the team's own suite: a process for each run, on a database of its own."""

from __future__ import annotations

import itertools
import os
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from scaffolder.prove.driver import recording
from scaffolder.prove.driver.engine import own_server
from scaffolder.prove.driver.harness import Tell, evidence
from scaffolder.prove.driver.injector import TRACE, Injector
from scaffolder.prove.driver.log import Log
from scaffolder.prove.driver.results import result_of
from scaffolder.prove.driver.runner import Ran
from scaffolder.prove.driver.suite_processes import SuiteProcesses
from scaffolder.prove.driver.trace import Target, Trace, asked_for, read, unmet
from scaffolder.prove.driver.verdict import Evidence, verdict
from support.app.commands import Completed, process_environment, run
from support.database import roles
from support.database.cluster import Database
from support.database.connections import watch_connections
from support.install import environment as environments
from support.run.results import Unavailable
from support.run.session import Session

RECORDER = Path(__file__).resolve().parent / "recorder"
NOT_CONNECTED = "the suite never connects to PostgreSQL"
BASELINE_SECONDS = 3600.0
SLOWER = 5  # times the baseline, before a run is taken for one that hangs


@dataclass(slots=True)
class Once:
    """One run of the suite."""

    done: Completed
    recorded: recording.Recording
    connections: int
    position: int

    @property
    def ran(self) -> list[Ran]:
        return self.recorded.ran


class Suite:
    """The suite, and the faults that it is run under."""

    def __init__(self, job: Mapping[str, Any], shared: Session, tell: Tell) -> None:
        self.job, self.shared, self.tell = job, shared, tell
        self.faults = job["faults"]
        self.numbers = itertools.count()
        self.injector = Injector(shared.server, self.faults)
        self.injector.install(shared.cluster, shared.template, new_tables=True)
        self.injector.install_for_new_databases()
        assert shared.server.log is not None
        self.log = Log(Path(shared.server.log))
        self.environment = environments.build(
            shared.repository, shared.settings, own_suite=True, echo=self.say
        )
        self.trace = Trace()
        self.limit = BASELINE_SECONDS
        self.used: set[str] = set()

    def say(self, text: str) -> None:
        self.tell({"event": "say", "text": text})

    def prove(self) -> None:
        """The baseline, all faults, the control."""
        plain = self._plain()
        self.say("baseline: the suite, nothing altered")
        begin = time.perf_counter()
        self.injector.arm(TRACE)
        once = self.once()
        self.injector.disarm()
        seconds = time.perf_counter() - begin
        self.limit = max(float(self.job["fault_seconds"]), SLOWER * seconds)
        if not once.ran:
            raise Unavailable(f"the suite ran no test: {once.done.tail(15)}")
        self.trace = read(once.ran, once.recorded.shared)
        self._tell_baseline(once, plain, seconds)
        processes = SuiteProcesses(self, every_test=self.job["every_test"])
        for fault in self.faults:
            if fault["kind"] in ("row", "value"):
                self._fault(fault, bool(once.connections))
            elif fault["kind"] == "process":
                for result in processes.prove(fault, self._is_wanted):
                    self._tell(result)
        self._control()

    def once(
        self, tests: Sequence[str] | None = None, *, plain: bool = False, stop: bool = False
    ) -> Once:
        """Run it, or some tests of it, on a fresh database with an account of its own."""
        number = next(self.numbers)
        own = self.shared.repository / ".parity" / "prove"
        own.mkdir(parents=True, exist_ok=True)
        record = own / f"record-{os.getpid()}-{number}"
        position = self.log.position()
        with self._database(number) as database:
            variables = self._variables(database, record, plain=plain)
            if tests is not None:
                listed = record.with_suffix(".chosen")
                listed.write_text("\n".join(tests), encoding="utf-8")
                variables["PARITY_CHOSEN"] = str(listed)
            variables["PARITY_STOP"] = "1" if stop else "0"
            with watch_connections(self.shared.server, database.role) as seen:
                done = run(
                    self.job["suite"],
                    variables,
                    self.shared.directory,
                    self.shared.repository / ".parity",
                    timeout=self.limit,
                )
        recorded = recording.read(record, self.log, position, self.shared.server.user)
        for path in own.glob(f"{record.name}*"):
            path.unlink()
        return Once(done, recorded, seen.connections, position)

    @contextmanager
    def _database(self, number: int) -> Iterator[Database]:
        name = f"suite{number}"
        role = roles.make(self.shared, name, may_create_databases=True)
        database = self.shared.cluster.create(name, role, template=self.shared.template)
        try:
            yield database
        finally:
            database.drop()
            roles.drop_databases(self.shared, role)

    def _variables(self, database: Database, record: Path, *, plain: bool) -> dict[str, str]:
        wanted = self.shared.settings.OWN_SUITE
        own: dict[str, str] = {}
        if not plain:
            own = {name: database.fill(value) for name, value in wanted["env"].items()}
            if wanted["settings"]:
                own["DJANGO_SETTINGS_MODULE"] = wanted["settings"]
        given = self.shared.settings
        variables = process_environment(self.environment, given, database.env(), env=own)
        paths = [str(RECORDER), variables.get("PYTHONPATH", "")]
        variables["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        variables["PYTEST_ADDOPTS"] = "-p parity_recorder"
        variables["PARITY_RECORD"] = str(record)
        variables["PARITY_SERVER_LOG"] = str(self.log.path)
        return variables

    def _plain(self) -> str | None:
        """As the team runs it, where parity.yaml points it at PostgreSQL first."""
        wanted = self.shared.settings.OWN_SUITE
        if not wanted["env"] and not wanted["settings"]:
            return None
        self.say("the suite as it is, before it is pointed at PostgreSQL")
        once = self.once(plain=True)
        return None if once.connections else NOT_CONNECTED

    def _tell_baseline(self, once: Once, plain: str | None, seconds: float) -> None:
        self.tell(
            {
                "event": "baseline",
                "tests": len(once.ran),
                "seconds": seconds,
                "red": self.trace.red,
                "tables": [],
                "written": sorted(self.trace.tables()),
                "settings": {name: sorted(found) for name, found in self.trace.settings.items()},
                "plain": plain,
                "connections": once.connections,
                "uncollected": once.recorded.uncollected,
            }
        )

    def _fault(self, fault: Mapping[str, Any], connected: bool) -> None:
        if not self._is_mine(fault["id"]):
            return
        met, not_met = asked_for(fault, self.trace, self.job["only"])
        for target in not_met:
            rows, why = unmet(fault, self.trace, target.table)
            if not connected and not self.trace.writes:
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
        green = [test for test in tests if test not in self.trace.red]
        self.injector.arm(target.fault, target.table, target.column)
        try:
            once = self.once(green, stop=not self.job["every_test"])
        finally:
            self.injector.disarm()
        self.used |= {ran.test for ran in once.ran}
        seen = evidence(once.ran, late=once.done.returncode == 124, green_before=bool(green))
        outside = [note.kind for note in once.recorded.outside]
        seen.reached += sum(kind in "RI" for kind in outside)
        seen.infected += outside.count("I")
        if seen.infected and seen.reds:
            seen.green_after = True
        seen.whole = len(green) == len(self.trace.seconds)
        return seen, once

    def _prove(self, target: Target, fault: Mapping[str, Any], tests: list[str]) -> Any:
        begin = time.perf_counter()
        seen, _ = self._armed(target, tests)
        seconds = time.perf_counter() - begin
        if seen.reds:
            again = self.once([red.test for red in seen.reds])
            seen.green_after = not any(ran.reds for ran in again.ran)
        expected = sum(self.trace.seconds.get(test, 0.0) for test in seen.ran)
        return result_of(target, fault, seen, seconds=seconds, total=len(tests), expected=expected)

    def _control(self) -> None:
        if not self.used:
            return
        self.say("control: nothing armed")
        once = self.once(sorted(self.used))
        red = {ran.test: ran.reds[0].message for ran in once.ran if ran.reds}
        noted = sum(ran.reached for ran in once.ran)
        self.tell({"event": "control", "tests": len(once.ran), "red": red, "noted": noted})

    def _is_wanted(self, target: Target) -> bool:
        only = self.job["only"]
        asked = not only or target.fault in only or target.id in only
        return asked and self._is_mine(target.id)

    def _is_mine(self, name: str) -> bool:
        part, parts = self.job["part"]
        return zlib.crc32(name.encode()) % int(parts) == int(part)

    def _tell(self, result: Any) -> None:
        self.tell({"event": "fault", **result.as_json()})


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
