"""Only the jobs that test the application count."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan.detectors.ci import detect
from scaffolder.scan.facts import Evidence

WORKFLOW = """\
on: [push]
env: {TZ: UTC}
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/setup-python@v5
        with: {python-version: "3.8"}
      - run: ruff check .
  test:
    runs-on: ubuntu-24.04
    strategy:
      matrix:
        python-version: ["3.10", 3.12, pypy-3.10]
        include: [{python-version: "3.14-dev"}]
    services:
      db: {image: "postgres:16"}
      cache: {image: redis}
    steps:
      - uses: actions/setup-python@v5
        with: {python-version: "${{ matrix.python-version }}"}
      - run: |
          pip install pytest
          # the tests
          pytest -q --junitxml=${{ matrix.python-version }}.xml
  end-to-end:
    steps:
      - run: pytest e2e
"""


def test_a_workflow(tmp_path: Path) -> None:
    where = repository(tmp_path, {".github/workflows/ci.yml": WORKFLOW})
    path = ".github/workflows/ci.yml"

    assert found(detect, where, "ci.provider") == ["github"]
    assert found(detect, where, "ci.python") == ["3.10", "3.12", "3.14"]
    assert found(detect, where, "ci.timezone") == ["UTC"]
    assert found(detect, where, "ci.os") == ["ubuntu-24.04"]
    assert found(detect, where, "image.floating") == ["redis"]
    assert the(detect, where, "ci.version").value == "16"
    assert the(detect, where, "ci.engine").evidence == (Evidence(path, 17),)
    command = the(detect, where, "tests.command")
    assert command.value == "pytest -q --junitxml=${{ matrix.python-version }}.xml"
    assert command.evidence == (Evidence(path, 25),)


@pytest.mark.parametrize(
    "run, runner",
    [
        ("uv run bash scripts/test.sh", "pytest"),
        ("make check", "django"),
        ("tox", "pytest"),
        ("python runtests.py", "django"),
        ("docker compose run --rm web python -m unittest", "unittest"),
        ("DEBUG=1 coverage run manage.py test", "django"),
    ],
)
def test_the_runner_behind_a_command(run: str, runner: str, tmp_path: Path) -> None:
    files = {
        ".github/workflows/ci.yml": f"jobs: {{a: {{steps: [{{run: '{run} && echo'}}]}}}}\n",
        "scripts/test.sh": "set -e\ncoverage run -m pytest tests\n",
        "Makefile": "lint:\n\truff check\ncheck: lint\n\t@python manage.py test\n",
        "tox.ini": "[testenv]\ncommands = pytest {posargs}\n",
        "runtests.py": "from django.test.utils import get_runner\n",
    }
    where = repository(tmp_path, files)

    assert found(detect, where, "tests.command") == [run]
    assert found(detect, where, "tests.runner") == [runner]


@pytest.mark.parametrize("run", ["npm test", "make lint", "echo pytest", "pip install pytest"])
def test_what_tests_nothing_of_ours(run: str, tmp_path: Path) -> None:
    text = f"jobs: {{a: {{steps: [{{run: '{run}'}}]}}}}\n"
    where = repository(tmp_path, {".github/workflows/ci.yml": text, "Makefile": "lint:\n\truff\n"})

    assert found(detect, where, "tests.command", guesses=True) == []


def test_another_folder_s_tests_are_not_ours(tmp_path: Path) -> None:
    text = """\
    jobs:
      sdk:
        steps: [{run: pytest, working-directory: sdk}]
      api:
        defaults: {run: {working-directory: api}}
        steps: [{run: cd ../sdk && pytest}, {run: uv run pytest -x}]
    """
    where = repository(tmp_path, {".github/workflows/ci.yml": text}, directory="api")

    assert found(detect, where, "tests.command") == ["uv run pytest -x"]


def test_pythons_of_files_actions_and_images(tmp_path: Path) -> None:
    files = {
        ".github/workflows/a.yml": """\
            jobs:
              a:
                strategy: {matrix: {py: ["3.11"]}}
                steps:
                  - {uses: ./.github/actions/setup, with: {python: "${{ matrix.py }}"}}
                  - run: pytest
              b:
                steps:
                  - {uses: actions/setup-python@v5, with: {python-version-file: .python-version}}
                  - run: pytest
              c: {container: "python:3.13-slim", steps: [{run: pytest}]}
            """,
        ".github/actions/setup/action.yml": """\
            inputs: {python: {default: "3.9"}}
            runs:
              steps:
                - {uses: actions/setup-python@v5, with: {python-version: "${{ inputs.python }}"}}
            """,
        ".python-version": "3.12.4\n",
    }

    assert found(detect, repository(tmp_path, files), "ci.python") == ["3.11", "3.12", "3.13"]


OTHERS = {
    "gitlab": (
        ".gitlab-ci.yml",
        """\
        image: python:3.12
        .base: {services: ["postgres:15"]}
        test: {extends: .base, variables: {TZ: UTC}, script: [pip install ., pytest -q]}
        """,
    ),
    "circleci": (
        ".circleci/config.yml",
        """\
        jobs:
          test:
            docker: [{image: "cimg/python:3.12"}, {image: "cimg/postgres:15.0"}]
            environment: {TZ: UTC}
            steps: [checkout, {run: {name: Tests, command: pytest -q}}]
        """,
    ),
    "travis": (
        ".travis.yml",
        """\
        python: ["3.12"]
        services: [postgresql]
        addons: {postgresql: "15"}
        env: [TZ=UTC]
        script: pytest -q
        """,
    ),
    "bitbucket": (
        "bitbucket-pipelines.yml",
        """\
        image: python:3.12
        definitions: {services: {db: {image: "postgres:15"}}}
        pipelines: {default: [{step: {services: [db], script: [export TZ=UTC, pytest -q]}}]}
        """,
    ),
    "azure": (
        "azure-pipelines.yml",
        """\
        variables: {TZ: UTC}
        jobs:
          - job: test
            strategy: {matrix: {one: {py: "3.12"}}}
            steps:
              - {task: UsePythonVersion@0, inputs: {versionSpec: $(py)}}
              - bash: docker run -d postgres:15
              - script: pytest -q
        """,
    ),
    "drone": (
        ".drone.yml",
        """\
        kind: pipeline
        services: [{name: db, image: "postgres:15"}]
        steps: [{name: t, image: "python:3.12", environment: {TZ: UTC}, commands: [pytest -q]}]
        """,
    ),
}


@pytest.mark.parametrize("provider", OTHERS)
def test_other_providers(provider: str, tmp_path: Path) -> None:
    path, text = OTHERS[provider]
    where = repository(tmp_path, {path: text})

    assert found(detect, where, "ci.provider") == [provider]
    assert found(detect, where, "tests.command") == ["pytest -q"]
    assert found(detect, where, "ci.python") == ["3.12"]
    assert found(detect, where, "ci.engine") == ["postgres"]
    assert found(detect, where, "ci.version") == ["15"]
    assert found(detect, where, "ci.timezone") == ([] if provider == "bitbucket" else ["UTC"])


def test_of_a_matrix_of_engines_production_s_counts(tmp_path: Path) -> None:
    text = """\
    jobs:
      test:
        strategy: {matrix: {db: ["postgres:16", "mariadb:10.11"]}}
        services: {db: {image: "${{ matrix.db }}"}}
        steps: [{run: pytest}]
    """
    compose = "services: {db: {image: mariadb:10.11}}\n"
    where = repository(tmp_path, {".github/workflows/x.yml": text, "compose.yaml": compose})

    assert found(detect, where, "ci.engine") == ["mariadb"]
    assert found(detect, where, "ci.version") == ["10.11"]


COMPOSE = """\
services:
  web: {build: ., depends_on: [db, cache]}
  cache: {image: "redis:7"}
  db: {image: "postgres:17"}
  other: {image: "mysql:8.4"}
