"""A PostgreSQL server from programs on this machine, without waiting for initdb or pg_ctl.

initdb is nine tenths of a start: its result is kept, and copied. As root everything runs as an
existing unprivileged user, because PostgreSQL refuses root.
"""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from support.postgres_binaries import Binaries, as_user, cache_directory, server_user
from support.postgres_server import (
    Connection,
    RungFailed,
    Server,
    describe,
    initdb_options,
    locales,
    options,
    tail,
    wait_for,
)
from support.processes import Runs

START_SECONDS = 60
PORTS_TRIED = 5
# The socket lies in a directory that only the server's user can enter; TCP asks for a password.
ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


def spawn(rung: str, binaries: Binaries, settings: Any) -> Server:
    """A server on a port of 127.0.0.1 that the system gave; raises RungFailed."""
    user = server_user()
    template, locale = _initialised(binaries, settings, user)
    runs = Runs(cache_directory("servers"))
    run = secrets.token_hex(4)
    try:
        directory = runs.create(run, user)
        _copy(template, directory / "data", user)
        for _ in range(PORTS_TRIED):  # another program may take the port before the server does
            if server := _run(rung, binaries, settings, directory):
                break
        else:
            raise RungFailed(f"{PORTS_TRIED} free ports in a row were taken by other programs")
    except (RungFailed, OSError) as error:
        runs.remove(run)
        raise RungFailed(str(error)) from error
    server._stop = lambda: runs.remove(run)
    wished = settings.DATABASE["collation"]
    if wished and locale != wished:
        lacks = f"collation {locale}: this machine has no {wished}"
        server.degraded = "; ".join(filter(None, (server.degraded, lacks)))
    return server


def _run(rung: str, binaries: Binaries, settings: Any, directory: Path) -> Server | None:
    """None when the port was taken meanwhile."""
    port = _free_port()
    command = [str(binaries.path / "postgres"), "-D", str(directory / "data"), *options(settings)]
    for option in ("listen_addresses=127.0.0.1", f"port={port}", "logging_collector=off"):
        command += ["-c", option]
    command += ["-c", f"unix_socket_directories={directory}"]
    log = directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(),
            cwd=directory,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
            **as_user(server_user()),
        )
    password = secrets.token_urlsafe(16)
    server = Server(rung, "127.0.0.1", port, "postgres", password, log=str(log))

    def connect() -> Connection:
        return psycopg.connect(
            host=str(directory), port=port, user="postgres", dbname="postgres", autocommit=True
        )

    try:
        running = wait_for(
            connect, lambda: process.poll() is None, seconds=START_SECONDS, pause=0.002
        )
        with running as connection:
            change = sql.SQL("ALTER ROLE postgres PASSWORD {}")
            connection.execute(change.format(sql.Literal(password)))
            describe(server, connection, settings)
    except RungFailed as failure:
        end = tail(log)
        if process.poll() is not None and "Address already in use" in end:
            return None
        if process.poll() is not None:
            raise RungFailed(f"{failure}: {' '.join(end.split())[-300:]}") from failure
        raise
    return server


def _initialised(
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
        env=_environment(),
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


def _copy(template: Path, target: Path, user: tuple[int, int] | None) -> None:
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


def _environment() -> dict[str, str]:
    """Nothing of the developer's locale, zone or PostgreSQL settings reaches the server."""
    unwanted = ("PG", "LC_", "LANG", "TZ")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
