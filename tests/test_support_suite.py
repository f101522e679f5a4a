"""One test of the team by its name: with its own runner, and red when it is gone or skipped."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest
from harness_settings import write

from support.run.suite import problem, single

TESTS = """\
import unittest

import pytest


def test_passes(): pass


def test_fails(): assert 1 == 2


@pytest.mark.skip
def test_is_skipped(): pass


class Case(unittest.TestCase):
    def test_passes(self): pass

    def test_fails(self): self.assertEqual(1, 2)

    @unittest.skip("not now")
    def test_is_skipped(self): pass
"""
PYTHON = shlex.quote(sys.executable)


def outcome(folder: Path, runner: str, name: str) -> str | None:
    write(folder, {"tests/test_price.py": TESTS})
    variables = {"PATH": os.environ["PATH"]}
    text = problem(
        f"tests/test_price.py::{name}", variables, f"{PYTHON} -m {runner}", folder, folder / "own"
    )
    return text.splitlines()[0].partition(" ")[2] if text else None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_passes", None),
        ("test_fails", "fails"),
        ("test_is_skipped", "is skipped"),
        ("test_is_gone", "does not exist"),
        ("Case::test_passes", None),
    ],
)
def test_with_pytest(tmp_path: Path, name: str, expected: str | None) -> None:
    assert outcome(tmp_path, "pytest -q tests --maxfail=1", name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Case::test_passes", None),
        ("Case::test_fails", "fails"),
        ("Case::test_is_skipped", "is skipped"),
        ("Case::test_is_gone", "fails"),  # unittest makes a failing test of it
    ],
)
def test_with_unittest(tmp_path: Path, name: str, expected: str | None) -> None:
    assert outcome(tmp_path, "unittest discover -s tests", name) == expected


def test_a_file_that_is_gone_is_red(tmp_path: Path) -> None:
    runner = f"{PYTHON} -m pytest"
    variables = {"PATH": os.environ["PATH"]}

    text = problem("tests/test_gone.py::test_a", variables, runner, tmp_path, tmp_path / "own")

    assert text is not None
    assert text.startswith("tests/test_gone.py::test_a does not exist\n")
    assert "test_gone.py" in text.partition("\n")[2]


@pytest.mark.parametrize(
    ("suite", "command"),
    [
        ("pytest -q tests -n 4", "pytest --junit-xml=r.xml src/a/test_b.py::C::test_d"),
        ("coverage run -m pytest", "coverage run -m pytest --junit-xml=r.xml {test}"),
        ("python -m unittest discover -s src", "python -m unittest src.a.test_b.C.test_d"),
        (
            "python manage.py test --parallel 4 --settings a.b --noinput app",
            "python manage.py test --settings a.b --noinput src.a.test_b.C.test_d",
        ),
        ("python src/manage.py test", "python src/manage.py test a.test_b.C.test_d"),
        ("django-admin test --settings=x", "django-admin test --settings=x src.a.test_b.C.test_d"),
        ("make test", None),
    ],
)
def test_the_teams_command_is_narrowed(suite: str, command: str | None) -> None:
    test = "src/a/test_b.py::C::test_d"

    found = single(suite, test, Path("r.xml"))

    assert (found.command if found else None) == (command and command.replace("{test}", test))


def test_a_runner_that_is_not_known_is_red(tmp_path: Path) -> None:
    text = problem("t.py::test_a", {}, "make test", tmp_path, tmp_path)

    assert text == (
        "t.py::test_a: 'make test' is no pytest, unittest or Django runner, to run one test with"
    )
