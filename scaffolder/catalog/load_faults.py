"""Read the catalogue of faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from scaffolder.catalog.load import CatalogCheck, checks, journey_check, rows

KINDS: Mapping[str, str] = {
    "row": "rows in the database",
    "value": "values in the database",
    "reading": "what is read",
    "schema": "the schema",
    "setting": "settings of the application's sessions",
    "statement": "statements that fail",
    "connection": "connections",
    "process": "the application's processes",
    "clock": "the clock",
    "engine": "the engine",
    "migration": "migrations",
    "artifact": "what ships",
}
"""Who injects a fault -> what it is about, in the order of the documentation."""
_COMMON = ("id", "what", "kind", "category", "modes", "active", "equivalent", "source", "oracle")


@dataclass(frozen=True, slots=True)
class CatalogFault:
    """A production failure that can be injected; `details` is what only its kind needs."""

    id: str
    what: str
    kind: str
    category: str
    modes: tuple[str, ...]
    active: str
    equivalent: str
    source: str
    oracle: str
    details: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """For the driver, which can't read the catalogue."""
        return {"id": self.id, "kind": self.kind, **self.details}


@cache
def faults() -> dict[str, CatalogFault]:
    """All faults by id, in the order of the documentation."""
    found = {}
    for row in rows("faults.yaml"):
        common = {name: row[name] for name in _COMMON} | {"modes": tuple(row["modes"])}
        details = {name: value for name, value in row.items() if name not in _COMMON}
        found[row["id"]] = CatalogFault(**common, details=details)
    return found


@cache
def proofs() -> dict[str, tuple[str, ...]]:
    """Check id (`journeys` for all of them) -> the faults that must turn it red.

    Raises ValueError for one that the catalogue of faults does not have.
    """
    named: list[CatalogCheck] = [journey_check(), *checks().values()]
    for check in named:
        if unknown := set(check.proves) - set(faults()):
            raise ValueError(f"{check.id}: proves: no such fault: {', '.join(sorted(unknown))}")
    return {check.id: check.proves for check in named}
