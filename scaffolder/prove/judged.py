"""What a run of faults came to: results with what the spec says about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scaffolder.catalog.load_faults import CatalogFault, faults
from scaffolder.spec.model import Spec

CAUGHT = ("caught-assertion", "caught-error")
ORDER = (
    "survived",
    "harness-only",
    "baseline-red",
    "timeout",
    "inactive",
    "caught-error",
    "caught-assertion",
    "no-effect",
    "not-reached",
)
"""The worst first."""
CLOCK = ("time-cut-to-second", "stale-column")
"""What a promise to be recent can't notice: the value differs by less than the window."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One injected fault, `table` and `column` empty where it is not narrowed; see docs/prove.md.

    `tests`: those that noticed, with what they said first. `equivalent`: why nothing can notice it,
    with the evidence; None where something could. `covered`: the check or journey of the spec that
    promises to notice it.
    """

    id: str
    fault: str
    table: str
    column: str
    target: str
    verdict: str
    tests: Mapping[str, str]
    ran: int
    total: int
    reached: int
    infected: int
    seconds: float
    expected: float
    why: str
    equivalent: str | None = None
    covered: str | None = None

    @property
    def catalog(self) -> CatalogFault:
        """Its entry in the catalogue."""
        return faults()[self.fault]

    @property
    def is_gap(self) -> bool:
        """Something happened, and nobody noticed who could have."""
        return self.verdict in ("survived", "harness-only") and self.equivalent is None

    def as_json(self) -> dict[str, Any]:
        """The contract of `--json`, and more."""
        return {
            "id": self.id,
            "target": self.target,
            "verdict": self.verdict,
            "tests": list(self.tests),
            "reached": self.reached,
            "infected": self.infected,
            "seconds": self.seconds,
            "expected_seconds": self.expected,
            "tests_that_meet_it": self.total,
            "tests_that_ran": self.ran,
            "covered_by": self.covered,
            "equivalent": self.equivalent,
            "why": self.why,
        }


@dataclass(slots=True)
class Proof:
    """All results of a run, and what the baseline was like."""

    target: str = "harness"
    faults: list[Fault] = field(default_factory=list)
    baseline: dict[str, Any] = field(default_factory=dict)
    control: dict[str, str] = field(default_factory=dict)
    """Tests that were red with nothing armed, after all faults."""
    workers: int = 1
    seconds: float = 0.0

    def of(self, *verdicts: str) -> list[Fault]:
        """The faults with one of these verdicts."""
        return [fault for fault in self.faults if fault.verdict in verdicts]

    @property
    def reached(self) -> list[Fault]:
        """What altered something, and could have been noticed."""
        found = self.of(*CAUGHT, "survived", "harness-only")
        return [fault for fault in found if fault.equivalent is None]

    @property
    def broken_promises(self) -> list[Fault]:
        """Faults that the spec says are covered, and that nobody noticed."""
        return [fault for fault in self.faults if fault.is_gap and fault.covered]

    def as_json(self) -> dict[str, Any]:
        """The document of `--json`."""
        return {
            "faults": [fault.as_json() for fault in self.faults],
            "baseline": self.baseline,
            "control": self.control,
            "workers": self.workers,
            "seconds": round(self.seconds, 3),
        }


def judged(event: Mapping[str, Any], target: str, spec: Spec) -> Fault:
    """From what the driver told."""
    place = (event["table"], event["column"])
    promise = None if target == "suite" else covered(faults()[event["fault"]], *place, spec)
    survived = event["verdict"] in ("survived", "harness-only")
    return Fault(
        id=event["id"],
        fault=event["fault"],
        table=event["table"],
        column=event["column"],
        target=target,
        verdict=event["verdict"],
        tests=event["noticed"],
        ran=len(event["ran"]),
        total=event["total"],
        reached=event["reached"],
        infected=event["infected"],
        seconds=event["seconds"],
        expected=event["expected"],
        why=event["why"],
        equivalent=equivalent(event["fault"], *place, spec) if survived else None,
        covered=promise,
    )


def covered(fault: CatalogFault, table: str, column: str, spec: Spec) -> str | None:
    """The journey that promises to notice it: it names table and column; None if none does.

    Where the fault has no table, a check or journey that covers its failure mode.
    """
    if not table:
        return next(_covering(fault, spec), None)
    for journey in spec.journeys:
        for stored in journey.stored:
            if stored.table != table:
                continue
            fields = {about.column or name for name, about in journey.fields.items()}
            given = {**stored.where, **stored.values}
            named = {name for name, value in given.items() if value is not None}
            if stored is journey.stored[0]:
                named |= fields
            if (not column or column in named) and set(fault.modes) & set(journey.covers):
                return journey.id
    return None


def _covering(fault: CatalogFault, spec: Spec) -> Iterator[str]:
    entries = [(one.id, one.covers) for one in spec.checks]
    entries += [(one.id, one.covers) for one in spec.journeys]
    for name, covers in entries:
        if set(fault.modes) & set(covers):
            yield name


def equivalent(fault: str, table: str, column: str, spec: Spec) -> str | None:
    """Why nothing can notice it, by the spec: a clock's reading need only be recent."""
    if fault not in CLOCK:
        return None
    matchers = [
        stored.values[column]
        for journey in spec.journeys
        for stored in journey.stored
        if stored.table == table and stored.values.get(column) is not None
    ]
    recent = [one["recent"] for one in matchers if isinstance(one, dict) and "recent" in one]
    if matchers and len(recent) == len(matchers):
        return f"{table}.{column} is the clock's reading, promised to be recent within {recent[0]}"
    return None
