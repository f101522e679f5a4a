"""What the team's tests need beside production."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import repository

from scaffolder.scan.detectors.needs import detect

UV = '[project]\nname = "shop"\n[dependency-groups]\ndev = ["pytest"]\ndocs = ["mkdocs"]\n'
POETRY = '[tool.poetry]\nname = "shop"\n[tool.poetry.group.test.dependencies]\npytest = "*"\n'
OLD_POETRY = '[tool.poetry]\nname = "shop"\n[tool.poetry.dev-dependencies]\npytest = "*"\n'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pyproject.toml": UV, "requirements-dev.txt": "pytest\n"}, [("dev", 4)]),
        ({"pyproject.toml": POETRY}, [("test", 3)]),
        ({"pyproject.toml": OLD_POETRY}, [("dev", 3)]),
        ({"Pipfile": "[packages]\nflask = '*'\n[dev-packages]\npytest = '*'\n"}, [("dev", 3)]),
        (
            {"requirements.txt": "flask\n", "requirements-test.txt": "pytest\n"},
            [("requirements-test.txt", None)],
        ),
        ({"requirements.txt": "flask\n"}, []),
    ],
    ids=["uv", "poetry", "old-poetry", "pipenv", "file", "none"],
)
def test_groups_before_files(
    files: dict[str, str], expected: list[tuple[str, int | None]], tmp_path: Path
) -> None:
    where = repository(tmp_path, {"shop/__init__.py": "", **files})

    found = [(fact.value, fact.evidence[0].line) for fact in detect(where)]

    assert found == expected
