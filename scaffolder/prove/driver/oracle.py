"""Judges loud faults by what the application did, not by whether a test is red."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from scaffolder.prove.driver import tried as shared
from scaffolder.prove.driver.injector import Injector
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Ran, Runner
from scaffolder.prove.driver.trace import Target
from scaffolder.prove.driver.tried import Tried, wrong
from scaffolder.prove.driver.verdict import Evidence, Red

GOOD = "reported; nothing was written, and the next action works without a restart"
AGAIN = "connected again by itself, and all is stored"
NEVER = ("kill", str(10**6))
"""A statement that no action comes to."""
UNMET: Mapping[str, str] = {
    "ended": "it keeps no connection between two actions",
    "refused": "it asks for no connection",
}


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

    def _attempts(self, fault: Mapping[str, Any]) -> list[tuple[str, str]]:
        """What tried.ARMED gets, one after the other."""
        if fault["kind"] == "connection":
            return [(fault["does"], "")]
        if fault.get("lasting"):
            return [(fault["error"], "1+")]
        if "times" in fault:
            return [(fault["error"], "1")] * int(fault["times"])
        return [(fault["error"], str(number)) for number in range(1, shared.FIRST + 1)]

    def _journey(self, fault: Mapping[str, Any], target: Target, item: pytest.Item) -> Result:
        begin = time.perf_counter()
        seen, told, good = Evidence(ran=[item.nodeid]), [], GOOD
        cuts, repeated = fault["kind"] == "connection", "times" in fault
        if repeated and is_command(item):
            return result_of(target, fault, seen, why=UNMET["ended"])
        for number, attempt in enumerate(self._attempts(fault), start=1):
            ran, tried = self._try(item, attempt)
            seen.reached += ran.reached
            if ran.reds:
                seen.green_before = bool(seen.infected) and self._works_again(item)
                lost = "the application does not recover without a restart: "
                told.append((lost if seen.green_before else "") + ran.reds[0].message)
            if tried is None or not (tried.met if cuts else ran.infected):
                break
            if tried.whole and tried.recovered and not cuts:
                told.append("the application tried again, and all is stored")
                continue
            seen.infected += ran.infected or 1
            if tried.whole and tried.recovered:
                good = AGAIN
            elif complaint := wrong(tried):
                told.append(f"time {number}: {complaint}" if repeated else complaint)
                if repeated:
                    break
        unmet = UNMET.get(fault.get("does", ""), "it writes nothing")
        why = "; ".join(dict.fromkeys(told)) or (good if seen.infected else unmet)
        if seen.infected and not told:
            seen.reds = [Red(f"the application ({target.table})", "call", False, True, good)]
        return result_of(target, fault, seen, seconds=time.perf_counter() - begin, why=why)

    def _works_again(self, item: pytest.Item) -> bool:
        """After a restart: what was red because of the attempts before it is green then."""
        ran, _ = self._try(item, NEVER)
        return not ran.reds

    def _try(self, item: pytest.Item, attempt: tuple[str, str]) -> tuple[Ran, Tried | None]:
        shared.OUTCOMES.clear()
        shared.ARMED.append(attempt)
        try:
            (ran,), _ = self.runner.run([item])
        finally:
            shared.ARMED.clear()
        tried = shared.OUTCOMES.get(item.nodeid)
        if tried is None or not tried.recovered:
            self.runner.recycle()  # the next one begins with an application that works
        return ran, tried


def is_command(item: pytest.Item) -> bool:
    """Whether the journey's action runs a command, which is a process of its own."""
    assert isinstance(item, pytest.Function)
    journey: Any = item.callspec.params["journey"]
    return "run" in journey.act
