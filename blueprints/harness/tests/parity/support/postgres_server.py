"""A running PostgreSQL server as the harness sees it: where it is, its administrator, its log."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

# fsync and friends: the data does not outlive the session. autovacuum: nothing but the
# application shall write, that is how a reset knows whether anything was written at all.
# mmap: a container's /dev/shm is small, and parallel queries would fail for want of it.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "max_wal_size": "256MB",
    "dynamic_shared_memory_type": "mmap",
    "log_statement": "none",
    "log_checkpoints": "off",
    "log_min_error_statement": "error",
    "log_line_prefix": "%m [%p] %u@%d ",
}
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
            from support.postgres_docker import read_log

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


def options(settings: Any) -> list[str]:
    """Arguments of `postgres`, as every server of ours gets them."""
    zone = settings.DATABASE["timezone"] or "UTC"
    pairs = {**OPTIONS, "timezone": zone, "log_timezone": "UTC"}
    return [word for name, value in pairs.items() for word in ("-c", f"{name}={value}")]


def locales(settings: Any) -> list[str]:
    """Production's collation, and what to use where this machine does not have it."""
    wished = settings.DATABASE["collation"]
    return list(dict.fromkeys([*([wished] if wished else []), "C.UTF-8", "en_US.UTF-8", "C"]))


def initdb_options(settings: Any, locale: str) -> list[str]:
    """Arguments of `initdb`; messages in English, so that a failure reads the same anywhere."""
    encoding = settings.DATABASE["encoding"] or "UTF8"
    return [f"--encoding={encoding}", f"--locale={locale}", "--lc-messages=C"]


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
    """Fills in what only the server knows; RungFailed when it lacks an extension of the spec."""
    row = connection.execute(
        "SELECT current_setting('server_version'), current_setting('is_superuser') = 'on',"
        " (SELECT array_agg(name::text) FROM pg_available_extensions)"
    ).fetchone()
    version, server.superuser, available = row or ("0", False, [])
    server.version = version.split()[0]
    server.major = connection.info.server_version // 10000
    missing = sorted({*settings.DATABASE["extensions"]} - {*available})
    if missing:
        raise RungFailed(f"PostgreSQL {server.version} there lacks {', '.join(missing)}")
    differs = f"PostgreSQL {server.version}, production has {wanted_major(settings)}"
    if server.major != wanted_major(settings):
        server.degraded = "; ".join(filter(None, (differs, server.degraded)))


def wanted_major(settings: Any) -> int:
    return int(str(settings.DATABASE["version"]).split(".")[0])
