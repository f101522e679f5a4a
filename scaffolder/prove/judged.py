"""What a run of faults came to: results with what the spec says about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from scaffolder.catalog.load_faults import CatalogFault, faults
from scaffolder.prove.holding import Holding
from scaffolder.spec.model import Spec

LOOSE = frozenset(("present", "differs", "matches"))
"""Matchers that most values meet."""
AROUND = ("process", "clock", "engine")
"""Kinds that alter no row."""
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

    `tests`: those that noticed, with what they said first. `met`: those that ran. `equivalent`: why
    nothing can notice it, with the evidence; None where something could. `covered`: the check or
    journey of the spec that promises to notice it.
    """

    id: str
    fault: str
    table: str
    column: str
    target: str
    verdict: str
    tests: Mapping[str, str]
    met: tuple[str, ...]
    total: int
    reached: int
    infected: int
    seconds: float
    expected: float
    why: str
    equivalent: str | None = None
    covered: str | None = None

    @property
    def ran(self) -> int:
        """How many tests ran."""
        return len(self.met)

    @property
    def catalog(self) -> CatalogFault:
        """Its entry in the catalogue."""
        return faults()[self.fault]

    @property
    def is_loud(self) -> bool:
        """The application is judged, by what it does, and no test."""
        return self.catalog.kind in ("statement", "connection")

    @property
    def is_of_process(self) -> bool:
        """Something around the application differed, and no row: `table` is what, if anything."""
        return self.catalog.kind in AROUND

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
            "met_by": list(self.met),
            "covered_by": self.covered,
            "oracle": "the application" if self.is_loud else "tests",
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
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    """What single checks did under a fault of their own, see holding.py."""
    checks: list[Holding] = field(default_factory=list)
    workers: int = 1
    seconds: float = 0.0
    stopped: bool = False
    """By Ctrl-C, with some faults judged: the others have no verdict."""

    def of(self, *verdicts: str) -> list[Fault]:
        """The faults with one of these verdicts."""
        return [fault for fault in self.faults if fault.verdict in verdicts]

    @property
    def reached(self) -> list[Fault]:
        """What altered something, and could have been noticed by a test."""
        found = self.of(*CAUGHT, "survived", "harness-only")
        return [fault for fault in found if fault.equivalent is None and not fault.is_loud]

    @property
    def loud(self) -> list[Fault]:
        """What made a statement of the application fail."""
        return [fault for fault in self.of(*CAUGHT, "survived") if fault.is_loud]

    @property
    def survivors(self) -> list[Fault]:
        """What nobody noticed who could have."""
        return [fault for fault in self.faults if fault.is_gap]

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
            "checks": [check.as_json() for check in self.checks],
            "workers": self.workers,
            "seconds": round(self.seconds, 3),
            "stopped": self.stopped,
        }


def judged(event: Mapping[str, Any], target: str, spec: Spec) -> Fault:
    """From what the driver told."""
    place = (event["table"], event["column"])
    missed = event["verdict"] in ("survived", "harness-only")
    # What the spec promises of an update is no promise of the team's own tests.
    promised = target == "harness" or event["fault"] != "stale-column"
    by_spec = equivalent(event["fault"], *place, spec) if promised else None
    same = event.get("equivalent") or by_spec
    met = {test.partition("::")[0] for test in event["ran"]} if missed else None
    return Fault(
        id=event["id"],
        fault=event["fault"],
        table=event["table"],
        column=event["column"],
        target=target,
        verdict=event["verdict"],
        tests=event["noticed"],
        met=tuple(event["ran"]),
        total=event["total"],
        reached=event["reached"],
        infected=event["infected"],
        seconds=event["seconds"],
        expected=event["expected"],
        why=event["why"],
        equivalent=same if missed else None,
        covered=None if target == "suite" else covered(event["fault"], *place, spec, met),
    )


def covered(
    fault: str, table: str, column: str, spec: Spec, met: Collection[str] | None = None
) -> str | None:
    """The journey that promises to notice a fault: it names the table, and the column's value.

    `met`: only journeys with one of these files can have noticed it. Around the application it is a
    check; the one of variables promises something about those that are required.
    """
    if faults()[fault].kind in AROUND:
        wanted = faults()[fault].details.get("check")
        promised = not equivalent(fault, table, column, spec)
        return wanted if promised and wanted in [one.id for one in spec.checks] else None
    for journey in spec.journeys:
        if met is not None and f"journey_{journey.id.replace('-', '_')}.py" not in met:
            continue
        if fault == "row-order" or (fault == "stale-read" and not journey.visible):
            continue  # what is stored says nothing of how it is read
        for stored in journey.stored if table else ():
            if stored.table != table:
                continue
            if not column and (stored.rows == 0) == (fault == "delete-ignored"):
                return journey.id
            given = {**stored.where, **stored.values}
            if column and is_promise(fault, given.get(column)):
                return journey.id
    return None


def is_promise(fault: str, value: Any) -> bool:
    """Whether what parity.yaml expects of a column is more than the altered value would meet."""
    if value is None:
        return False
    if isinstance(value, dict) and set(value) & LOOSE:
        return fault == "column-null"
    return True


def equivalent(fault: str, table: str, column: str, spec: Spec) -> str | None:
    """Why nothing can notice it, by the spec: a clock's reading need only be recent."""
    if faults()[fault].details.get("each") == "variable":
        variable = spec.production.environment.get(table)
        required = variable is not None and variable.required
        return None if required else f"parity.yaml does not require {table}"
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
