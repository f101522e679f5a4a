"""What is told of a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scaffolder.prove.driver.trace import Target
from scaffolder.prove.driver.verdict import Evidence, verdict


@dataclass(slots=True)
class Result:
    """A judged fault; seconds are those of the run with the fault armed."""

    id: str
    fault: str
    table: str
    column: str
    verdict: str
    noticed: dict[str, str]
    """Tests that were red -> what they said first."""
    ran: list[str]
    total: int
    """Tests that would have met it; the run ends with the first that notices."""
    reached: int
    infected: int
    seconds: float
    expected: float
    """Seconds that the tests which ran took without the fault."""
    why: str = ""
    equivalent: str = ""
    """Why nothing can notice it, as the run has shown."""
    reds: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the tool that waits for it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def result_of(
    target: Target,
    fault: Mapping[str, Any],
    seen: Evidence,
    *,
    seconds: float = 0.0,
    why: str = "",
    total: int = 0,
    expected: float = 0.0,
) -> Result:
    """Judged."""
    noticed: dict[str, str] = {}
    for red in seen.reds:
        noticed.setdefault(red.test, red.message)
    return Result(
        id=target.id,
        fault=fault["id"],
        table=target.table,
        column=target.column,
        verdict=verdict(seen),
        noticed=noticed,
        ran=seen.ran,
        total=total or len(seen.ran),
        reached=seen.reached,
        infected=seen.infected,
        seconds=round(seconds, 3),
        expected=round(expected, 3),
        why=why,
        reds=[
            {"test": red.test, "phase": red.phase, "assertion": red.assertion} for red in seen.reds
        ],
    )
