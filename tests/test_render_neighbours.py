"""A host whose pytest collects everything is told how to leave the harness out."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffolder.render.neighbours import collecting, hooks, measuring

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
    assert "add to its addopts: --ignore=tests/parity" in advice
    assert ("--ignore=parity_nox.py" in advice) is (" *.py" in text.replace('"', " "))


@pytest.mark.parametrize(("name", "text"), NARROW)
def test_a_narrow_pattern_needs_no_word(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    assert collecting(tmp_path) is None


def test_a_host_without_configuration_needs_no_word(tmp_path: Path) -> None:
    assert collecting(tmp_path) is None


DOCTESTS = [
    ("pytest.ini", "[pytest]\naddopts = -q --doctest-modules\n"),
    ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = ["--doctest-modules"]\n'),
]


@pytest.mark.parametrize(("name", "text"), DOCTESTS)
def test_doctests_of_every_module_are_named_with_what_to_add(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)

    advice = collecting(tmp_path)

    assert advice is not None
    assert "--ignore=tests/parity --ignore=parity_nox.py" in advice


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\naddopts = --cov=. --cov-fail-under=100\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = ["--cov"]\n'),
        ("pyproject.toml", '[tool.coverage.run]\nsource = ["."]\n'),
        (".coveragerc", "[run]\nsource = .\n"),
        ("setup.cfg", "[coverage:run]\nsource =\n  .\n"),
    ],
)
def test_coverage_of_the_whole_folder_is_named_with_what_to_omit(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)

    advice = measuring(tmp_path)

    assert advice is not None
    assert advice.startswith(f"{name} has coverage measure the whole folder")
    assert "parity_nox.py, noxfile.py, tests/parity/*" in advice


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\naddopts = --cov=shop --cov-fail-under=100\n"),
        ("pyproject.toml", '[tool.coverage.run]\nsource = ["shop"]\n'),
        (".coveragerc", "[run]\nsource = .\nomit = parity_nox.py\n"),
        ("pyproject.toml", "[tool]\ncoverage = 1\n"),
    ],
)
def test_coverage_of_named_packages_needs_no_word(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    assert measuring(tmp_path) is None


def pre_commit(tmp_path: Path, hook: str, more: str = "") -> Path:
    config = f"{more}repos:\n- repo: https://example.org/x\n  rev: v1\n  hooks:\n  - {hook}\n"
    (tmp_path / ".pre-commit-config.yaml").write_text(config)
    return tmp_path


def test_a_formatter_with_another_style_is_named_with_what_to_add(tmp_path: Path) -> None:
    advice = hooks(pre_commit(tmp_path, "{id: black}"), ".")

    assert advice is not None
    assert "runs black over the harness" in advice
    assert r"exclude: ^(tests/parity/|parity_nox\.py$)" in advice


def test_in_a_subfolder_the_line_names_it(tmp_path: Path) -> None:
    advice = hooks(pre_commit(tmp_path, "{id: mypy}"), "services/shop")

    assert advice is not None
    assert "exclude: ^services/shop/(tests/parity/" in advice


@pytest.mark.parametrize(
    ("hook", "more"),
    [
        ("{id: ruff-format}", ""),
        ("{id: trailing-whitespace}", ""),
        ("{id: black, exclude: ^tests/}", ""),
        ("{id: black, files: ^shop/}", ""),
        ("{id: black}", "exclude: ^tests/parity/\n"),
    ],
)
def test_hooks_that_leave_the_harness_as_it_is_need_no_word(
    tmp_path: Path, hook: str, more: str
) -> None:
    assert hooks(pre_commit(tmp_path, hook, more), ".") is None


@pytest.mark.parametrize("text", ["a: [", "just text", "repos: nothing\n"])
def test_a_configuration_that_cannot_be_read_needs_no_word(tmp_path: Path, text: str) -> None:
    (tmp_path / ".pre-commit-config.yaml").write_text(text)

    assert hooks(tmp_path, ".") is None
