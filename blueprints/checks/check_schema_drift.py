"""The models and the migrated schema agree: tables, columns, types, constraints.

Faults that turn it red: a model changed without a migration; a column dropped; NOT NULL added.
"""

from __future__ import annotations

from support.app.commands import process_environment
from support.database.cluster import Database
from support.run.cases import Cases
from support.run.session import Session
from support.source import schema_drift


def test_the_models_match_the_migrated_schema(
    shared: Session, database: Database, cases: Cases
) -> None:
    variables = process_environment(shared.environment, shared.settings, database.env())

    models = schema_drift.expected(
        shared.settings, shared.repository, shared.environment, variables
    )

    cases(schema_drift.problems(models, database))
