"""Containers and service databases for the tests with a Docker engine."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import images
import psycopg

from support.postgres.owner import Owner

READY_SECONDS = 60


def docker(*arguments: str) -> str:
    """What the command printed; raises when it fails."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def of_harnesses() -> set[str]:
    """The containers that carry the harness's label, running or not."""
    return set(docker("ps", "-aq", "--no-trunc", "--filter", "label=parity.owner").split())


@contextmanager
def service(major: int) -> Iterator[str]:
    """The URL of a PostgreSQL container as a CI service is one: a published port, nothing more.

    It carries the harness's label: the next session removes it if this process is killed.
    """
    name, password = f"parity-service-{secrets.token_hex(4)}", secrets.token_hex(8)
    options = ["--label", f"parity.owner={Owner.me()}", "--publish", "127.0.0.1::5432"]
    options += ["--tmpfs", "/memory", "--env", "PGDATA=/memory/data"]
    options += ["--env", f"POSTGRES_PASSWORD={password}", "--env", "POSTGRES_USER=parity"]
    docker("run", "--detach", "--name", name, *options, images.postgres(major))
    try:
        port = docker("port", name, "5432").rpartition(":")[2]
        url = f"postgresql://parity:{password}@127.0.0.1:{port}/postgres"
        _wait(url)
        yield url
    finally:
        docker("rm", "--force", "--volumes", name)


def _wait(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def made_by_harness(url: str) -> list[str]:
    """The databases and roles there that are named parity_..."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            r"SELECT datname::text FROM pg_database WHERE datname LIKE 'parity\_%' UNION ALL"
            r" SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'parity\_%'"
        )
        return [name for (name,) in found]
