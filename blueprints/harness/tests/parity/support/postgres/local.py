"""A PostgreSQL server from programs on this machine, started without pg_ctl, which is slow.

As root it runs as an existing unprivileged user, because PostgreSQL refuses root.
"""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from support.postgres.binaries import Binaries, as_user, cache_directory, server_user
from support.postgres.data import copy, environment, initialised
from support.postgres.options import options
from support.postgres.processes import Runs
from support.postgres.server import Connection, RungFailed, Server, describe, tail, wait_for

START_SECONDS = 60
STOP_SECONDS = 10
PORTS_TRIED = 5


def spawn(rung: str, binaries: Binaries, settings: Any) -> Server:
    """A server on a port of 127.0.0.1 that the system gave; raises RungFailed."""
    user = server_user()
    template, locale = initialised(binaries, settings, user)
    runs = Runs(cache_directory("servers"))
    run = secrets.token_hex(4)
    try:
        directory = runs.create(run, user)
        copy(template, directory / "data", user)
        for _ in range(PORTS_TRIED):  # another program may take the port before the server does
            if started := _run(rung, binaries, settings, directory):
                break
        else:
            raise RungFailed(f"{PORTS_TRIED} free ports in a row were taken by other programs")
    except (RungFailed, OSError) as error:
        runs.remove(run)
        raise RungFailed(str(error)) from error
    server, process = started

    def stop() -> None:
        _end(process)
        runs.remove(run, directory)

    server._stop = stop
    wished = settings.DATABASE["collation"]
    if wished and locale != wished:
        lacks = f"collation {locale}: this machine has no {wished}"
        server.degraded = "; ".join(filter(None, (server.degraded, lacks)))
    return server


def _run(
    rung: str, binaries: Binaries, settings: Any, directory: Path
) -> tuple[Server, subprocess.Popen[bytes]] | None:
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
            env=environment(),
            cwd=directory,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
            **as_user(server_user()),
        )
    password = secrets.token_urlsafe(16)
    server = Server(rung, "127.0.0.1", port, "postgres", password, log=str(log))

    def connect() -> Connection:
        return psycopg.connect(
            host=str(directory),
            port=port,
            user="postgres",
            dbname="postgres",
            autocommit=True,
            client_encoding="utf8",
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
        if process.poll() is None:
            _end(process)
            raise
        end = tail(log)
        if "Address already in use" in end:
            return None
        raise RungFailed(f"{failure}: {' '.join(end.split())[-300:]}") from failure
    return server, process


def _end(process: subprocess.Popen[bytes]) -> None:
    """At once: nobody needs the data."""
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
