"""What a check came to: accepted findings, blocked checks, and the summary of a run."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ORDER = ("failed", "blocked", "accepted", "degraded", "passed")


class Unavailable(Exception):
    """Something that the harness needs is not there; one line, with how to get it."""


class Blocked(Exception):
    """A check that cannot run because another check failed, which it names."""

    def __init__(self, by: str, why: str) -> None:
        super().__init__(f"blocked by {by}: {why}")
        self.why = why


@dataclass(frozen=True)
class Acceptance:
    """An entry of `accepted` in parity.yaml: a known failure, run all the same."""

    check: str
    case: str | None
    reason: str
    until: dt.date | None

    @classmethod
    def read(cls, entry: dict[str, Any]) -> Acceptance:
        until = entry.get("until")
        if isinstance(until, str):
            until = dt.date.fromisoformat(until)
        return cls(entry["check"], entry.get("case"), entry["reason"], until)

    def expired(self, today: dt.date) -> bool:
        return self.until is not None and today > self.until

    def covers(self, check: str, case: str) -> bool:
        """True for the whole check, for an equal case, and for a pattern: `*` is any text."""
        if self.check != check:
            return False
        if self.case is None:
            return True
        pattern = ".*".join(map(re.escape, self.case.split("*")))  # names of tests hold [brackets]
        return re.fullmatch(pattern, case, re.DOTALL) is not None


class Acceptances:
    """All entries, and which of them were needed in this run."""

    def __init__(self, entries: list[dict[str, Any]], today: dt.date | None = None) -> None:
        self.entries = [Acceptance.read(entry) for entry in entries]
        self.today = today or dt.date.today()

    def find(self, check: str, *cases: str) -> int | None:
        """The number of the valid entry that accepts one of the names of a failure."""
        for number, entry in enumerate(self.entries):
            if not entry.expired(self.today) and any(entry.covers(check, case) for case in cases):
                return number
        return None

    def unneeded(self, checks: dict[str, bool], used: set[int]) -> dict[str, list[str]]:
        """check -> entries that accept nothing any more: fixed, or run out.

        `checks`: whether a check was examined to its end; else nothing is known to be fixed.
        """
        stale: dict[str, list[str]] = {}
        for number, entry in enumerate(self.entries):
            expired = entry.expired(self.today)
            if entry.check not in checks or number in used:
                continue
            if not expired and not checks[entry.check]:
                continue
            name = f"accepted case {entry.case!r}" if entry.case else "the acceptance"
            why = f"ran out on {entry.until}" if expired else "no longer fails"
            text = f"{entry.check}: {name} {why}: remove it from parity.yaml"
            stale.setdefault(entry.check, []).append(text)
        return stale


@dataclass
class CheckResult:
    """Everything that the tests of one check reported."""

    check: str
    tier: str
    budget: int
    seconds: float = 0.0
    tests: int = 0
    failures: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    degraded: set[str] = field(default_factory=set)
    not_covered: list[list[str]] = field(default_factory=list)

    @property
    def result(self) -> str:
        """failed > blocked > accepted > degraded > passed."""
        for name, found in (
            ("failed", self.failures),
            ("blocked", self.blocked),
            ("accepted", self.accepted),
            ("degraded", self.degraded),
        ):
            if found:
                return name
        return "passed"

    def as_json(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "result": self.result,
            "tier": self.tier,
            "seconds": round(self.seconds, 3),
            "budget": self.budget,
            "tests": self.tests,
            "failures": self.failures,
            "blocked": self.blocked,
            "accepted": self.accepted,
            "degraded": sorted(self.degraded),
            "not_covered": self.not_covered,
        }


def uncovered_areas(settings: Any) -> dict[str, str]:
    """Areas without any check: a gap's category, or persistence without a journey."""
    covered = {name for check in settings.CHECKS.values() for name in check["categories"]}
    areas = {
        category: f"no check covers {category}, which has a gap ({gap})"
        for gap, category in settings.GAPS.items()
        if category not in covered
    }
    if not any(check["file"].startswith("journey_") for check in settings.CHECKS.values()):
        areas["persistence"] = "no journey follows an action to the stored row"
    return areas


def first_line(text: str) -> str:
    """The line that names the cause, without pytest's exception prefix."""
    for line in text.strip().splitlines():
        if line.strip():
            head, _, rest = line.strip().partition(": ")
            plain = head.rpartition(".")[2]
            return rest if plain in ("AssertionError", "Failed", "Blocked") else line.strip()
    return "failed without a message"


def strangers(harness: Path, checks: dict[str, Any]) -> list[str]:
    """Files that look like checks, and that parity.yaml does not list: they do not run."""
    known = {check["file"] for check in checks.values()}
    found = {path.name for kind in ("check", "journey") for path in harness.glob(f"{kind}_*.py")}
    return [f"not in parity.yaml, so it does not run: {name}" for name in sorted(found - known)]
