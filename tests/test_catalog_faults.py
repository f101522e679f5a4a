"""The catalogue of faults is complete, and its words exist."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from scaffolder.catalog import faults_document
from scaffolder.catalog.load import categories, checks
from scaffolder.catalog.load_faults import KINDS, CatalogFault, faults
from scaffolder.catalog.load_gaps import modes
from scaffolder.prove.driver.conditions import WATCHERS
from scaffolder.prove.driver.connections import ENDED, REFUSED
from scaffolder.prove.driver.migrated import Migrated
from scaffolder.prove.driver.reading import UNMET
from scaffolder.prove.driver.schema import DROPS
from scaffolder.prove.driver.shipped import Shipped
from scaffolder.prove.driver.trace import OPERATIONS

ROOT = Path(__file__).resolve().parents[1]
ALL = list(faults().values())
COPIED = ("migration", "artifact")
FAMILIES = {"text", "citext", "number", "instant", "date", "json"}


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.id)
def test_its_words_exist(fault: CatalogFault) -> None:
    assert fault.kind in KINDS
    assert fault.category in categories()
    assert fault.modes and set(fault.modes) <= set(modes())
    assert fault.oracle in ("silent", "loud")
    assert fault.active and fault.equivalent and fault.source and fault.what


KEYS: dict[str, tuple[set[str], set[str]]] = {
    "row": ({"at"}, set()),
    "value": ({"types", "sql"}, set()),
    "reading": ({"caught_by"}, set()),
    "schema": (set(), {"drops", "statement", "types", "same_in", "caught_by"}),
    "setting": ({"name", "value", "caught_by"}, {"alters"}),
    "statement": ({"error"}, {"lasting", "times"}),
    "connection": ({"does"}, set()),
    "process": ({"asked", "caught_by"}, {"each", "check", "variables", "state", "job"}),
    "clock": ({"at", "caught_by"}, {"variables"}),
    "engine": ({"caught_by", "check"}, set()),
    "migration": ({"removes", "caught_by"}, set()),
    "artifact": ({"removes", "caught_by"}, set()),
}
"""Kind -> details that it must have, and may have."""
REMOVED = {"migration": Migrated, "artifact": Shipped}


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.id)
def test_it_has_the_details_of_its_kind(fault: CatalogFault) -> None:
    must, may = KEYS[fault.kind]

    assert must <= set(fault.details) <= must | may


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.id)
def test_its_details_are_known_to_who_injects_it(fault: CatalogFault) -> None:
    known: dict[str, Any] = {
        "at": OPERATIONS if fault.kind == "row" else None,
        "drops": {*DROPS, "default", "trigger"},
        "does": (ENDED, REFUSED),
        "asked": WATCHERS,
        "each": ("package", "variable"),
        "check": checks(),
    }

    for name, value in fault.details.items():
        assert known.get(name) is None or value in known[name], name
    if fault.kind == "value":
        assert set(fault.details["types"]) <= FAMILIES
    if fault.kind == "schema":
        assert ("drops" in fault.details) != ("statement" in fault.details)
    if fault.kind == "clock":
        assert datetime.fromisoformat(fault.details["at"]).tzinfo
    if fault.kind == "reading":
        assert fault.id in UNMET
    if fault.kind in REMOVED:
        assert hasattr(REMOVED[fault.kind], f"_{fault.details['removes']}")


# What a release lacks is no value that differs: the first who needs it crashes.
SILENT = [fault for fault in ALL if fault.oracle == "silent" and fault.kind not in COPIED]


@pytest.mark.parametrize("fault", SILENT, ids=lambda fault: fault.id)
def test_a_silent_fault_stands_for_a_silent_failure(fault: CatalogFault) -> None:
    assert any(modes()[mode].visibility == "silent" for mode in fault.modes)


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "faults.md").read_text(encoding="utf-8") == faults_document.text()
