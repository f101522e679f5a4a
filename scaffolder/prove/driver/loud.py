"""Loud faults: the application must report them, write nothing, and recover without a restart.

A file of tests that the driver adds to those of the harness. Each does a journey's action while its
n-th writing statement fails, and again with nothing armed. What it finds is left in tried.OUTCOMES.
"""

from __future__ import annotations

from importlib import import_module

import pytest

from scaffolder.prove.driver.injector import STATEMENT
from scaffolder.prove.driver.tried import ARMED, INJECTOR, OUTCOMES, Tried
from support.journeys.client import Unexpected
from support.journeys.journey import Journey, act, command_of, journeys
from support.journeys.outcome import Outcome
from support.journeys.stage import Stage


def over_all() -> list[Journey]:
    """The journeys of the harness."""
    return journeys(import_module("support.settings"))


@pytest.mark.parametrize("journey", over_all(), ids=lambda journey: journey.id)
def test_a_loud_fault(journey: Journey, stage: Stage, request: pytest.FixtureRequest) -> None:
    if not ARMED:
        return
    process = stage.ready().process
    client = stage.prepared(journey)
    before = stage.database.fingerprint()
    error, number = ARMED[-1]
    injector = INJECTOR[-1]
    with stage.database.connect() as connection:
        connection.execute("SELECT setval('_parity.n', 1, false)")
    outcome = None
    injector.arm(STATEMENT, "", error, str(number))
    try:
        if "run" in journey.act:
            reported = stage.run(command_of(journey, client)).returncode != 0
        else:
            outcome = Outcome(journey, client, stage.database, stage.run)
            reported = outcome.problem is not None
    finally:
        injector.disarm()
    after = stage.database.fingerprint()
    left = tuple(table for table in after if after[table] != before.get(table))
    whole = outcome is not None and not reported and is_whole(outcome)
    again = recovers(journey, stage) and stage.ready().process is process
    OUTCOMES[request.node.nodeid] = Tried(reported, left, again, whole)


def is_whole(outcome: Outcome) -> bool:
    """Whether all that the journey promises is stored."""
    try:
        for number in range(len(outcome.journey.stored)):
            outcome.check_stored(number)
    except AssertionError:
        return False
    return True


def recovers(journey: Journey, stage: Stage) -> bool:
    """The same action with nothing armed."""
    client = stage.prepared(journey)
    try:
        act(journey, client, stage.run)
    except Unexpected:
        return False
    return True
