"""What production installs from."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan.detectors.install import detect
from scaffolder.scan.manifest import pinned

PROJECT = """\
[project]
name = "shop"
requires-python = ">=3.12,<3.13"

[project.scripts]
shop-admin = "shop.cli:main"

[build-system]
requires = ["hatchling"]
"""


@pytest.mark.parametrize(
    ("specifier", "version", "only"),
    [
        (">=3.12,<3.13", "3.12", True),
        ("==3.12.*", "3.12", True),
        ("~=3.12.0", "3.12", True),
        ("~3.11", "3.11", True),
        ("3.11.4", "3.11", True),
        (">=3.10", "3.10", False),
        ("^3.9", "3.9", False),
        ("~=3.9", "3.9", False),
        (">=3.9,<4.0", "3.9", False),
    ],
)
def test_a_specifier_pins_a_minor_version_or_does_not(
    specifier: str, version: str, only: bool
) -> None:
    assert pinned(specifier) == (version, only)


def test_a_specifier_without_a_lower_bound_says_nothing() -> None:
    assert pinned("<4") is None
    assert pinned("*") is None


@pytest.mark.parametrize(
    ("lock", "tool"),
    [("uv.lock", "uv"), ("poetry.lock", "poetry"), ("pdm.lock", "pdm"), ("Pipfile.lock", "pipenv")],
)
def test_a_lock_says_what_is_installed_with_which_tool(
    tmp_path: Path, lock: str, tool: str
) -> None:
    where = repository(tmp_path, {lock: "", "pyproject.toml": PROJECT})

    assert found(detect, where, "install.lock") == [lock]
    assert found(detect, where, "install.tool") == [tool]


def test_the_lock_of_a_workspace_lies_above_its_members(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "uv.lock": "",
            "pyproject.toml": '[tool.uv.workspace]\nmembers = ["backend", "tools/*"]\n',
            "backend/pyproject.toml": '[project]\nname = "shop-api"\n',
        },
        directory="backend",
    )

    assert found(detect, where, "install.lock") == ["uv.lock"]
    assert found(detect, where, "install.member") == ["shop-api"]


def test_a_lock_above_is_not_the_applications_without_a_workspace(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {"uv.lock": "", "backend/requirements.txt": "flask==3.0.0\n"},
        directory="backend",
    )

    assert found(detect, where, "install.lock") == ["backend/requirements.txt"]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["requirements.txt", "requirements-dev.txt"], "requirements.txt"),
        (["requirements/base.txt", "requirements/test.txt"], "requirements/base.txt"),
        (["requirements/base.txt", "requirements/production.txt"], "requirements/production.txt"),
        (["requirements.txt", "docs/requirements.txt"], "requirements.txt"),
        (["base-requirements.txt", "dev-requirements.txt"], "base-requirements.txt"),
        (["requirements_for_test.txt", "requirements.txt"], "requirements.txt"),
    ],
)
def test_productions_requirements_are_chosen_by_name(
    tmp_path: Path, names: list[str], chosen: str
) -> None:
    where = repository(tmp_path, {name: "flask==3.0.0\n" for name in names})

    assert found(detect, where, "install.lock") == [chosen]
    assert found(detect, where, "install.tool") == ["pip"]


def test_requirements_at_the_root_that_read_productions(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {"requirements.txt": "-r requirements/prod.txt\n", "requirements/prod.txt": "flask\n"},
    )

    assert found(detect, where, "install.lock") == ["requirements.txt"]


def test_the_image_decides_between_requirements(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "requirements.txt": "-r requirements/base.txt\n",
            "requirements/base.txt": "flask\n",
            "requirements/server.txt": "flask\n",
            "Dockerfile": "RUN uv pip install -r requirements/server.txt\n",
        },
    )

    assert found(detect, where, "install.lock") == ["requirements/server.txt"]
    assert found(detect, where, "install.tool") == ["uv"]


def test_an_image_that_installs_requirements_does_not_use_the_lock_beside_them(
    tmp_path: Path,
) -> None:
    where = repository(
        tmp_path,
        {
            "uv.lock": "",
            "requirements.txt": "flask==3.0.0\n",
            "Dockerfile": "RUN pip install -r requirements.txt\n",
        },
    )

    assert found(detect, where, "install.lock") == ["requirements.txt"]


def test_a_project_without_a_lock_is_installed_from_its_manifest(tmp_path: Path) -> None:
    text = PROJECT.replace('name = "shop"', 'name = "shop"\ndependencies = ["flask"]')
    where = repository(tmp_path, {"pyproject.toml": text})

    fact = the(detect, where, "install.lock")
    assert (fact.value, fact.place, str(fact.evidence[0])) == (
        "pyproject.toml",
        "manifest",
        "pyproject.toml:3",
    )


def test_only_a_pinned_python_is_productions(tmp_path: Path) -> None:
    where = repository(tmp_path, {"pyproject.toml": PROJECT})
    assert found(detect, where, "production.python") == ["3.12"]

    loose = repository(tmp_path, {"pyproject.toml": PROJECT.replace(",<3.13", "")})
    assert found(detect, loose, "production.python") == []
    assert found(detect, loose, "production.python", guesses=True) == ["3.12"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".python-version", "3.11.9\n"),
        ("Pipfile", '[requires]\npython_version = "3.11"\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "~3.11"\n'),
    ],
)
def test_files_that_pin_python(tmp_path: Path, path: str, text: str) -> None:
    assert found(detect, repository(tmp_path, {path: text}), "production.python") == ["3.11"]


def test_scripts_of_the_manifest_are_installed_with_the_project(tmp_path: Path) -> None:
    where = repository(tmp_path, {"uv.lock": "", "pyproject.toml": PROJECT})

    fact = the(detect, where, "app.script")
    assert (fact.value, str(fact.evidence[0])) == ("shop-admin", "pyproject.toml:6")


@pytest.mark.parametrize(
    "files",
    [
        {"uv.lock": "", "pyproject.toml": PROJECT.partition("[build-system]")[0]},
        {"requirements.txt": "flask==3.0.0\n", "pyproject.toml": PROJECT},
        {
            "poetry.lock": "",
            "pyproject.toml": "[tool.poetry]\npackage-mode = false\n"
            '[tool.poetry.scripts]\nshop-admin = "shop:main"\n',
        },
        {
            "uv.lock": "",
            "pyproject.toml": PROJECT,
            "Dockerfile": "RUN uv sync --no-install-project\n",
        },
    ],
)
def test_scripts_of_a_project_that_is_not_installed_do_not_count(
    tmp_path: Path, files: dict[str, str]
) -> None:
    assert found(detect, repository(tmp_path, files), "app.script") == []


def test_scripts_of_setuptools(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "setup.cfg": "[options.entry_points]\nconsole_scripts =\n    shop-one = shop:main\n",
            "setup.py": "setup(entry_points={'console_scripts': ['shop-two=shop:main']})\n",
        },
    )

    assert found(detect, where, "app.script") == ["shop-one", "shop-two"]


def test_broken_manifests_are_notes(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "pyproject.toml": "[project\n",
            "setup.cfg": "no section\n",
            "Pipfile": "\0",
            "uv.lock": "[",
        },
    )

    assert found(detect, where, "install.lock") == ["uv.lock"]
    assert {note.path for note in where.tree.notes} == {"pyproject.toml", "setup.cfg", "Pipfile"}
