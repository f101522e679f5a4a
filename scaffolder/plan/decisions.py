"""What a plan consists of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """The tier of a failure mode, a journey or a check, and why."""

    id: str
    tier: str
    reason: str
    budget: int = 0
    """Seconds; 0 for a failure mode."""
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allocation:
    """All decisions about a spec, each list in the order of the spec (new checks last)."""

    failure_modes: tuple[Decision, ...]
    journeys: tuple[Decision, ...]
    checks: tuple[Decision, ...]
    removed: tuple[tuple[str, str], ...]
    """Checks that the spec does not support any more, with the reason."""
    not_generated: tuple[tuple[str, str], ...]
    """Checks that a gap asks for and that no blueprint exists for yet, with their promise."""
    smoke_seconds: int
    """What the checks and journeys of pr_smoke take together."""
    smoke_room: int
    """What they may take: the budget of pr_smoke without SETUP_SECONDS."""
