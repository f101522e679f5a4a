"""The catalogue of faults is complete, and its words exist."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from scaffolder.catalog import faults_document
from scaffolder.catalog.load import categories, checks
from scaffolder.catalog.load_faults import KINDS, CatalogFault, faults
from scaffolder.catalog.load_gaps import modes
from scaffolder.prove.driver.conditions import WATCHERS
from scaffolder.prove.driver.connections import ENDED, REFUSED
from scaffolder.prove.driver.reading import UNMET
from scaffolder.prove.driver.schema import DROPS
from scaffolder.prove.driver.trace import OPERATIONS

ROOT = Path(__file__).resolve().parents[1]
ALL = list(faults().values())
PROCESS = {"asked", "caught_by", "each", "check", "variables", "state", "job"}
FAMILIES = {"text", "citext", "number", "instant", "date", "json"}


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.id)
def test_its_words_exist(fault: CatalogFault) -> None:
    assert fault.kind in KINDS
    assert fault.category in categories()
    assert fault.modes and set(fault.modes) <= set(modes())
    assert fault.oracle in ("silent", "loud")
    assert fault.active and fault.equivalent and fault.source and fault.what


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.id)
def test_its_details_are_those_of_its_kind(fault: CatalogFault) -> None:
    keys = set(fault.details)
    if fault.kind == "row":
        assert keys == {"at"} and fault.details["at"] in OPERATIONS
    elif fault.kind == "value":
        assert keys == {"types", "sql"} and set(fault.details["types"]) <= FAMILIES
    elif fault.kind == "schema":
        assert keys - {"same_in"} in ({"drops"}, {"statement"}, {"statement", "types"})
        assert fault.details.get("drops", "unique") in {*DROPS, "default", "trigger"}
    elif fault.kind == "setting":
        assert keys - {"alters"} == {"name", "value"}
    elif fault.kind == "process":
        assert {"asked", "caught_by"} <= keys <= PROCESS
        assert fault.details["asked"] in WATCHERS
        assert fault.details.get("each", "package") in ("package", "variable")
        assert fault.details.get("check", "imports") in checks()
        assert all(isinstance(one, str) for one in fault.details.get("variables", {}).values())
    elif fault.kind == "clock":
        assert {"at", "caught_by"} <= keys <= {"at", "caught_by", "variables"}
        assert datetime.fromisoformat(fault.details["at"]).tzinfo
    elif fault.kind == "engine":
        assert keys == {"caught_by", "check"} and fault.details["check"] in checks()
    elif fault.kind == "reading":
        assert keys == set() and fault.id in UNMET
    elif fault.kind == "connection":
        assert keys == {"does"} and fault.details["does"] in (ENDED, REFUSED)
    else:
        assert keys - {"lasting"} == {"error"} and isinstance(fault.details["error"], str)


SILENT = [fault for fault in ALL if fault.oracle == "silent"]


@pytest.mark.parametrize("fault", SILENT, ids=lambda fault: fault.id)
def test_a_silent_fault_stands_for_a_silent_failure(fault: CatalogFault) -> None:
    assert any(modes()[mode].visibility == "silent" for mode in fault.modes)


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "faults.md").read_text(encoding="utf-8") == faults_document.text()
