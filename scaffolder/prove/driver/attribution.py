"""Which checks are not shown to hold yet, and the faults that would show it.

A run ends with the first test that notices, so that others have no say. Whoever names a fault as
its own is asked by itself: of a fault that is armed in place in the end, of one that takes a start
or a build while it is in force.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import pytest

from scaffolder.prove.driver.results import Result
from scaffolder.prove.driver.runner import Ran, Run
from scaffolder.prove.driver.trace import Target, Trace

TRIES = 3
"""Faults of a check that are tried, until one turns it red."""


class Shown:
    """`proves`: file of a check -> ids of faults that it names; `results`: all so far, it grows."""

    def __init__(self, proves: Mapping[str, Sequence[str]], results: Sequence[Result]) -> None:
        self.proves, self.results = proves, results

    def asked(
        self, fault: str, items: Sequence[pytest.Item], done: Sequence[Ran], run: Run
    ) -> list[Ran]:
        """What ran in the end: `done`, and the tests among `items` of each check that names the
        fault, has turned red under none so far, and had no say.
        """
        found = list(done)
        for file in self._missing(fault, [red.test for ran in done for red in ran.reds]):
            ran = {one.test for one in found}
            own = [one for one in items if is_of(one.nodeid, file) and one.nodeid not in ran]
            if own:
                found += run(own)[0]
        return found

    def _missing(self, fault: str, red: Collection[str]) -> Iterator[str]:
        for file, named in self.proves.items() if red else ():
            just_now = any(is_of(test, file) for test in red)
            if fault in named and not just_now and not is_shown(file, named, self.results):
                yield file


def unshown(
    proves: Mapping[str, Sequence[str]], results: Sequence[Result], trace: Trace
) -> Iterator[tuple[str, list[tuple[Target, list[str]]]]]:
    """File of a check -> faults that it names, each with the tests there that meet it.

    `proves`: file -> ids of faults. Left out is what some fault has turned red already, and what
    meets none.
    """
    for file, named in proves.items():
        if is_shown(file, named, results):
            continue
        found = []
        for fault in named:  # the first target of each fault, then no more of it
            for target, tests in sorted(trace.hits.items()):
                own = [test for test in tests if is_of(test, file) and test not in trace.red]
                if target.fault == fault and own:
                    found.append((target, own))
                    break
        if found:
            yield file, found[:TRIES]


def is_shown(file: str, named: Sequence[str], results: Sequence[Result]) -> bool:
    """Whether some fault of its own has turned a check red."""
    return any(is_of(test, file) for one in results if one.fault in named for test in one.noticed)


def is_of(test: str, file: str) -> bool:
    """Whether a test stands in a file."""
    return test.partition("::")[0] == file
