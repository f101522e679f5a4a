"""Instants are the same instants whatever the zone of the process and of the server.

Faults that turn it red: timestamptz turned into timestamp; TZ shifted; a naive `now()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from support import settings
from support.app.serve import ServerProcess
from support.app.zones import Zoned, in_zone
from support.database.cluster import Database
from support.journeys.client import at_path
from support.journeys.compare import plain, same_kind
from support.journeys.journey import Journey, over_http, with_value
from support.run.session import Session

ZONES = ("UTC", "America/New_York", "Asia/Kolkata")
INSTANTS = {
    "before-dst": "2027-03-14T06:59:59Z",  # America/New_York goes from 01:59:59 to 03:00
    "after-dst": "2027-03-14T07:00:00Z",
    "repeated-hour": "2027-11-07T06:30:00Z",  # 01:30 for the second time
    "leap-day": "2028-02-29T23:30:00Z",
    "month-end": "2027-01-31T23:59:59Z",
}
FIELDS = [
    pytest.param(journey, field, id=f"{journey.id}-{field}")
    for journey in over_http(settings)
    for field in journey.fields
    if journey.field(field).kind == "instant"
]
RECENT = [
    pytest.param(journey, number, id=f"{journey.id}-{stored['table']}")
    for journey in over_http(settings)
    for number, stored in enumerate(journey.stored)
    if "values" in stored
    if any(isinstance(value, dict) and "recent" in value for value in stored["values"].values())
]


@pytest.fixture(scope="module")
def zones(
    shared: Session, migrated: Database, worker: str, server_process: ServerProcess
) -> Iterator[dict[str, Zoned]]:
    """One server for each zone; they start at the same time."""
    server_process.ready()  # one that does not start at all is no matter of zones
    with ExitStack() as stack:
        yield {
            zone: stack.enter_context(in_zone(shared, migrated, f"{worker}_zone{number}", zone))
            for number, zone in enumerate(ZONES)
        }


@pytest.fixture(scope="module", params=ZONES)
def zoned(request: pytest.FixtureRequest, zones: dict[str, Zoned]) -> Zoned:
    return zones[request.param]


def shown_at(response: httpx.Response, path: str) -> Any:
    """The value that the answer shows, or None when it does not."""
    try:
        return at_path(response.json(), path)
    except (KeyError, ValueError):
        return None


if FIELDS:

    @pytest.mark.parametrize("instant", INSTANTS.values(), ids=INSTANTS.keys())
    @pytest.mark.parametrize(("journey", "path"), FIELDS)
    def test_an_instant_stays_the_same_instant(
        journey: Journey, path: str, instant: str, zoned: Zoned
    ) -> None:
        field = journey.field(path)
        name = f"timezone: {zoned.zone}: {journey.tables[0]}.{field.column}"

        outcome = zoned.stage.perform(with_value(journey, path, instant))

        outcome.check_accepted()
        stored = outcome.changed(field.column)
        assert any(same_kind("instant", instant, one) for one in stored), (
            f"{name} is {plain(stored)} after {instant} in {path}"
        )
        if field.shown:
            shown = shown_at(outcome.look(0), field.shown)
            assert same_kind("instant", instant, shown), (
                f"{name}: {field.shown} shows {shown!r} after {instant} in {path}"
            )


if RECENT:

    @pytest.mark.parametrize(("journey", "number"), RECENT)
    def test_now_is_now_in_every_zone(journey: Journey, number: int, zoned: Zoned) -> None:
        outcome = zoned.stage.perform(journey)

        try:
            outcome.check_stored(number)
        except AssertionError as problem:
            pytest.fail(f"timezone: {zoned.zone}: {problem}", pytrace=False)
