"""The application's own environment: installed as production installs it, kept until its lock changes.

It lies in .parity/environments/<hash>. A marker file is written last, under a lock that dies with
its process, so an environment whose installation was killed is never used.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from support.install import interpreter, lockfiles
from support.install.installer import install
from support.install.request import Request, request

LAYOUT = 1  # part of the hash: raise it when an installation of older code must not be used
KEPT = 4  # environments that stay, the most recently used first
MARKER = "parity.json"


@dataclass(frozen=True)
class Environment:
    """An installed environment; `degraded` says why it is not production's Python."""

    path: Path
    python: Path
    bin: Path
    python_version: str
    degraded: str | None


def build(
    repository: Path,
    settings: ModuleType,
    *,
    own_suite: bool = False,
    echo: Callable[[str], None] = print,
) -> Environment:
    """The environment for the lock as it is now; installs it when there is none yet.

    `own_suite` adds the groups and packages of OWN_SUITE. Raises Unavailable (no uv, no fitting
    Python) and InstallFailed (the lock cannot be installed).
    """
    repository = repository.resolve()
    wanted = request(repository, settings, own_suite=own_suite)
    home = repository / ".parity" / "environments"
    path = home / _key(repository, wanted)
    existing = _read(path, wanted.python)
    if existing is not None:
        return existing
    with _locked(home):
        existing = _read(path, wanted.python)
        if existing is None:
            shutil.rmtree(path, ignore_errors=True)
            existing = _install(repository, wanted, path, echo)
            _prune(home, keep=path)
    return existing


def _install(
    repository: Path, wanted: Request, path: Path, echo: Callable[[str], None]
) -> Environment:
    accepted = partial(lockfiles.accepts_python, wanted.lock, wanted.directory)
    python, version, degraded = interpreter.find(wanted.python, accepted, echo)
    echo(f"environment: installing {wanted.lock.name} with Python {version}")
    install(repository, wanted, python, version, path)
    marker = path / f"{MARKER}.new"
    marker.write_text(json.dumps({"python_version": version, "degraded": degraded}))
    marker.rename(path / MARKER)
    return Environment(path, path / "bin" / "python", path / "bin", version, degraded)


def _read(path: Path, wanted: str) -> Environment | None:
    """The finished environment at `path`, or None when it has to be installed."""
    marker = path / MARKER
    try:
        facts: dict[str, Any] = json.loads(marker.read_text())
    except FileNotFoundError:
        return None
    if not (path / "bin" / "python").exists():  # its base interpreter was removed
        return None
    if facts["degraded"] and interpreter.installed(".".join(wanted.split(".")[:2])):
        if not facts["degraded"].startswith(f"Python {wanted}."):
            return None  # production's Python has been installed meanwhile
    os.utime(marker)
    return Environment(
        path=path,
        python=path / "bin" / "python",
        bin=path / "bin",
        python_version=facts["python_version"],
        degraded=facts["degraded"],
    )


def _key(repository: Path, wanted: Request) -> str:
    digest = hashlib.sha256(f"{LAYOUT} {repository} {wanted.describe()}".encode())
    for file in wanted.inputs():
        digest.update(f"\n{file}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    ignore = home.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    with (home / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _prune(home: Path, *, keep: Path) -> None:
    def last_use(folder: Path) -> float:
        marker = folder / MARKER
        return marker.stat().st_mtime if marker.exists() else 0.0

    folders = sorted((f for f in home.iterdir() if f.is_dir()), key=last_use, reverse=True)
    for folder in folders[KEPT:]:
        if folder != keep:
            shutil.rmtree(folder, ignore_errors=True)
