"""Where journeys are performed: what comes before the action is done once for each journey.

After login and setup the database is remembered; every performance starts from there, so that
it costs a millisecond to begin again, and not a login.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import Cookie
from types import ModuleType
from typing import Any

import psycopg

from support.app.application import Application
from support.database.cluster import Database
from support.database.reset import Snapshot
from support.journeys.client import Client
from support.journeys.journey import Journey, RunsCommands, prepare
from support.journeys.outcome import Outcome
from support.postgres.server import Connection

KEPT = 8  # rehearsals, each with a session on the server: it takes a hundred, of all workers


@dataclass
class Rehearsal:
    """A client that has logged in and done the setup, and the database as it was then."""

    application: object
    client: Client
    values: dict[str, Any]
    cookies: list[Cookie]
    snapshot: Snapshot
    connection: Connection

    def resume(self) -> bool:
        """Everything as it was after the setup; False when only a new rehearsal helps."""
        try:
            if self.snapshot.restore() == "structure":
                return False
        except psycopg.OperationalError:  # the database was made anew, and ended this session
            return False
        self.client.values = dict(self.values)
        self.client.last = None
        jar = self.client.http.cookies.jar
        jar.clear()
        for cookie in self.cookies:
            jar.set_cookie(copy.copy(cookie))
        return True

    def close(self) -> None:
        self.client.http.close()
        self.connection.close()


class Stage:
    """One server of the application on one database."""

    def __init__(
        self,
        ready: Callable[[], Application],
        database: Database,
        run: RunsCommands,
        settings: ModuleType,
    ) -> None:
        self.ready = ready
        self.database = database
        self.run = run
        self.settings = settings
        self._rehearsals: dict[str, Rehearsal] = {}

    def prepared(self, journey: Journey) -> Client:
        """A client right before the action of the journey. Raises Blocked, Unexpected."""
        application = self.ready()
        rehearsal = self._rehearsals.pop(journey.id, None)
        if rehearsal is not None:
            if rehearsal.application is application.process and rehearsal.resume():
                self._rehearsals[journey.id] = rehearsal
                return rehearsal.client
            rehearsal.close()
        if self.database.reset() == "clone":
            application.stop()
            application = self.ready()
        client = Client(application.base_url, self.settings.PROXY_HEADERS)
        prepare(journey, client, self.settings)
        client.last = None  # what the setup was answered is not the answer to the action
        self._keep(journey, application, client)
        return client

    def _keep(self, journey: Journey, application: Application, client: Client) -> None:
        while len(self._rehearsals) >= KEPT:
            self._rehearsals.pop(next(iter(self._rehearsals))).close()
        connection = self.database.connect()
        self._rehearsals[journey.id] = Rehearsal(
            application.process,
            client,
            dict(client.values),
            [copy.copy(cookie) for cookie in client.http.cookies.jar],
            Snapshot(connection, superuser=self.database.server.superuser),
            connection,
        )

    def close(self) -> None:
        """Ends the sessions that the rehearsals keep."""
        while self._rehearsals:
            self._rehearsals.popitem()[1].close()

    def perform(self, journey: Journey) -> Outcome:
        """Do the action; whether it was accepted is for the outcome to say."""
        return Outcome(journey, self.prepared(journey), self.database, self.run)
