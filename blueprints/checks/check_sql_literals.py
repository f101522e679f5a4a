"""Every SQL literal in the source prepares on the production engine, against the schema.

Faults that turn it red: `INSERT OR REPLACE`; a GROUP BY that only SQLite accepts; a column
that a migration renamed.
"""

from __future__ import annotations

from support.database.cluster import Database
from support.run.cases import Cases
from support.run.session import Session
from support.source import sql_literals


def test_every_literal_prepares(shared: Session, database: Database, cases: Cases) -> None:
    literals = sql_literals.find(shared.repository, shared.settings)

    for place, why in literals.not_covered:
        cases.not_covered(place, why)
    if not literals.statements:
        cases.not_covered("the source", "no SQL literal was found in it")
    cases(sql_literals.prepare(database, literals.statements))
