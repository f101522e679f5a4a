"""Every module that ships imports in the production environment.

Faults that turn it red: a dependency that only the development group installs; one that no
lock names.
"""

from __future__ import annotations

import pytest

from support.app.commands import process_environment
from support.run.cases import Cases
from support.run.session import Session
from support.source import imports


def test_every_module_imports(
    shared: Session, request: pytest.FixtureRequest, cases: Cases
) -> None:
    # A module may connect when it is imported; it imports without a schema, too.
    database = shared.template if shared.migration.problem else request.getfixturevalue("database")
    variables = process_environment(shared.environment, shared.settings, database.env())

    problems, not_covered = imports.problems(
        shared.settings, shared.repository, shared.environment, variables
    )

    for module, why in not_covered:
        cases.not_covered(module, why)
    cases(problems)
