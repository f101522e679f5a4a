"""A host whose pytest collects everything is told how to leave the harness out."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffolder.render.neighbours import collecting

WIDE = [
    ("pytest.ini", "[pytest]\npython_files = *.py\n"),
    ("tox.ini", "[pytest]\npython_files = test_*.py check_*.py\n"),
    ("setup.cfg", "[tool:pytest]\npython_files = journey_*.py\n"),
    ("pyproject.toml", '[tool.pytest.ini_options]\npython_files = ["*.py"]\n'),
    ("pyproject.toml", '[tool.pytest.ini_options]\npython_files = "test_*.py *.py"\n'),
]
NARROW = [
    ("pytest.ini", "[pytest]\naddopts = -q\n"),
    ("pytest.ini", "[pytest]\npython_files = *.py\naddopts = --ignore=tests/parity\n"),
    ("setup.cfg", "[tool:pytest]\npython_files = test_*.py tests.py *_test.py\n"),
    ("pyproject.toml", '[tool.pytest.ini_options]\npython_files = ["test_*.py"]\n'),
    ("pyproject.toml", '[tool.pytest]\npython_files = "a"\n[tool]\nbroken'),
    ("pytest.ini", "no section\n"),
]


@pytest.mark.parametrize(("name", "text"), WIDE)
def test_a_wide_pattern_is_named_with_the_line_to_add(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    advice = collecting(tmp_path)

    assert advice is not None
    assert advice.startswith(f"{name} has python_files")
    assert advice.endswith("--ignore=tests/parity")


@pytest.mark.parametrize(("name", "text"), NARROW)
def test_a_narrow_pattern_needs_no_word(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    assert collecting(tmp_path) is None


def test_a_host_without_configuration_needs_no_word(tmp_path: Path) -> None:
    assert collecting(tmp_path) is None
