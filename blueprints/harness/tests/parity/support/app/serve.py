"""This worker's server, and further servers that a check needs under other conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from support.app.application import Application, NotHealthy
from support.app.commands import process_environment, run
from support.database.cluster import Database
from support.journeys.journey import RunsCommands
from support.run.results import Blocked
from support.run.session import Session


def make_application(
    shared: Session,
    settings: ModuleType,
    database: Database,
    name: str,
    *,
    timezone: str | None = None,
    env: Mapping[str, str] | None = None,
    unset: Iterable[str] = (),
) -> Application:
    """A server of the application on `database`, not yet started."""
    variables = process_environment(
        shared.environment, settings, database.env(), timezone=timezone, env=env, unset=unset
    )
    own = shared.repository / ".parity"
    log = own / "logs" / f"server-{name}.log"
    # A home of its own: servers put control sockets and the like there.
    home = own / "home" / name
    home.mkdir(parents=True, exist_ok=True)
    variables["HOME"] = str(home)
    return Application(settings, variables, shared.directory, log)


def command_runner(
    shared: Session, settings: ModuleType, database: Database, *, timezone: str | None = None
) -> RunsCommands:
    """Runs one of the application's commands on `database`."""
    variables = process_environment(shared.environment, settings, database.env(), timezone=timezone)
    return lambda text: run(text, variables, shared.directory, shared.repository / ".parity")


@contextmanager
def further_servers(
    shared: Session, settings: ModuleType, worker: str
) -> Iterator[Callable[..., Application]]:
    """Starts servers under the conditions of `make_application`, and stops them all."""
    started: list[Application] = []

    def start(database: Database, **conditions: Any) -> Application:
        name = f"{worker}-{len(started)}"
        started.append(make_application(shared, settings, database, name, **conditions))
        started[-1].start()
        return started[-1]

    try:
        yield start
    finally:
        for server in started:
            server.stop()


class ServerProcess:
    """This worker's server; started when first needed, and again after it died."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.problem: NotHealthy | None = None

    def ready(self) -> Application:
        """Raises Blocked when the server does not start; that is tried once.

        An application without a server (`start` is null) has nothing to start.
        """
        if self.application.settings.START is None:
            return self.application
        if self.problem is None and not self.application.running:
            try:
                self.application.start()
            except NotHealthy as problem:
                self.problem = problem
        if self.problem is not None:
            raise Blocked("entry-points", str(self.problem).splitlines()[0])
        return self.application
