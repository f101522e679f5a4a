"""What a process of the copied environment notes: with the standard library alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scaffolder.prove.driver.tree import PROBE


def noted(folder: Path, code: str) -> list[str]:
    shutil.copy(PROBE, folder)
    (folder / "here.txt").write_text("there", encoding="utf-8")
    config = {"root": str(folder), "modules": ["absent"], "log": str(folder / "log")}
    (folder / "parity_opened.json").write_text(json.dumps(config), encoding="utf-8")
    code = f"import parity_opened, importlib\ntry:\n    {code}\nexcept ImportError:\n    pass"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    return (folder / "log").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    "code", ["import absent.deep", "importlib.import_module('absent')", "from absent import one"]
)
def test_a_module_that_is_asked_for(tmp_path: Path, code: str) -> None:
    assert "import absent" in noted(tmp_path, code)


def test_a_module_that_nobody_watches(tmp_path: Path) -> None:
    assert not [line for line in noted(tmp_path, "import other") if line.startswith("import ")]


def test_a_file_below_the_root(tmp_path: Path) -> None:
    assert f"open {tmp_path / 'here.txt'}" in noted(tmp_path, "open('here.txt').close()")
