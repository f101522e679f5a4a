"""Fixtures of the harness: one database and one application process per worker."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from support import settings as spec
from support.app.application import Application
from support.app.serve import ServerProcess, command_runner, further_servers, make_application
from support.database import roles
from support.database.cluster import Database
from support.install.environment import Environment
from support.journeys.journey import Journey, RunsCommands
from support.journeys.outcome import Outcome
from support.journeys.stage import Stage
from support.run.cases import Cases
from support.run.results import Blocked
from support.run.session import SESSION, Session

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Iterator[Session]:
    """The run: environment, server, migrated template."""
    session = pytestconfig.stash[SESSION]
    yield session
    if hasattr(pytestconfig, "workerinput"):  # the controller drops what it made itself
        session.cluster.drop_all()


@pytest.fixture(scope="session")
def settings(shared: Session) -> ModuleType:
    return shared.settings


@pytest.fixture(scope="session")
def environment(shared: Session) -> Environment:
    return shared.environment


@pytest.fixture(scope="session")
def migrated(shared: Session) -> Database:
    """The template that every database of this run is a copy of."""
    if shared.migration.problem:
        raise Blocked("migrations", shared.migration.problem)
    return shared.template


@pytest.fixture(scope="session")
def worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture
def scratch(shared: Session, migrated: Database, worker: str) -> Iterator[Callable[..., Database]]:
    """Makes further databases as the migrations leave them, for a role with what it asks for."""
    made: list[Database] = []

    def make(**role: Any) -> Database:
        name = f"{worker}_scratch{next(NUMBERS)}"  # its role lives as long as the session
        owner = roles.make(shared, name, **role) if role else shared.role
        made.append(shared.cluster.create(name, owner, template=migrated))
        return made[-1]

    yield make
    for database in made:
        database.drop()
        if database.role != shared.role:
            roles.drop_databases(shared, database.role)


@pytest.fixture(scope="session")
def worker_database(shared: Session, migrated: Database, worker: str) -> Iterator[Database]:
    database = shared.cluster.create(worker, shared.role, template=migrated)
    database.snapshot()
    yield database
    database.drop()


@pytest.fixture(scope="session")
def servers() -> list[ServerProcess]:
    """This worker's server, as soon as a test has asked for it."""
    return []


@pytest.fixture(scope="session")
def server_process(
    shared: Session, worker_database: Database, worker: str, servers: list[ServerProcess]
) -> Iterator[ServerProcess]:
    process = ServerProcess(make_application(shared, spec, worker_database, worker))
    servers.append(process)
    yield process
    process.application.stop()


@pytest.fixture
def database(worker_database: Database, servers: list[ServerProcess]) -> Database:
    """This worker's database, as the migrations and `prepare` leave it."""
    if worker_database.reset() == "clone":  # which ended the server's sessions
        for process in servers:
            process.application.stop()
    return worker_database


@pytest.fixture
def application(server_process: ServerProcess, database: Database) -> Application:
    """The application's server, healthy, on `database`."""
    return server_process.ready()


@pytest.fixture
def start_server(shared: Session, worker: str) -> Iterator[Callable[..., Application]]:
    """Starts further servers: `start_server(database, timezone=..., env=..., unset=...)`."""
    with further_servers(shared, spec, worker) as start:
        yield start


@pytest.fixture(scope="session")
def run_command(shared: Session, worker_database: Database) -> RunsCommands:
    return command_runner(shared, spec, worker_database)


@pytest.fixture
def command(database: Database, run_command: RunsCommands) -> RunsCommands:
    """Runs one of the application's commands on `database`."""
    return run_command


@pytest.fixture(scope="session")
def stage(
    server_process: ServerProcess,
    worker_database: Database,
    run_command: RunsCommands,
) -> Iterator[Stage]:
    """Where journeys are performed; each from the state after its own setup."""
    stage = Stage(server_process.ready, worker_database, run_command, spec)
    yield stage
    stage.close()


@pytest.fixture(scope="session")
def perform(stage: Stage) -> Callable[[Journey], Outcome]:
    """Performs a journey against the running application."""
    return stage.perform


@pytest.fixture
def cases(request: pytest.FixtureRequest) -> Cases:
    return Cases(request.node)
