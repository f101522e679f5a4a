"""While an application is observed, it reaches this machine alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from harness_settings import make_settings

from scaffolder.observe.driver.egress import GUARD, guarded
from support.database.cluster import Cluster, Role
from support.postgres import ladder
from support.postgres.server import Server

DATABASE: dict[str, Any] = {
    "version": "16",
    "image": None,
    "extensions": [],
    "encoding": "UTF8",
    "collation": "C.UTF-8",
    "timezone": None,
    "env": {},
}
TRY = """\
import socket, sys
host, port, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
try:
    if kind == "name":
        socket.getaddrinfo(host, port)
    elif kind == "send":
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", (host, port))
    else:
        with socket.socket() as one:
            one.settimeout(5)
            one.connect((host, port))
    print("reached")
except OSError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield int(server.getsockname()[1])


def guarded_python(code: str, *arguments: object, log: Path | None = None, **variables: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(GUARD), **variables}
    if log is not None:
        environment["PARITY_REFUSED"] = str(log)
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("host", "port", "kind", "says"),
    [
        ("192.0.2.1", 443, "connect", "OSError"),
        ("192.0.2.1", 53, "send", "OSError"),
        ("api.example.com", 443, "name", "gaierror"),
        ("127.0.0.1", 25, "connect", "OSError"),
        ("127.0.0.1", 5432, "connect", "OSError"),
    ],
)
def test_what_is_outside_is_refused_and_noted(
    tmp_path: Path, host: str, port: int, kind: str, says: str
) -> None:
    log = tmp_path / "refused.txt"

    said = guarded_python(TRY, host, port, kind, log=log)

    assert said.startswith(says)
    assert "refused while parity observes" in said
    assert log.read_text() == (f"{host}\n" if kind == "name" else f"{host}:{port}\n")


@pytest.mark.parametrize("kind", ["connect", "name", "send"])
def test_this_machine_is_reached(listening: int, tmp_path: Path, kind: str) -> None:
    log = tmp_path / "refused.txt"

    host = "127.0.0.1" if kind != "name" else "localhost"

    assert guarded_python(TRY, host, listening, kind, log=log) == "reached"
    assert not log.exists()


def test_the_observations_own_postgres_is_reached_on_any_port() -> None:
    said = guarded_python(TRY, "127.0.0.1", 5432, "connect", PARITY_POSTGRES_PORT="5432")

    assert "refused while" not in said


def test_a_unix_socket_of_postgres_is_refused_and_others_are_not(tmp_path: Path) -> None:
    code = (
        "import socket, sys\n"
        "try: socket.socket(socket.AF_UNIX).connect(sys.argv[1])\n"
        "except OSError as error: print(type(error).__name__, error)"
    )

    postgres = guarded_python(code, "/tmp/.s.PGSQL.5432")
    other = guarded_python(code, tmp_path / "absent.sock")

    assert "refused while parity observes" in postgres
    assert other.startswith("FileNotFoundError")


def test_a_sitecustomize_that_was_there_is_run_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("MINE = 42\n")
    code = TRY.replace("import socket, sys", "import socket, sys, sitecustomize\n") + (
        "print(sitecustomize.MINE)\n"
    )

    said = guarded_python(
        code, "192.0.2.1", 443, "connect", PYTHONPATH=f"{GUARD}{os.pathsep}{tmp_path}"
    )

    assert said.startswith("OSError") and said.endswith("42")


def test_the_spec_keeps_its_own_variables() -> None:
    environment: dict[str, dict[str, Any]] = {
        "PYTHONPATH": {"required": False, "sample": "lib"},
        "PGOPTIONS": {"required": False, "sample": "-c jit=off"},
        "API_KEY": {"required": True, "sample": "x"},
        "UNSET": {"required": False, "sample": None},
    }
    server = Server("system", "127.0.0.1", 5999, "postgres", "secret")

    found = guarded(environment, server, Role("parity_1_app", "x"), Path("refused.txt"))

    assert found["API_KEY"] == environment["API_KEY"]
    assert found["UNSET"] == environment["UNSET"]
    assert found["PYTHONPATH"]["sample"] == f"{GUARD}:lib"
    assert found["PGOPTIONS"]["sample"] == "-c jit=off -c role=parity_1_app"
    assert found["PARITY_POSTGRES_PORT"]["sample"] == "5999"
    assert found["HTTPS_PROXY"]["sample"] == found["http_proxy"]["sample"] == "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    settings = make_settings(DATABASE=DATABASE)
    server = ladder.provide(settings, echo=lambda text: None)
    yield server
    server.stop()


def test_libpq_gets_into_no_server_but_the_observations(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(server, make_settings(DATABASE=DATABASE), "guard")
    role = cluster.role("app")
    database = cluster.create("main", role)
    options = guarded({}, server, role, Path("refused.txt"))["PGOPTIONS"]["sample"]
    strange = guarded({}, server, Role("parity_other_app", "x"), Path("refused.txt"))
    try:
        monkeypatch.setenv("PGOPTIONS", options)
        with database.connect(as_role=True) as connection:
            connection.execute("CREATE TABLE mine (id int)")
            connection.execute("RESET ALL")
            assert connection.execute("SELECT current_user").fetchone() == (role.name,)
        # What a server of the developer's sees of it: a role that it does not have.
        monkeypatch.setenv("PGOPTIONS", strange["PGOPTIONS"]["sample"])
        with pytest.raises(
            psycopg.OperationalError, match='role "parity_other_app" does not exist'
        ):
            database.connect(as_role=True)
    finally:
        monkeypatch.delenv("PGOPTIONS")
        cluster.drop_all()
