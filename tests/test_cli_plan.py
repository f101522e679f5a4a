"""`parity plan` writes what it decided, shows it, and leaves the rest alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from spec_text import MINIMAL

from scaffolder.cli import cli

MODE = """\
gaps:
  - {id: sqlite, category: db-dialect}   # really
failure_modes:
  - id: lost
    gap: sqlite
    visibility: silent
    blast_radius: feature
    detection: hard
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "parity.yaml").write_text(MINIMAL + MODE, encoding="utf-8")
    return tmp_path


def plan(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["plan", *map(str, arguments)])


def test_the_decisions_are_written_and_shown(shop: Path) -> None:
    result = plan(shop)

    text = (shop / "parity.yaml").read_text(encoding="utf-8")
    assert result.exit_code == 0, result.output
    assert "+    tier: integration" in result.stdout
    assert "not generated yet: lockfile:" not in result.stdout
    assert "not generated yet: migrations-reversible:" in result.stdout
    assert "pr_smoke: 60s of checks and journeys, room for 160s" in result.stdout
    assert "# really" in text
    assert "    tier: integration\n" in text
    assert (
        "  - {id: engine, tier: smoke, budget: 5s, reason: gap sqlite; fits into pr_smoke}\n"
    ) in text


def test_a_second_run_changes_nothing(shop: Path) -> None:
    plan(shop)
    once = (shop / "parity.yaml").read_bytes()

    result = plan(shop)

    assert (shop / "parity.yaml").read_bytes() == once
    assert "parity.yaml is planned already" in result.stdout
    assert CliRunner().invoke(cli, ["validate", str(shop)]).exit_code == 0


def test_a_dry_run_writes_nothing(shop: Path) -> None:
    before = (shop / "parity.yaml").read_bytes()

    result = plan(shop, "--dry-run")

    assert (shop / "parity.yaml").read_bytes() == before
    assert "+checks:" in result.stdout
    assert "nothing is written (--dry-run)" in result.stdout


def test_json_holds_every_decision(shop: Path) -> None:
    document = json.loads(plan(shop, "--json").stdout)

    assert document["changed"] is True
    assert document["failure_modes"][0]["tier"] == "integration"
    assert "engine" in {check["id"] for check in document["checks"]}


def test_the_file_keeps_mode_line_ends_and_neighbours(shop: Path) -> None:
    file = shop / "parity.yaml"
    file.write_bytes((MINIMAL + MODE).replace("\n", "\r\n").encode())
    file.chmod(0o640)

    plan(file)

    raw = file.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in shop.iterdir()] == ["parity.yaml"]


def test_a_link_stays_a_link(shop: Path) -> None:
    link = shop / "linked.yaml"
    link.symlink_to(shop / "parity.yaml")

    plan(link)

    assert link.is_symlink()
    assert "checks:" in (shop / "parity.yaml").read_text(encoding="utf-8")


def test_a_bad_spec_is_refused_and_left_alone(shop: Path) -> None:
    file = shop / "parity.yaml"
    file.write_text(MINIMAL + "a: 1\n", encoding="utf-8")

    result = plan(shop)

    assert result.exit_code == 2
    assert "parity.yaml:14:1: unknown key 'a'" in result.stderr
    assert file.read_text(encoding="utf-8") == MINIMAL + "a: 1\n"


def test_pinned_checks_over_the_budget_can_not_be_planned_away(shop: Path) -> None:
    file = shop / "parity.yaml"
    text = MINIMAL + "checks: [{id: imports, tier: smoke, budget: 200s, pinned: true}]\n"
    file.write_text(text, encoding="utf-8")

    result = plan(shop)

    assert result.exit_code == 2
    assert "take 200s together, its budget is 180s" in result.stderr
    assert file.read_text(encoding="utf-8") == text
