"""Read the catalogue of gaps and failure modes into dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from scaffolder.catalog.load import rows

TESTS = {
    "present": "was found",
    "absent": "was not found",
    "is": "is",
    "not": "is not",
    "matches": "matches",
    "only": "never is other than",
    "same": "is the same as",
    "differs": "differs from",
    "among": "is also one of",
    "ended": "is past the end of life of",
}
"""What a condition can ask of a fact, in words."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must be true of the facts; see the head of gaps.yaml."""

    fact: str
    test: str = "present"
    arguments: tuple[str, ...] = ()
    words: str = ""
    """What the page says instead of a regular expression."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What already exercises a gap: where the conditions hold, the text is true."""

    when: tuple[Condition, ...]
    says: str


@dataclass(frozen=True, slots=True)
class CatalogGap:
    """A difference that facts can show; all of `when` must hold. See the head of gaps.yaml."""

    id: str
    category: str
    when: tuple[Condition, ...]
    what: str
    evidence: tuple[str, ...]
    risk: str
    modes: tuple[str, ...]
    coverage: tuple[Coverage, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogContradiction:
    """What it means when one of these keys of facts, each with its words, has several values."""

    keys: dict[str, str]
    category: str
    risk: str
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogMode:
    """A way in which a gap breaks the system; `held_by`: ids of checks, or `journeys`."""

    id: str
    what: str
    visibility: str
    blast_radius: str
    detection: str
    depends_on: tuple[str, ...]
    held_by: tuple[str, ...]


@cache
def gaps() -> dict[str, CatalogGap]:
    """All gaps by id, in the order of the documentation."""
    return {row["id"]: _gap(row) for row in rows("gaps.yaml")}


@cache
def contradictions() -> tuple[CatalogContradiction, ...]:
    """What contradicting facts mean; each key stands in one entry."""
    return tuple(
        CatalogContradiction(**{**row, "modes": tuple(row["modes"])})
        for row in rows("contradictions.yaml")
    )


@cache
def modes() -> dict[str, CatalogMode]:
    """All failure modes by id, in the order of the documentation."""
    return {
        row["id"]: CatalogMode(
            **{**row, "depends_on": tuple(row["depends_on"]), "held_by": tuple(row["held_by"])}
        )
        for row in rows("failure_modes.yaml")
    }


@cache
def ends_of_life() -> dict[str, dict[str, date]]:
    """The last day with security fixes, by product and version."""
    return {row["product"]: row["ends"] for row in rows("ends_of_life.yaml")}


def established(product: str) -> str:
    """Two versions before the newest: what most pinned packages can be installed with."""
    known = ends_of_life()[product]
    return sorted(known, key=lambda version: known[version])[-3]


def newest(product: str) -> str:
    """The newest version of a product in the table of ends of life."""
    known = ends_of_life()[product]
    return max(known, key=lambda version: known[version])


@cache
def names() -> dict[str, str]:
    """How a value is called in a sentence: `postgres` is PostgreSQL."""
    return {row["value"]: row["name"] for row in rows("names.yaml")}


def _gap(row: dict[str, Any]) -> CatalogGap:
    coverage = tuple(
        Coverage(_conditions(entry["when"]), entry["says"]) for entry in row.get("coverage", ())
    )
    lists = {"evidence": tuple(row["evidence"]), "modes": tuple(row["modes"])}
    return CatalogGap(**{**row, **lists, "when": _conditions(row["when"]), "coverage": coverage})


def _conditions(rows: list[dict[str, Any]]) -> tuple[Condition, ...]:
    return tuple(_condition(row) for row in rows)


def _condition(row: dict[str, Any]) -> Condition:
    tests = [name for name in row if name not in ("fact", "words")]
    words = row.get("words", "")
    if not tests:
        return Condition(row["fact"], words=words)
    (test,) = tests
    arguments = row[test] if isinstance(row[test], list) else [row[test]]
    return Condition(row["fact"], test, () if test == "absent" else tuple(arguments), words)
