"""Data directories: initdb is nine tenths of a start, so its result is kept and copied."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from support.postgres_binaries import Binaries, as_user, cache_directory
from support.postgres_options import initdb_options, locales
from support.postgres_server import RungFailed

# The socket lies in a directory that only the server's user can enter; TCP asks for a password.
ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


def initialised(
    binaries: Binaries, settings: Any, user: tuple[int, int] | None
) -> tuple[Path, str]:
    """A data directory made by initdb, kept for the next time, and its locale."""
    reason = ""
    for locale in locales(settings):
        arguments = initdb_options(settings, locale)
        key = [str(binaries.path), binaries.version, platform.machine(), ACCESS, str(user)]
        name = hashlib.sha256("\n".join([*key, *arguments]).encode()).hexdigest()[:16]
        target = cache_directory("data") / f"{binaries.version}-{name}"
        if target.exists():
            return target, locale
        done = _initdb(binaries, arguments, target, user)
        if done is None:
            return target, locale
        reason = done
        if "locale" not in reason:
            break
    raise RungFailed(f"initdb: {reason}")


def _initdb(
    binaries: Binaries, arguments: list[str], target: Path, user: tuple[int, int] | None
) -> str | None:
    """Makes the directory under another name first: a killed initdb leaves nothing that counts."""
    scratch = Path(tempfile.mkdtemp(prefix="new-", dir=target.parent))
    if user:
        os.chown(scratch, *user)
    command = [str(binaries.path / "initdb"), "-D", str(scratch), "--username=postgres"]
    command += ["--auth=trust", "--no-sync", "--no-instructions", *arguments]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        cwd=target.parent,
        **as_user(user),
    )
    if done.returncode == 0:
        (scratch / "pg_hba.conf").write_text(ACCESS, encoding="utf-8")
        if not target.exists():  # else another session was faster
            scratch.rename(target)
            return None
    shutil.rmtree(scratch, ignore_errors=True)
    return None if done.returncode == 0 else " ".join(done.stderr.split())[-300:]


def copy(template: Path, target: Path, user: tuple[int, int] | None) -> None:
    """As the server's user, so that the files are its own; shares blocks where that is possible."""
    fast = ["cp", "-Rpc"] if sys.platform == "darwin" else ["cp", "-a", "--reflink=auto"]
    for command in (fast, ["cp", "-Rp"]):
        done = subprocess.run(
            [*command, str(template), str(target)],
            capture_output=True,
            text=True,
            check=False,
            cwd=target.parent,
            **as_user(user),
        )
        if done.returncode == 0:
            return
        shutil.rmtree(target, ignore_errors=True)
    raise RungFailed(f"copying {template}: {' '.join(done.stderr.split())[-300:]}")


def environment() -> dict[str, str]:
    """Nothing of the developer's locale, zone or PostgreSQL settings reaches the server."""
    unwanted = ("PG", "LC_", "LANG", "TZ")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
