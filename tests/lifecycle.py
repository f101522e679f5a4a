"""A repository with its harness, and the commands that a team runs on it over the years."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from repositories import Repository

from scaffolder.cli import cli


def parity(*arguments: str | Path, code: int = 0) -> Result:
    """Run a command of parity in this process, without a terminal."""
    done = CliRunner().invoke(cli, [*map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done


def copier_update(repository: Repository, *arguments: str, code: int = 0) -> None:
    """Plain `copier update --defaults`, as the team runs it without our tool."""
    done = subprocess.run(
        [sys.executable, "-m", "copier", "update", "--defaults", *arguments],
        cwd=repository.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr


def own_template(blueprints: Path, folder: Path) -> Repository:
    """Blueprints in a git repository of their own, version v1.0.0."""
    shutil.copytree(blueprints, folder)
    repository = Repository(folder, spec=None)
    release(repository, "v1.0.0")
    return repository


def release(template: Repository, tag: str) -> None:
    """Commit what was changed as the next version."""
    template.commit(tag)
    template.git("tag", tag)


def tree(root: Path) -> dict[str, bytes]:
    """Every file of a repository, git's own apart."""
    paths = (path for path in root.rglob("*") if ".git" not in path.relative_to(root).parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in paths if path.is_file()}


@pytest.fixture(scope="session")
def first_harness() -> list[Repository]:
    """Filled by the first test that needs a harness, copied for each."""
    return []


@pytest.fixture
def scaffolded(
    home: Path,
    first_harness: list[Repository],
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> Repository:
    """A repository with a committed harness."""
    assert Path.home() == home
    if not first_harness:
        first = Repository(tmp_path_factory.mktemp("harness") / "shop")
        parity("scaffold", first.root)
        first.commit("harness")
        first_harness.append(first)
    shutil.copytree(first_harness[0].root, tmp_path / "shop")
    return Repository(tmp_path / "shop", spec=None)


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Somebody who commits, for commands that do."""
    assert os.environ["HOME"] == str(home)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@localhost")
