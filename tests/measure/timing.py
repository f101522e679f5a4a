"""Samples, and rows that compare them with a target and with what a user would pick instead."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# A shell's wish that no interpreter keeps bytecode would make every start of all sides slow.
FORGET = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PARITY_DATABASE_URL", "CI")


class BenchFailed(Exception):
    """Something that was to be measured did not work; the text has its output."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of repeated runs."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def minimum(self) -> float:
        return min(self.seconds)

    def as_json(self) -> dict[str, Any]:
        return {
            "median_ms": round(self.median * 1000, 3),
            "min_ms": round(self.minimum * 1000, 3),
            "n": len(self.seconds),
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `sample` is None when it was not measured; `note` then says why.

    The target is for the median, in seconds; with `share_of`, it is the highest share of that
    sample's median.
    """

    id: str
    what: str
    sample: Sample | None
    beside: Mapping[str, Sample] = field(default_factory=dict)
    target: float | None = None
    share_of: str | None = None
    note: str = ""

    @property
    def measured(self) -> float | None:
        """What the target is for: seconds, or a share."""
        if self.sample is None:
            return None
        return self.sample.median / (self.beside[self.share_of].median if self.share_of else 1)

    @property
    def met(self) -> bool | None:
        """None without a target or without a sample."""
        if self.target is None or self.measured is None:
            return None
        return self.measured <= self.target

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "what": self.what,
            **(self.sample.as_json() if self.sample else {"median_ms": None}),
            "target": self.target,
            "share_of": self.share_of,
            "measured": self.measured,
            "met": self.met,
            "beside": {name: sample.as_json() for name, sample in self.beside.items()},
            "note": self.note,
        }


def alternate(times: int, **actions: Callable[[], float | None]) -> dict[str, Sample]:
    """Run the actions in turn, so that a busy moment of the machine hits all of them alike.

    An action that returns seconds has timed itself, without what came before and after.
    """
    found: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(times):
        for name, action in actions.items():
            begin = time.perf_counter()
            own = action()
            found[name].append(time.perf_counter() - begin if own is None else own)
    return {name: Sample(tuple(seconds)) for name, seconds in found.items()}


def variables(**changes: str) -> dict[str, str]:
    """The environment of a command that is measured."""
    kept = {name: value for name, value in os.environ.items() if name not in FORGET}
    return kept | changes


def run(command: list[str], cwd: Path | None = None, **changes: str) -> float:
    """Seconds of one command. Raises BenchFailed when it fails."""
    begin = time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=variables(**changes), capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - begin
    if done.returncode:
        said = (done.stdout + done.stderr)[-2000:]
        raise BenchFailed(f"{' '.join(command)}: exit code {done.returncode}\n{said}")
    return seconds
