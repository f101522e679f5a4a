"""`parity accept` shows what is red, and writes what somebody agreed to."""

from __future__ import annotations

import json
import os
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from spec_text import MINIMAL
from trials import failures, small

from scaffolder.cli import accept as module
from scaffolder.cli import cli

CASE = "shop.legacy"
OTHER = "shop.old"
BLOCKED = "blocked by migrations: 'alembic upgrade head' failed"
SPEC = MINIMAL + "checks:\n  - {id: imports, tier: smoke, budget: 15s}   # really\n"


def results(*, blocked: bool = False) -> dict[str, Any]:
    lines = [f"imports: {case}: missing\n  (case: {case!r})" for case in (CASE, OTHER)]
    checks = [{"check": "imports", "failures": lines, "blocked": []}]
    checks += [{"check": "engine", "failures": [], "blocked": [BLOCKED]}] if blocked else []
    return {
        "command": "pr_smoke",
        "complete": True,
        "failures": ["not covered: persistence: no journey follows an action"],
        "checks": checks,
        "cases": {
            "imports": {case: f"{case}: missing\ndetails" for case in (CASE, OTHER)},
            "area": {"persistence": "no journey follows an action"},
        },
    }


def write(folder: Path, document: Any) -> None:
    (folder / ".parity").mkdir(exist_ok=True)
    (folder / ".parity" / "results.json").write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "parity.yaml").write_text(SPEC, encoding="utf-8")
    write(tmp_path, results())
    return tmp_path


def accept(*arguments: str | Path, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["accept", *map(str, arguments)], input=typed)


def accepted(folder: Path) -> list[dict[str, Any]]:
    spec = yaml.safe_load((folder / "parity.yaml").read_text(encoding="utf-8"))
    return list(spec.get("accepted", []))


def test_everything_is_shown_and_then_written(shop: Path) -> None:
    result = accept(shop, "--yes", "--reason", "first day", "--owner", "team")

    assert result.exit_code == 0, result.output
    shown = result.stdout.index(f"imports: {CASE}\n      {CASE}: missing")
    assert shown < result.stdout.index("3 accepted in parity.yaml; next:")
    assert "parity scaffold" in result.stdout
    until = str(date.today() + timedelta(days=90))
    common = {"reason": "first day", "owner": "team", "until": until}
    assert accepted(shop) == [
        {"check": "imports", "case": CASE, **common},
        {"check": "imports", "case": OTHER, **common},
        {"check": "area", "case": "persistence", **common},
    ]
    assert (shop / "parity.yaml").read_text(encoding="utf-8").startswith(SPEC)
    assert CliRunner().invoke(cli, ["validate", str(shop)]).exit_code == 0


def test_a_second_time_nothing_is_left_to_accept(shop: Path) -> None:
    accept(shop, "--yes", "--reason", "first day")
    once = (shop / "parity.yaml").read_bytes()

    result = accept(shop, "--yes", "--reason", "again")

    assert result.exit_code == 0
    assert "nothing to accept" in result.stdout
    assert (shop / "parity.yaml").read_bytes() == once


