"""A driver's process: placed as a package, started, stopped with all that it started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

CALLER = Path(__file__).resolve().parent / "caller.py"
"""What every driver needs beside it."""
STOP_SECONDS = 40
"""For a driver to stop the application (10 s), its databases and the server."""
REAP_SECONDS = 30


def place_driver(driver: Path, folder: Path) -> None:
    """Put `scaffolder/<verb>/driver` into a folder of its own, as the package that it is here."""
    place = folder / "scaffolder"
    for package in (place, place / CALLER.parent.name, place / driver.parent.name):
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
    shutil.copy(CALLER, place / CALLER.parent.name)
    target = place / driver.parent.name / "driver"
    shutil.copytree(driver, target, ignore=shutil.ignore_patterns("__pycache__"))


def environment(paths: Sequence[Path]) -> dict[str, str]:
    """The variables of a driver that imports from `paths`."""
    own = {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    return {**os.environ, **own, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def start(
    command: Sequence[str], variables: Mapping[str, str], folder: Path, log: Path
) -> subprocess.Popen[bytes]:
    """The process, in `folder`; what it prints can be read, its errors are in `log`."""
    with log.open("wb") as errors:
        return subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.PIPE,  # its end tells the driver that nobody waits for it any more
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C is ours; the driver is told with SIGTERM
        )


def stop(process: subprocess.Popen[bytes]) -> bool:
    """End a driver; whether it came to its own end, in the time that it has to put things away."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    ended = process.poll() is not None
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    return ended


def reap(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> None:
    """The harness's own code finds what a dead driver has left: by owner, nothing else."""
    with suppress(subprocess.TimeoutExpired, OSError):
        subprocess.run(
            list(command),
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=REAP_SECONDS,
            check=False,
        )


def last_lines(log: Path, number: int) -> list[str]:
    """What a driver said last."""
    text = log.read_text(encoding="utf-8", errors="replace").strip()
    return text.splitlines()[-number:]
