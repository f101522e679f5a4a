"""`parity demo` as a user types it: green, then red, on an example."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from trials import GREEN


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scaffolder", "demo", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "160"},
    )


def test_the_demo_shows_green_and_red_side_by_side(tmp_path: Path) -> None:
    done = demo("--example", "flask-desk", "--keep", str(tmp_path / "desk"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "green after" in done.stdout and "red after" in done.stdout
    line = next(line for line in done.stdout.splitlines() if line.startswith("change-ticket"))
    assert line.split()[1] in GREEN and line.split()[2] == "failed"
    assert "tickets.status" in line
    status = subprocess.run(
        ["git", "status", "--porcelain"],
        cwd=tmp_path / "desk",
        capture_output=True,
        text=True,
        check=True,
    )
    assert status.stdout == ""


def test_an_unknown_example_is_bad_input() -> None:
    done = demo("--example", "no-such")

    assert done.returncode == 2
    assert "flask-desk" in done.stderr


def test_an_unknown_breakage_is_bad_input() -> None:
    done = demo("--example", "flask-desk", "--breakage", "no-such")

    assert done.returncode == 2
    assert "forgotten-commit" in done.stderr


def test_a_folder_with_files_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    done = demo("--example", "flask-desk", "--keep", str(tmp_path))

    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
