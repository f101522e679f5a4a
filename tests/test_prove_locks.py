"""A lock without one distribution is the same lock without it, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scaffolder.prove.driver.locks import without

UV = """version = 1

[[package]]
name = "anyio"
version = "4"
dependencies = [
    { name = "idna" },
    { name = "sniffio", marker = "python_version < '3.15'" },
]

[[package]]
name = "sniffio"
version = "1"

[package.optional-dependencies]
x = [
    { name = "idna" },
]
"""
POETRY = """[[package]]
name = "Flask-Login"
version = "1"

[package.dependencies]
flask = "*"

[metadata]
content-hash = "abc"
"""
REQUIREMENTS = """# made by a tool
flask==3.1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r requirements.in
Flask_Login[x]==1 ; python_version > "3" \\
    --hash=sha256:cc
-r more.txt
"""


def left(tmp_path: Path, file: str, text: str, name: str) -> str:
    path = tmp_path / file
    path.write_text(text, encoding="utf-8")
    assert without(path, name)
    return path.read_text(encoding="utf-8")


def test_uv_loses_the_table_and_who_needs_it(tmp_path: Path) -> None:
    text = left(tmp_path, "uv.lock", UV, "sniffio")

    assert "sniffio" not in text and "optional" not in text
    assert text.count('{ name = "idna" }') == 1 and 'name = "anyio"' in text


def test_poetry_keeps_what_is_about_the_whole_lock(tmp_path: Path) -> None:
    text = left(tmp_path, "poetry.lock", POETRY, "flask-login")

    assert text == '[metadata]\ncontent-hash = "abc"\n'


def test_requirements_lose_the_line_with_its_hashes(tmp_path: Path) -> None:
    text = left(tmp_path, "requirements.txt", REQUIREMENTS, "flask-login")

    assert "cc" not in text and "bb" in text and text.endswith("-r more.txt\n")
    assert "aa" not in left(tmp_path, "requirements.txt", REQUIREMENTS, "Flask")


def test_pipenv_loses_the_entry(tmp_path: Path) -> None:
    lock = json.dumps({"_meta": {}, "default": {"Flask": {}, "idna": {}}, "develop": {}})

    found = json.loads(left(tmp_path, "Pipfile.lock", lock, "flask"))

    assert found["default"] == {"idna": {}}


@pytest.mark.parametrize("file", ["uv.lock", "requirements.txt"])
def test_what_is_not_there_changes_nothing(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text(UV if file == "uv.lock" else REQUIREMENTS, encoding="utf-8")

    assert not without(tmp_path / file, "django")
