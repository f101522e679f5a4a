"""Nothing is skipped silently: what a generated harness does not run is red."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from trials import GREEN, KEPT_CHECKS, KEPT_JOURNEY, failures, small

from scaffolder.demo.trial import Trial

ENVIRONMENT = {"PARITY_STRICT": "0"}


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """The Flask example with a small spec: two checks and one journey."""
    return small(tmp_path_factory.mktemp("honest"))


@pytest.fixture
def harness(trial: Trial) -> Iterator[Path]:
    yield trial.folder / "tests" / "parity"
    trial.restore()


def test_the_small_harness_is_green(trial: Trial, harness: Path) -> None:
    run = trial.run("pr_smoke", ENVIRONMENT)

    assert run.returncode == 0, run.output
    assert set(run.checks()) == {*KEPT_CHECKS, KEPT_JOURNEY}


def test_a_skip_by_a_conftest_is_red(trial: Trial, harness: Path) -> None:
    (harness / "conftest.py").write_text(
        "import pytest\n\n"
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n"
        "        if 'engine' in item.nodeid:\n"
        "            item.add_marker(pytest.mark.skip(reason='not today'))\n"
    )

    run = trial.run("pr_smoke", ENVIRONMENT)

    assert run.returncode != 0
    assert run.result("engine") == "failed"
    assert "a skipped test is a failure" in failures(run, "engine")
    assert run.result(KEPT_JOURNEY) in GREEN


def test_a_test_that_a_conftest_takes_out_is_red(trial: Trial, harness: Path) -> None:
    (harness / "conftest.py").write_text(
        "def pytest_collection_modifyitems(items):\n"
        "    items[:] = [item for item in items if 'encoding' not in item.nodeid]\n"
    )

    run = trial.run("pr_smoke", ENVIRONMENT)

    assert run.returncode != 0
    assert failures(run, "engine") == (
        "engine: test_the_encoding_is_productions was collected, and did not run"
    )
    assert run.result("imports") in GREEN


def test_an_empty_parametrization_is_red(trial: Trial, harness: Path) -> None:
    path = harness / "journey_open_ticket.py"
    source = path.read_text()
    assert "range(len(JOURNEY.stored))" in source
    path.write_text(source.replace("range(len(JOURNEY.stored))", "[]"))

    run = trial.run("pr_smoke", ENVIRONMENT)

    assert run.returncode != 0
    assert run.result(KEPT_JOURNEY) == "failed"
    assert run.result("engine") in GREEN


def test_a_check_without_a_test_is_red(trial: Trial, harness: Path) -> None:
    (harness / "check_imports.py").unlink()

    run = trial.run("pr_smoke", ENVIRONMENT)

    assert run.returncode != 0
    assert failures(run, "imports") == "imports: no test ran; a check that is not run is red"


def test_a_tier_that_collects_nothing_is_red(trial: Trial, harness: Path) -> None:
    for path in [*harness.glob("check_*.py"), *harness.glob("journey_*.py")]:
        path.unlink()

    run = trial.run("pr_smoke", ENVIRONMENT)

    assert run.returncode != 0
    assert set(run.reds()) == {*KEPT_CHECKS, KEPT_JOURNEY}


def test_a_file_that_cannot_be_imported_is_red(trial: Trial, harness: Path) -> None:
    path = harness / "check_engine.py"
    path.write_text("import no_such_module\n" + path.read_text())

    run = trial.run("pr_smoke", ENVIRONMENT)

    assert run.returncode != 0
    assert "cannot be collected" in failures(run, "engine")
    assert run.result("imports") in GREEN


def test_a_part_may_be_run_alone(trial: Trial, harness: Path) -> None:
    done = trial.run("pr_smoke -- check_engine.py", ENVIRONMENT)

    assert done.returncode == 0, done.output


def test_a_missing_postgresql_is_said_in_one_line(trial: Trial, harness: Path) -> None:
    run = trial.run(
        "pr_smoke",
        {**ENVIRONMENT, "PARITY_DATABASE_URL": "postgresql://nobody:no@127.0.0.1:1/none"},
    )

    assert run.returncode != 0
    assert not run.results
    lines = [line for line in run.output.splitlines() if "no PostgreSQL" in line]
    assert lines and "PARITY_DATABASE_URL" in lines[0], run.output
