"""Loud faults: the application must report them, write nothing, and recover without a restart.

A file of tests that the driver adds to those of the harness. Each does a journey's action while its
n-th writing statement fails, or its connections end, and again with nothing armed. What it finds is
left in tried.OUTCOMES.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module

import pytest

from scaffolder.prove.driver.connections import ENDED, REFUSED, cut
from scaffolder.prove.driver.injector import STATEMENT
from scaffolder.prove.driver.tried import ARMED, INJECTOR, OUTCOMES, Tried
from support.journeys.client import Unexpected
from support.journeys.journey import Journey, act, command_of, journeys
from support.journeys.outcome import Outcome
from support.journeys.stage import Stage
from support.run.results import Blocked

TRIES = 3


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
    with armed(*ARMED[-1], stage, journey) as seen:
        outcome = None
        if "run" in journey.act:
            reported = stage.run(command_of(journey, client)).returncode != 0
        else:
            outcome = Outcome(journey, client, stage.database, stage.run)
            reported = outcome.problem is not None
    after = stage.database.fingerprint()
    left = tuple(table for table in after if after[table] != before.get(table))
    whole = outcome is not None and not reported and is_whole(outcome)
    again = recovers(journey, stage, seen.tries) and stage.ready().process is process
    OUTCOMES[request.node.nodeid] = Tried(reported, left, again, whole, seen.met, seen.what)


@dataclass(slots=True)
class Armed:
    """What happened; `tries` of the next action, of which one must succeed."""

    what: str
    met: bool = True
    tries: int = 1


@contextmanager
def armed(does: str, number: str, stage: Stage, journey: Journey) -> Iterator[Armed]:
    """A statement that fails, or connections that end, for the block."""
    if does not in (ENDED, REFUSED):
        with stage.database.connect() as connection:
            connection.execute("SELECT setval('_parity.n', 1, false)")
        INJECTOR[-1].arm(STATEMENT, "", does, number)
        try:
            yield Armed(f"statement {number.rstrip('+')} failed")
        finally:
            INJECTOR[-1].disarm()
        return
    seen = Armed(f"its connections were {does}", tries=TRIES)
    with cut(stage.database.server, stage.database.role.name, does) as found:
        yield seen
    # A command has connections of its own: those of the server are not the ones that it uses.
    seen.met = bool(found.refused if does == REFUSED else found.ended and "run" not in journey.act)


def is_whole(outcome: Outcome) -> bool:
    """Whether all that the journey promises is stored."""
    try:
        for number in range(len(outcome.journey.stored)):
            outcome.check_stored(number)
    except AssertionError:
        return False
    return True


def recovers(journey: Journey, stage: Stage, tries: int) -> bool:
    """The same action with nothing armed. A pool may hold several connections that are dead."""
    for _ in range(tries):
        with suppress(Unexpected, Blocked):  # also where the login or the setup does not work
            client = stage.prepared(journey)
            act(journey, client, stage.run)
            return True
    return False
