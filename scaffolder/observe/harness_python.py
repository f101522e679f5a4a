"""An environment with what a harness needs, kept in the user's cache until its pins change."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from uv import find_uv_bin

from scaffolder.errors import Missing

CACHE = "~/.cache/parity-scaffolder"
KEPT = 3
IN_USE = 24 * 3600
"""Seconds since its last use in which somebody may still run from it: nothing removes it then."""
MARKER = "complete"
SECONDS = 300
# As the harness's support/install/uv_job.py has it.
NO_ANSWER = re.compile(r"Failed to fetch|error sending request|client error|timed out")
MINE = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT", "UV_PYTHON")


class HarnessUnavailable(Missing):
    """The packages of the harness cannot be installed; the text has uv's last lines."""


def harness_python(requirements: Path) -> Path:
    """The interpreter of an environment with these requirements; installs it when there is none.

    Raises HarnessUnavailable.
    """
    base = f"{sys.version_info[0]}.{sys.version_info[1]} {getattr(sys, '_base_executable', '')}"
    digest = hashlib.sha256(base.encode() + requirements.read_bytes()).hexdigest()[:16]
    cache = Path(CACHE).expanduser()
    folder = cache / f"harness-{digest}"
    python = folder / "bin" / "python"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "harness.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not ((folder / MARKER).exists() and python.exists()):
                shutil.rmtree(folder, ignore_errors=True)
                _install(folder, requirements)
                (folder / MARKER).touch()
            os.utime(folder / MARKER)
            _prune(cache, folder)
    except OSError as error:
        raise HarnessUnavailable(f"cannot write to {cache}: {error.strerror}") from error
    return python


def _install(folder: Path, requirements: Path) -> None:
    python = folder / "bin" / "python"
    _uv("venv", "--quiet", "--no-project", "--python", sys.executable, str(folder))
    _uv("pip", "install", "--quiet", "--python", str(python), "-r", str(requirements))


def _uv(*arguments: str) -> None:
    """An index that does not answer is done without, when all lies in uv's cache."""
    done = _run(arguments)
    if done.returncode and NO_ANSWER.search(done.stderr):
        cached = _run(arguments, UV_OFFLINE="1")
        done = done if cached.returncode else cached
    if done.returncode:
        last = " ".join(done.stderr.split())[-400:]
        raise HarnessUnavailable(f"the harness's packages cannot be installed: {last}")


def _run(arguments: Sequence[str], **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in MINE}
    try:
        return subprocess.run(
            [find_uv_bin(), *arguments],
            env={**environment, "NO_COLOR": "1", **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise HarnessUnavailable(f"uv {arguments[0]} took over {SECONDS} s") from error


def _prune(cache: Path, keep: Path) -> None:
    def last_use(folder: Path) -> float:
        marker = folder / MARKER
        return marker.stat().st_mtime if marker.exists() else 0.0

    folders = sorted(cache.glob("harness-*"), key=last_use, reverse=True)
    for folder in folders[KEPT:]:
        if folder != keep and time.time() - last_use(folder) > IN_USE:
            shutil.rmtree(folder, ignore_errors=True)
