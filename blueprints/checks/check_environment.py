"""Without a required variable the start fails and names it; any database password works.

Faults that turn it red: a silent default; a URL that is put together without quoting.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from support import settings
from support.app import migrate
from support.app.application import Application, NotHealthy
from support.database.cluster import Database
from support.journeys.client import Client, Unexpected
from support.journeys.journey import Journey, over_http, prepare
from support.journeys.stage import Stage
from support.run.cases import Cases
from support.run.session import Session

REQUIRED = [name for name, variable in settings.ENVIRONMENT.items() if variable["required"]]
# Without its URL a service must not start on a database of its own choice.
REQUIRED += [name for name, value in settings.DATABASE["env"].items() if "://" in value]
PASSWORD = "p@:/%40 #?"


if REQUIRED:

    @pytest.mark.parametrize("variable", REQUIRED)
    def test_the_start_fails_without_a_required_variable(
        variable: str,
        application: Application,  # it starts when nothing is missing
        database: Database,
        start_server: Callable[..., Application],
        shared: Session,
        cases: Cases,
    ) -> None:
        filled_in = is_in_env_file(variable, shared.directory)
        if filled_in and variable in settings.DATABASE["env"]:
            # Without our URL it would open the database of whoever wrote that file.
            cases.not_covered(variable, "a .env file fills it in")
            return
        try:
            start_server(database, unset=[variable])
        except NotHealthy as problem:
            output = problem.output
        else:
            if filled_in:
                cases.not_covered(variable, "it starts: a .env file fills it in")
                return
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
    stage: Stage,
    scratch: Callable[..., Database],
    start_server: Callable[..., Application],
    cases: Cases,
) -> None:
    journey = working_journey(stage)
    if journey is None:
        cases.not_covered("password", "no journey works, so only the start was tried with it")
    database = scratch(password=PASSWORD)
    name = f"environment: with the password {PASSWORD!r}"

    again = migrate.migrate(shared.directory, shared.environment, settings, database, again=True)

    assert again.step is None, f"{name} {again.problem}\n{again.output}"
    try:
        server = start_server(database)
        if journey is not None:
            use(server, journey)
    except NotHealthy as problem:
        pytest.fail(f"{name} the server does not start: {problem}", pytrace=False)
    except Unexpected as problem:
        pytest.fail(f"{name} the server does not work: {problem}", pytrace=False)


def is_in_env_file(variable: str, directory: Path) -> bool:
    """Whether the application may find the variable in a .env of its folder or of one above."""
    files = [folder / ".env" for folder in (directory, *directory.parents)]
    line = re.compile(rf"^\s*(export\s+)?{re.escape(variable)}\s*=", re.MULTILINE)
    return any(
        line.search(file.read_text(encoding="utf-8", errors="replace"))
        for file in files
        if file.is_file()
    )


def working_journey(stage: Stage) -> Journey | None:
    """One that succeeds with an ordinary password, so that only the password is in question."""
    stage.ready()
    for journey in over_http(settings):
        try:
            stage.perform(journey).check_accepted()
        except Unexpected:
            continue
        return journey
    return None


def use(server: Application, journey: Journey) -> None:
    """Do one action that needs the database."""
    with Client(server.base_url, settings.PROXY_HEADERS) as client:
        prepare(journey, client, settings)
        client.step(journey.act, journey.name)
