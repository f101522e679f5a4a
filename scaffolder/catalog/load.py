"""Read the catalogue files into dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# libyaml's loader is as safe, and reads the catalogue ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

REQUIREMENTS = {
    "migrations": "production.database.migrate or sql_files",
    "orm": "app.orm",
    "own-suite": "app.own_suite",
    "named-tests": "a failure mode with covered_by",
    "start": "app.start",
    "entry-points": "app.start, app.scripts or app.workers",
    "journeys": "a journey",
    "fields": "a journey with fields",
    "instants": "a journey with a field of kind instant, or a stored value that is `recent`",
    "journeys-or-refusals": "a journey or a refusal",
    "artifact": "packaging.artifact wheel or sdist",
    "dockerfile": "production.image.dockerfile",
}
"""What a check may require of the spec, in the words of the spec."""


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of difference between development (or CI) and production."""

    id: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class CatalogCheck:
    """A check that parity knows; `budget` in seconds."""

    id: str
    categories: tuple[str, ...]
    tier: str
    budget: int
    promise: str
    faults: tuple[str, ...]
    requires: tuple[str, ...]
    generated: bool
    foundation: bool = False
    holds: tuple[tuple[str, str], ...] = ()
    """Pairs of a gap's category and what the failure mode depends on."""
    how: str = ""
    proves: tuple[str, ...] = ()
    """Those of its faults that `parity prove` injects, by their ids."""


@dataclass(frozen=True, slots=True)
class CatalogFact:
    """Something that can be read from a repository; see catalog/facts.yaml."""

    key: str
    value: str
    many: bool = False
    prefer: tuple[str, ...] = ()
    scored: bool = True


@cache
def categories() -> dict[str, Category]:
    """The eight categories by id, in the order of the documentation."""
    return {row["id"]: Category(**row) for row in rows("categories.yaml")}


@cache
def checks() -> dict[str, CatalogCheck]:
    """All checks by id, in the order of the documentation."""
    return {row["id"]: _check(row) for row in rows("checks.yaml")}


@cache
def journey_check() -> CatalogCheck:
    """What each journey promises; none of `checks()`, since journeys have ids of their own."""
    (row,) = rows("journeys.yaml")
    return _check(row)


def _check(row: dict[str, Any]) -> CatalogCheck:
    lists = {key: tuple(row[key]) for key in ("categories", "faults", "requires")}
    lists["proves"] = tuple(row.get("proves", ()))
    return CatalogCheck(**{**row, **lists, "holds": tuple(row.get("holds", {}).items())})


@cache
def facts() -> dict[str, CatalogFact]:
    """All kinds of facts by key, in the order of the documentation."""
    return {
        row["key"]: CatalogFact(**{**row, "prefer": tuple(row.get("prefer", ()))})
        for row in rows("facts.yaml")
    }


def rows(name: str) -> list[dict[str, Any]]:
    """The entries of a file of the catalogue, as they stand there."""
    text = files("scaffolder.catalog").joinpath(name).read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.load(text, Loader=_LOADER)
    return found
