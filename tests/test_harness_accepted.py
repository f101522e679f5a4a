"""A known finding is accepted, strictly: red again when it is fixed or has run out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from trials import GREEN, KEPT_CHECKS, KEPT_JOURNEY, failures, small

from scaffolder.demo.trial import Trial

ENVIRONMENT = {"PARITY_STRICT": "0"}
ACCEPTED = [
    {"check": "imports", "case": "desk.known", "reason": "removed soon", "until": "2999-01-31"},
    {"check": "engine", "case": "test_the_extensions_*", "reason": "the next image has it"},
]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A module that does not import, and a test that fails; both are accepted."""
    trial = small(tmp_path_factory.mktemp("accepted"), accepted=ACCEPTED)
    (trial.folder / "desk" / "known.py").write_text("import no_such_distribution\n")
    path = trial.folder / "tests" / "parity" / "check_engine.py"
    path.write_text(path.read_text().replace("assert not missing", "assert missing"))
    trial.commit("Two findings")
    return trial


@pytest.fixture
def folder(trial: Trial) -> Iterator[Path]:
    yield trial.folder
    trial.restore()


def test_accepted_findings_are_green_and_said(trial: Trial, folder: Path) -> None:
    run = trial.run("pr_smoke", ENVIRONMENT)

    assert run.returncode == 0, run.output
    assert {name: run.result(name) for name in KEPT_CHECKS} == {
        "engine": "accepted",
        "imports": "accepted",
    }
    assert run.result(KEPT_JOURNEY) in GREEN
    assert "desk.known" in run.checks()["imports"]["accepted"][0]
    assert "accepted: desk.known" in run.output
    assert not run.results["red"] and run.results["complete"]


def test_what_is_fixed_or_new_or_ran_out_is_red(trial: Trial, folder: Path) -> None:
    settings = folder / "tests" / "parity" / "support" / "settings.py"
    settings.write_text(settings.read_text().replace("2999-01-31", "2020-01-31"))
    path = folder / "tests" / "parity" / "check_engine.py"
    path.write_text(path.read_text().replace("assert missing", "assert not missing"))
    (folder / "desk" / "other.py").write_text("import another_distribution\n")

    run = trial.run("pr_smoke", ENVIRONMENT)

    assert run.returncode != 0
    assert failures(run, "engine") == (
        "engine: accepted case 'test_the_extensions_*' no longer fails: remove it from parity.yaml"
    )
    assert "imports: desk.known" in failures(run, "imports")
    assert "accepted case 'desk.known' ran out on 2020-01-31" in failures(run, "imports")
    assert "imports: desk.other" in failures(run, "imports")


def test_what_is_blocked_is_not_taken_for_fixed(trial: Trial, folder: Path) -> None:
    migration = next((folder / "migrations").glob("*.sql"))
    migration.write_text(migration.read_text() + "\nSELECT nonsense;\n")

    run = trial.run("pr_smoke", ENVIRONMENT)

    assert run.returncode != 0
    assert run.result("imports") == "accepted"
    assert run.result("engine") == "blocked"
    assert run.result(KEPT_JOURNEY) == "blocked"
    assert "blocked by migrations" in run.checks()["engine"]["blocked"][0]


def test_a_mark_of_an_expected_failure_is_no_acceptance(trial: Trial, folder: Path) -> None:
    path = folder / "tests" / "parity" / "check_engine.py"
    source = path.read_text().replace("def test_the_enc", "@pytest.mark.xfail\ndef test_the_enc")
    path.write_text(
        source.replace("import annotations", "import annotations\nimport pytest").replace(
            "actual == expected", "actual != expected"
        )
    )

    run = trial.run("pr_smoke -- check_engine.py", ENVIRONMENT)

    assert run.returncode != 0
    assert "is marked xfail: a known failure belongs under `accepted`" in failures(run, "engine")
    assert not run.results["complete"]
