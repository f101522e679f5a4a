"""The planner maps ids to paths and blueprints, and knows the blueprints that exist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from blueprint_env import ROOT, environment, render
from complete_spec import COMPLETE
from spec_text import MINIMAL

from scaffolder.catalog.load import checks
from scaffolder.render.preview import KEPT

BLUEPRINTS = ROOT / "blueprints" / "checks"


def plan(text: str) -> dict[str, Any]:
    planner: Any = environment().get_template("blueprints/planner.jinja").module
    planned = yaml.safe_load(planner.plan(yaml.safe_load(text)))
    assert isinstance(planned, dict)
    return planned


def rows() -> dict[str, Any]:
    planner: Any = environment().get_template("blueprints/planner.jinja").module
    found = planner.CHECKS
    assert isinstance(found, dict)
    return found


def test_every_check_with_a_blueprint_is_planned_with_the_catalogues_categories() -> None:
    generated = {
        id_: list(check.categories)
        for id_, check in checks().items()
        if check.generated and id_ != "journeys"
    }

    assert {id_: row["categories"] for id_, row in rows().items()} == generated


@pytest.mark.parametrize("id_", list(rows()))
def test_a_blueprint_of_a_check_is_printed_byte_for_byte(id_: str) -> None:
    """They are plain Python, linted as they stand; but Copier includes them as templates."""
    name = rows()[id_]["blueprint"]

    assert name == f"check_{id_.replace('-', '_')}.py"
    printed = render(f"blueprints/checks/{name}", yaml.safe_load(MINIMAL))
    assert printed == (BLUEPRINTS / name).read_text(encoding="utf-8")


def test_no_blueprint_lies_there_unplanned() -> None:
    planned = {row["blueprint"] for row in rows().values()} | {"journey.py.jinja"}

    lying = {path.name for path in BLUEPRINTS.iterdir() if path.is_file()}
    assert lying == planned


def test_every_planned_blueprint_exists() -> None:
    for file in plan(COMPLETE)["files"]:
        assert (ROOT / file["blueprint"]).is_file(), file


def test_a_path_depends_on_the_id_alone() -> None:
    edited = COMPLETE.replace("id: engine, tier: smoke", "id: engine, tier: nightly")
    edited = edited.replace("tier: e2e\n", "tier: nightly\n")

    assert edited != COMPLETE
    assert plan(edited)["files"] == plan(COMPLETE)["files"]


def test_what_has_no_blueprint_is_not_generated_and_fills_no_tier() -> None:
    planned = plan(COMPLETE)

    assert planned["not_generated"] == ["locale"]
    assert "locale" not in {check["id"] for check in planned["checks"]}


def test_a_provider_that_is_not_chosen_gets_no_workflow() -> None:
    paths = [file["path"] for file in plan(MINIMAL + "ci: {providers: []}\n")["files"]]

    assert not any("workflows" in path for path in paths)
    assert ".github/workflows/parity-pr-smoke.yml" in [f["path"] for f in plan(MINIMAL)["files"]]


def test_files_that_copier_never_touches_again_are_those_that_we_keep() -> None:
    configuration = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))

    assert list(KEPT) == configuration["_skip_if_exists"]
    assert all(list(Path(ROOT, "blueprints/harness").glob(name)) for name in KEPT)
