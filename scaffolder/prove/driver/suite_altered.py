"""Faults of the schema, of settings and of what is read, against the team's own suite."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from scaffolder.prove.driver import plans
from scaffolder.prove.driver.injector import LACKING, SETTING, TRACE
from scaffolder.prove.driver.part import is_mine
from scaffolder.prove.driver.reading import ROW_ORDER, UNMET, of_table
from scaffolder.prove.driver.restarted import of_setting
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.schema import DROPS, Difference, differences, noting_defaults
from scaffolder.prove.driver.suite_armory import Armory
from scaffolder.prove.driver.suite_run import Once
from scaffolder.prove.driver.trace import Target, Trace, read
from scaffolder.prove.driver.verdict import Evidence
from support.run.session import Session

DEFAULTS = "defaults"
"""A kind of `_parity.lack`: every default is noted, and stays."""
REFERENCED = "there is no unique constraint matching given keys for referenced table"
"""PostgreSQL's words when a schema can't be made because what it refers to was dropped at once."""


class Altered:
    """What needs another database or role, and not only a trigger that is armed."""

    def __init__(self, armory: Armory, shared: Session) -> None:
        self.armory, self.shared, self.trace = armory, shared, armory.trace

    def prove(self, fault: Mapping[str, Any]) -> Iterator[Result]:
        """All targets of a fault."""
        if not is_mine(self.armory.job, fault["id"]):
            return
        if fault["kind"] == "schema":
            yield from self._schema(fault)
        elif fault["kind"] == "setting":
            if self.armory.is_asked(Target(fault["id"])):
                yield self._setting(fault)
        elif fault["id"] == ROW_ORDER:
            yield from self._row_order(fault)

    def _schema(self, fault: Mapping[str, Any]) -> Iterator[Result]:
        shared = self.shared
        copy = shared.cluster.create("look", shared.role, template=shared.template)
        try:
            with closing(copy.connect()) as connection:
                trace = self.trace
                if fault.get("drops") == "default":
                    trace = self._defaults_in_use(bool(noting_defaults(connection)))
                known = differences(fault, connection, trace)
        finally:
            copy.drop()
        found = [one for one in [*known, *self._unknown(fault, known)] if one.tests]
        for difference in found:
            if self.armory.is_asked(difference.target):
                yield self._lacking(fault, difference)
        wide = Target(fault["id"])
        if not found and self.armory.is_asked(wide):
            yield result_of(wide, fault, Evidence(), why=_unmet(fault))

    def _unknown(
        self, fault: Mapping[str, Any], known: Sequence[Difference]
    ) -> Iterator[Difference]:
        """Constraints of databases that the suite makes, of a name that no migration gives."""
        letter = DROPS.get(fault.get("drops", ""))
        for (kind, name), tests in self.trace.violated.items():
            if kind == letter and not any(one.violation == (kind, name) for one in known):
                target = Target(fault["id"], name)
                lacks = (fault["drops"], "", name)
                yield Difference(target, (), tuple(tests), (kind, name), lacks)

    def _defaults_in_use(self, exist: bool) -> Trace:
        tests = self.armory.green(self.trace.tests(("INSERT",)))
        if not exist or not tests:
            return Trace()
        once = self.armory.armed(Target(TRACE), tests, argument=DEFAULTS, lacks=(DEFAULTS, "", ""))
        return read(once.ran, once.recorded.shared)

    def _lacking(self, fault: Mapping[str, Any], difference: Difference) -> Result:
        kind, table, name = difference.lacks
        tests = self.armory.green(difference.tests)
        begin = time.perf_counter()
        once = self.armory.armed(
            Target(LACKING, table, name), tests, argument=kind, lacks=difference.lacks, stop=True
        )
        seconds = time.perf_counter() - begin
        seen = self._seen(once, tests)
        if difference.violation is not None:
            refused = {(one.kind, one.name) for ran in once.ran for one in ran.violated}
            seen.active = difference.violation not in refused
            seen.reached = seen.infected = len(set(seen.ran) & set(tests))
        why = "" if seen.infected else f"{seen.reached} rows of {table}, and none of them feels it"
        if any(REFERENCED in red.message for red in seen.reds):
            seen.active, why = False, "a foreign key of the schema that the suite makes needs it"
        return self._judged(difference.target, fault, seen, seconds, why)

    def _setting(self, fault: Mapping[str, Any]) -> Result:
        tests = self.armory.green(self.trace.tests(("INSERT", "UPDATE", "DELETE")))
        target = Target(fault["id"])
        if not tests:
            return result_of(target, fault, Evidence(), why="no session of the suite writes")
        begin = time.perf_counter()
        settings = {fault["name"]: fault["value"]}
        once = self.armory.armed(Target(SETTING), tests, settings=settings)
        seconds = time.perf_counter() - begin
        seen, why = of_setting(fault, once.ran)
        self.armory.add_crash(seen, once, tests)
        if seen.reds and not once.ran:  # by the setting, since it ran without
            seen.reached = seen.infected = len(seen.reds)
            why = f"the suite ends with {fault['name']} = {fault['value']} before any test"
        return self._judged(target, fault, seen, seconds, why)

    def _row_order(self, fault: Mapping[str, Any]) -> Iterator[Result]:
        wide = Target(fault["id"])
        tables = [Target(fault["id"], table) for table in sorted(self.trace.tables())]
        asked = [target for target in tables if self.armory.is_asked(target)]
        tests = self.armory.green(self.trace.tests(("INSERT",)))
        met: list[Target] = []
        if tests and (asked or self.armory.is_asked(wide)):
            begin = time.perf_counter()
            once = self.armory.armed(wide, tests, settings=plans.SETTINGS)
            seconds = time.perf_counter() - begin
            met = [target for target in asked if of_table(fault, target.table, once.ran).infected]
            alike = not of_table(fault, "", once.ran).reds
            for target in met:
                if not alike:
                    once = self.armory.armed(target, tests, settings=plans.SETTINGS)
                seen = of_table(fault, target.table, once.ran)
                self.armory.add_crash(seen, once, tests)
                yield self._judged(target, fault, seen, seconds / len(met))
        if not met and self.armory.is_asked(wide):
            yield result_of(wide, fault, Evidence(), why=UNMET[ROW_ORDER])

    def _seen(self, once: Once, tests: Sequence[str]) -> Evidence:
        outside = [note.kind for note in once.recorded.outside]
        seen = Evidence([ran.test for ran in once.ran])
        seen.infected = sum(ran.infected for ran in once.ran) + outside.count("I")
        seen.reached = seen.infected + sum(ran.reached - ran.infected for ran in once.ran)
        seen.reds = [red for ran in once.ran for red in ran.reds]
        self.armory.add_crash(seen, once, tests)
        return seen

    def _judged(
        self,
        target: Target,
        fault: Mapping[str, Any],
        seen: Evidence,
        seconds: float,
        why: str = "",
    ) -> Result:
        """What was red must be green again on a database as it was."""
        red = [one.test for one in seen.reds if one.test in self.trace.seconds]
        if red:
            again = self.armory.runs.once(red)
            seen.green_after = not any(ran.reds for ran in again.ran)
        return result_of(target, fault, seen, seconds=seconds, why=why)


def _unmet(fault: Mapping[str, Any]) -> str:
    if fault.get("drops") in DROPS:
        return "no test has the server refuse a statement because of one"
    return "nothing that a test writes meets any"
