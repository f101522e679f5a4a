"""What the application's processes noted while they were watched; see recorder/parity_probe.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

MIGRATION = "(migrations)"
"""Stands for a test in notes of the application's migrations and of `prepare`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that a process asked for, and whether the answer was another than production's.

    `kind`: loaded, late, package, variable, copied, text, home, temporary, clock, assert. `test`:
    during which it was, empty between tests.
    """

    kind: str
    what: str
    where: str
    altered: bool
    value: Any
    test: str


class Notes:
    """A pytest plugin: the file of the notes, with a mark where a test begins and ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
        path.chmod(0o666)  # a server may give up its user

    @pytest.hookimpl
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.mark(nodeid)

    @pytest.hookimpl
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.mark("")

    def mark(self, test: str) -> None:
        """What follows belongs to a test, or to none."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": "test", "what": test}) + "\n")

    def read(self) -> list[Asked]:
        """All so far."""
        return list(read(self.path.read_text(encoding="utf-8").splitlines()))


def read(lines: Iterable[str]) -> Iterator[Asked]:
    """From the lines of the file."""
    test = ""
    for line in lines:
        found = json.loads(line)
        if found["kind"] == "test":
            test = found["what"]
            continue
        yield Asked(
            found["kind"],
            found["what"],
            found.get("where", ""),
            bool(found.get("altered")),
            found.get("value"),
            test,
        )