"""


@pytest.mark.parametrize(
    ("command", "engines"),
    [
        ("docker compose up -d db cache", ["postgres"]),
        ("docker compose up --wait web", ["postgres"]),
        ("docker-compose -f compose.yaml run --rm web true", ["postgres"]),
        ("docker compose run --rm db true", []),
        ("docker compose -f other.yaml up -d db", []),
        ("docker compose down -v", []),
        ("docker compose build db", []),
    ],
)
def test_compose_starts_a_database_beside_the_tests(
    command: str, engines: list[str], tmp_path: Path
) -> None:
    steps = f"[{{run: {command}}}, {{run: pytest}}]"
    text = f"jobs: {{test: {{runs-on: x, steps: {steps}}}}}\n"
    where = repository(tmp_path, {".github/workflows/x.yml": text, "compose.yaml": COMPOSE})

    assert found(detect, where, "ci.engine") == engines
    assert found(detect, where, "ci.version") == (["17"] if engines else [])


def test_a_script_of_the_repository_without_an_ending_runs_the_tests(tmp_path: Path) -> None:
    text = "jobs: {test: {runs-on: x, steps: [{run: poetry run ./scripts/test}]}}\n"
    script = "#!/usr/bin/env bash\nset -e\npytest --cov=shop ${@}\n"
    where = repository(tmp_path, {".github/workflows/x.yml": text, "scripts/test": script})

    assert found(detect, where, "tests.command") == ["poetry run ./scripts/test"]
    assert found(detect, where, "tests.runner") == ["pytest"]
