"""Where journeys are performed: what comes before the action is done once for each journey.

After login and setup the database is remembered; every performance starts from there, so that
it costs a millisecond to begin again, and not a login.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from support.application import Application
from support.client import Client
from support.database import Database
from support.journeys import Journey, RunsCommands, prepare
from support.outcome import Outcome
from support.reset import Snapshot


@dataclass
class Rehearsal:
    """A client that has logged in and done the setup, and the database as it was then."""

    application: object
    client: Client
    values: dict[str, Any]
    snapshot: Snapshot


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
        rehearsal = self._rehearsals.get(journey.id)
        if rehearsal is not None and rehearsal.application is application.process:
            if rehearsal.snapshot.restore() != "structure":
                rehearsal.client.values = dict(rehearsal.values)
                return rehearsal.client
        if self.database.reset() == "clone":
            application.stop()
            application = self.ready()
        client = Client(application.base_url, self.settings.PROXY_HEADERS)
        prepare(journey, client, self.settings)
        snapshot = Snapshot(self.database.connect(), superuser=self.database.server.superuser)
        self._rehearsals[journey.id] = Rehearsal(
            application.process, client, dict(client.values), snapshot
        )
        return client

    def perform(self, journey: Journey) -> Outcome:
        """Do the action; whether it was accepted is for the outcome to say."""
        return Outcome(journey, self.prepared(journey), self.database, self.run)
