"""The application's own migrations build the schema on the production engine, and again.

Faults that turn it red: a revision dropped; SQL that only SQLite accepts in a revision.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support import settings
from support.app import migrate
from support.database.cluster import Database
from support.install.environment import Environment
from support.run.session import Session


def test_they_build_the_schema_from_nothing(
    shared: Session, request: pytest.FixtureRequest
) -> None:
    migration = shared.migration
    if migration.step is not None:
        pytest.fail(f"migrations: {migration.problem}\n{migration.output}", pytrace=False)
    database: Database = request.getfixturevalue("database")
    assert database.tables(), "migrations: they ran, and there is no table"


if settings.DATABASE["migrate"]:

    def test_running_them_again_changes_nothing(
        shared: Session, environment: Environment, scratch: Callable[[], Database]
    ) -> None:
        """Production runs them at every deployment."""
        database = scratch()
        before, rows = schema(database), database.fingerprint()

        again = migrate.migrate(shared.directory, environment, settings, database, again=True)

        assert again.step is None, f"migrations: again: {again.problem}\n{again.output}"
        after = schema(database)
        changed = [
            table for table in before.keys() | after.keys() if before.get(table) != after.get(table)
        ]
        assert not changed, f"migrations: a second run changed {', '.join(sorted(changed))}"
        now = database.fingerprint()
        changed = [table for table in rows if rows[table] != now.get(table)]
        assert not changed, f"migrations: a second run changed rows of {', '.join(sorted(changed))}"


def schema(database: Database) -> dict[str, dict[str, str]]:
    return {table: database.columns(table) for table in database.tables()}
