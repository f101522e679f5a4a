"""What the driver reports, written after each step: a driver that is stopped leaves what it has."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LINES = 15
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::\s|$)")
Echo = Callable[[str], None]


class StepFailed(Exception):
    """A step went wrong. `output`: all that was printed, for who looks for names in it."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


class Note:
    """What a step that went well has to say."""

    def __init__(self) -> None:
        self.text = ""


class Report:
    """The document of an observation."""

    def __init__(self, path: Path, echo: Echo) -> None:
        self.path = path
        self.echo = echo
        self.document: dict[str, Any] = {"steps": [], "reason": None, "missing_variables": []}

    @contextmanager
    def step(self, name: str) -> Iterator[Note]:
        """One step; StepFailed inside of it is its result, and goes on outwards."""
        started = time.monotonic()
        note = Note()
        self.echo(f"{name} ...")
        try:
            yield note
        except StepFailed as problem:
            self.add(name, False, str(problem), time.monotonic() - started)
            raise
        self.add(name, True, note.text, time.monotonic() - started)

    def add(self, name: str, ok: bool, message: str, seconds: float = 0.0) -> None:
        """A finished step."""
        entry = {"id": name, "ok": ok, "message": message, "seconds": round(seconds, 2)}
        self.document["steps"].append(entry)
        first = message.splitlines()[0] if message else ""
        self.echo(f"{name}: {'ok' if ok else 'failed'}{f': {first}' if first else ''}")
        self.write()

    def write(self) -> None:
        """All or nothing."""
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(self.document, default=str), encoding="utf-8")
        partial.replace(self.path)


def told(cause: str, output: str) -> str:
    """The cause in one line; below it the exceptions of the output, and its last lines."""
    lines = [line.rstrip() for line in output.strip().splitlines() if line.strip()]
    last = lines[-LINES:]
    above = [line for line in exceptions(output) if line not in last and line not in cause]
    return "\n".join([cause, *(f"  {line}" for line in [*above[:LINES], *last])])


def exceptions(output: str) -> list[str]:
    """The last lines of the tracebacks in an output, each once; what led to the others is first."""
    found: list[str] = []
    inside = False
    for line in output.splitlines():
        if line.startswith('  File "'):
            inside = True
        elif inside and EXCEPTION.match(line):
            found.append(line.rstrip())
            inside = False
    return list(dict.fromkeys(found))
