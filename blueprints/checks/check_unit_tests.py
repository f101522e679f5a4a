"""Every test that parity.yaml names for a failure mode of pure logic is there, and passes.

Faults that turn it red: the test deleted, renamed or skipped; the logic broken.
"""

from __future__ import annotations

import pytest

from support.run import suite
from support.run.cases import Cases
from support.run.session import Session


def test_every_named_test_passes(
    shared: Session, request: pytest.FixtureRequest, cases: Cases
) -> None:
    # Pure logic needs no schema; what imports it may look for the database's variables.
    if shared.migration.problem:
        database = shared.template
    else:
        database = request.getfixturevalue("scratch")(may_create_databases=True)
    variables = suite.variables(shared, database)
    command, own = shared.settings.OWN_SUITE["run"], shared.repository / ".parity"
    found = {
        mode: suite.problem(test, variables, command, shared.directory, own)
        for mode, test in shared.settings.UNIT_TESTS.items()
    }

    cases({mode: text for mode, text in found.items() if text})
