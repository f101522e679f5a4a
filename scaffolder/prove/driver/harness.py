"""Faults against the harness: one pytest process that lives for all of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

from scaffolder.prove.driver import clock
from scaffolder.prove.driver.attribution import Shown, unshown
from scaffolder.prove.driver.copied import Copied
from scaffolder.prove.driver.engine import Engine
from scaffolder.prove.driver.injector import TRACE, Injector
from scaffolder.prove.driver.log import Log
from scaffolder.prove.driver.migrated import Migrated
from scaffolder.prove.driver.notes import Notes
from scaffolder.prove.driver.oracle import Oracle
from scaffolder.prove.driver.own_server import own_server
from scaffolder.prove.driver.part import is_asked, is_mine
from scaffolder.prove.driver.processes import Processes
from scaffolder.prove.driver.reading import Reading
from scaffolder.prove.driver.restarted import Restarted
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Ran, Runner, by_cost, evidence
from scaffolder.prove.driver.schema import Variants
from scaffolder.prove.driver.shipped import Shipped
from scaffolder.prove.driver.trace import Target, Trace, asked_for, read, unmet
from scaffolder.prove.driver.verdict import Evidence
from support.run.results import Unavailable
from support.run.session import SESSION, Session

Tell = Callable[[dict[str, Any]], None]
Proves = Callable[[Mapping[str, Any], Callable[[Target], bool]], Iterator[Result]]
LOUD = Path(__file__).resolve().parent / "loud.py"
LEFT_OUT = ("own-suite",)  # the team's tests are proven by themselves, with --suite
LIVE = ("row", "value")  # kinds that are armed without restarting anything
ARGUMENTS = ("-c", "pytest.ini", "--confcutdir=.", "-p", "support.fixtures")


class Prover:
    """A pytest plugin: begins the session, runs the faults instead of the tests, ends it."""

    def __init__(self, job: Mapping[str, Any], settings: ModuleType, tell: Tell) -> None:
        self.job = job
        self.settings = settings
        self.tell = tell
        self.faults = {fault["id"]: fault for fault in job["faults"]}
        self.runner: Runner | None = None
        self.shared: Session | None = None
        self.injector: Injector | None = None
        self.items: list[pytest.Item] = []
        self.loud: list[pytest.Item] = []
        self.trace = Trace()
        self.notes: Notes | None = None  # of a run at another instant, see clock.py
        self.failed_collection: list[str] = []
        self.problem: str | None = None
        self.used: set[str] = set()
        self.results: list[Result] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """PostgreSQL, migrations, triggers. Raises Unavailable."""
        try:
            shared = Session.begin(Path(self.job["repository"]), self.settings, self.say)
        except Unavailable as problem:
            self._give_up(str(problem))
        self.shared = session.config.stash[SESSION] = shared
        if shared.migration.problem:
            self._give_up(f"nothing to prove: the migration {shared.migration.problem}")
        self.injector = Injector(shared.server, self.job["faults"])
        self.injector.install(shared.cluster, shared.template)
        assert shared.server.log is not None
        self.runner = Runner(Log(Path(shared.server.log)), shared.server.user)
        session.config.pluginmanager.register(self.runner)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that can't be collected ends it: its tests would be missing unseen."""
        if report.failed:
            self.failed_collection.append(f"{report.nodeid}: {str(report.longrepr)[-300:]}")

    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Adds loud.py. Named as an argument, it would have pytest look through all of /tmp."""
        self.loud = list(session.genitems(pytest.Module.from_parent(session, path=LOUD)))
        items += self.loud

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """All faults; tells each as soon as it is judged."""
        assert self.runner and self.injector
        if self.failed_collection:
            self._give_up(f"the harness can't be collected: {self.failed_collection[0]}")
        self.items = [item for item in session.items if item not in self.loud]
        self.runner.begin(session)
        done = self._trace()
        if self.notes is not None:
            assert self.shared
            self.tell(clock.told(done, self.notes, self.shared.server))
            return True
        for fault in self.faults.values():
            if fault["kind"] in LIVE:
                self._live(fault)
        self._restarted([fault for fault in self.faults.values() if fault["kind"] not in LIVE])
        self._ask_each_check()
        self._control()
        return True

    def end(self) -> None:
        """Drop what was made, and stop the server."""
        if self.injector is not None:
            self.injector.close()
        if self.shared is not None:
            self.shared.end()

    def say(self, text: str) -> None:
        self.tell({"event": "say", "text": text})

    def _give_up(self, problem: str) -> NoReturn:
        self.problem = problem
        pytest.exit(problem, returncode=3)

    def _trace(self) -> list[Ran]:
        """All tests, nothing altered: the baseline, and who would meet which fault."""
        assert self.runner and self.injector and self.shared
        self.say(f"baseline: {len(self.items)} tests")
        begin = time.perf_counter()
        self.injector.arm(TRACE)
        done, _ = self.runner.run(self.items)
        self.injector.disarm()
        self.trace = read(done, self.runner.shared)
        self.items = by_cost(self.items, self.trace.seconds)
        self.tell(
            {
                "event": "baseline",
                "tests": len(done),
                "seconds": time.perf_counter() - begin,
                "red": self.trace.red,
                "tables": sorted(self.injector.tables(f"parity_{self.shared.run}_")),
                "written": sorted(self.trace.tables()),
                "settings": {name: sorted(found) for name, found in self.trace.settings.items()},
            }
        )
        return done

    def _live(self, fault: Mapping[str, Any]) -> None:
        met, not_met = asked_for(fault, self.trace, self.job["only"])
        for target in filter(lambda one: is_mine(self.job, one.id), not_met):
            rows, why = unmet(fault, self.trace, target.table)
            self._tell_result(result_of(target, fault, Evidence(reached=rows), why=why))
        for target, tests in met.items():
            if is_mine(self.job, target.id):
                self._tell_result(self._prove(target, fault, tests))

    def _restarted(self, faults: Sequence[Mapping[str, Any]]) -> None:
        assert self.shared and self.injector and self.runner
        variants = Variants(self.shared, self.injector, self.runner)
        shown = Shown(self.job["proves"], self.results)
        restarted = Restarted(variants, self.trace, self.items, self._limited, shown)
        limit = self.job["fault_seconds"]
        reading = Reading(variants, self.trace, self.items, self._limited, limit)
        oracle = Oracle(self.injector, self.runner, self.loud)
        given = (self.runner, self.trace, self.items, self._limited)
        copied = Copied(restarted, self.runner, self.job, self.say)
        provers: dict[str, Proves] = {
            "reading": reading.prove,
            "schema": restarted.prove,
            "setting": restarted.prove,
            "statement": oracle.prove,
            "connection": oracle.prove,
            "process": Processes(self.shared, *given).prove,
            "clock": clock.Clock(self.job, self.trace).prove,
            "engine": Engine(self.shared, *given).prove,
            "migration": Migrated(copied).prove,
            "artifact": Shipped(copied).prove,
        }
        for fault in faults:
            for result in provers[fault["kind"]](fault, self._is_wanted):
                self.used |= set(result.ran)
                self._tell_result(result)

    def _is_wanted(self, target: Target) -> bool:
        return is_asked(self.job, target) and is_mine(self.job, target.id)

    def _limited(self, items: Sequence[pytest.Item]) -> tuple[list[Ran], bool]:
        assert self.runner
        return self.runner.run(items, enough=self._enough, limit=self.job["fault_seconds"])

    def _prove(self, target: Target, fault: Mapping[str, Any], tests: list[str]) -> Result:
        """Arm, run the tests that meet it, disarm; what was red must be green again."""
        assert self.runner and self.injector
        begin = time.perf_counter()
        green = [test for test in tests if test not in self.trace.red]
        items = self._chosen(green)
        self.injector.arm(target.fault, target.table, target.column)
        try:
            done, late = self.runner.run(
                items, enough=self._enough, limit=self.job["fault_seconds"]
            )
        finally:
            self.injector.disarm()
        seconds = time.perf_counter() - begin
        self.used |= {ran.test for ran in done}
        seen = evidence(done, late=late, green_before=bool(green))
        recovered = True
        if seen.reds:
            seen.green_after, recovered = self._green_again([red.test for red in seen.reds])
        elif late:
            self.runner.recycle()
        why = "" if recovered else "green again only after a restart"
        expected = sum(self.trace.seconds.get(ran.test, 0.0) for ran in done)
        if self.job["measure"]:  # the same tests again, from the same start, with nothing armed
            begin = time.perf_counter()
            self.runner.run(items[: len(done)])
            expected = time.perf_counter() - begin
        return result_of(
            target, fault, seen, seconds=seconds, why=why, total=len(tests), expected=expected
        )

    def _ask_each_check(self) -> None:
        """Checks that no fault of their own has turned red so far: the others noticed first."""
        if self.job["only"]:
            return
        for file, targets in unshown(self.job["proves"], self.results, self.trace):
            for target, tests in targets if is_mine(self.job, file) else ():
                result = self._prove(target, self.faults[target.fault], tests)
                told = {"file": file, "id": result.id, "red": list(result.noticed)}
                self.tell({"event": "check", "infected": result.infected, **told})
                if result.noticed:
                    break

    def _green_again(self, tests: Sequence[str]) -> tuple[bool, bool]:
        """Whether what was red is green without the fault, and whether without a restart."""
        assert self.runner
        items = self._chosen(tests)[:1] if not self.job["every_test"] else self._chosen(tests)
        done, _ = self.runner.run(items)
        if not any(ran.reds for ran in done):
            return True, True
        self.runner.recycle()
        done, _ = self.runner.run(items)
        return not any(ran.reds for ran in done), False

    def _enough(self, ran: Ran) -> bool:
        """The first assertion that notices ends it, unless every test is asked for."""
        if self.job["every_test"]:
            return False
        return any(red.says_something and red.assertion for red in ran.reds)

    def _control(self) -> None:
        """The last of all: what ran with some fault is green without any."""
        assert self.runner and self.injector
        self.say("control: nothing armed")
        done, _ = self.runner.run(self._chosen(sorted(self.used)))
        red = {ran.test: ran.reds[0].message for ran in done if ran.reds}
        armed = sum(ran.reached for ran in done)
        self.tell({"event": "control", "tests": len(done), "red": red, "noted": armed})

    def _chosen(self, tests: Sequence[str]) -> list[pytest.Item]:
        wanted = set(tests)
        return [item for item in self.items if item.nodeid in wanted]

    def _tell_result(self, result: Result) -> None:
        self.results.append(result)
        self.tell({"event": "fault", **result.as_json()})


def prove(job: Mapping[str, Any], tell: Tell) -> None:
    """Everything. Raises Unavailable."""
    settings = import_module("support.settings")
    files = [
        check["file"]
        for name, check in settings.CHECKS.items()
        if check["tier"] != "packaging" and name not in LEFT_OUT
    ]
    run(Prover(job, settings, tell), files)


def run(prover: Prover, files: Sequence[str]) -> None:
    """A session of the harness with these files of tests. Raises Unavailable."""
    own_server(prover.settings)
    os.chdir(prover.job["harness"])
    try:
        with clock.moved(prover.settings, prover.job) as prover.notes:
            code = pytest.main([*ARGUMENTS, *files], plugins=[prover])
    finally:
        prover.end()
    if prover.problem:
        raise Unavailable(prover.problem)
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise SystemExit(int(code))
