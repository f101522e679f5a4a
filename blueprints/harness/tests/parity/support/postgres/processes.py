"""Where the servers of this machine run, and how those of a killed session are removed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from support.postgres.owner import Owner, command_line, started

MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 1 << 30  # bytes: a cluster is 40 MB, its write-ahead log at most 256 MB


class Runs:
    """The running servers of this user: one state file each, written before the server starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, run: str, user: tuple[int, int] | None) -> Path:
        """Makes a private directory for a server, in memory where there is room for it."""
        directory = _base() / f"parity-{run}"
        state = {"owner": str(Owner.me()), "directory": str(directory)}
        (self.folder / f"{run}.json").write_text(json.dumps(state), encoding="utf-8")
        directory.mkdir(mode=0o700)
        if user:
            os.chown(directory, *user)
        return directory

    def remove(self, run: str, directory: Path | None = None) -> None:
        """Stops the server of a run, if it still runs, and removes its files.

        Who made the directory knows it, even when somebody has cleared the cache meanwhile.
        """
        path = self.folder / f"{run}.json"
        directory = directory or Path(_read(path).get("directory", ""))
        if directory.name == f"parity-{run}":
            stop_postmaster(directory / "data")
            shutil.rmtree(directory, ignore_errors=True)
        path.unlink(missing_ok=True)

    def reap(self) -> Iterator[str]:
        """Removes the runs whose owner has died, and names them."""
        for path in sorted(self.folder.glob("*.json")):
            owner = Owner.parse(_read(path).get("owner", ""))
            if owner and owner.is_gone():
                with suppress(PermissionError):  # another user's, in a cache that is shared
                    self.remove(path.stem)
                    yield path.stem


def stop_postmaster(data: Path, patience: float = 10.0) -> None:
    """Ends the server of a data directory at once: SIGQUIT, because nobody needs the data."""
    pid = _postmaster(data)
    if pid is None:
        return
    for number in (signal.SIGQUIT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if started(pid) is None:
                return
            time.sleep(0.002)


def _postmaster(data: Path) -> int | None:
    """The server's pid from its pid file, if that process really serves this data directory."""
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if str(data) in command_line(pid) else None


def _base() -> Path:
    with suppress(OSError):
        if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED:
            return MEMORY
    return Path(tempfile.gettempdir()).resolve()


def _read(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):  # vanished meanwhile, or cut short by a kill
        return {}
