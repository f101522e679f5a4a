"""The application under another zone: of its process, and of its database sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql

from support import settings
from support.application import Application, NotHealthy
from support.client import Client
from support.commands import process_environment, run
from support.database import Database
from support.journeys import Journey
from support.outcome import Outcome
from support.results import Blocked
from support.serve import make_application
from support.session import Session


@dataclass
class Zoned:
    """A server of the application, and its database, in one zone."""

    zone: str
    shared: Session
    application: Application
    database: Database
    client: Client | None = None

    def perform(self, journey: Journey) -> Outcome:
        self.close()
        self.database.reset()
        self.client = Client(self.application.base_url, settings.PROXY_HEADERS)
        variables = process_environment(
            self.shared.environment, settings, self.database.env(), timezone=self.zone
        )
        directory = self.shared.directory
        return Outcome(
            journey,
            self.client,
            self.database,
            lambda text: run(text, variables, directory),
            settings,
        )

    def close(self) -> None:
        if self.client is not None:
            self.client.http.close()
            self.client = None


@contextmanager
def in_zone(shared: Session, template: Database, name: str, zone: str) -> Iterator[Zoned]:
    """Start the application under TZ=zone, on a database whose sessions are in that zone."""
    database = shared.cluster.create(name, shared.role, template=template)
    statement = sql.SQL("ALTER DATABASE {} SET timezone TO {}")
    with shared.server.connect() as connection:
        connection.execute(statement.format(sql.Identifier(database.name), sql.Literal(zone)))
    database.snapshot()
    application = make_application(shared, settings, database, name, timezone=zone)
    try:
        application.start()
    except NotHealthy as problem:
        raise Blocked("entry-points", f"TZ={zone}: {str(problem).splitlines()[0]}") from None
    zoned = Zoned(zone, shared, application, database)
    try:
        yield zoned
    finally:
        zoned.close()
        application.stop()
        database.drop()
