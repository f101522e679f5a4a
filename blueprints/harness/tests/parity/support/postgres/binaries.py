"""PostgreSQL programs on this machine: where they are, which version, and as whom they run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.postgres.server import RungFailed
from support.run.results import Unavailable

UNFINISHED = "new-"
ABANDONED = 24 * 3600  # seconds


@dataclass(frozen=True)
class Binaries:
    """A directory with `postgres` and `initdb` that answered when asked for their version."""

    path: Path
    version: str
    major: int


def cache_directory(name: str) -> Path:
    """A folder kept between sessions that other users can enter.

    Root's home is closed to the unprivileged user that its servers run as, hence /var/cache.
    """
    if chosen := os.environ.get("PARITY_CACHE"):
        path = Path(chosen).absolute() / name
    elif os.geteuid() == 0:
        path = Path("/var/cache/parity") / name
    else:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        path = Path(home) / "parity" / name
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
        for folder in missing:  # whatever the umask says
            folder.chmod(0o755)
    except OSError as error:
        raise Unavailable(f"no cache directory: {error} (set PARITY_CACHE to another)") from error
    return path


@contextmanager
def under_construction(target: Path) -> Iterator[Path]:
    """A folder to fill, which then becomes the target, unless another session was faster.

    A killed session leaves nothing that counts; what it left is removed a day later.
    """
    for old in target.parent.glob(f"{UNFINISHED}*"):
        if time.time() - old.stat().st_mtime > ABANDONED:
            shutil.rmtree(old, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=target.parent))
    try:
        yield scratch
        try:
            scratch.rename(target)
        except OSError:
            if not target.exists():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def probe(path: Path, user: tuple[int, int] | None) -> Binaries:
    """Asks the programs for their version, as the user that will run them."""
    version = ""
    for program in ("initdb", "postgres"):
        command = [str(path / program), "--version"]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=30, check=False, **as_user(user)
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RungFailed(f"{command[0]} cannot be run: {error}") from error
        found = re.search(r"\) (\d+)([.\d]*)", done.stdout)
        if done.returncode or not found:
            raise RungFailed(f"{command[0]}: {' '.join((done.stderr or done.stdout).split())}")
        version = found[1] + found[2]
    return Binaries(path, version, int(version.split(".")[0]))


def server_user() -> tuple[int, int] | None:
    """uid and gid for the server when we are root, which PostgreSQL refuses; else None."""
    if os.geteuid() != 0:
        return None
    import pwd  # not on Windows

    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise RungFailed("PostgreSQL refuses to run as root, and there is no user `nobody`")


def as_user(user: tuple[int, int] | None) -> dict[str, Any]:
    """Arguments for subprocess that drop root's rights."""
    return {"user": user[0], "group": user[1], "extra_groups": []} if user else {}


def system_directories() -> list[Path]:
    """Directories with a server, each once: pg_config's, the distribution's, the PATH's."""
    return list(dict.fromkeys(path.resolve() for path in _places() if _holds_server(path)))


def _places() -> Iterator[Path]:
    if pg_config := shutil.which("pg_config"):
        done = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        if done.stdout.strip():
            yield Path(done.stdout.strip())
    for pattern in ("lib/postgresql/*/bin", "pgsql-*/bin", "local/opt/postgresql@*/bin"):
        yield from sorted(Path("/usr").glob(pattern), reverse=True)
    yield from sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if (program := Path(folder, "postgres")).exists():
            yield program.resolve().parent


def _holds_server(path: Path) -> bool:
    return (path / "postgres").exists() and (path / "initdb").exists()
