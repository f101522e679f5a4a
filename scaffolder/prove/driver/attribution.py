"""Which checks are not shown to hold yet, and the faults that would show it.

A run ends with the first test that notices, so that others have no say. Whoever names a fault as
its own is asked by itself, in the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scaffolder.prove.driver.results import Result
from scaffolder.prove.driver.trace import Target, Trace

TRIES = 3
"""Faults of a check that are tried, until one turns it red."""


def unshown(
    proves: Mapping[str, Sequence[str]], results: Sequence[Result], trace: Trace
) -> Iterator[tuple[str, list[tuple[Target, list[str]]]]]:
    """File of a check -> faults that it names, each with the tests there that meet it.

    `proves`: file -> ids of faults. Left out is what some fault has turned red already, and what
    meets none.
    """
    for file, named in proves.items():
        if any(is_of(test, file) for one in results if one.fault in named for test in one.noticed):
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


def is_of(test: str, file: str) -> bool:
    """Whether a test stands in a file."""
    return test.partition("::")[0] == file
