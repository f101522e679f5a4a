"""Imports that production does not install, and versions that may move."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan.detectors.dependencies import detect

PROJECT = """\
[project]
name = "shop"
dependencies = ["flask"]

[dependency-groups]
dev = ["freezegun", "Faker"]
postgres = ["psycopg2-binary"]
"""
LOCK = """\
version = 1

[[package]]
name = "shop"
source = { virtual = "." }
dependencies = [{ name = "flask" }]

[[package]]
name = "flask"
version = "3.0.0"
dependencies = [{ name = "werkzeug" }]

[[package]]
name = "werkzeug"
version = "3.0.0"

[[package]]
name = "freezegun"
version = "1.5.0"
dependencies = [{ name = "python-dateutil" }]

[[package]]
name = "python-dateutil"
version = "2.9.0"

[[package]]
name = "faker"
version = "30.0.0"

[[package]]
name = "psycopg2-binary"
version = "2.9.9"
"""
POETRY = """\
[[package]]
name = "flask"
version = "3.0.0"

[package.dependencies]
Werkzeug = ">=3"

[[package]]
name = "werkzeug"
version = "3.0.0"

[[package]]
name = "faker"
version = "30.0.0"
"""
POETRY_PROJECT = """\
[tool.poetry.dependencies]
python = "^3.12"
flask = "^3"

