"""What Copier writes for two specs, file by file, and clean for the harness's own style.

`PARITY_GOLDEN=write pytest tests/test_render_golden.py` writes the golden trees again; read the
diff.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from complete_spec import COMPLETE
from repositories import SPEC, Repository, blueprints, home, shared_home

from scaffolder.render.preflight import target
from scaffolder.render.preview import files, rendered
from scaffolder.render.template import template

__all__ = ["blueprints", "home", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")
GOLDEN = Path(__file__).parent / "golden"
SPECS = {"small": SPEC, "complete": COMPLETE}


@pytest.fixture(params=list(SPECS))
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The name of a spec, and its rendered harness."""
    repository = Repository(tmp_path / "shop", SPECS[request.param])
    with rendered(target(repository.root), template()) as folder:
        yield request.param, folder


def generated(folder: Path, blueprints: Path) -> list[str]:
    """Files that are made from the spec: not those that are copied byte for byte."""
    copied = {path.name for path in (blueprints / "blueprints" / "checks").glob("check_*.py")}
    verbatim = blueprints / "blueprints" / "harness"
    return [
        name
        for name in files(folder)
        if not (verbatim / name).exists() and Path(name).name not in copied
    ]


def test_the_generated_files_are_the_golden_ones(tree: tuple[str, Path], blueprints: Path) -> None:
    name, folder = tree
    names = generated(folder, blueprints)
    written = {one: (folder / one).read_text(encoding="utf-8") for one in names}
    written = {one: _without_commit(text) for one, text in written.items()}
    if os.environ.get("PARITY_GOLDEN") == "write":
        shutil.rmtree(GOLDEN / name, ignore_errors=True)
        for one, text in written.items():
            (GOLDEN / name / f"{one}.txt").parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name / f"{one}.txt").write_text(text, encoding="utf-8")

    golden = {
        path.relative_to(GOLDEN / name).as_posix().removesuffix(".txt"): path
        for path in (GOLDEN / name).rglob("*.txt")
    }
    assert sorted(written) == sorted(golden)
    for one, text in written.items():
        assert text == golden[one].read_text(encoding="utf-8"), one


def _without_commit(text: str) -> str:
    """The answers file names the version, which is another one after each change."""
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("_commit: ")]
    return "".join(lines)


def test_the_recorded_spec_is_the_spec(tree: tuple[str, Path]) -> None:
    name, folder = tree

    recorded = yaml.safe_load((folder / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert recorded["spec"] == yaml.safe_load(SPECS[name])


@pytest.mark.parametrize("command", [("format", "--check"), ("check",)])
def test_the_harness_is_clean_by_its_own_style(
    tree: tuple[str, Path], command: tuple[str, ...]
) -> None:
    _, folder = tree

    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "tests/parity"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", [("format", "--check"), ("check",)])
def test_the_noxfiles_are_clean_by_the_default_style(
    tree: tuple[str, Path], command: tuple[str, ...]
) -> None:
    _, folder = tree

    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--isolated", "noxfile.py", "parity_nox.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_check_or_journey_is_long(tree: tuple[str, Path]) -> None:
    _, folder = tree
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines())
        for pattern in ("check_*.py", "journey_*.py")
        for path in (folder / "tests" / "parity").glob(pattern)
    }

    assert lengths
    assert {name: count for name, count in lengths.items() if count > 160} == {}


def test_no_module_of_the_support_code_is_long(tree: tuple[str, Path]) -> None:
    _, folder = tree
    support = folder / "tests" / "parity" / "support"
    lengths = {
        path.relative_to(support): len(path.read_text(encoding="utf-8").splitlines())
        for path in support.rglob("*.py")
        if path.name != "settings.py"  # as long as the spec
    }

    assert lengths
    assert not [
        path
        for path, count in lengths.items()
        if count > (400 if path.parts[0] == "postgres" else 160)
    ]