def test_names_choose(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    (shop / "imports").mkdir()  # a folder of that name is no PATH: it holds no spec

    result = accept(f"imports:{CASE}", "area", "--yes", "--reason", "x", "--until", "2999-01-31")

    assert result.exit_code == 0, result.output
    assert [(one["check"], one["case"]) for one in accepted(shop)] == [
        ("imports", CASE),
        ("area", "persistence"),
    ]
    assert {one["until"] for one in accepted(shop)} == {"2999-01-31"}


def test_each_is_asked_for(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.sys, "stdin", _Terminal())  # type: ignore[attr-defined]
    answers = iter(["n", "y", "a team leaves", "q"])
    monkeypatch.setattr(module.click, "prompt", lambda *_, **__: next(answers))  # type: ignore[attr-defined]

    with pytest.raises(SystemExit) as ended:
        cli.main(["accept", str(shop)], standalone_mode=False)

    assert ended.value.code == 0
    assert [(one["case"], one["reason"]) for one in accepted(shop)] == [(OTHER, "a team leaves")]


class _Terminal:
    def isatty(self) -> bool:
        return True


def test_a_dry_run_shows_the_entries_and_writes_nothing(shop: Path) -> None:
    result = accept(shop, "--dry-run")

    assert result.exit_code == 0
    assert f"+    case: {CASE}" in result.stdout or f"case: {CASE}," in result.stdout
    assert "nothing is written" in result.stdout
    assert accepted(shop) == []


def test_json_has_what_was_done_and_the_rest_goes_to_the_other_stream(shop: Path) -> None:
    result = accept(shop, "imports", "--yes", "--reason", "x", "--json")

    document = json.loads(result.stdout)
    assert [one["case"] for one in document["accepted"]] == [CASE, OTHER]
    assert document["written"] and document["command"] == "pr_smoke"
    assert f"imports: {CASE}" in result.stderr


def test_what_is_blocked_is_named_and_left(shop: Path) -> None:
    write(shop, results(blocked=True))

    result = accept(shop, "--yes", "--reason", "x")
    asked = accept(shop, "engine", "--yes", "--reason", "x")

    assert result.exit_code == 1
    assert f"engine: {BLOCKED}" in result.stdout
    assert "engine" not in {one["check"] for one in accepted(shop)}
    assert asked.exit_code == 2
    assert f"engine cannot be accepted: {BLOCKED}" in asked.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "there is no terminal to ask"),
        (["--yes"], "--yes needs --reason"),
        (["nope", "--yes", "--reason", "x"], "nope is not red in the last run"),
        (["--yes", "--reason", "x", "--until", "soon"], "a date is written YYYY-MM-DD"),
        (["--yes", "--reason", "x", "--until", "2020-01-31"], "that day has passed"),
    ],
)
def test_nothing_is_accepted_without_what_it_needs(
    shop: Path, arguments: list[str], says: str
) -> None:
    result = accept(shop, *arguments)

    assert result.exit_code == 2
    assert says in result.stderr
    assert accepted(shop) == []


def test_results_must_be_there_ours_and_of_this_harness(shop: Path) -> None:
    write(shop, {"command": "pr_smoke", "checks": []})
    older = accept(shop, "--dry-run")
    (shop / ".parity" / "results.json").write_text("{", encoding="utf-8")
    cut = accept(shop, "--dry-run")
    (shop / ".parity" / "results.json").unlink()
    absent = accept(shop, "--dry-run")
    write(shop, results())
    check = shop / "tests" / "parity" / "check_imports.py"
    check.parent.mkdir(parents=True)
    check.write_text("")
    os.utime(check, (time.time() + 9, time.time() + 9))
    stale = accept(shop, "--dry-run")

    assert [r.exit_code for r in (older, cut, absent, stale)] == [2, 2, 2, 2]
    assert "an older harness wrote it" in older.stderr
    assert "it can't be read" in cut.stderr
    assert "there are no results; run `nox -s pr_smoke` first" in absent.stderr
    assert "tests/parity/ has changed since (check_imports.py)" in stale.stderr


def test_a_real_run_is_green_once_accepted_and_red_once_fixed(tmp_path: Path) -> None:
    strict = {"PARITY_STRICT": "0"}
    trial = small(tmp_path / "desk")
    known = trial.folder / "desk" / "known.py"
    known.write_text("import no_such_distribution\n")
    check = trial.folder / "tests" / "parity" / "check_engine.py"
    check.write_text(check.read_text().replace("assert not missing", "assert missing"))
    trial.commit("Two findings")
    assert trial.run("pr_smoke", strict).returncode != 0

    result = accept(trial.folder, "--yes", "--reason", "first day")
    assert result.exit_code == 0, result.output
    trial.commit("Accept known findings")
    trial.scaffold()
    green = trial.run("pr_smoke", strict)
    known.unlink()
    fixed = trial.run("pr_smoke", strict)

    assert [(one["check"], one["case"]) for one in accepted(trial.folder)] == [
        ("engine", "test_the_extensions_are_installed"),
        ("imports", "desk.known"),
    ]
    assert green.returncode == 0, green.output
    assert {green.result(name) for name in ("imports", "engine")} == {"accepted"}
    assert fixed.returncode != 0
    assert "accepted case 'desk.known' no longer fails" in failures(fixed, "imports")
