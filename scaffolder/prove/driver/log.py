"""The server's log: what the faults noted, and what the server refused the application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NOTE = re.compile(r" LOG:  PARITY\|([A-Z])\|([^|]*)\|([^|]*)\|(.*)$")
ERROR = re.compile(r"\[\d+\] (\S*)@\S* ERROR:  (.*)$")
SERIALIZATION = "s"
# Messages of the server (in English, see support/postgres/options.py) with the constraint's kind.
VIOLATIONS = (
    ("u", re.compile(r'duplicate key value violates unique constraint "(?P<name>[^"]+)"')),
    ("f", re.compile(r'on table "[^"]+" violates foreign key constraint "(?P<name>[^"]+)"')),
    ("c", re.compile(r'violates check constraint "(?P<name>[^"]+)"')),
    (
        "n",
        re.compile(
            r'in column "(?P<column>[^"]+)" of relation "(?P<table>[^"]+)" violates not-null'
        ),
    ),
    (SERIALIZATION, re.compile(r"(?P<name>could not serialize access)")),
)
REFUSED = re.compile(r"\[\d+\] (\S*)@\S* FATAL:  too many connections for role")


@dataclass(frozen=True, slots=True)
class Note:
    """A line of a trigger: T traced, S settings, R reached, I infected."""

    kind: str
    table: str
    op: str
    extra: str


@dataclass(frozen=True, slots=True)
class Violation:
    """What refused a statement: a constraint; `name` of NOT NULL is `table.column`."""

    kind: str
    name: str


class Log:
    """Read from where it stood: `position()` before, `since(position)` after."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def position(self) -> int:
        """Bytes so far."""
        return self.path.stat().st_size

    def since(self, position: int) -> list[str]:
        """The lines that came after a position."""
        return self.between(position, None)

    def between(self, begin: int, end: int | None) -> list[str]:
        """The lines from one position to another, or to the end."""
        with self.path.open("rb") as file:
            file.seek(begin)
            found = file.read() if end is None else file.read(end - begin)
        return found.decode("utf-8", "replace").split("\n")


def notes(lines: list[str]) -> Iterator[Note]:
    """What the triggers wrote."""
    for line in lines:
        if found := NOTE.search(line):
            yield Note(*found.groups())


def violations(lines: list[str], admin: str) -> Iterator[Violation]:
    """Constraints that the application ran into; the administrator's own do not count."""
    for line in lines:
        refused = ERROR.search(line)
        if refused is None or refused[1] == admin:
            continue
        for kind, pattern in VIOLATIONS:
            if found := pattern.search(refused[2]):
                parts = found.groupdict()
                yield Violation(kind, parts.get("name") or f"{parts['table']}.{parts['column']}")


def refusals(lines: list[str], role: str) -> int:
    """Connections of a role that the server did not take."""
    return sum(found[1] == role for line in lines if (found := REFUSED.search(line)))
