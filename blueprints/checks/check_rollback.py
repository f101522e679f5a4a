"""A refused action is reported as such, and leaves nothing behind.

Faults that turn it red: a swallowed error; a commit before the action is whole.
"""

from __future__ import annotations

from typing import Any

import pytest

from support import settings
from support.database import relations
from support.database.cluster import Database
from support.journeys.client import Client, Unexpected, show
from support.journeys.journey import Journey, RunsCommands, act, command_of, journeys
from support.journeys.refusing import refuse_writes
from support.journeys.stage import Stage

MOMENTS = ("statement", "commit")
WRITES = [
    pytest.param(journey, stored["table"], moment, id=f"{journey.id}-{stored['table']}-{moment}")
    for journey in journeys(settings)
    for stored in journey.stored[:1]
    for moment in MOMENTS
]


if settings.REFUSALS:

    @pytest.mark.parametrize("refusal", settings.REFUSALS, ids=lambda refusal: refusal["id"])
    def test_a_refused_action_leaves_nothing(refusal: dict[str, Any], stage: Stage) -> None:
        journey = Journey(
            refusal["id"], refusal["act"], login=refusal["login"], setup=refusal["setup"]
        )
        client = stage.prepared(journey)
        before = stage.database.fingerprint()

        try:
            act(journey, client, stage.run)
        except Unexpected as problem:
            pytest.fail(f"rollback: {refusal['id']}: {problem}", pytrace=False)

        name = f"rollback: {refusal['id']}"
        assert_unchanged(name, before, stage.database, refusal["unchanged"])


@pytest.mark.parametrize(("journey", "table", "moment"), WRITES)
def test_an_error_of_the_database_is_reported_and_leaves_nothing(
    journey: Journey,
    table: str,
    moment: str,
    stage: Stage,
) -> None:
    client = stage.prepared(journey)
    database = stage.database
    before = database.fingerprint()
    name = f"rollback: {journey.id}: {table}: an error at the {moment}"

    with refuse_writes(database, table, moment):
        reported = is_reported(journey, client, stage.run)

    answer = show(client.last) if client.last is not None else ""
    assert reported, f"{name} is not reported\n{answer or 'there was no answer at all'}"
    assert_unchanged(name, before, database, [one["table"] for one in journey.stored])


def is_reported(journey: Journey, client: Client, run: RunsCommands) -> bool:
    """True when whoever acted is told that it failed."""
    if "run" in journey.act:
        return run(command_of(journey, client)).returncode != 0
    try:
        act(journey, client, run)
    except Unexpected:
        return client.last is not None and client.last.status_code >= 400
    return False


def assert_unchanged(
    name: str, before: dict[str, Any], database: Database, tables: list[str]
) -> None:
    after = database.fingerprint()
    with database.connect() as connection:  # an unknown table would be unchanged, too
        named = [relations.find(connection, table).name for table in tables]
    for table in named or sorted(before.keys() | after.keys()):
        old, new = before.get(table, {}), after.get(table, {})
        left = [row for key, row in new.items() if old.get(key) != row]
        gone = [row for key, row in old.items() if key not in new]
        assert not left, f"{name} leaves a row in {table}: {left[0]}"
        assert not gone, f"{name} removes a row of {table}: {gone[0]}"