[tool.poetry.group.dev.dependencies]
Faker = "*"
"""


def with_uv(tmp_path: Path, code: str, **files: str) -> list[str]:
    base = {"pyproject.toml": PROJECT, "uv.lock": LOCK, "shop/__init__.py": "", "shop/a.py": code}
    return found(detect, repository(tmp_path, base | files), "dependencies.dev-import")


def test_what_only_a_dependency_of_developers_brings_is_missing_in_production(
    tmp_path: Path,
) -> None:
    assert with_uv(tmp_path, "from dateutil.parser import parse\n") == ["shop/a.py"]
    assert with_uv(tmp_path, "def seed():\n    import faker\n") == ["shop/a.py"]


@pytest.mark.parametrize(
    "code",
    [
        "import werkzeug\n",
        "import psycopg2\n",
        "import json, shop.b\n",
        "import nobody_knows_this\n",
        "from . import faker\n",
        "try:\n    import faker\nexcept ImportError:\n    faker = None\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import faker\n",
        "if settings.DEBUG:\n    import faker\n",
    ],
)
def test_these_imports_are_no_finding(tmp_path: Path, code: str) -> None:
    assert with_uv(tmp_path, code) == []


def test_an_image_that_installs_developers_groups_lacks_nothing(tmp_path: Path) -> None:
    image = "FROM python:3.12\nRUN uv sync --frozen\n"
    assert with_uv(tmp_path, "import faker\n", Dockerfile=image) == []

    image = "FROM python:3.12\nRUN uv sync --frozen \\\n  --no-dev\n"
    assert with_uv(tmp_path, "import faker\n", Dockerfile=image) == ["shop/a.py"]


def test_what_the_image_adds_is_installed(tmp_path: Path) -> None:
    image = "RUN uv sync --no-dev\nRUN uv pip install 'faker==30.0.0'\n"
    assert with_uv(tmp_path, "import faker\n", Dockerfile=image) == []


def test_settings_for_developers_may_import_their_tools(tmp_path: Path) -> None:
    where = {"shop/settings/local.py": "import faker\n", "shop/tests/test_a.py": "import faker\n"}
    assert with_uv(tmp_path, "", **where) == []


def test_a_lock_of_poetry_is_read_from_the_manifests_groups(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "pyproject.toml": POETRY_PROJECT,
            "poetry.lock": POETRY,
            "shop/a.py": "import faker\n",
            "shop/b.py": "import werkzeug\n",
        },
    )

    fact = the(detect, where, "dependencies.dev-import")
    assert (fact.value, fact.detail, str(fact.evidence[0])) == ("shop/a.py", "faker", "shop/a.py:1")


def test_a_lock_of_pipenv_names_both_halves(tmp_path: Path) -> None:
    lock = '{"default": {"flask": {}}, "develop": {"python-dotenv": {}}}'
    where = repository(tmp_path, {"Pipfile.lock": lock, "shop/a.py": "import dotenv\n"})

    assert found(detect, where, "dependencies.dev-import") == ["shop/a.py"]


def test_requirements_that_are_no_closure_prove_little(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "requirements.txt": "flask==3.0.0\n",
            "requirements-dev.txt": "-r requirements.txt\npython-dateutil\npytest\n",
            "shop/a.py": "import dateutil\n",
            "shop/b.py": "import pytest\n",
        },
    )

    assert found(detect, where, "dependencies.dev-import") == ["shop/b.py"]


def test_exact_requirements_with_all_that_comes_along_are_a_closure(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "requirements.txt": "django==5.2\nasgiref==3.8\nsqlparse==0.5\n",
            "requirements-dev.txt": "-r requirements.txt\npython-dateutil==2.9\n",
            "shop/a.py": "import dateutil\n",
        },
    )

    assert found(detect, where, "dependencies.dev-import") == ["shop/a.py"]


def test_each_file_with_an_open_version_is_named(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "requirements.txt": "-r requirements/base.txt\n-c bounds.txt\ngunicorn>=20\n",
            "requirements/base.txt": """\
                flask==3.0.0 \\
                    --hash=sha256:00
                Pillow[extra] == 10.1 ; python_version > "3.8"  # images
                urllib3  # in bounds.txt
                tool @ git+https://example.org/tool.git@v1.2
            """,
            "bounds.txt": "urllib3==2.0\n",
            "requirements-dev.txt": "pytest\n",
        },
    )

    fact = the(detect, where, "dependencies.unpinned")
    assert (fact.value, fact.detail, str(fact.evidence[0])) == (
        "requirements.txt",
        "gunicorn",
        "requirements.txt:3",
    )


@pytest.mark.parametrize(
    "line",
    [
        "flask",
        "flask>=3",
        "flask~=3.0",
        "flask==3.*",
        "flask<=3.0",
        "git+https://example.org/x.git#egg=x",
    ],
)
def test_these_requirements_are_open(tmp_path: Path, line: str) -> None:
    where = repository(tmp_path, {"requirements.txt": f"{line}\n"})
    assert found(detect, where, "dependencies.unpinned") == ["requirements.txt"]


def test_a_lock_has_nothing_open(tmp_path: Path) -> None:
    where = repository(tmp_path, {"pyproject.toml": PROJECT, "uv.lock": LOCK})
    assert found(detect, where, "dependencies.unpinned") == []


def test_a_driver_that_the_code_names_and_the_lock_lacks(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "pyproject.toml": PROJECT,
            "uv.lock": LOCK,
            "shop/a.py": 'URL = "postgresql+asyncpg://localhost/shop"\n',
            "shop/b.py": 'URL = "postgresql+psycopg2://localhost/shop"\n',
        },
    )

    fact = the(detect, where, "dependencies.missing-driver")
    assert (fact.value, str(fact.evidence[0])) == ("asyncpg", "shop/a.py:1")


@pytest.mark.parametrize(("there", "missing"), [("psycopg2", []), ("x", ["asyncmy", "psycopg2"])])
def test_the_driver_of_another_engine_is_a_choice(
    there: str, missing: list[str], tmp_path: Path
) -> None:
    where = repository(
        tmp_path,
        {
            "pyproject.toml": PROJECT,
            "requirements.txt": f"flask==3.1.0\n{there}==2.9.9\n",
            "shop/a.py": 'URLS = "postgresql+psycopg2://", "mysql+asyncmy://"\n',
        },
    )

    assert sorted(found(detect, where, "dependencies.missing-driver")) == missing


@pytest.mark.parametrize(("line", "runners"), [("pytest==8.4.0", ["pytest"]), ("", [])])
def test_a_runner_that_production_installs(line: str, runners: list[str], tmp_path: Path) -> None:
    files = {"requirements.txt": f"flask==3.1.0\n{line}\n", "requirements-dev.txt": "pytest\n"}
    where = repository(tmp_path, files)

    assert found(detect, where, "dependencies.shipped-runner") == runners
