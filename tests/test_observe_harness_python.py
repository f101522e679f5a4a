"""The harness's own environment in the user's cache: shared by everything that runs at a time."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from wheels import an_index, make_wheel

from scaffolder.observe import harness_python as module
from scaffolder.observe.harness_python import HarnessUnavailable, harness_python
from support.install import uv_job


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and an index with `alpha`."""
    make_wheel(tmp_path, "alpha", "1.0")
    (tmp_path / "requirements.txt").write_text("alpha==1.0\n")
    (tmp_path / "requirements").mkdir()
    monkeypatch.setattr(module, "CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    return tmp_path / "cache"


def others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The environments of four other harnesses."""
    with an_index(folder) as address:
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        files = [folder / "requirements" / f"{number}.txt" for number in range(4)]
        for number, file in enumerate(files):
            file.write_text(f"alpha==1.0  # {number}\n")
        return [harness_python(file) for file in files]


def test_what_others_run_from_is_not_removed(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = others(tmp_path, monkeypatch)

    for python in running:
        subprocess.run([python, "-c", "import alpha"], check=True)


def test_what_nobody_uses_any_more_is_removed(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = others(tmp_path, monkeypatch)
    for age, python in enumerate(reversed(made)):
        then = time.time() - module.IN_USE - 60 * (age + 1)
        os.utime(python.parents[1] / module.MARKER, (then, then))

    harness_python(tmp_path / "requirements" / "3.txt")

    assert [python.exists() for python in made] == [False, True, True, True]


def test_an_index_that_does_not_answer_is_done_without(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others(tmp_path, monkeypatch)

    python = harness_python(tmp_path / "requirements.txt")

    subprocess.run([python, "-c", "import alpha"], check=True)
    (tmp_path / "requirements.txt").write_text("beta==1.0\n")
    with pytest.raises(HarnessUnavailable, match="the harness's packages cannot be installed"):
        harness_python(tmp_path / "requirements.txt")


def test_the_harness_itself_has_the_same_rule() -> None:
    assert module.NO_ANSWER.pattern == uv_job.NO_ANSWER.pattern
