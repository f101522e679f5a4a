"""Every blueprint of a check names its faults, as the catalogue does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from scaffolder.catalog import load_faults
from scaffolder.catalog.load import CatalogCheck, checks, journey_check
from scaffolder.catalog.load_faults import faults, proofs

BLUEPRINTS = Path(__file__).resolve().parents[1] / "blueprints" / "checks"
GENERATED = [check for check in checks().values() if check.generated]
NAMED = re.compile(r"Faults that turn it red: (.*?)\.\n", re.DOTALL)


def named(text: str) -> tuple[str, ...]:
    """The faults of a docstring."""
    found = NAMED.search(text)
    assert found, text
    return tuple(" ".join(part.split()) for part in found[1].split(";"))


@pytest.mark.parametrize("check", GENERATED, ids=lambda check: check.id)
def test_the_first_lines_of_a_check_name_the_faults_of_the_catalogue(check: CatalogCheck) -> None:
    path = BLUEPRINTS / f"check_{check.id.replace('-', '_')}.py"

    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""

    assert named(text + "\n") == check.faults


def test_every_blueprint_is_a_check_of_the_catalogue() -> None:
    names = {path.stem for path in BLUEPRINTS.glob("check_*.py")}

    assert names == {f"check_{check.id.replace('-', '_')}" for check in GENERATED}


def test_a_journey_with_rows_and_answers_names_all_faults_of_journeys() -> None:
    text = (BLUEPRINTS / "journey.py.jinja").read_text(encoding="utf-8")

    assert named(text) == journey_check().faults


def test_what_is_injected_is_in_the_catalogue_of_faults() -> None:
    found = proofs()

    assert set(found) == {"journeys", *checks()}
    assert found["imports"] == ("stale-lock",)
    assert {fault for named in found.values() for fault in named} <= set(faults())


def test_an_unknown_fault_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"journeys": faults()["ghost-insert"]}
    monkeypatch.setattr(load_faults, "faults", lambda: known)

    with pytest.raises(
        ValueError, match="journeys: proves: no such fault: ascii-only, column-null"
    ):
        proofs.__wrapped__()
