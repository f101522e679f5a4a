"""The sections `gaps`, `failure_modes`, `accepted` and `incidents`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scaffolder.spec.types import Day, Evidence, Id, Line, Section, TestId

Category = Literal[
    "db-dialect",
    "os-container",
    "dependencies",
    "environment",
    "timezone-locale",
    "real-vs-mock",
    "serialization",
    "packaging",
]
Dependency = Literal[
    "database",
    "filesystem",
    "network",
    "process",
    "packages",
    "clock",
    "environment",
    "nothing",
    "whole-flow",
    "production-only",
]
Tier = Literal["unit", "integration", "e2e", "smoke", "packaging", "nightly"]
ModeTier = Literal["unit", "integration", "e2e", "smoke", "packaging", "nightly", "monitoring"]


class Gap(Section):
    """A difference between development or CI and production."""

    id: Id
    category: Category
    what: str = Field(default="", description="The difference in one sentence.")
    evidence: list[Evidence] = Field(default=[], description="Where it shows: file, or file:line.")
    coverage: str = Field(default="none", description="What exercises it today.")
    risk: str = Field(default="", description="What it can lead to.")


class FailureMode(Section):
    """A concrete way in which a gap breaks the system."""

    id: Id
    gap: Id = Field(description="Id of the gap that it comes from.")
    what: str = ""
    visibility: Literal["silent", "loud"]
    blast_radius: Literal["record", "feature", "system"]
    detection: Literal["easy", "hard"]
    depends_on: list[Dependency] = Field(
        default=[], description="What it takes to see it; decides the tier."
    )
    tier: ModeTier | None = Field(default=None, description="Written by `parity plan`.")
    reason: str | None = Field(default=None, description="Written by `parity plan`.")
    pinned: bool = Field(default=False, description="`parity plan` leaves the tier alone.")
    covered_by: TestId | None = Field(
        default=None, description="Test of the team that covers it (tier unit only)."
    )


LOCAL = "local-"
"""Begins the ids of the team's own checks, in tests/parity/local/, which the spec does not list."""


class Accepted(Section):
    """A known finding: run as an expected failure, printed in every run."""

    check: Id = Field(description="Id of a check or a journey, `local-<name>`, or `area`.")
    case: Line | None = Field(default=None, description="The case of the check; all without it.")
    reason: Line
    owner: Line | None = None
    until: Day | None = Field(default=None, description="Last day on which it is accepted.")


class Incident(Section):
    """A past defect."""

    id: Id
    pattern: str = Field(description="What kind of defect it was.")
    scenario: str = Field(default="", description="The smallest scenario that shows it.")
    protects: str = Field(default="", description="The behaviour that a test must protect.")
    scope: str = ""
    priority: Literal["high", "medium", "low"] = "medium"
    date: Day | None = None
