"""What an observation needs: the application's environment, PostgreSQL, a migrated database."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg

from scaffolder.observe.driver.egress import guarded
from scaffolder.observe.driver.report import Report, StepFailed, told
from support.app.migrate import Migration, migrate, sql_files
from support.database.cluster import Cluster, Database
from support.database.connections import watch_connections
from support.install import environment as environments
from support.postgres import ladder
from support.postgres.server import Server
from support.run.results import Unavailable
from support.run.session import Session

SESSIONS = """
    SELECT sessions, (SELECT count(*) FROM pg_stat_activity a WHERE a.datname = d.datname)
    FROM pg_stat_database d WHERE datname = %s
"""
QUIET_SECONDS = 5
UV_SAYS = ("error", "×")


@contextmanager
def session(
    repository: Path, settings: ModuleType, refused: Path, report: Report
) -> Iterator[tuple[Session, bool]]:
    """Everything that a run shares, and whether the migrations were seen to connect.

    Raises StepFailed. The application's variables in `settings` are the guarded ones from here on.
    """
    with ExitStack() as stack:
        environment = _install(repository, settings, report)
        server = _postgres(settings, report)
        stack.callback(server.stop)
        run = secrets.token_hex(4)
        cluster = Cluster(server, settings, run)
        stack.callback(cluster.drop_all)
        shared = _databases(repository, settings, environment, cluster, run, report)
        stack.callback(shared.end)  # which does it all, and finds stray files
        variables = guarded(settings.ENVIRONMENT, server, shared.role, refused)
        vars(settings)["ENVIRONMENT"] = variables
        connected = _migrated(shared, settings, report)
        yield shared, connected


def _install(repository: Path, settings: ModuleType, report: Report) -> environments.Environment:
    with report.step("install") as note:
        try:
            found = environments.build(repository, settings, echo=report.echo)
        except (Unavailable, UnicodeDecodeError) as error:
            head, _, rest = str(error).partition("\n")
            named = [one.strip() for one in rest.splitlines() if one.strip().startswith(UV_SAYS)]
            what = head.partition(": uv ")[0]
            raise StepFailed(told(f"{what}: {named[0]}" if named else head, rest)) from error
        note.text = found.degraded or f"Python {found.python_version}"
    return found


def _postgres(settings: ModuleType, report: Report) -> Server:
    with report.step("postgres") as note:
        try:
            server = ladder.provide(settings, echo=report.echo)
        except Unavailable as error:
            raise StepFailed(str(error)) from error
        note.text = server.degraded or f"PostgreSQL {server.version} ({server.rung})"
    return server


def _databases(
    repository: Path,
    settings: ModuleType,
    environment: environments.Environment,
    cluster: Cluster,
    run: str,
    report: Report,
) -> Session:
    try:
        role = cluster.role("app")
        template = cluster.create("template", role)
    except (Unavailable, psycopg.Error) as error:  # an extension that this server does not have
        report.document["steps"].pop()
        with report.step("postgres"):
            raise StepFailed(str(error)) from error
    return Session(
        repository,
        settings,
        environment,
        cluster.server,
        run,
        cluster,
        role,
        template,
        Migration(0),
    )


def _migrated(shared: Session, settings: ModuleType, report: Report) -> bool:
    """Run the migrations and `prepare`; whether a command of theirs connected to our database."""
    counted = Sessions(shared.server, shared.template)
    with report.step("migrate") as note:
        with watch_connections(shared.server, shared.role) as seen:
            done = migrate(shared.directory, shared.environment, settings, shared.template)
        connected = seen.connections > 0 or counted.more  # before the harness asks for itself
        if done.step and done.step not in settings.PREPARE:
            raise StepFailed(told(done.problem or "", done.output), done.output)
        note.text = f"{len(_tables(shared, settings))} tables"
    with report.step("prepare"):
        if done.step:
            raise StepFailed(told(done.problem or "", done.output), done.output)
    shared.cluster.seal(shared.template)
    # The harness itself applies plain SQL files.
    by_commands = bool(settings.DATABASE["migrate"])
    return connected and by_commands and not sql_files(shared.directory, settings)


def _tables(shared: Session, settings: ModuleType) -> list[str]:
    """What the migrations have made; nothing at all is a sign of another database."""
    tables = shared.template.tables()
    if settings.DATABASE["migrate"] and not tables:
        variables = ", ".join(settings.DATABASE["env"])
        raise StepFailed(
            f"{settings.DATABASE['migrate'][-1]!r} ended well, and made no table in the database"
            f" that it was given; is the application told its database by {variables}?"
        )
    return tables


class Sessions:
    """Counts the sessions of a database, also those that are over; from PostgreSQL 15 on.

    Before that version, a session is counted some time after its end.
    """

    def __init__(self, server: Server, database: Database) -> None:
        self._server, self._name = server, database.name
        deadline = time.monotonic() + QUIET_SECONDS
        self._before, still_open = self._count()
        while still_open and time.monotonic() < deadline:  # one of the harness's own is ending
            time.sleep(0.02)
            self._before, still_open = self._count()

    @property
    def more(self) -> bool:
        """Whether there were new ones since this object was made."""
        return self._count()[0] > self._before

    def _count(self) -> tuple[int, int]:
        if self._server.major < 15:
            return 0, 0
        with self._server.connect() as connection:
            row: Any = connection.execute(SESSIONS, [self._name]).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)
