"""Data directories: initdb is nine tenths of a start, so its result is kept and copied."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.postgres.binaries import Binaries, as_user, cache_directory, under_construction
from support.postgres.options import initdb_options, locales
from support.postgres.server import RungFailed

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
        try:
            with under_construction(target) as folder:
                _initdb(binaries, arguments, folder, user)
            return target, locale
        except RungFailed as failure:
            reason = str(failure)
        if "locale" not in reason:
            break
    raise RungFailed(reason)


def _initdb(
    binaries: Binaries, arguments: list[str], folder: Path, user: tuple[int, int] | None
) -> None:
    if user:
        os.chown(folder, *user)
    command = [str(binaries.path / "initdb"), "-D", str(folder), "--username=postgres"]
    command += ["--auth=trust", "--no-sync", "--no-instructions", *arguments]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        cwd=folder.parent,
        **as_user(user),
    )
    if done.returncode:
        raise RungFailed(f"initdb: {' '.join(done.stderr.split())[-300:]}")
    (folder / "pg_hba.conf").write_text(ACCESS, encoding="utf-8")


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
