"""A drafted spec, without an edit, gives a harness that is green, and red where it matters.

Each example is read and observed by `parity init` as a repository that knows nothing of parity.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from trials import GREEN, leniency, summary

from scaffolder.demo.examples import examples
from scaffolder.demo.trial import Trial

EXAMPLES = examples()
SAMPLED = "flask-desk"
NOTICED = {
    "fastapi-shop": {
        "lost-order": "create-order",
        "insert-or-replace": "sql-literals",
        "sqlite-revision": "migrations",
        "missing-revision": "schema-drift",
        "lost-time-zone": "serialization",
        "dev-dependency": "imports",
        "port-ignored": "entry-points",
        "silent-default": "environment",
        "ascii-only": "serialization",
        "delete-not-awaited": "delete-order",
    },
    "django-clinic": {
        "save-forgotten": "update-patient",
        "insert-or-replace": "sql-literals",
        "strftime-migration": "migrations",
        "missing-migration": "schema-drift",
        "lost-time-zone": "timezone",
        "dev-only-dependency": "imports",
        "secret-key-default": "environment",
        "worker-not-installed": "entry-points",
        "deposit-rounded": "serialization",
    },
    "flask-desk": {
        "forgotten-commit": "update-ticket",
        "insert-or-replace": "sql-literals",
        "broken-migration": "migrations",
        "naive-due-at": "timezone",
        "dev-only-dependency": "imports",
        "absent-worker-class": "entry-points",
        "silent-default": "environment",
        "rounded-hours": "serialization",
        "overlong-subject": "boundaries",
    },
}
"""Breakages that the harness of the draft notices, each with one of the checks that are red."""
IN_EVERY_RUN = {"forgotten-commit", "dev-only-dependency"}
CASES = [
    pytest.param(
        name,
        breakage,
        id=f"{name}-{breakage}",
        marks=pytest.mark.family("drafts", sampled=name == SAMPLED and breakage in IN_EVERY_RUN),
    )
    for name, breakages in NOTICED.items()
    for breakage in breakages
]


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Trial]]:
    """Each example with the harness of its draft, made when first asked for."""

    class Drafted(dict[str, Trial]):
        def __missing__(self, name: str) -> Trial:
            folder: Path = tmp_path_factory.mktemp(name)
            trial = Trial.begin(EXAMPLES[name], folder)
            (folder / "parity.yaml").unlink()
            trial.commit("A repository that knows nothing of parity")
            command = [sys.executable, "-m", "scaffolder", "init", "--observe", "."]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            trial.commit("Draft the spec")
            trial.scaffold()
            self[name] = trial
            return trial

    yield Drafted()


@pytest.mark.parametrize("name", EXAMPLES)
def test_there_are_enough_of_them(name: str) -> None:
    known = {breakage.id for breakage in EXAMPLES[name].breakages() if breakage.check}

    assert len(NOTICED[name].keys() & known) >= 7


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.family("drafts", sampled=name == SAMPLED))
        for name in EXAMPLES
    ],
)
def test_the_harness_of_a_draft_is_green(name: str, drafted: dict[str, Trial]) -> None:
    run = drafted[name].run("pr_smoke", leniency())

    assert run.returncode == 0, summary(run)
    assert {entry["result"] for entry in run.checks().values()} <= set(GREEN)
    assert any(check.startswith("create-") for check in run.checks())


@pytest.mark.parametrize(("name", "breakage"), CASES)
def test_the_harness_of_a_draft_notices(
    name: str, breakage: str, drafted: dict[str, Trial]
) -> None:
    trial = drafted[name]
    (patch,) = [one for one in EXAMPLES[name].breakages() if one.id == breakage]

    trial.apply(patch)
    try:
        run = trial.run("pr_smoke", leniency())
    finally:
        trial.restore()

    assert run.returncode != 0
    assert NOTICED[name][breakage] in run.reds(), summary(run)
