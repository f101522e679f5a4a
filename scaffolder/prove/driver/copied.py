"""Faults in a copy of the repository: what those of the migrations and of what ships share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from scaffolder.prove.driver.restarted import Restarted
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.runner import Ran, Runner
from scaffolder.prove.driver.trace import Target
from scaffolder.prove.driver.tree import Tree
from scaffolder.prove.driver.verdict import Evidence
from support.install.uv_job import InstallFailed

Prove = Callable[[Mapping[str, Any], Tree], Iterator[Result]]


class Copied:
    """The copy is made when the first fault needs it, in the job's `folder`."""

    def __init__(
        self,
        restarted: Restarted,
        runner: Runner,
        job: Mapping[str, Any],
        say: Callable[[str], None],
    ) -> None:
        self.restarted, self.runner, self.say = restarted, runner, say
        self.folder, self.limit = Path(job["folder"]), float(job["fault_seconds"])
        self.only: list[str] = list(job["only"])
        self.part: tuple[int, int] = tuple(job["part"])
        self.shared = restarted.variants.shared
        self.items = [item for item in restarted.items if item.nodeid not in restarted.trace.red]
        self._tree: Tree | None = None

    def prove(self, fault: Mapping[str, Any], prove: Prove) -> Iterator[Result]:
        """All targets of a fault; one that is not reached where the copy can't be installed."""
        try:
            self._tree = self._tree or Tree(self.shared, self.folder, self.say)
            yield from prove(fault, self._tree)
        except InstallFailed as problem:
            yield self.unmet(fault, f"the copy can't be installed: {first_line(problem)}")

    def is_asked(self, target: Target) -> bool:
        """Whether nobody asked for others only."""
        return not self.only or target.fault in self.only or target.id in self.only

    def unmet(self, fault: Mapping[str, Any], why: str, table: str = "") -> Result:
        """A fault that was not reached."""
        return result_of(Target(fault["id"], table), fault, Evidence(), why=why)

    def run(
        self,
        fault: Mapping[str, Any],
        items: Sequence[pytest.Item],
        meeting: Sequence[pytest.Item] | None = None,
    ) -> tuple[list[Ran], bool]:
        """Up to the first that notices, and checks that are not shown to hold yet: of them those
        that are `meeting` the fault, where that is known.
        """
        done, late = self._to_the_first(items)
        own = items if meeting is None else meeting
        return self.restarted.shown.asked(fault["id"], own, done, self._to_the_first), late

    def _to_the_first(self, items: Sequence[pytest.Item]) -> tuple[list[Ran], bool]:
        """A crash is as good as a comparison here."""
        return self.runner.run(
            items, enough=lambda ran: any(red.says_something for red in ran.reds), limit=self.limit
        )

    def judged(
        self,
        target: Target,
        fault: Mapping[str, Any],
        seen: Evidence,
        tree: Tree,
        *,
        why: str,
        seconds: float,
    ) -> Result:
        """What was red must be green again in the copy as it was."""
        red = {one.test for one in seen.reds}
        if red:
            with tree.running(self.runner):
                again, _ = self.runner.run([item for item in self.items if item.nodeid in red])
            seen.green_after = not any(one.reds for one in again)
        return result_of(target, fault, seen, seconds=seconds, why=why)


def evidence(done: Sequence[Ran], *, late: bool, meeting: set[str]) -> Evidence:
    """Tests that met it; and those that are red, since they have met it by that."""
    reds = [red for one in done for red in one.reds]
    ran = [one.test for one in done]
    met = len(meeting & set(ran)) or len(reds)
    return Evidence(ran=ran, reached=met, infected=met, reds=reds, late=late)


def first_line(problem: Exception) -> str:
    """What it says first."""
    return str(problem).splitlines()[0][:200]
