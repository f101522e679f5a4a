"""The wheel alone, in an environment of its own, with no checkout in sight."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from repositories import JOURNEY, ROOT, Repository

UV = [sys.executable, "-m", "uv"]


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        list(command),
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Source archive, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run(*UV, "build", "--quiet", ROOT, "--out-dir", folder, "--python", sys.executable, cwd=folder)
    (source,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return source, wheel


def test_it_carries_bundle_blueprints_and_examples(archives: tuple[Path, Path]) -> None:
    source, wheel = archives
    names = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(source) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}

    data = "scaffolder/data/"
    assert {f"{data}blueprints.bundle", f"{data}copier.yml"} <= names
    assert f"{data}blueprints/planner.jinja" in names
    assert f"{data}blueprints/harness/tests/parity/support/plugin.py" in names
    assert f"{data}examples/fastapi-shop/parity.yaml" in names
    assert "scaffolder/data/blueprints.bundle" in packed
    assert not [name for name in names if "__pycache__" in name or "/.parity/" in name]


def environment(place: Path, package: str | Path) -> Path:
    """The programs of an environment that holds a package and what it needs."""
    run(*UV, "venv", "--quiet", "--python", sys.executable, place, cwd=place.parent)
    python = place / "bin" / "python"
    run(*UV, "pip", "install", "--quiet", "--python", python, package, cwd=place.parent)
    return place / "bin"


def test_scaffold_needs_no_checkout_and_plain_update_no_parity(
    archives: tuple[Path, Path], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    programs = environment(tmp_path / "parity", archives[1])
    alone = environment(tmp_path / "copier", f"copier=={version('copier')}")
    assert not (alone / "parity").exists()
    repository = Repository(tmp_path / "shop")
    env = {"HOME": str(home), "PYTHONPATH": "", "PATH": os.environ["PATH"]}

    run(programs / "parity", "scaffold", cwd=repository.root, **env)
    repository.commit("harness")
    repository.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    repository.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    repository.commit("edits")
    run(alone / "copier", "update", "--defaults", cwd=repository.root, **env)

    assert repository.answers()["_src_path"] == "~/.cache/parity-scaffolder/blueprints.bundle"
    assert '"sku": "B7"' in repository.read(JOURNEY)
    assert "# ours" in repository.read(JOURNEY)
