"""Without a required variable the start fails and names it; any database password works.

Faults that turn it red: a silent default; a URL that is put together without quoting.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support import migrate, settings
from support.application import Application, NotHealthy
from support.client import Client
from support.database import Database
from support.journeys import over_http, prepare
from support.session import Session

REQUIRED = [name for name, variable in settings.ENVIRONMENT.items() if variable["required"]]
PASSWORD = "p@:/%40 #?"


if REQUIRED:

    @pytest.mark.parametrize("variable", REQUIRED)
    def test_the_start_fails_without_a_required_variable(
        variable: str,
        application: Application,  # it starts when nothing is missing
        database: Database,
        start_server: Callable[..., Application],
    ) -> None:
        try:
            start_server(database, unset=[variable])
        except NotHealthy as problem:
            output = problem.output
        else:
            pytest.fail(
                f"environment: {variable} is required, and the server starts without it",
                pytrace=False,
            )
        assert variable.lower() in output.lower(), (
            f"environment: without {variable} the start fails, and does not name it\n"
            f"{output[-2000:]}"
        )


def test_special_characters_in_the_database_password_survive(
    shared: Session,
    application: Application,
    scratch: Callable[..., Database],
    start_server: Callable[..., Application],
) -> None:
    database = scratch(password=PASSWORD)

    again = migrate.migrate(shared.directory, shared.environment, settings, database, prepare=False)

    assert again.step is None, (
        f"environment: with the password {PASSWORD!r} {again.problem}\n{again.output}"
    )
    try:
        server = start_server(database)
        use(server)
    except AssertionError as problem:
        kind = "does not start" if isinstance(problem, NotHealthy) else "does not work"
        pytest.fail(
            f"environment: with the password {PASSWORD!r} the server {kind}: {problem}",
            pytrace=False,
        )


def use(server: Application) -> None:
    """Do one action that needs the database, where the spec has one."""
    for journey in over_http(settings)[:1]:
        with Client(server.base_url, settings.PROXY_HEADERS) as client:
            prepare(journey, client, settings)
            client.step(journey.act, journey.name)
