"""Hostile values sent to a write endpoint are refused, or stored as sent; never a 5xx.

Faults that turn it red: a column narrowed; a value cut or altered on its way.
"""

from __future__ import annotations

from typing import Any

import pytest

from support import settings
from support.journeys.boundary_values import HOSTILE, OVER_LIMIT, brief, readings
from support.journeys.client import show
from support.journeys.compare import same_kind
from support.journeys.journey import Journey, over_http, with_value
from support.journeys.limits import text_limit
from support.journeys.stage import Stage

CASES = [
    pytest.param(journey, field, value, id=f"{journey.id}-{field}-{name}")
    for journey in over_http(settings)
    for field in journey.fields
    for name, value in HOSTILE[journey.field(field).kind].items()
]


@pytest.mark.parametrize(("journey", "field", "value"), CASES)
def test_a_hostile_value_is_refused_or_stored(
    journey: Journey,
    field: str,
    value: Any,
    stage: Stage,
) -> None:
    value = hostile(value, stage, journey, field)
    kind, column = journey.field(field).kind, journey.field(field).column
    name = f"boundaries: {journey.id}: {journey.tables[0]}.{column}"

    outcome = stage.perform(with_value(journey, field, value))

    answer = outcome.answer
    sent = brief(value)
    assert answer is not None, f"{name}: {sent} in {field}: {outcome.problem}"
    assert answer.status_code < 500, (
        f"{name}: {sent} in {field} answers {answer.status_code}\n{show(answer)}"
    )
    stored = outcome.changed(column)
    taken = readings(value, form="form" in journey.act)
    found = any(same_kind(kind, reading, one) for reading in taken for one in stored)
    if outcome.problem is None:
        assert found, f"{name}: {sent} in {field} was accepted, and stored as {str(stored)[:200]}"
    elif answer.status_code >= 400:
        assert not found, f"{name}: {sent} in {field} answers {answer.status_code}, and is stored"


def hostile(value: Any, stage: Stage, journey: Journey, field: str) -> Any:
    """The value itself, or the text that is just too long for the column."""
    if value != OVER_LIMIT:
        return value
    limit = text_limit(stage.database, journey.tables[0], journey.field(field).column)
    return "x" * ((limit or 1_000) + 1)
