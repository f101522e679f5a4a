"""Each assertion of a generated harness is there for something: a breakage or a fault needs it."""

from __future__ import annotations

import ast
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import breakages
import mutate
import pytest
from mutation import mutants, page
from mutation.page import Tried
from mutation.places import instrumented

from scaffolder.demo.trial import Trial

SAMPLED = (
    "flask-desk/rollback: half-written-ticket",
    "flask-desk/open-ticket: ghost-insert:comments",
)
ATTEMPTS = [
    pytest.param(
        attempt,
        id=attempt.name,
        marks=[
            pytest.mark.family("mutations", sampled=attempt.name in SAMPLED),
            *breakages.turns(attempt.breakage),
        ],
    )
    for attempt in mutate.attempts()
]
SOURCE = '''"""A check."""
from __future__ import annotations

def same(a, b):
    return a == b

def test(value, cases, outcome):
    assert same(value, 1), f"is {value}"
    outcome.check_stored(0)
    cases({"a": "wrong"} if value > 2 else {})
'''


class Outcome:
    """Complains about 2."""

    def __init__(self, value: int) -> None:
        self.value = value

    def check_stored(self, number: int) -> None:
        if self.value == 2:
            raise AssertionError("two")


@pytest.fixture
def complaint(tmp_path: Path) -> Callable[[int, str], str]:
    """What the instrumented test says about a value."""
    (tmp_path / "check.py").write_text(instrumented(SOURCE, "check.py")[0], encoding="utf-8")
    test = runpy.run_path(str(tmp_path / "check.py"))["test"]

    def say(value: int, off: str) -> str:
        mutants.begin(off)
        try:
            test(value, _cases, Outcome(value))
        except AssertionError as problem:
            return str(problem)
        return ""

    return say


def _cases(found: dict[str, str]) -> None:
    assert not found, "cases"


def test_a_healthy_value_makes_no_place_complain(complaint: Callable[[int, str], str]) -> None:
    assert complaint(1, "") == ""
    assert not mutants.FIRED


@pytest.mark.parametrize(
    ("off", "said"),
    [
        ("", "is 2"),
        ("check.py:test:1", "two"),  # the assertion
        ("check.py:same:1", "two"),  # the comparison below it
    ],
)
def test_a_place_that_is_switched_off_lets_the_next_one_speak(
    complaint: Callable[[int, str], str], off: str, said: str
) -> None:
    assert complaint(2, off) == said
    assert (
        list(mutants.FIRED)
        == {
            "": ["check.py:same:1", "check.py:test:1"],
            "check.py:test:1": ["check.py:same:1", "check.py:test:2"],
            "check.py:same:1": ["check.py:test:2"],
        }[off]
    )


def test_every_assertion_of_the_checks_is_a_place() -> None:
    known = {place.name.rpartition(":")[0] for place in mutate.places()}

    for path in sorted((mutate.TESTS.parent / "blueprints" / "checks").glob("check_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert f"{path.name}:{node.name}" in known


def test_a_place_is_needed_alone_or_together() -> None:
    red = ["j.py::test_row[0]", "j.py::test_row[1]", "j.py::test_seen"]
    needed = {"a": [], "b": ["j.py::test_seen"], "c": ["j.py::test_row[0]", "j.py::test_seen"]}

    found = page.proofs([Tried("desk/j: lost", red, needed)])

    assert found["a"].text == "desk/j: lost, alone"
    assert found["b"].text == "desk/j: lost, together"
    assert "c" not in found


def test_what_nothing_needs_has_a_reason_and_nothing_else_has() -> None:
    needed = page.proofs(mutate.measured().values())

    left = {place.name for place in mutate.places()} - set(needed)

    assert left == set(page.reasons())


def test_everything_was_measured_and_the_page_is_current() -> None:
    found = mutate.measured()
    names = [attempt.name for attempt in mutate.attempts()]

    assert list(found) == names
    text = page.page(mutate.places(), page.proofs(found.values()), page.reasons())
    assert page.PAGE.read_text(encoding="utf-8") == text


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Trial]]:
    """Each example, instrumented when first asked for."""

    class Trials(dict[str, Trial]):
        def __missing__(self, name: str) -> Trial:
            folder: Path = tmp_path_factory.mktemp(name)
            self[name] = mutate.begin(name, folder)
            return self[name]

    yield Trials()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_what_was_measured_holds(attempt: mutate.Attempt, trials: dict[str, Trial]) -> None:
    before = mutate.measured()[attempt.name]

    (now,) = mutate.measure(trials[attempt.example], [attempt])

    assert now.red
    assert page.proofs([now]).keys() >= page.proofs([before]).keys()
