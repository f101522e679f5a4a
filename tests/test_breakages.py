"""Generated harnesses are run: green on the healthy example, red on each broken one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import breakages
import pytest

from scaffolder.demo.examples import Breakage, examples
from scaffolder.demo.trial import Run, Trial
from scaffolder.plan.allocate import allocate
from scaffolder.plan.edits import edits
from scaffolder.spec.load import examine

EXAMPLES = examples()
WRITES = os.environ.get("PARITY_GOLDEN") == "write"  # only sensible with --full
# One of each kind: a lost write, SQL, the environment, a blind one; the rest runs with --full.
SAMPLED = {
    "django-clinic": {"save-forgotten", "dev-only-dependency"},
    "fastapi-shop": {"lost-order", "sqlite-function", "silent-default"},
    "flask-desk": {"insert-or-replace", "broken-migration", "half-written-ticket"},
}
CASES = [
    pytest.param(
        name,
        breakage,
        id=f"{name}-{breakage.id}",
        marks=[
            pytest.mark.family(
                "breakages", sampled=breakage.check is None or breakage.id in SAMPLED[name]
            ),
            *breakages.turns(breakage),
        ],
    )
    for name, example in EXAMPLES.items()
    for breakage in example.breakages()
]


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Trial]]:
    """Each example with its harness, scaffolded when first asked for."""

    class Trials(dict[str, Trial]):
        def __missing__(self, name: str) -> Trial:
            folder: Path = tmp_path_factory.mktemp(name)
            trial = Trial.begin(EXAMPLES[name], folder)
            trial.scaffold()
            self[name] = trial
            return trial

    yield Trials()


@pytest.fixture(scope="module")
def documented() -> Iterator[dict[tuple[str, str], str]]:
    """The lines of the page; those of this run are written when it is asked for."""
    if not WRITES:
        yield breakages.rows_of_page()
        return
    rows: dict[tuple[str, str], str] = {}
    yield rows
    order = [(name, one.id) for name, example in EXAMPLES.items() for one in example.breakages()]
    breakages.write(rows, order)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_sampled_breakage_exists(name: str) -> None:
    assert SAMPLED[name] <= {breakage.id for breakage in EXAMPLES[name].breakages()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_there_are_enough_breakages(name: str) -> None:
    listed = EXAMPLES[name].breakages()

    assert sum(1 for one in listed if one.check and not one.blind) >= 8
    assert sum(1 for one in listed if one.blind) >= 3
    assert sum(1 for one in listed if one.check is None) == 1
    assert {path.stem for path in listed[0].patch.parent.glob("*.patch")} == {
        one.patch.stem for one in listed
    }


@pytest.mark.parametrize(("name", "breakage"), CASES)
def test_the_named_check_notices(
    name: str,
    breakage: Breakage,
    trials: dict[str, Trial],
    documented: dict[tuple[str, str], str],
) -> None:
    trial = trials[name]

    run, row = breakages.measure(trial, breakage)

    assert run.results, run.output
    if breakage.check is None:
        assert_green(run)
    else:
        assert_red(run, breakage)
    if WRITES:
        documented[name, breakage.id] = row.cells()
    line = documented[name, breakage.id]
    assert breakages.plain(line) == breakages.plain(row.cells())


def assert_red(run: Run, breakage: Breakage) -> None:
    assert run.returncode != 0
    assert run.result(breakage.check or "") == "failed", summary(run)
    text = breakages.failure_text(run, breakage.check)
    assert breakage.message in text, text


def assert_green(run: Run) -> None:
    assert run.returncode == 0, summary(run)
    assert set(map(run.result, run.checks())) <= {"passed", "degraded"}, summary(run)


def summary(run: Run) -> str:
    return run.output[run.output.rfind("= parity") :]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_plan_has_nothing_to_change(name: str) -> None:
    data = (EXAMPLES[name].folder / "parity.yaml").read_bytes()
    loaded = examine(data)
    assert not isinstance(loaded, list) and not loaded.problems

    assert edits(loaded.spec, allocate(loaded.spec)) == []
