"""A running PostgreSQL server as the harness sees it: where it is, its administrator, its log."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from support.postgres.options import wanted_major

Connection = psycopg.Connection[tuple[Any, ...]]

LOG_TAIL = 4000  # characters


class RungFailed(Exception):
    """One way to a server does not work here; the next one is tried. One line."""


@dataclass
class Server:
    """Made by `support.postgres`; `degraded` says in one line how it differs from production's."""

    rung: str  # url, docker, system or wheel
    host: str
    port: int
    user: str
    password: str
    version: str = ""
    major: int = 0
    degraded: str | None = None
    superuser: bool = True
    database: str = "postgres"  # to connect to for making others
    extra: dict[str, str] = field(default_factory=dict)  # of a URL: sslmode and the like
    log: str | None = None  # the path of a file, or the name of a container

    def __post_init__(self) -> None:
        self._stop: Callable[[], None] = lambda: None

    def connect(self, dbname: str | None = None, *, autocommit: bool = True) -> Connection:
        """As the administrator; the application has a role of its own."""
        return self.connect_as(
            self.user, self.password, dbname or self.database, autocommit=autocommit
        )

    def connect_as(
        self, user: str, password: str, dbname: str, *, autocommit: bool = True
    ) -> Connection:
        return psycopg.connect(
            "",
            host=self.host,
            port=self.port,
            user=user,
            password=password,
            dbname=dbname,
            autocommit=autocommit,
            client_encoding="utf8",  # a server set to SQL_ASCII would have texts be bytes
            prepare_threshold=None,  # a prepared SELECT * fails once the table has changed
            **self.extra,  # type: ignore[arg-type]
        )

    def stop(self) -> None:
        """Ends the server, if this process started it; a second time does nothing."""
        stop, self._stop = self._stop, lambda: None
        stop()

    def log_tail(self) -> str:
        """The end of the server's log, for the details of a failure."""
        if self.log is None:
            return "(the server of PARITY_DATABASE_URL keeps its log to itself)"
        if self.rung == "docker":
            from support.postgres.docker_image import read_log

            return read_log(self.log)[-LOG_TAIL:]
        return tail(Path(self.log))

    def to_json(self) -> str:
        """For another process, which can use the server but not stop it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Server:
        return cls(**json.loads(text))


def tail(path: Path) -> str:
    """The end of a log file, or an empty string."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]
    except OSError:
        return ""


def wait_for(
    connect: Callable[[], Connection], runs: Callable[[], bool], *, seconds: float, pause: float
) -> Connection:
    """Connects as soon as the server answers; RungFailed when it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return connect()
        except psycopg.OperationalError as error:
            cause = " ".join(str(error).split())
        if not runs():
            raise RungFailed("the server ended while it started")
        if time.monotonic() > deadline:
            raise RungFailed(f"no answer after {seconds:.0f} s ({cause})")
        time.sleep(pause)


def describe(server: Server, connection: Connection, settings: Any) -> None:
    """Fills in what only the server knows; RungFailed when an extension of the spec cannot be had."""
    row = connection.execute(
        "SELECT current_setting('server_version'), current_setting('is_superuser') = 'on',"
        " ARRAY(SELECT name::text FROM pg_available_extensions)"
    ).fetchone()
    version, server.superuser, available = row or ("0", False, [])
    server.version = version.split()[0]
    server.major = connection.info.server_version // 10000
    missing = sorted({*settings.DATABASE["extensions"]} - {*available})
    if missing:
        raise RungFailed(f"PostgreSQL {server.version} there lacks {', '.join(missing)}")
    if server.rung != "url":  # there nothing is made in the named database, not even for a moment
        _try_extensions(server, connection, settings.DATABASE["extensions"])
    differs = f"PostgreSQL {server.version}, production has {wanted_major(settings)}"
    if server.major != wanted_major(settings):
        server.degraded = "; ".join(filter(None, (differs, server.degraded)))


def _try_extensions(server: Server, connection: Connection, extensions: list[str]) -> None:
    """A wheel may bring an extension and not the library that it needs. Leaves nothing behind."""
    query = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} CASCADE")
    for extension in extensions:
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(query.format(sql.Identifier(extension)))
        except psycopg.Error as error:
            cause = error.diag.message_primary or str(error)
            raise RungFailed(
                f"extension {extension} of PostgreSQL {server.version} there:"
                f" {' '.join(cause.split())}"
            ) from error
