"""Every test that parity.yaml names for a failure mode of pure logic is there, and passes.

Faults that turn it red: the test deleted, renamed or skipped; the logic broken.
"""

from __future__ import annotations

from collections.abc import Callable

from support.database.cluster import Database
from support.run import suite
from support.run.cases import Cases
from support.run.session import Session


def test_every_named_test_passes(
    shared: Session, scratch: Callable[..., Database], cases: Cases
) -> None:
    variables = suite.variables(shared, scratch(may_create_databases=True))
    command, own = shared.settings.OWN_SUITE["run"], shared.repository / ".parity"
    found = {
        mode: suite.problem(test, variables, command, shared.directory, own)
        for mode, test in shared.settings.UNIT_TESTS.items()
    }

    cases({mode: text for mode, text in found.items() if text})
