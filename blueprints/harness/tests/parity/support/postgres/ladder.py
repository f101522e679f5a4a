"""A real PostgreSQL server for the session: the first of several ways that works here.

PARITY_DATABASE_URL, else Docker, the system's programs, or a wheel from PyPI; what has production's
major version comes first. PARITY_POSTGRES=url|docker|system|wheel forces one. A server of ours
ends with the session, or, when the session was killed, at the start of the next one.
"""

from __future__ import annotations

import atexit
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg

from support.postgres import docker_image as postgres_docker
from support.postgres import local as postgres_local
from support.postgres import wheels as postgres_wheels
from support.postgres.binaries import cache_directory, probe, server_user, system_directories
from support.postgres.options import wanted_major
from support.postgres.processes import Runs
from support.postgres.server import RungFailed, Server, describe
from support.run.results import Unavailable

SHARED = "PARITY_SERVER"  # Server.to_json of the controller, for its pytest-xdist workers
Echo = Callable[[str], None]


@dataclass(frozen=True)
class Candidate:
    """A way to a server that has not been tried yet. `start` raises RungFailed."""

    label: str
    major: int
    start: Callable[[], Server]


def current(settings: Any, *, echo: Echo) -> Server:
    """The server of the process that controls this one, else a new one."""
    shared = os.environ.get(SHARED)
    if not shared:
        return provide(settings, echo=echo)
    _forget_libpq_variables()
    return Server.from_json(shared)


def provide(settings: Any, *, echo: Echo) -> Server:
    """Reaches or starts a server; raises Unavailable, in one line, when there is no way to one."""
    if sys.platform == "win32":
        raise Unavailable("PostgreSQL for the tests needs Linux or macOS: use WSL on Windows")
    for run in Runs(cache_directory("servers")).reap():
        echo(f"removed the server {run} of a session that was killed")
    reasons: dict[str, str] = {}
    for candidate in _candidates(settings, echo):
        try:
            server = candidate.start()
        except RungFailed as failure:
            reasons[candidate.label] = str(failure)
            continue
        _forget_libpq_variables()
        atexit.register(server.stop)
        for label, reason in reasons.items() if server.degraded else ():
            echo(f"not {label}: {reason}")
        degraded = f", degraded: {server.degraded}" if server.degraded else ""
        echo(f"PostgreSQL {server.version} from {candidate.label}{degraded}")
        return server
    tried = "; ".join(f"{label}: {reason}" for label, reason in reasons.items())
    wanted = wanted_major(settings)
    raise Unavailable(
        f"no PostgreSQL {wanted} ({tried or 'nothing to try'}): start Docker, install "
        f"postgresql-{wanted}, or set PARITY_DATABASE_URL to a server that tests may use"
    )


def _candidates(settings: Any, echo: Echo) -> list[Candidate]:
    """The ladder. Who gives a URL means that server and no other."""
    url = os.environ.get("PARITY_DATABASE_URL")
    forced = os.environ.get("PARITY_POSTGRES") or ("url" if url else "")
    wanted = wanted_major(settings)
    if forced == "url":
        if not url:
            raise Unavailable("PARITY_POSTGRES=url needs PARITY_DATABASE_URL")
        return [Candidate("PARITY_DATABASE_URL", wanted, partial(_from_url, url, settings))]
    image = settings.DATABASE["image"] or f"postgres:{wanted}"
    docker = Candidate(
        f"docker image {image}", wanted, partial(postgres_docker.start, image, settings, echo)
    )
    ladder: dict[str, Callable[[], list[Candidate]]] = {
        "docker": lambda: [docker],
        "system": lambda: list(_system(settings)),
        "wheel": lambda: list(_wheels(settings, echo)),
    }
    if forced and forced not in ladder:
        raise Unavailable(f"PARITY_POSTGRES={forced}: say url, docker, system or wheel")
    rungs = [forced] if forced else list(ladder)
    found = [candidate for rung in rungs for candidate in ladder[rung]()]
    return sorted(found, key=lambda candidate: candidate.major != wanted)


def _from_url(url: str, settings: Any) -> Server:
    """The given server. Nothing is made or dropped there that is not named parity_..."""
    plain = re.sub(r"^postgres(?:ql)?\+\w+://", "postgresql://", url.strip())
    known = ("host", "hostaddr", "port", "user", "password", "dbname", "client_encoding")
    try:
        parts = psycopg.conninfo.conninfo_to_dict(plain)
        with psycopg.connect(plain, autocommit=True, client_encoding="utf8") as connection:
            info = connection.info
            server = Server("url", info.host, info.port, info.user, info.password)
            server.database = info.dbname
            server.extra = {name: str(parts[name]) for name in parts if name not in known}
            describe(server, connection, settings)
            row = connection.execute(
                "SELECT rolcreatedb AND rolcreaterole FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        raise RungFailed(" ".join(str(error).split())) from error
    if server.host.startswith("/"):
        raise RungFailed("it needs a host name, because the application connects by TCP")
    if not server.superuser and row != (True,):
        raise RungFailed(
            f"the role {server.user} may not create databases and roles"
            f" (ALTER ROLE {server.user} CREATEDB CREATEROLE)"
        )
    return server


def _system(settings: Any) -> Iterator[Candidate]:
    directories = system_directories()
    if not directories:
        reason = "no postgres and initdb (pg_config, /usr/lib/postgresql, PATH)"
        yield Candidate("system", wanted_major(settings), partial(_refuse, reason))
    for path in directories:
        label = f"system programs in {path}"
        try:
            binaries = probe(path, server_user())
        except RungFailed as failure:
            yield Candidate(label, wanted_major(settings), partial(_refuse, str(failure)))
        else:
            start = partial(postgres_local.spawn, "system", binaries, settings)
            yield Candidate(label, binaries.major, start)


def _wheels(settings: Any, echo: Echo) -> Iterator[Candidate]:
    wanted = wanted_major(settings)
    pin = postgres_wheels.WHEELS.get(wanted)

    def start(pin: tuple[str, ...]) -> Server:
        binaries = probe(postgres_wheels.wheel(pin, echo), server_user())
        return postgres_local.spawn("wheel", binaries, settings)

    if pin:
        yield Candidate(f"wheel {pin[0]}", wanted, partial(start, pin))
    else:
        yield Candidate("wheel", wanted, partial(_refuse, f"none is known for {wanted}"))
    last = postgres_wheels.FALLBACK
    yield Candidate(f"wheel {last[0]}", 0, partial(start, last))


def _refuse(reason: str) -> Server:
    raise RungFailed(reason)


def _forget_libpq_variables() -> None:
    """PGTZ, PGOPTIONS, PGSSLMODE and so on belong to the developer's own databases."""
    names = [option.envvar for option in psycopg.pq.Conninfo.get_defaults() if option.envvar]
    for name in [*(name.decode() for name in names), "PGTZ", "PGDATESTYLE", "PGGEQO"]:
        os.environ.pop(name, None)
