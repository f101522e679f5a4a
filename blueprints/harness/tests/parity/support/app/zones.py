"""The application under another zone: of its process, and of its database sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql

from support import settings
from support.app.application import Application
from support.app.serve import ServerProcess, command_runner, make_application
from support.database.cluster import Database
from support.journeys.stage import Stage
from support.run.results import Blocked
from support.run.session import Session


@dataclass
class Zoned:
    """A server of the application, and its database, in one zone."""

    zone: str
    stage: Stage


@contextmanager
def in_zone(shared: Session, template: Database, name: str, zone: str) -> Iterator[Zoned]:
    """The application under TZ=zone, on a database whose sessions are in that zone.

    The server starts and nobody waits for it yet, so that several start at the same time.
    """
    database = shared.cluster.create(name, shared.role, template=template)
    statement = sql.SQL("ALTER DATABASE {} SET timezone TO {}")
    with shared.server.connect() as connection:
        connection.execute(statement.format(sql.Identifier(database.name), sql.Literal(zone)))
    database.snapshot()
    process = ServerProcess(make_application(shared, settings, database, name, timezone=zone))
    run = command_runner(shared, settings, database, timezone=zone)

    def ready() -> Application:
        try:
            return process.ready()
        except Blocked as problem:
            raise AssertionError(f"timezone: with TZ={zone}: {problem.why}") from None

    stage = Stage(ready, database, run, settings)
    try:
        process.application.launch()
        yield Zoned(zone, stage)
    finally:
        stage.close()
        process.application.stop()
        database.drop()
