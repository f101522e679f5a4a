"""Judges loud faults by what the application did, not by whether a test is red."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from scaffolder.prove.driver import tried as shared
from scaffolder.prove.driver.injector import Injector
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Runner
from scaffolder.prove.driver.trace import Target
from scaffolder.prove.driver.tried import wrong
from scaffolder.prove.driver.verdict import Evidence, Red

GOOD = "reported; nothing was written, and the next action works without a restart"


class Oracle:
    """`items`: the tests of loud.py."""

    def __init__(self, injector: Injector, runner: Runner, items: Sequence[pytest.Item]) -> None:
        self.runner, self.items = runner, items
        shared.INJECTOR.append(injector)

    def prove(self, fault: Mapping[str, Any], wanted: Callable[[Target], bool]) -> Iterator[Result]:
        """For each journey; `serialization-failure:place-order`."""
        for item in self.items:
            journey = item.nodeid.partition("[")[2].rstrip("]")
            target = Target(fault["id"], journey)
            if wanted(target):
                yield self._journey(fault, target, item)

    def _journey(self, fault: Mapping[str, Any], target: Target, item: pytest.Item) -> Result:
        begin = time.perf_counter()
        seen, told = Evidence(ran=[item.nodeid]), []
        for number in range(1, shared.FIRST + 1):
            shared.OUTCOMES.clear()
            shared.ARMED.append((fault["error"], number))
            try:
                (ran,), _ = self.runner.run([item])
            finally:
                shared.ARMED.clear()
            seen.reached += ran.reached
            if ran.reds:
                seen.green_before = False
                told.append(ran.reds[0].message)
            if not ran.infected or item.nodeid not in shared.OUTCOMES:
                break
            tried = shared.OUTCOMES[item.nodeid]
            if tried.whole and tried.recovered:
                told.append("the application tried again, and all is stored")
                continue
            seen.infected += ran.infected
            if complaint := wrong(tried, number):
                told.append(complaint)
        why = "; ".join(dict.fromkeys(told)) or (GOOD if seen.infected else "it writes nothing")
        if seen.infected and not told:
            seen.reds = [Red(f"the application ({target.table})", "call", False, True, GOOD)]
        return result_of(target, fault, seen, seconds=time.perf_counter() - begin, why=why)
