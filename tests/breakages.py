"""Run the examples' breakages, and print what was measured as docs/breakages.md.

tests/test_breakages.py runs them one by one (a sample without --full) and compares with the page;
with --full and PARITY_GOLDEN=write it writes the page instead.
"""

from __future__ import annotations

import fcntl
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from scaffolder.demo.examples import Breakage
from scaffolder.demo.trial import Run, Trial

PAGE = Path(__file__).resolve().parents[1] / "docs" / "breakages.md"
# The examples name a Python that a machine may lack; the result is then `degraded`, not red.
ENVIRONMENT = {"PARITY_STRICT": os.environ.get("PARITY_STRICT", "0")}
FIXED_PORT = {"bind-ignored", "port-ignored"}  # both listen on 8000
HEAD = """# What the harness notices

Each example ships with small patches that reproduce production failures. This page says, for each
of them, which check turns red and with which message; which other checks turn red as a consequence;
and whether the example's own test suite notices. It is written by a run of all of them, and a test
compares it with what a run gives.
"""
TABLE = (
    "| breakage | the production failure | check | message | consequences | own suite |",
    "|---|---|---|---|---|---|",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page."""

    breakage: str
    what: str
    check: str
    message: str
    consequences: str
    own_suite: str

    def cells(self) -> str:
        parts = (self.breakage, self.what, self.check, self.message, self.consequences)
        return "| " + " | ".join([*map(_cell, parts), self.own_suite]) + " |"


def turns(breakage: Breakage | None) -> list[pytest.MarkDecorator]:
    """The mark of those that take one fixed port, whatever port they are given."""
    taken = breakage is not None and breakage.id in FIXED_PORT
    return [pytest.mark.alone("fixed-port")] if taken else []


def measure(trial: Trial, breakage: Breakage) -> tuple[Run, Row]:
    """Apply one patch, run the command that holds the check's tier, and restore."""
    trial.restore()
    trial.apply(breakage)
    try:
        run = trial.run(breakage.command, ENVIRONMENT)
    finally:
        trial.restore()
    others = [name for name in run.reds() if name != breakage.check]
    row = Row(
        breakage=breakage.id,
        what=breakage.what,
        check=breakage.check or "none: a control",
        message=message(run, breakage),
        consequences=", ".join(others) or "none",
        own_suite="notices" if breakage.own_suite == "red" else "green",
    )
    return run, row


def failure_text(run: Run, check: str | None) -> str:
    """Everything that the check said, "" when it is not red."""
    return "\n".join(run.checks().get(check or "", {}).get("failures", []))


def message(run: Run, breakage: Breakage) -> str:
    """The line of the failure that names the thing; its first line if that does."""
    lines = failure_text(run, breakage.check).splitlines()
    return next((line.strip() for line in lines if breakage.message in line), "")


def plain(text: str) -> str:
    """Without what differs from run to run: numbers, paths, times, and where a cell was cut."""
    text = re.sub(r"/\S*/", "/", text)
    text = re.sub(r"parity_[0-9a-z_]+", "parity_N", text)  # the worker's name is in it
    text = re.sub(r"[0-9a-f]*[0-9][0-9a-f]*", "N", text)
    return "|".join(cell[:200] for cell in text.split("|"))


def rows_of_page() -> dict[tuple[str, str], str]:
    """(example, breakage) -> the line of the page."""
    found: dict[tuple[str, str], str] = {}
    example = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            example = line[3:].strip()
        elif line.startswith("| ") and not line.startswith("| breakage"):
            found[example, line.split("|")[1].strip()] = line
    return found


def write(rows: dict[tuple[str, str], str], order: list[tuple[str, str]]) -> None:
    """Put the lines of this process into the page; several may do so at once."""
    with PAGE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = {**(rows_of_page() if PAGE.exists() else {}), **rows}
        text = page({key: known[key] for key in order if key in known})
        PAGE.write_text(text, encoding="utf-8")
    PAGE.with_suffix(".lock").unlink(missing_ok=True)


def page(rows: dict[tuple[str, str], str]) -> str:
    """The page, from the lines of all examples."""
    parts = [HEAD]
    for name in dict.fromkeys(example for example, _ in rows):
        lines = [line for (example, _), line in rows.items() if example == name]
        parts += [f"## {name}\n", *TABLE, *lines, ""]
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")[:300]
