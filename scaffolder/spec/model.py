"""The root of the spec, and its smaller sections."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scaffolder.spec.app import App
from scaffolder.spec.findings import Accepted, FailureMode, Gap, Incident, Tier
from scaffolder.spec.grammar import seconds
from scaffolder.spec.journeys import Journey, Login, Refusal
from scaffolder.spec.production import Production
from scaffolder.spec.types import (
    AppPath,
    Duration,
    Id,
    Line,
    Package,
    Runner,
    Section,
)

COMMAND_TIERS: dict[str, tuple[Tier, ...]] = {
    "local_fast": ("unit", "integration"),
    "pr_smoke": ("smoke", "unit"),
    "nightly_parity": ("unit", "integration", "e2e", "smoke", "nightly"),
    "staging_e2e": ("e2e",),
    "release_packaging": ("packaging", "smoke"),
    "prove": ("unit", "integration", "e2e", "smoke", "nightly"),
}
COMMAND_BUDGETS: dict[str, str] = {
    "local_fast": "120s",
    "pr_smoke": "180s",
    "nightly_parity": "1800s",
    "staging_e2e": "600s",
    "release_packaging": "900s",
    "prove": "3600s",
}


class Check(Section):
    """A generated check; written by `parity plan`, editable."""

    id: Id
    tier: Tier
    budget: Duration
    covers: list[Id] = Field(default=[], description="Ids of failure modes.")
    reason: str | None = None
    pinned: bool = Field(default=False, description="`parity plan` leaves it as it is.")


class Packaging(Section):
    """What is released."""

    artifact: Literal["wheel", "sdist", "image", "none"] = "none"
    data_files: list[AppPath] = Field(default=[], description="Files that the artifact must hold.")
    entry_points: list[Package] = Field(default=[], description="Console scripts it must bring.")
    forbid: list[AppPath] = Field(default=[], description="What must not be in it.")


class CommandSettings(Section):
    """A nox session: what is not given has the default of its name."""

    # Empty: the default of its name. (No null: the templates read the file without this model.)
    tiers: list[Tier] = Field(default=[], min_length=1, description="Tiers that it runs.")
    budget: Duration = Field(default="", description="Seconds, from start to end.")
    owner: Line | None = Field(default=None, description="Who keeps it within its budget.")


class Commands(Section):
    """The nox sessions."""

    local_fast: CommandSettings = CommandSettings()
    pr_smoke: CommandSettings = Field(
        default=CommandSettings(), description="At most 300s from session start to end."
    )
    nightly_parity: CommandSettings = CommandSettings()
    staging_e2e: CommandSettings = CommandSettings()
    release_packaging: CommandSettings = CommandSettings()
    prove: CommandSettings = CommandSettings()

    def tiers(self, name: str) -> tuple[Tier, ...]:
        """The tiers that a command runs."""
        own: CommandSettings = getattr(self, name)
        return tuple(own.tiers) or COMMAND_TIERS[name]

    def budget(self, name: str) -> int:
        """The budget of a command in seconds."""
        own: CommandSettings = getattr(self, name)
        return seconds(own.budget or COMMAND_BUDGETS[name])


class Ci(Section):
    """Where continuous integration runs."""

    providers: list[Literal["github", "gitlab"]] = ["github"]
    runner: Runner = "ubuntu-24.04"


class Spec(Section):
    """`parity.yaml`: where tests differ from production, and what is done about it."""

    parity: Literal[1] = Field(description="Version of this format.")
    app: App
    production: Production
    gaps: list[Gap] = []
    failure_modes: list[FailureMode] = []
    logins: list[Login] = []
    journeys: list[Journey] = []
    refusals: list[Refusal] = Field(
        default=[], description="Actions that must be refused and leave nothing (check rollback)."
    )
    checks: list[Check] = Field(default=[], description="Written by `parity plan`.")
    accepted: list[Accepted] = []
    incidents: list[Incident] = []
    packaging: Packaging = Packaging()
    commands: Commands = Commands()
    ci: Ci = Ci()
    strict: bool = Field(default=False, description="Degraded parity and open areas fail.")
