"""The team's own suite passes on production's engine, and really runs there.

Faults that turn it red: any difference between the engine of the suite and production's.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support import settings
from support.app.commands import failed_tests, run
from support.database.cluster import Database
from support.database.connections import watch_connections
from support.run import suite
from support.run.session import Session

SECONDS = max(settings.CHECKS["own-suite"]["budget"], 600)


def test_the_suite_passes_on_productions_engine(
    shared: Session, scratch: Callable[..., Database]
) -> None:
    database = scratch(may_create_databases=True)
    variables = suite.variables(shared, database)

    with watch_connections(shared.server, database.role, database) as seen:
        done = run(
            settings.OWN_SUITE["run"],
            variables,
            shared.directory,
            shared.repository / ".parity",
            timeout=SECONDS,
        )

    if done.returncode:
        pytest.fail(
            f"own-suite: {done.command} ends with {done.returncode} on PostgreSQL"
            f" {shared.server.version}{failed_tests(done.output)}\n{done.tail(60)}",
            pytrace=False,
        )
    assert seen.connections, (
        f"own-suite: {done.command} is green, and never connected to PostgreSQL: it runs on"
        " another engine, whatever the variables say"
    )
