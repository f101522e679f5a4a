"""Which checks and journeys run on every pull request.

The most valuable first: what covers failures that are silent, hard to detect and wide. What does
not fit into the budget of `pr_smoke` is moved to `nightly`, never dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SETUP_SECONDS = 20
"""Part of the budget of pr_smoke that is kept for environment, server and migrations."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may run in pr_smoke; budget in seconds."""

    id: str
    value: int
    budget: int
    foundation: bool = False


def select(candidates: Sequence[Candidate], room: int) -> set[str]:
    """The ids that fit into `room` seconds, by value; the same input gives the same output.

    A foundation comes first: without it the others can't run. Among equals the quicker one wins,
    then the earlier one.
    """
    ranked = sorted(
        enumerate(candidates),
        key=lambda pair: (not pair[1].foundation, -pair[1].value, pair[1].budget, pair[0]),
    )
    taken: set[str] = set()
    for _, candidate in ranked:
        if candidate.budget <= room:
            taken.add(candidate.id)
            room -= candidate.budget
    return taken
